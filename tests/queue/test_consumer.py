"""A turn at a ticket, and how long it is left alone when the look failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import redis

from worker.errors import CannotDo, LeaseLost, NotOurs, TryAgain, Unauthorized
from worker.queue import consumer
from worker.queue.workqueue import Lease, WorkQueue


@dataclass(frozen=True)
class Looked:
    look_again_at: datetime | None = None


def lease(failing_for: float) -> Lease:
    return Lease("10040", "t", 0, 0, attempts=3, failing_for=failing_for)


def pause(failure: Exception, failing_for: float, chance: float = 0.0) -> float:
    return consumer.pause_after(failure, lease(failing_for), lambda: chance)


def test_pauses_grow_while_nothing_gets_done_and_end_at_five_minutes() -> None:
    assert [pause(TryAgain("busy"), seconds) for seconds in (0, 1, 10, 100, 599, 1e6)] == [1, 1, 5, 50, 299.5, 300]


def test_an_outage_is_asked_after_often_for_a_minute() -> None:
    assert [pause(TryAgain("down", unreachable=True), seconds) for seconds in (0, 10, 59, 60, 120)] == [1, 2, 2, 30, 60]


def test_what_got_something_done_starts_at_the_bottom() -> None:
    failure = TryAgain("busy")
    failure.progressed = True
    assert pause(failure, 500) == 1


def test_what_jira_asks_for_is_the_least() -> None:
    assert pause(TryAgain("busy", after=40), 0) == 40
    assert 40 < pause(TryAgain("busy", after=40), 0, chance=0.9) < 45


def test_every_other_failure_grows_too() -> None:
    assert pause(Unauthorized(), 100) == pause(CannotDo("x", "y"), 100) == pause(LeaseLost(), 100) == 50


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    opened = WorkQueue(kv)
    opened.begin(patience=0)
    opened.mark(["10040"])
    return opened


def failing(failure: Exception) -> Callable[[str, Lease, datetime], None]:
    def look(id: str, lease: Lease, now: datetime) -> None:
        raise failure

    return look


def test_a_good_look_leaves_nothing_behind(queue: WorkQueue) -> None:
    assert consumer.take(queue, "10040", lambda id, lease, now: Looked())
    assert not consumer.take(queue, "10040", lambda id, lease, now: Looked()), "a bell heard twice"
    assert (queue.sizes()["dirty"], queue.sizes()["later"]) == (0, 0)


def test_a_look_may_name_the_next_instant(queue: WorkQueue) -> None:
    consumer.take(queue, "10040", lambda id, lease, now: Looked(datetime.now(UTC) + timedelta(minutes=15)))
    assert queue.sizes()["later"] == 1


def test_not_ours_is_a_good_look(queue: WorkQueue) -> None:
    consumer.take(queue, "10040", failing(NotOurs("gone")))
    assert queue.sizes()["dirty"] == queue.sizes()["failing"] == 0


@pytest.mark.parametrize("failure", [TryAgain("down"), CannotDo("x", "y"), KeyError("a bug")])
def test_any_failure_keeps_the_ticket(queue: WorkQueue, failure: Exception) -> None:
    consumer.take(queue, "10040", failing(failure))
    assert queue.sizes()["dirty"] == queue.sizes()["wait"] == 1
    assert queue.failing()["10040"][0] == 1


def test_one_doorbell_is_the_start_of_a_moments_work(kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, looked, seconds = WorkQueue(kv), list[str](), [0.0]
    queue.open(patience=0)
    queue.mark(["10040", "10041", "10042", "10043"])

    def look(id: str, lease: Lease, now: datetime) -> None:
        looked.append(id)
        seconds[0] += consumer.MOMENT / 2 - 0.01

    monkeypatch.setattr(consumer, "monotonic", lambda: seconds[0])
    consumer.answer(queue, str(queue.next_bell()), look)
    assert looked == ["10040", "10041", "10042"], "then others have their turn"
    assert kv.llen("reconcile") == 1 and queue.next_bell() == "10043"
