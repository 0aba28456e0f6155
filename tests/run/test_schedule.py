"""Sweeps are asked for once a period, by beat or by a worker that is told to; of several who ask one is heard."""

from datetime import datetime

import pytest
import redis

from worker.alerts.outbox import NOTIFY
from worker.queue import queues
from worker.queue.workqueue import Lease
from worker.run.tasks import SWEEP, Work


def never(id: str, lease: Lease, now: datetime) -> None:
    raise AssertionError("nothing is looked at here")


def test_of_several_who_ask_in_one_period_one_is_heard(kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    works = [Work(queues.tickets(kv), queues.chores(kv), never, lambda now: None) for _ in range(3)]
    for work in works:
        monkeypatch.setattr(work.chores, "mark", asked.append)
    for period in (10**9, 10**8):  # of each another one is under way
        for work in works:
            work.ask_if_due(period)
    assert asked == [[SWEEP, NOTIFY]] * 2
