"""Jira's clock and ours may differ: what a change cost before it costs then, and nothing counts as missed for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis

from sandbox import Sandbox
from tests.storytelling import MONDAY, SEATS, Clock
from tests.sweep.house import House


class Apart(House):
    """A house whose clock is ours; Jira's is ahead of it by so much."""

    def __init__(self, jira: Sandbox, kv: redis.Redis, jiras: Clock, ahead: timedelta) -> None:
        super().__init__(jira, Clock(MONDAY), kv)
        self.jiras, self.ahead = jiras, ahead
        jira.skew, jiras.at = ahead, MONDAY + ahead

    def pass_by(self, **delta: float) -> None:
        """Time, on both clocks."""
        self.clock.forward(**delta)
        self.jiras.at = self.clock.at + self.ahead


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(request.param, clock=clock) as site:
        yield site


@pytest.fixture(params=[-600, 600], ids="{} s ahead".format)
def house(request: pytest.FixtureRequest, jira: Sandbox, clock: Clock, kv: redis.Redis) -> House:
    house = Apart(jira, kv, clock, timedelta(seconds=request.param))
    house.set(intake="polling")
    return house


def test_a_change_is_looked_at_once_and_the_echoes_of_our_own_writes_once(house: Apart) -> None:
    house.sweep()
    key = house.asked()
    looks = []
    for _ in range(8):
        house.pass_by(seconds=20)
        looks.append(house.turn())
    assert looks == [[key], [key], *[[]] * 6]


def test_a_change_in_the_second_in_which_a_sweep_saw_the_issue_is_found(house: Apart) -> None:
    key = house.asked()
    for _ in range(4):
        house.pass_by(seconds=20)
        house.turn()
    first, *others = SEATS
    for seat in others:
        house.vote(key, seat, "SEV-2: it hurts")
    for _ in range(4):
        house.pass_by(seconds=20)
        house.turn()
    house.vote(key, first, "I am thinking about it.")
    house.turn()
    house.vote(key, first, "SEV-2: it hurts")  # the clock stands still: Jira gives the same time
    house.pass_by(seconds=20)
    house.turn()
    assert "sev-2" in house.jira.issue(key).labels


def test_nothing_counts_as_missed_that_no_sweep_could_see_yet(house: Apart) -> None:
    key = house.asked()
    for _ in range(3):
        house.pass_by(seconds=20)
        house.turn()
    house.pass_by(hours=6)
    house.turn()
    for seconds in (6 * 3600 - 20, 20):
        house.turn()
        house.pass_by(seconds=seconds)
    house.jira.comment(key, "Any news?", by="sam")
    assert house.sweep().missed == {}
