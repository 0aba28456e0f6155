"""Four hosts, cables that are cut, workers that are killed, a Redis that forgets: every round ends right, and nothing
is said or done twice (design §5.1, §5.2).

Needs root and Linux' network namespaces. Drawn by CHAOS_SEED, as the chaos on one host is.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.faults.places.city import HOSTS, City, Wiring, city, wired
from tests.faults.places.crowd import Crowd
from tests.faults.test_chaos import SEED, Noise, calm, storm

SWEEP = 10
WORKERS = 2


@pytest.fixture
def wiring() -> Iterator[Wiring]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and `ip` (Debian: iproute2) for network namespaces")
    with ExitStack() as stack:
        try:
            laid = stack.enter_context(wired())
        except (subprocess.CalledProcessError, OSError) as refused:
            pytest.skip(f"no network namespaces here: {getattr(refused, 'stderr', refused)}")
        yield laid


@dataclass
class Trouble(Noise):
    """What goes wrong between hosts, and on them."""

    town: City

    @property
    def mischief(self) -> list[Callable[[], None]]:
        return [self.cut_a_cable] * 4 + [self.kill_worker] * 2 + [self.kill_web, self.kill_redis]

    def kill_worker(self) -> None:
        self._kill(f"worker {self.dice.randint(1, WORKERS)}", "worker")

    def cut_a_cable(self) -> None:
        """From a moment to longer than a lease."""
        host = self.dice.choice(list(HOSTS))
        self.town.cut(host, self.dice.choice([0.5, 2, 5, 12]))
        self.made[f"{host} cut off"] += 1


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize(("flavour", "tickets", "seconds"), [("cloud", 40, 35), ("dc", 20, 20)])
def test_every_round_over_four_hosts_ends_right(
    flavour: str, tickets: int, seconds: float, wiring: Wiring, tmp_path: Path
) -> None:
    dice = random.Random(f"{SEED} {flavour} {tickets} hosts")
    with (
        wiring.at_home_on("jira"),
        Sandbox(flavour, seed=SEED, host=HOSTS["jira"]) as jira,
        city(jira, tmp_path, wiring, workers=WORKERS, SWEEP_SECONDS=str(SWEEP)) as there,
    ):
        crowd, trouble = Crowd.of(jira, tickets, seconds * 0.5, dice), Trouble(there, dice, every=3)
        storm(there, crowd, trouble, seconds)
        there.mend()
        opened, ended = calm(there, crowd, 4 * SWEEP)
        print(
            f"\n{flavour}, seed {SEED}: {tickets} rounds over four hosts, {dict(trouble.made)}; "
            f"all open {opened:.1f} s after the trouble, all right {ended:.1f} s later"
        )
        wrong = crowd.not_right()
        assert crowd.told and not wrong, f"{wrong}\n{there.log[-10_000:]}"
