"""Sweeps are asked for once a period, by beat or by a worker that is told to; of several who ask one is heard."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import cast

import pytest
import redis

from config.settings import Settings
from worker.queue import queues, redis_watch
from worker.queue.store import StoreError
from worker.run import schedule


def test_of_several_who_ask_in_one_period_one_is_heard(kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    all_chores = [queues.chores(kv) for _ in range(3)]
    for chores in all_chores:
        monkeypatch.setattr(chores, "mark", asked.append)
    for chores in all_chores:
        schedule.ask_if_due(chores, 300)
    assert asked == [[queues.SWEEP, queues.NOTIFY]]
    [lock] = kv.keys("chores:asked:*")
    assert 200_000 < cast(int, kv.pttl(lock)) <= 225_000, "one that ticks a little early is heard in the next period"
    kv.delete(lock)
    for chores in all_chores:
        schedule.ask_if_due(chores, 300)
    assert asked == [[queues.SWEEP, queues.NOTIFY]] * 2


def test_it_asks_once_a_period_and_soon_again_where_redis_is_away(
    kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    chores = queues.chores(kv)
    assert schedule._next(chores, 300) == 300

    def away(*_: object) -> bool:
        raise StoreError

    monkeypatch.setattr(chores, "first", away)
    assert schedule._next(chores, 300) == 1


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Redis does not answer what is asked of it, until the event says so."""
    thawed, handlers = threading.Event(), {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def ask(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        thawed.wait(20)
        thawed.set()

    monkeypatch.setattr(schedule, "ask_if_due", ask)
    monkeypatch.setattr(redis_watch, "watch", lambda client: None)
    monkeypatch.setattr(schedule.log, "set_up", lambda form, level: None)
    yield thawed
    thawed.set()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_beat_ends_when_it_is_told_to_though_redis_is_frozen(frozen: threading.Event) -> None:
    schedule.beat(Settings(redis_url="redis://localhost:1", sweep_seconds=1))  # type: ignore[arg-type]
    assert not frozen.is_set(), "it has not waited for Redis"
