"""Chaos: many tickets, three workers, and everything goes wrong at once. When the noise stops, every ticket ends right
within two sweeps (design §5.1, §5.2).

Drawn by CHAOS_SEED, which is printed; the same seed draws the same people and the same noise, as far as processes
allow.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.http import faults
from tests.faults.places.crowd import Crowd
from tests.faults.places.town import Town, town

SEED = int(os.environ.get("CHAOS_SEED", "20261123"))
SWEEP = 15
WORKERS = 3


@dataclass
class Noise:
    """Everything that goes wrong, in turn and at drawn instants."""

    town: Town
    dice: random.Random
    every: float
    made: Counter[str] = field(default_factory=Counter)
    next_at: float = 0.0

    def make(self) -> None:
        """The next mischief, if its time has come."""
        if time.monotonic() >= self.next_at:
            self.next_at = time.monotonic() + self.dice.uniform(0.5, 1.5) * self.every
            self.dice.choice(self.mischief)()

    @property
    def mischief(self) -> list[Callable[[], None]]:
        return [self.kill_worker] * 3 + [self.kill_web, self.kill_redis] + [self.worsen_jira] * 4

    def kill_worker(self) -> None:
        self._kill(f"worker {self.dice.randint(1, WORKERS)}", "worker")

    def kill_web(self) -> None:
        self._kill("web", "web")

    def kill_redis(self) -> None:
        self._kill("redis", "redis")

    def _kill(self, name: str, counted: str) -> None:
        self.town.kill(name)
        self.made[f"{counted} killed"] += 1

    def wipe_redis(self) -> bool:
        """False where it is just away."""
        wiped = self.town.wipe()
        self.made["redis wiped"] += wiped
        return wiped

    def worsen_jira(self) -> None:
        """A few calls in a row meet the same trouble."""
        times = self.dice.randint(1, 12)
        fault = self.dice.choice(
            [
                faults.too_many(self.dice.choice([1, 2, None]), times=1, account="bot"),
                faults.too_many(1, "jira-quota-tenant-based", times=1, account="bot"),
                faults.too_many(1, "jira-per-issue-on-write", method="POST", times=3, account="bot"),
                faults.broken(500, times=times, account="bot"),
                faults.unavailable(times=times, account="bot"),
                faults.unavailable(1, times=1, account="bot"),
                faults.refused(times=times, account="bot"),
                faults.lost_answer(times=times, account="bot"),
                faults.Fault("hang-after", seconds=3, times=2, account="bot"),
                faults.Fault("slow", seconds=1.5, times=times, account="bot"),
            ]
        )
        self.town.jira.faults.add(fault)
        self.made[f"jira {fault.describe()}"] += 1


def storm(there: Town, crowd: Crowd, noise: Noise, seconds: float) -> None:
    """So many seconds of it; Redis is wiped twice."""
    post = there.jira.deliveries.post
    post.drop_share, post.duplicate, post.shuffle, post.delay = 0.5, 1, 2.0, 0.2
    began = time.monotonic()
    wipes = [began + seconds * share for share in (0.35, 0.7)]
    while time.monotonic() < began + seconds:
        crowd.act()
        noise.make()
        if wipes and time.monotonic() > wipes[0] and noise.wipe_redis():
            wipes.pop(0)
        there.keep()
        time.sleep(0.05)
    there.jira.faults.clear()
    post.drop_share, post.duplicate, post.shuffle, post.delay = 0.0, 0, 0.0, 0.0


def calm(there: Town, crowd: Crowd, seconds: float) -> tuple[float, float]:
    """People finish what they began; seconds until they had, and from then until every ticket had ended right."""
    began = last = time.monotonic()
    while not (crowd.told and crowd.all_right):
        there.keep()
        if not crowd.told:
            crowd.act(hurry=True)
            last = time.monotonic()
        if time.monotonic() - last > seconds or last - began > seconds:
            break
        time.sleep(0.2)
    return last - began, time.monotonic() - last


def assert_all_end_right(flavour: str, folder: Path, tickets: int, seconds: float, every: float, **how: str) -> None:
    dice = random.Random(f"{SEED} {flavour} {tickets}")
    with Sandbox(flavour, seed=SEED) as jira, town(jira, folder, SWEEP_SECONDS=str(SWEEP), **how) as there:
        crowd = Crowd.of(jira, tickets, seconds * 0.5, dice)
        jira.faults.add(faults.lost_answer(method="POST", path="/comment$", times=tickets // 10, account="bot"))
        noise = Noise(there, dice, every)
        storm(there, crowd, noise, seconds)
        opened, ended = calm(there, crowd, 2 * SWEEP)
        print(
            f"\n{flavour}, seed {SEED}: {tickets} tickets, {len(jira.calls())} calls to Jira, {dict(noise.made)}; "
            f"all rounds open {opened:.1f} s after the noise, all right {ended:.1f} s later (two sweeps: {2 * SWEEP} s)"
        )
        wrong = crowd.not_right()
        assert crowd.told and not wrong, f"{wrong}\n{there.log[-10_000:]}"


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize(("flavour", "tickets", "seconds"), [("cloud", 200, 50), ("dc", 40, 20)])
def test_every_ticket_ends_right_when_the_noise_stops(
    flavour: str, tickets: int, seconds: float, tmp_path: Path
) -> None:
    assert_all_end_right(flavour, tmp_path, tickets, seconds, every=2)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_it_turns_red_when_only_the_record_remembers_what_was_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"said twice|answers to the client"):
        assert_all_end_right("cloud", tmp_path, 30, 25, every=4, sabotage="says everything again")
