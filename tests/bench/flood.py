"""Many hints at once, through the running web and worker: a thousand for one ticket, and two hundred tickets that get
the request label together, under Jira's burst limit.

    python -m tests.bench.flood [--quick]
"""

import time
from collections.abc import Iterator

from tests.bench import burst, events, load
from tests.bench.figure import Figure, show
from tests.bench.looks import FULL, ready
from tests.bench.stage import Stage, stage
from tests.bench.sweep import fill
from tests.system.conftest import until
from worker import app

LATENCY = 0.05


def figures(quick: bool) -> Iterator[Figure]:
    """Both floods."""
    hints, tickets = (100, 10) if quick else (1000, 200)
    with stage(LOG_LEVEL="ERROR") as on, on.web() as (_, port), on.process("-m", "tests.bench.worker", str(FULL)):
        on.jira.add_webhook(f"http://127.0.0.1:{port}/webhooks/jira", events.SECRET.decode())
        ready(on, 1)
        on.jira.faults.latency = LATENCY
        yield _one_ticket(on, port, hints)
        yield from _many_tickets(on, tickets)


def _one_ticket(on: Stage, port: int, hints: int) -> Figure:
    fill(on.jira, 1, 0)
    id = on.jira.issue("OPS-1").id
    before = len(on.jira.calls())
    load.drive(port, list(events.requests([events.issue_event(int(id), ["sev-2"]) for _ in range(hints)])))
    until(lambda: app.tickets(on.kv).is_settled(id))
    looks = sum(call.path.endswith("/bulkfetch") for call in on.jira.calls()[before:])
    assert looks, "nobody looked"
    return Figure(f"{hints:,} hints for one ticket", f"{looks} looks", "≤ 3")


def _many_tickets(on: Stage, tickets: int) -> Iterator[Figure]:
    keys = [on.jira.create_ticket("SUP", "Check-in fails") for _ in range(tickets)]
    limit = on.jira.faults.add(burst.limit())
    before = len(on.jira.calls())
    began = time.monotonic()
    for key in keys:
        on.jira.label(key, "escalation-requested")
    labelled = time.monotonic() - began
    until(lambda: all(len(on.jira.issue(key).subtasks) == 3 for key in keys), 120)
    seconds = time.monotonic() - began
    calls = len(on.jira.calls()) - before
    allowed = tickets / burst.A_SECOND["POST"]
    name = f"{tickets} tickets labelled at once, Jira {LATENCY * 1000:.0f} ms: until all evaluations are open"
    value = f"{seconds:.1f} s ({calls} calls, {limit.hits} of them refused; labelling itself took {labelled:.1f} s)"
    yield Figure(name, value, f"≤ {1.5 * allowed:.1f} s, 1.5 × what the burst limit allows")


if __name__ == "__main__":
    show(figures)
