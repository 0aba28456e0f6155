"""What it costs to know how many first contacts are held back: nothing while nothing is changed, for minutes."""

from collections.abc import Callable

import pytest
import redis

from sandbox import Sandbox
from tests.storytelling import Clock
from tests.sweep.house import House
from worker.sweep.first_contacts import ASKED
from worker.sweep.result import HELD


@pytest.fixture
def house(jira: Sandbox, clock: Clock, kv: redis.Redis) -> House:
    """Polls, and holds 150 old requests back."""
    house = House(jira, clock, kv, limit=2)
    house.set(intake="polling")
    for _ in range(150):
        jira.create_ticket("OPS", labels=["escalation-requested"])
    jira.reindex()
    house.turn()
    assert kv.get(HELD) == "150"
    return house


def after(house: House, **delta: float) -> Callable[[], int]:
    house.clock.forward(**delta)
    return house.searches


def test_polls_that_see_no_change_do_not_ask_for_them(house: House) -> None:
    assert [after(house, seconds=20)() for _ in range(14)] == [2] * 10 + [1] * 4


def test_within_five_minutes_it_is_known_that_they_were_taken_back(house: House, kv: redis.Redis) -> None:
    for ticket in house.jira.tickets()[:149]:
        house.jira.unlabel(ticket.key, "escalation-requested")
    house.jira.reindex()
    for _ in range(15):
        house.clock.forward(seconds=20)
        house.turn()
    assert not kv.exists(HELD)


def test_what_is_changed_has_them_counted_again(house: House, kv: redis.Redis) -> None:
    house.clock.forward(seconds=5)
    house.jira.comment(house.jira.tickets()[0].key, "Is anybody there?", by="sam")
    assert after(house, seconds=20)() <= 4
    assert kv.get(HELD) == "149"


@pytest.mark.parametrize("odd", ["yesterday", "2026-11-23T10:00:00", "", "9"])
def test_when_it_was_asked_may_make_no_sense(house: House, kv: redis.Redis, odd: str) -> None:
    kv.set(ASKED, odd)
    assert after(house, seconds=20)() > 2, "it is asked anew"
