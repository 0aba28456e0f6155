"""A small, honest Jira over real HTTP: test bed and demo alike.

It answers as Jira Cloud or as Jira Data Center does, keeps everything in memory, talks to nobody but the webhooks it
was given, and must never hold anything that matters.

    from sandbox import Sandbox, faults

    with Sandbox("cloud", clock=clock) as jira:                     # or "dc"; the clock may be left out
        jira.add_webhook("http://127.0.0.1:8080/webhooks/jira", "secret")
        key = jira.create_ticket("SUP", "Export fails", reporter="clara")
        jira.label(key, "escalation-requested", by="sam")
        jira.drain()                                                # every webhook delivered
        jira.faults.add(faults.too_many(3, method="POST", path=r"/comment$", account="bot"))
        jira.comment(key, "SEV-1\\n\\nInternal.\\n\\nClient: soon.", by="petra")
        jira.issue(key).labels                                      # ("escalation-requested",)
        [call.path for call in jira.calls()]                        # what the worker (bot) asked

People: bot (the worker), petra, sam, erin, sue, paul and emma (substitutes), clara (customer), otto (outsider), ines
(inactive), nora (may not be assigned); `jira.id_of("petra")` is what a protocol file calls her. Projects: SUP (service
project), OPS (software).
"""

from sandbox.http import faults
from sandbox.http.faults import Fault
from sandbox.jira.ticket_view import CommentView, TicketView
from sandbox.process import PortTaken, serve
from sandbox.sandbox import Sandbox

__all__ = ["CommentView", "Fault", "PortTaken", "Sandbox", "TicketView", "faults", "serve"]
