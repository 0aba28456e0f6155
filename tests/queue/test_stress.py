"""Everything dies at random, and still every ticket's last change is looked at, by one worker at a time."""

import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
import redis

sys.path.insert(0, str(Path(__file__).parent))
from stress_worker import BRISK

from worker.queue import store
from worker.queue.workqueue import Notice, WorkQueue
from worker.run import child_processes, embedded_redis

WORKER = Path(__file__).parent / "stress_worker.py"


@dataclass
class House:
    """A queue's Redis, a second one that plays Jira, and workers; with the means to hurt them."""

    folder: Path
    chance: random.Random
    jira: redis.Redis
    jira_url: str
    server: embedded_redis.Server
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    hurt: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.kv = store.connect(self.server.url)
        self.queue = WorkQueue(self.kv, pace=BRISK)
        self.workers = [self._worker(), self._worker()]

    def _worker(self) -> "subprocess.Popen[bytes]":
        return child_processes.start([sys.executable, str(WORKER), self.server.url, self.jira_url])

    def kill_worker(self) -> None:
        place = self.chance.randrange(len(self.workers))
        self.workers[place].kill()
        self.workers[place].wait()
        self.workers[place] = self._worker()

    def kill_redis(self) -> None:
        assert self.server.process
        self.server.process.kill()
        self.server.process.wait()
        self.server = embedded_redis.start(self.folder)

    def wipe_redis(self) -> None:
        self.kv.flushall()

    def drop_doorbells(self) -> None:
        self.kv.delete("reconcile")

    def deliver(self, id: str) -> None:
        """Change a ticket in Jira and tell the queue, as often as it takes: Jira delivers again after a 503."""
        version = self.jira.hincrby("version", id, 1)
        while True:
            try:
                self.queue.intake([Notice(id, (f"{id}:{version}:{time.monotonic()}",))])
                return
            except redis.RedisError:
                time.sleep(0.05)

    def stale(self) -> list[str]:
        applied = self.jira.hgetall("applied")
        return [id for id, version in self.jira.hgetall("version").items() if applied.get(id) != version]

    def overlaps(self) -> int:
        runs = defaultdict(list)
        for line in self.jira.lrange("runs", 0, -1):
            id, began, ended = line.split()
            runs[id].append((float(began), float(ended)))
        return sum(later[0] < earlier[1] for spans in runs.values() for earlier, later in pairwise(sorted(spans)))

    def settle(self, patience: float = 25) -> float:
        """Wait until all is applied and the queue is empty; gives the seconds it took."""
        began = time.monotonic()
        while self.stale() or any(self.queue.sizes()[name] for name in ("dirty", "held", "wait", "rung")):
            assert time.monotonic() - began < patience, (self.stale(), self.queue.sizes(), dict(self.hurt))
            time.sleep(0.05)
        return time.monotonic() - began


@contextmanager
def house(folder: Path, seed: int) -> Iterator[House]:
    with embedded_redis.started(folder / "jira") as jira:
        built = House(
            folder / "queue",
            random.Random(seed),
            store.connect(jira.url),
            jira.url,
            embedded_redis.start(folder / "queue"),
        )
        try:
            yield built
        finally:
            for worker in built.workers:
                worker.kill()
                worker.wait()
            assert built.server.process
            child_processes.stop(built.server.process, patience=3)


def storm(there: House, seconds: float, events: int, every: float, wounds: list[Callable[[], None]]) -> None:
    """Deliver `events` over `seconds`, and hurt something every so often."""
    began, next_wound = time.monotonic(), time.monotonic() + 2
    for number in range(events):
        hot = there.chance.random() < 0.3
        there.deliver(f"{there.chance.randrange(5 if hot else 60)}")
        if wounds and time.monotonic() > next_wound:
            wound = wounds[there.hurt["all"] % len(wounds)]
            there.hurt["all"] += 1
            there.hurt[wound.__name__] += 1
            wound()
            next_wound = time.monotonic() + there.chance.uniform(0.5, 1.5) * every
        time.sleep(max(0.0, began + seconds * number / events - time.monotonic()))


def assert_all_is_well(there: House) -> None:
    seconds = there.settle()
    print(f"{there.jira.llen('runs')} runs, hurt {dict(there.hurt)}, settled after {seconds:.1f} s")
    assert there.stale() == []
    assert there.overlaps() == 0
    assert there.jira.get("late") is None, "somebody wrote after his ticket had been taken over"


@pytest.mark.slow
def test_a_short_storm_of_everything(tmp_path: Path) -> None:
    with house(tmp_path, seed=1) as there:
        wounds = [there.kill_worker, there.drop_doorbells, there.kill_redis, there.wipe_redis]
        storm(there, seconds=9, events=900, every=1.2, wounds=wounds)
        assert_all_is_well(there)
        assert there.hurt["all"] >= 4


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [11, 12])
def test_a_long_storm_of_everything(tmp_path: Path, seed: int) -> None:
    with house(tmp_path, seed) as there:
        wounds = [there.kill_worker, there.drop_doorbells, there.kill_worker, there.kill_redis, there.wipe_redis]
        storm(there, seconds=90, events=9000, every=2, wounds=wounds)
        assert_all_is_well(there)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_long_storm_of_dying_workers(tmp_path: Path) -> None:
    with house(tmp_path, seed=21) as there:
        storm(there, seconds=60, events=8000, every=1, wounds=[there.kill_worker, there.drop_doorbells])
        assert_all_is_well(there)
