"""What a sweep costs: N graded open tickets on Cloud of which k are due, each call to Jira taking a while.

    python -m tests.bench.sweep [N = 10000] [k = 10] [seconds that each call takes = 0.05]

Prints search calls, looks and seconds, and how much memory the sweep takes at its peak for N and for N/10 tickets. It
runs in a process of its own, so that the sandbox's memory is not counted.
"""

import multiprocessing
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.settings import Settings
from sandbox import Sandbox
from tests.bench.parts.figure import Figure
from tests.storytelling import Clock
from tests.sweep.conftest import NOW, TOLD, as_operator, graded
from worker import log
from worker.look import handler
from worker.queue import consumer, store
from worker.run import assembly, embedded_redis
from worker.sweep import sweep


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one sweep and the looks that follow: calls that search, other calls of the sweep, looks, seconds in all, and
    the bytes at the sweep's peak (0 where they were not counted, which takes time)."""

    searches: int
    others: int
    looks: int
    seconds: float
    peak: int


def fill(jira: Sandbox, tickets: int, due: int) -> None:
    """Graded tickets at rest, and evenly among them some that want a look."""
    every = max(1, tickets // max(1, due))
    wanting = replace(TOLD, look_again_at=NOW)
    for number in range(tickets):
        graded(jira, wanting if number % every == 0 and number // every < due else TOLD)
    jira.reindex()


def cost(jira: Sandbox, settings: Settings, *, memory: bool = False) -> Cost:
    """One sweep from a cold start, and a look at each ticket that it marked."""
    given = settings.model_dump() | {
        name: value.get_secret_value() for name in ("jira_token", "redis_url") if (value := getattr(settings, name))
    }
    before = len(jira.calls())
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        looks, seconds, peak = apart.submit(_sweep, given, memory=memory).result()
    calls = [call.path for call in jira.calls()[before:]]
    searches = [path for path in calls if "search" in path]
    last = max((at for at, path in enumerate(calls) if "search" in path), default=0)
    return Cost(len(searches), last + 1 - len(searches), looks, seconds, peak)


def _sweep(given: dict[str, Any], *, memory: bool) -> tuple[int, float, int]:
    log.set_up("console", "ERROR")
    built = assembly.build(Settings(**given))
    built.queue.begin(patience=0)
    _ = built.site.api
    built.due_states.known(["0"])
    if memory:
        tracemalloc.start()
    began = time.monotonic()
    swept = sweep.whole(built, NOW)
    peak = tracemalloc.get_traced_memory()[1] if memory else 0
    tracemalloc.stop()
    looks = sum(consumer.take(built.queue, id, lambda *look: handler.look(built, *look)) for id in swept.due)
    return looks, time.monotonic() - began, peak


def measured(tickets: int, due: int, latency: float) -> Cost:
    """What it costs, its peak counted in a second sweep."""
    with tempfile.TemporaryDirectory() as folder, Sandbox("cloud", clock=Clock(NOW)) as jira:
        fill(jira, tickets, due)
        with embedded_redis.started(Path(folder)) as server, store.connect(server.url) as client:
            settings = as_operator(jira, server.url, Path(folder))
            jira.faults.latency = latency
            found = cost(jira, settings)
            jira.faults.clear()
            client.flushall()
            return replace(found, peak=cost(jira, settings, memory=True).peak)


def figures(quick: bool) -> Iterator[Figure]:
    """A hundred, a thousand, ten thousand open graded tickets, ten of them due."""
    for many in (100,) if quick else (100, 1_000, 10_000):
        found = measured(many, 10, 0.05)
        wanted = f"≤ {many / 100 + 3:g} searches, 10 looks"
        yield Figure(f"{many:,} graded tickets, 10 due, Jira 50 ms", told(found), wanted)


def told(found: Cost) -> str:
    """In words."""
    calls = f"{found.searches} searches, {found.looks} looks, {found.others} other calls"
    return f"{calls}, {found.seconds:.1f} s, {found.peak / 1024:.0f} KiB at the peak"


def main(tickets: str = "10000", due: str = "10", latency: str = "0.05") -> None:
    """Prints a line for N and one for N/10."""
    for many in (int(tickets), int(tickets) // 10):
        print(f"{many} tickets, {due} due: {told(measured(many, int(due), float(latency)))}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
