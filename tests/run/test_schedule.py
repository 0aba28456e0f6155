"""Sweeps are asked for once a period, by beat or by a worker that is told to; of several who ask one is heard."""

from datetime import datetime
from typing import cast

import pytest
import redis

from worker.alerts.outbox import NOTIFY
from worker.queue import queues
from worker.queue.store import StoreError
from worker.queue.workqueue import Lease
from worker.run import processes
from worker.run.tasks import SWEEP, Work


def never(id: str, lease: Lease, now: datetime) -> None:
    raise AssertionError("nothing is looked at here")


def test_of_several_who_ask_in_one_period_one_is_heard(kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    works = [Work(queues.tickets(kv), queues.chores(kv), never, lambda now: None) for _ in range(3)]
    for work in works:
        monkeypatch.setattr(work.chores, "mark", asked.append)
    for work in works:
        work.ask_if_due(300)
    assert asked == [[SWEEP, NOTIFY]]
    [lock] = kv.keys("chores:asked:*")
    assert 200_000 < cast(int, kv.pttl(lock)) <= 225_000, "one that ticks a little early is heard in the next period"
    kv.delete(lock)
    for work in works:
        work.ask_if_due(300)
    assert asked == [[SWEEP, NOTIFY]] * 2


def test_it_asks_once_a_period_and_soon_again_where_redis_is_away(
    kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(queues.tickets(kv), queues.chores(kv), never, lambda now: None)
    assert processes._ask(work, 300) == 300

    def away(*_: object) -> bool:
        raise StoreError

    monkeypatch.setattr(work.chores, "first", away)
    assert processes._ask(work, 300) == 1
