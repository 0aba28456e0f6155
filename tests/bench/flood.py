"""Many hints at once, through the running web and worker: a thousand for one ticket, and two hundred tickets that get
the request label together, under Jira's burst limit.

    python -m tests.bench.flood [--quick]
"""

import time
from collections.abc import Iterator, Sequence

from sandbox.http.call_log import Record
from sandbox.http.faults import Fault
from tests.bench import burst
from tests.bench.looks import FULL, ready
from tests.bench.parts import events, load
from tests.bench.parts.figure import Figure, show
from tests.bench.parts.stage import Stage, calm, spent, stage
from tests.bench.sweep import fill
from tests.system.conftest import until
from worker.jira.webhooks import EVENTS
from worker.queue import queues

LATENCY = 0.05


def figures(quick: bool) -> Iterator[Figure]:
    """Both floods, and the second one again with another worker process."""
    hints, tickets = (100, 10) if quick else (1000, 200)
    crew = ("-m", "tests.bench.parts.worker", str(FULL))
    with stage(LOG_LEVEL="ERROR", BURST_LIMIT="0") as on, on.web() as (_, port), on.process(*crew) as one:
        on.jira.add_webhook(f"http://127.0.0.1:{port}/webhooks/jira", events.SECRET.decode(), EVENTS)
        ready(on, 1)
        on.jira.faults.latency = LATENCY
        yield _one_ticket(on, port, hints)
        limit = on.jira.faults.add(burst.limit())
        yield _many_tickets(on, [one.pid], tickets, limit)
        with on.process(*crew) as other:
            ready(on, 2)
            _let_it_rest(on)
            yield _many_tickets(on, [one.pid, other.pid], tickets, limit)


def _one_ticket(on: Stage, port: int, hints: int) -> Figure:
    fill(on.jira, 1, 0)
    id = on.jira.issue("OPS-1").id
    before = len(on.jira.calls())
    load.drive(port, list(events.requests([events.issue_event(int(id), ["sev-2"]) for _ in range(hints)])))
    until(lambda: queues.tickets(on.kv).is_settled(id))
    looks = sum(call.path.endswith("/bulkfetch") for call in on.jira.calls()[before:])
    assert looks, "nobody looked"
    return Figure(f"{hints:,} hints for one ticket", f"{looks} looks", "≤ 3")


def _many_tickets(on: Stage, workers: Sequence[int], tickets: int, limit: Fault) -> Figure:
    keys = [on.jira.create_ticket("SUP", "Check-in fails") for _ in range(tickets)]
    assert on.jira.drain()  # that they were opened is not what is measured
    before, refused, cpu = len(on.jira.calls()), limit.hits, sum(map(spent, workers))
    began = time.monotonic()
    for key in keys:
        on.jira.label(key, "escalation-requested")
    until(lambda: len(_opened(on, before)) >= tickets, 120)  # asking the sandbox for every ticket would slow it down
    seconds = time.monotonic() - began
    assert all(len(on.jira.issue(key).subtasks) == 3 for key in keys)
    calls, each = len(on.jira.calls()) - before, (sum(map(spent, workers)) - cpu) * 1000 / tickets
    crew = f"{len(workers)} worker process{'es' * (len(workers) > 1)}"
    name = f"{tickets} tickets labelled at once, Jira {LATENCY * 1000:.0f} ms, {crew}: until all evaluations are open"
    spoken = f"{calls} calls, {limit.hits - refused} of them refused"
    value = f"{seconds:.1f} s ({spoken}; {each:.0f} ms of the workers' processor time a ticket)"
    return Figure(name, value, f"≤ {1.5 * tickets / burst.A_SECOND['POST']:.1f} s, 1.5 × what the burst limit allows")


def _let_it_rest(on: Stage) -> None:
    """A worker that starts has Jira swept, and the tickets that it finds are looked at."""
    before = -1
    while before != len(on.jira.calls()):
        before = len(on.jira.calls())
        calm(2)


def _opened(on: Stage, since: int) -> list[Record]:
    calls = on.jira.calls()[since:]
    return [call for call in calls if call.path.endswith("/issue/bulk") and call.status == 201]


if __name__ == "__main__":
    show(figures)
