"""How many looks a second a worker process does, and how that grows with its threads and with more processes; the
tickets are settled, so that each look is one call to Jira (Cloud).

    python -m tests.bench.looks [--quick]

The sandbox answers from this process and has the same cores: where its share of them is the limit, more workers do not
help, and the processor time of a look says what a worker could do beside a real Jira.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from tests.bench.parts.figure import Figure, show
from tests.bench.parts.stage import Stage, spent, stage
from tests.bench.sweep import fill
from tests.system.conftest import until
from worker.queue import queues
from worker.queue.roster import Roster
from worker.run import celery_app

TICKETS = 400
FULL, LATENCIES = celery_app.THREADS, (0.0, 0.05)
CREWS = ((1, 1), (1, 4), (1, FULL), (2, FULL))


def figures(quick: bool) -> Iterator[Figure]:
    """A line for each latency and each crew (processes, threads)."""
    tickets = 40 if quick else TICKETS
    with stage(LOG_LEVEL="ERROR") as on:
        fill(on.jira, tickets, 0)
        ids = [on.jira.issue(f"OPS-{number}").id for number in range(1, tickets + 1)]
        for processes, threads in CREWS[2:] if quick else CREWS:
            yield from of(on, ids, processes, threads)


def of(on: Stage, ids: Sequence[str], processes: int, threads: int) -> Iterator[Figure]:
    """What so many processes with so many threads get done."""
    with ExitStack() as running:
        on.kv.flushall()
        on.jira.faults.latency = 0
        pids = [
            running.enter_context(on.process("-m", "tests.bench.parts.worker", str(threads))).pid
            for _ in range(processes)
        ]
        ready(on, processes)
        for latency in LATENCIES:
            on.jira.faults.latency = latency
            before = sum(map(spent, pids))
            seconds = until_all_are_looked_at(on, ids)
            cpu = (sum(map(spent, pids)) - before) / len(ids)
            most = f" (with Jira's time alone: {processes * threads / latency:,.0f})" if latency else ""
            crew = f"{processes} process{'es' * (processes > 1)} of {threads} thread{'s' * (threads > 1)}"
            value = f"{len(ids) / seconds:.0f} looks a second{most}, {cpu * 1000:.1f} ms of processor time each"
            yield Figure(f"{crew}, Jira {latency * 1000:.0f} ms", value)


def ready(on: Stage, processes: int) -> None:
    """All of them consume, and the sweep of their start is over."""
    queue = queues.tickets(on.kv)
    until(lambda: len(Roster(on.kv).listening()) == processes and queue.sweep_age() is not None, 60)
    until(lambda: not queue.sizes()["dirty"], 60)


def until_all_are_looked_at(on: Stage, ids: Sequence[str]) -> float:
    """Seconds from the hint to the end of the last look."""
    queue = queues.tickets(on.kv)
    began = time.monotonic()
    queue.mark(ids)
    until(lambda: not any(queue.sizes()[name] for name in ("dirty", "held")), 120)
    return time.monotonic() - began


if __name__ == "__main__":
    show(figures)
