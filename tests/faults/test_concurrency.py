"""Several workers and one ticket: many hints at once, and leases that end under a worker who is frozen and wakes up.

A frozen process cannot be fenced by Jira, which knows no conditional write. What keeps things from being done twice is
that the lease is asked before each write, and that whoever takes over reads what is there.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import rounds
from tests.faults.house import house
from tests.faults.street import Street

SEED = int(os.environ.get("CRASH_SEED", "20261123"))
FROZEN = 1.3
"""Seconds; more than two leases."""


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_three_workers_and_every_hint_five_times(flavour: str, tmp_path: Path) -> None:
    with house(flavour, tmp_path) as place:
        place.begin()
        wanted = rounds.picture(place, rounds.play(place, "SUP"))
        for _ in range(10):
            place.begin()
            place.start()
            place.start()
            place.echoes = 5
            key = rounds.play(place, "SUP")
            assert rounds.difference(rounds.settled_picture(place, key, wanted), wanted) == []
    print(f"\n{flavour}: 10 rounds by three workers")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_a_lease_that_ends_under_a_frozen_worker(flavour: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = Street(stack, flavour, tmp_path, freeze=FROZEN)
        wanted, every = street.undisturbed("SUP")
        chosen = every[:: int(os.environ.get("STEP", "1"))]
        toll = street.crash("SUP", [(point,) for point in chosen], wanted)
    print(f"\n{flavour}: frozen for {FROZEN} s at {toll.struck} points; not met again: {toll.missed}")
    assert not toll.wrong, str(toll)
    assert toll.struck >= 0.9 * len(chosen)
