"""How much of the least possible work intake is: our web process beside a floor that verifies the signature and does
nothing else, asked in turns by the same client (Linux only).

    python -m tests.bench.intake [--quick]

Who is measured has one core, the client and Redis have another. Each round asks the floor, ours, and the floor again;
a ratio is the median over the rounds, so that whatever else the machine does meets both.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median

from tests.bench.parts import events, load
from tests.bench.parts.figure import Figure, show
from tests.bench.parts.load import Sample
from tests.bench.parts.stage import Stage, calm, free_port, keep_to, serves, spent, stage
from tests.system.conftest import until

LABEL = "escalation-requested"
IDS = count(100_000)
Event = Callable[[], dict[str, object]]
WANTED = {"not for us": "≥ 75 %", "for us, each another ticket": "≥ 55 %", "for us, all one ticket": "≥ 55 %"}


def not_ours() -> dict[str, object]:
    """Another ticket each time, with others' labels."""
    return events.issue_event(next(IDS), ["vip", "front-desk"])


def ours() -> dict[str, object]:
    """Another ticket each time, that just got the request label."""
    return events.issue_event(next(IDS), ["vip", LABEL], gained=LABEL)


def one_of_ours() -> dict[str, object]:
    """The same ticket each time."""
    return events.issue_event(77, ["vip", LABEL])


KINDS: dict[str, Event] = dict(zip(WANTED, (not_ours, ours, one_of_ours), strict=True))


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what the client saw, and the processor milliseconds that each request cost server and Redis."""

    sample: Sample
    cpu: float
    redis: float


Turn = tuple[Run, ...]
"""The floor, ours, the floor."""


@dataclass(frozen=True)
class Servers:
    """Both servers and the client."""

    stage: Stage
    client: Executor
    floor: tuple[int, int]
    ours: tuple[int, int]

    def run(self, server: tuple[int, int], kind: str, times: int, rate: float | None = None) -> Run:
        """Ask one of them (process, port) so often. Every request has to be taken."""
        assert self.stage.server.process
        pid, port, kv = *server, self.stage.server.process.pid
        asked = list(events.requests([KINDS[kind]() for _ in range(times)]))
        before, kv_before = spent(pid), spent(kv)
        sample = self.client.submit(load.drive, port, asked, rate).result()
        assert sample.statuses == {204: times}, sample.statuses
        found = Run(sample, 1000 * (spent(pid) - before) / times, 1000 * (spent(kv) - kv_before) / times)
        self.stage.kv.flushall()
        return found


@contextmanager
def servers() -> Iterator[Servers]:
    """Both running, each on its core."""
    with stage() as on, on.web() as (running, port):
        floor = free_port()
        spawn = multiprocessing.get_context("spawn")
        with on.process("-m", "tests.bench.parts.floor", str(floor)) as least, ProcessPoolExecutor(1, spawn) as client:
            until(lambda: serves(floor))
            calm(1)
            assert on.server.process
            keep_to(0, running.pid, least.pid)
            keep_to(1, on.server.process.pid, client.submit(os.getpid).result())
            yield Servers(on, client, (least.pid, floor), (running.pid, port))


def figures(quick: bool) -> Iterator[Figure]:
    """The floor, then each kind against it."""
    rounds, times = (3, 300) if quick else (9, 3000)
    with servers() as both:
        for kind in KINDS:
            for server in (both.floor, both.ours):
                both.run(server, kind, times // 3)  # what is slow only once
            turns = [_turn(both, kind, times) for _ in range(rounds)]
            if kind == "not for us":
                yield Figure("the floor", _cost([run for turn in turns for run in turn[::2]]))
            yield from _against_the_floor(kind, turns)
            yield _unhurried(both, kind, turns, times)


def _turn(both: Servers, kind: str, times: int) -> Turn:
    return tuple(both.run(server, kind, times) for server in (both.floor, both.ours, both.floor))


def _against_the_floor(kind: str, turns: Sequence[Turn]) -> Iterator[Figure]:
    rate = median(2 * ours.sample.rate / (one.sample.rate + two.sample.rate) for one, ours, two in turns)
    cpu = median((one.cpu + two.cpu) / 2 / ours.cpu for one, ours, two in turns)
    yield Figure(kind, f"{rate:.0%} of the floor's rate ({cpu:.0%} by processor time)", WANTED[kind])
    yield Figure(f"{kind}: absolute", _cost([ours for _, ours, _ in turns]))


def _cost(runs: Sequence[Run]) -> str:
    rate, cpu = median(run.sample.rate for run in runs), median(run.cpu for run in runs)
    redis = median(run.redis for run in runs)
    return f"{rate:,.0f}/s, {cpu:.3f} ms of processor time each, and {redis:.3f} ms of Redis's"


def _unhurried(both: Servers, kind: str, turns: Sequence[Turn], times: int) -> Figure:
    """At half of the rate that was found: the median of three runs, since one hiccup of the machine is a percentile."""
    half = median(ours.sample.rate for _, ours, _ in turns) / 2
    samples = [both.run(both.ours, kind, times, half).sample for _ in range(3)]
    middle, slow = (median(sample.slowest(share) for sample in samples) for share in (0.5, 0.01))
    value = f"p50 {middle:.1f} ms, p99 {slow:.1f} ms"
    return Figure(f"{kind}: at half of that rate ({half:,.0f}/s)", value, "p99 ≤ 20 ms")


if __name__ == "__main__":
    show(figures)
