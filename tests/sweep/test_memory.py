"""What stands in Redis may be anything: it is a memory only, and what makes no sense there is as good as forgotten."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
import redis

from sandbox import Sandbox
from tests.storytelling import Clock
from tests.sweep.conftest import TOLD, graded
from tests.sweep.house import House
from worker.queue import consumer, memory, queues
from worker.queue.heartbeat import Heartbeat
from worker.queue.store import StoreError
from worker.queue.workqueue import Lease
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
def test_how_far_sweeps_have_come_may_make_no_sense(house: House, kv: redis.Redis, odd: dict[Any, Any]) -> None:
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


# -- keys of another kind


OTHER = {"GET": lambda kv, key: kv.rpush(key, "x")}


def spoil(kv: redis.Redis, key: str) -> None:
    """Another kind of value under that key."""
    command = memory.keys()[key]
    kv.delete(key)
    OTHER.get(command, lambda kv, key: kv.set(key, "x"))(kv, key)


def turns(house: House, kv: redis.Redis) -> None:
    """Sweeps, looks and beats, whatever Redis refuses of them."""
    chores = queues.chores(kv)
    for _ in range(4):
        house.clock.forward(minutes=5)
        for what in (house.context.queue.tick, chores.tick, house.turn):
            try:
                what()
            except StoreError as error:
                memory.mend(house.context.queue, error)
        kv.delete("tickets:held")  # a turn that was broken off: its lease would end by itself


@pytest.mark.parametrize("kind", memory.KINDS)
def test_keys_of_another_kind_are_forgotten_and_everything_found_again(
    house: House, kv: redis.Redis, kind: str
) -> None:
    ticket = house.asked()
    house.rest()
    for key, command in memory.keys().items():
        if command == kind:
            spoil(kv, key)
    house.clock.forward(minutes=1)
    house.grade(ticket)
    turns(house, kv)
    assert "sev-2" in house.jira.issue(ticket).labels


def test_whoever_meets_it_mends_it(house: House, kv: redis.Redis) -> None:
    house.rest()
    queue, looked = house.context.queue, list[str]()

    def look(id: str, lease: Lease, now: datetime) -> None:
        looked.append(id)
        house.context.watchlist.forget(id)

    spoil(kv, "watch:due")
    queue.mark(["7"])
    consumer.take(queue, "7", look)
    assert looked == ["7"] and not kv.exists("watch:due") and queue.resync_due()
    for id, key in (("8", "tickets:tries"), ("9", "tickets:trace")):
        queue.mark([id])
        spoil(kv, key)
        assert not consumer.take(queue, id, look) and not kv.exists(key)
    spoil(kv, "tickets:wait")
    assert not Heartbeat([queue], lambda: None)._survives(cast(Any, queue.tick))
    assert not kv.exists("tickets:wait")


def test_a_chore_that_meets_it_has_the_tickets_looked_for_again(house: House, kv: redis.Redis) -> None:
    house.rest()
    queue, chores = house.context.queue, queues.chores(kv)
    queue.resynced(queue.resync_due() or "")
    spoil(kv, "watch:rounds")

    def sweeps(id: str, lease: Lease, now: datetime) -> None:
        house.sweep()

    chores.open(patience=0)
    chores.mark([queues.SWEEP])
    consumer.take(chores, queues.SWEEP, sweeps)
    assert not kv.exists("watch:rounds") and queue.resync_due() and queue.tick().resync


def test_what_is_no_such_trouble_is_left_alone(house: House, kv: redis.Redis) -> None:
    house.asked()
    house.rest()
    kept = sorted(kv.scan_iter())
    assert not memory.mend(house.context.queue, StoreError("OOM command not allowed"))
    assert not memory.mend(house.context.queue, StoreError("WRONGTYPE of a key that is a ticket's own"))
    assert sorted(kv.scan_iter()) == kept


def test_every_key_that_stands_for_more_than_a_ticket_is_looked_through(house: House, kv: redis.Redis) -> None:
    house.asked()
    house.rest()
    of_one = re.compile(r":\d+$|^(glance|ticket:key|tickets:(kin|kids|named|seen)|chores:asked|group|tries):")
    known = {"zset": "ZCARD", "hash": "HLEN", "set": "SMEMBERS", "string": "GET", "list": "LLEN"}
    found = {str(key): known[str(kv.type(key))] for key in kv.scan_iter() if not of_one.search(str(key))}
    assert found.items() <= memory.keys().items()
