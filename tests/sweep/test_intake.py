"""How changes come in, how late they may be seen and what that costs, in one sentence."""

from datetime import timedelta

import pytest
import redis

from config.settings import load
from sandbox import Sandbox
from tests.storytelling import Clock
from tests.sweep.house import House
from worker.sweep import intake, progress


def test_each_way_is_named_with_its_delay_and_its_price(kv: redis.Redis) -> None:
    asked = intake.sentence(load(None, intake="polling", poll_seconds=30), kv)
    assert "every 30 s (INTAKE=polling)" in asked and "within 30 s" in asked and "up to 120 s" in asked
    assert "2,888 calls" in asked, "2,880 polls a day, four of them full sweeps of three searches"
    told = intake.sentence(load(None, sweep_seconds=600, index_lag_seconds=60), kv)
    assert "by webhook" in told and "within 600 s" in told and "up to 60 s" in told and "152 calls" in told


def test_the_price_is_what_the_last_sweeps_have_cost(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    house = House(jira, clock, kv)
    for _ in range(150):
        jira.create_ticket("OPS", labels=["sev-2"])
    jira.reindex()
    for _ in range(3):
        house.sweep()
        clock.forward(minutes=5)
    last = progress.last(kv)
    assert last is not None and last.calls == 1
    full = 4 if jira.flavour == "cloud" else 4 + 150  # and the records, of which Redis knew nothing
    assert last.full_calls == full
    assert intake.calls_a_day(300, kv) == (288 - 4) + 4 * full


@pytest.mark.parametrize("set_back", [timedelta(0), timedelta(hours=-1)])
def test_a_clock_that_was_set_back_makes_no_hole(kv: redis.Redis, clock: Clock, set_back: timedelta) -> None:
    began = progress.Beginning(clock(), 1_000.0)
    later = progress.Beginning(clock() + set_back, 1_300.0)
    assert later.since(began) == timedelta(seconds=300)
