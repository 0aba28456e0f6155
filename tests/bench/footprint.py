"""What each process holds in memory, at rest and after load, and how long it takes to start (Linux only).

python -m tests.bench.footprint [--quick]
"""

import time
from collections.abc import Callable, Iterator
from statistics import median

from tests.bench.intake import ours
from tests.bench.looks import TICKETS, ready, until_all_are_looked_at
from tests.bench.parts import events, load
from tests.bench.parts.figure import Figure, show
from tests.bench.parts.stage import WEB, Stage, calm, free_port, memory, serves, stage
from tests.bench.sweep import fill
from tests.system.conftest import System, until
from worker.queue.roster import Roster
from worker.run import celery_app

COMMANDS = ("--help", "explain --grade SEV-2 --graded-at 2026-11-23T10:00:00-05:00", "failures list", "sweep --dry-run")
STARTS = 5


def figures(quick: bool) -> Iterator[Figure]:
    """Memory, then start-up."""
    with stage(LOG_LEVEL="ERROR") as on:
        yield from _web(on, 300 if quick else 6000)
        yield from _worker(on, 40 if quick else TICKETS)
        yield from _beat(on)
    with stage(LOG_LEVEL="ERROR") as on:
        yield from _commands(on, 2 if quick else STARTS)
        yield _everything(on)


def _web(on: Stage, deliveries: int) -> Iterator[Figure]:
    port = free_port()
    with on.process(*WEB, PORT=str(port)) as running:
        began = _seconds(lambda: serves(port))
        calm(2)
        rest = memory(running.pid)
        load.drive(port, list(events.requests([ours() for _ in range(deliveries)])))
        yield from _told("escalation web", began, rest, memory(running.pid), f"after {deliveries:,} deliveries")
        assert on.server.process
        yield Figure("Valkey beside it", f"{memory(on.server.process.pid):.0f} MB with {deliveries:,} tickets dirty")
    on.kv.flushall()


def _worker(on: Stage, tickets: int) -> Iterator[Figure]:
    fill(on.jira, tickets, 0)
    ids = [on.jira.issue(f"OPS-{number}").id for number in range(1, tickets + 1)]
    with on.process("-m", "worker.commands.main", "worker") as running:
        began = _seconds(lambda: Roster(on.kv).listening())
        ready(on, 1)
        calm(2)
        rest = memory(running.pid)
        until_all_are_looked_at(on, ids)
        after = f"after {tickets:,} looks, {celery_app.THREADS} at a time"
        yield from _told("escalation worker", began, rest, memory(running.pid), after)


def _beat(on: Stage) -> Iterator[Figure]:
    with on.process("-m", "worker.commands.main", "beat") as running:
        calm(4)
        yield Figure("`escalation beat`", f"{memory(running.pid):.0f} MB")


def _told(name: str, began: float, rest: float, then: float, after: str) -> Iterator[Figure]:
    yield Figure(f"`{name}`: memory", f"{rest:.0f} MB at rest, {then:.0f} MB {after}")
    yield Figure(f"`{name}`: from its start until it serves", f"{began:.1f} s")


def _commands(on: Stage, starts: int) -> Iterator[Figure]:
    for words in COMMANDS:
        took = median(_command(on, words) for _ in range(starts))
        yield Figure(f"`escalation {words}`, start to end", f"{took * 1000:.0f} ms")


def _command(on: Stage, words: str) -> float:
    began = time.monotonic()
    with on.process("-m", "worker.commands.main", *words.split()) as running:
        assert running.wait(60) == 0, words
        return time.monotonic() - began


def _everything(on: Stage) -> Figure:
    began = time.monotonic()
    system = System(on.jira, on.folder, LOG_LEVEL="ERROR").start()
    seconds = time.monotonic() - began
    system.stop()
    return Figure("`escalation run`: until it says `ready`", f"{seconds:.1f} s")


def _seconds(what: Callable[[], object]) -> float:
    began = time.monotonic()
    until(what, 60)
    return time.monotonic() - began


if __name__ == "__main__":
    show(figures)
