"""Every crash point: the worker is killed with -9 at each call to Jira and each command to Redis of a whole round,
and started again. The Jira it ends in is the one of a round that nobody disturbed (design §5.2).

Each point has up to three moments: before it is processed, processed but not answered, answered. A command that only
reads has one, because it leaves Redis as it was. Real processes, a real Valkey, Jira over real HTTP.

On Data Center, whose calls to Jira are others and whose commands to Redis are the same, a part of the latter is enough;
`CRASH_ALL=1` has all of them there, too.
"""

import os
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.places.house import Point
from tests.faults.places.street import Street

SEED = int(os.environ.get("CRASH_SEED", "20261123"))
ALL = bool(os.environ.get("CRASH_ALL"))


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_killed_at_every_point_of_a_round(flavour: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = Street(stack, flavour, tmp_path)
        wanted, every = street.undisturbed("SUP")
        every = every if flavour == "cloud" or ALL else fewer(every)
        toll = street.crash("SUP", [(point,) for point in every], wanted)
    print(f"\n{flavour} SUP, crash points: {toll.struck} ({_parts(every)}); not met again: {toll.missed}")
    assert not toll.wrong, str(toll)
    assert toll.struck >= 0.9 * len(every), "a look more or less, of some twenty points, is a matter of timing"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_killed_anywhere_in_a_plain_project_and_twice_in_either(flavour: str, tmp_path: Path) -> None:
    dice = random.Random(f"{SEED} {flavour}")
    with ExitStack() as stack:
        street = Street(stack, flavour, tmp_path)
        for project, ones, twos in (("OPS", 30, 15), ("SUP", 0, 20)):
            wanted, every = street.undisturbed(project)
            crashes = [(point,) for point in dice.sample(every, ones)]
            crashes += [tuple(dice.sample(every, 2)) for _ in range(twos)]
            toll = street.crash(project, crashes, wanted)
            print(f"\n{flavour} {project}, seed {SEED}: {ones} crashes and {twos} pairs; struck {toll.struck} times")
            assert not toll.wrong, str(toll)
            assert toll.struck >= 0.85 * (ones + 2 * twos)


def fewer(every: Sequence[Point]) -> list[Point]:
    """Every point at a call to Jira, and a quarter of those at commands to Redis."""
    jira = [point for point in every if point.label.startswith("jira")]
    others = [point for point in every if not point.label.startswith("jira")]
    return [*jira, *random.Random(SEED).sample(others, len(others) // 4)]


BROKEN = {
    "says everything again": lambda point: point.label.endswith("/comment") and point.moment == "processed",
    "never takes over": lambda point: point.label.startswith("jira PUT") and point.moment == "before",
}


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", BROKEN)
def test_it_turns_red_when_a_guarantee_is_broken(sabotage: str, tmp_path: Path) -> None:
    """So that a green run means something: a worker that breaks its promise is caught."""
    with ExitStack() as stack:
        street = Street(stack, "cloud", tmp_path, sabotage, houses=2)
        wanted, every = street.undisturbed("SUP")
        crashes = [(point,) for point in every if BROKEN[sabotage](point)]
        toll = street.crash("SUP", crashes, wanted, patience=3)
    print(f"\n{sabotage}: {len(toll.wrong)} of {len(crashes)} crashes show it")
    assert toll.struck and toll.wrong


def _parts(every: Sequence[Point]) -> str:
    jira = sum(point.label.startswith("jira") for point in every)
    return f"{jira} at calls to Jira, {len(every) - jira} at commands to Redis"
