"""Doctor on labels and queries: look-alikes of the request label, and whether Jira understands the sweep's queries.

Labels that were probably meant to be the request are C14 of protocol.md; a mistake in a query is silently an empty
sweep (jira-facts §2.5).
"""

import re
from collections.abc import Collection, Iterator

from config.protocol import Protocol
from worker.doctor.finding import Finding, Group
from worker.escalation.plan.plan import looks_alike
from worker.jira import inspection
from worker.jira.search import are_gone
from worker.jira.site import Refused, Site
from worker.sweep import queries as asked

LABELS, QUERIES = Group("labels"), Group("sweep queries")
LETTERS = 3


def labels(site: Site, protocol: Protocol) -> Iterator[Finding]:
    """Look-alikes of every project's request label, as far as Jira suggests labels that begin like it."""
    parts = (protocol, *protocol.by_project.values())
    ours = frozenset[str]().union(*(part.ours for part in parts))
    for request in sorted({part.labels.request for part in parts}):
        alike = [label for label in _in_use(site, request) if label.lower() not in ours and looks_alike(label, request)]
        for label in alike:
            mend = f"Where an escalation was meant, put {request} on instead; {label} starts nothing."
            yield LABELS.advice(label, f"is in use, and looks like {request}", mend)
        if not alike:
            yield LABELS.ok(request, "no label in use looks like it")


def _in_use(site: Site, request: str) -> list[str]:
    """By the first letters, and by the first word, because a list of suggestions is short."""
    beginnings = sorted({request[:LETTERS], re.split(r"[\W_]", request)[0]})
    found = site.together(lambda beginning: inspection.labels(site, beginning), beginnings)
    return sorted({label for labels in found for label in labels})


def queries(site: Site, protocol: Protocol) -> Iterator[Finding]:
    """Each of the sweep's queries, run for one issue."""
    wanted, answers = _asked(site, protocol, ())
    if any(answers) and (gone := are_gone(site, sorted(protocol.by_project))):  # each is a line of its own, before
        wanted, answers = _asked(site, protocol, gone)
    for name, wrong in zip(wanted, answers, strict=True):
        if wrong:
            mend = "Check the project keys and labels in the protocol file; projects that are gone are not searched."
            yield QUERIES.mend(name, f"Jira does not understand the query: {wrong}", mend)
    if not any(answers):
        yield QUERIES.ok("all", f"Jira understands them: {', '.join(wanted)}")


def sweeps(protocol: Protocol, gone: Collection[str] = ()) -> dict[str, str]:
    """What the sweep asks, by what it looks for, in the projects that are there."""
    return {
        "open requests": asked.open_requests(protocol, (), gone),
        "graded tickets": asked.graded(protocol, gone),
        "open evaluations": asked.open_evaluations(protocol),
        "changes": asked.changed(protocol, (), 5, (), gone),
    }


def _asked(site: Site, protocol: Protocol, gone: Collection[str]) -> tuple[dict[str, str], list[str]]:
    wanted = sweeps(protocol, gone)
    return wanted, site.together(lambda jql: _mistakes(site, jql), list(wanted.values()))


def _mistakes(site: Site, jql: str) -> str:
    try:
        return inspection.query_mistakes(site, jql)
    except Refused as error:
        return str(error)
