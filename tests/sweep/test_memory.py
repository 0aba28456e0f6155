"""What stands in Redis may be anything: it is a memory only, and what makes no sense there is as good as forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from sandbox import Sandbox
from tests.storytelling import Clock
from tests.sweep.conftest import TOLD, graded
from tests.sweep.house import House
from worker.sweep import progress

FUTURE = "9999-12-31T00:00:00+00:00 99999999999"


@pytest.fixture
def house(jira: Sandbox, clock: Clock, kv: redis.Redis) -> House:
    return House(jira, clock, kv)


@pytest.mark.parametrize(
    "odd",
    [
        {"began": "x"},
        {"began": "2026-11-23T10:00:00 1"},
        {"full": "2026-11-23T10:00:00+00:00 nan"},
        {"began": FUTURE},
        {"full": FUTURE, "began": FUTURE},
        {"full": "2026-11-23T10:00:00+00:00 inf"},
        {"calls": "x"},
    ],
)
def test_how_far_sweeps_have_come_may_make_no_sense(house: House, kv: redis.Redis, odd: dict[str, str]) -> None:
    key = house.asked()
    house.rest()
    kv.hset(progress.KEY, mapping=odd)
    house.clock.forward(minutes=20)
    house.grade(key)
    house.clock.forward(minutes=20)
    house.rest()
    assert "sev-2" in house.jira.issue(key).labels


@pytest.mark.parametrize("text", ["x", "[]", "null", '{"ours": true, "none": 1}', '{"again_at": "yesterday"}'])
def test_what_the_last_look_left_may_make_no_sense(house: House, kv: redis.Redis, text: str) -> None:
    key = graded(house.jira, replace(TOLD, look_again_at=house.clock() + timedelta(hours=1)))
    house.jira.reindex()
    house.turn()
    kv.set(f"glance:{house.jira.issue(key).id}", text)
    house.clock.forward(hours=7)
    assert key in house.turn()


@pytest.mark.parametrize("score", ["-inf", "inf", 0, -5, 9e15])
def test_when_a_ticket_falls_due_may_be_any_number(house: House, kv: redis.Redis, score: float) -> None:
    key = graded(house.jira, replace(TOLD, look_again_at=house.clock() + timedelta(hours=1)))
    house.jira.reindex()
    house.turn()
    kv.zadd("watch:due", {house.jira.issue(key).id: score, "no id": 0, "": 0, "99999999": 0})
    house.clock.forward(hours=2)
    looked = house.turn()
    house.clock.forward(hours=6)
    assert key in looked + house.turn()
