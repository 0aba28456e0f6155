"""An hour without Jira: one alarm, one line when it is back, then the oldest first."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import redis
import structlog
from structlog.testing import capture_logs

from sandbox import Sandbox
from sandbox.http.faults import Fault, broken, refused
from tests.storytelling import MONDAY, Clock, Story
from worker.errors import CannotDo, LeaseLost, NotOurs, TryAgain, Unauthorized
from worker.escalation.plan.alert import Alert
from worker.queue import consumer
from worker.queue.outage import Outage
from worker.queue.workqueue import Lease, WorkQueue

DOWN = TryAgain("Jira could not be reached (ConnectionError)", unreachable=True)


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    opened = WorkQueue(kv)
    opened.begin(patience=0)
    return opened


class World:
    """Two workers, a clock, and a Jira that is there or not."""

    def __init__(self, kv: redis.Redis, queue: WorkQueue) -> None:
        self.clock, self.failure, self.told = Clock(MONDAY), None, list[Alert]()
        self.queue = queue
        self.workers = [Outage(kv, [queue], self.told.extend, self.ask, clock=self.clock) for _ in range(2)]

    failure: Exception | None

    def ask(self) -> None:
        if self.failure:
            raise self.failure

    def look(self, id: str, lease: Lease, now: datetime) -> None:
        self.ask()

    def take(self, id: str, worker: int = 0) -> bool:
        return consumer.take(self.queue, id, self.look, self.workers[worker])


@pytest.fixture
def world(kv: redis.Redis, queue: WorkQueue) -> World:
    return World(kv, queue)


@pytest.mark.parametrize(
    ("failure", "begins", "ends"),
    [
        (DOWN, "jira unreachable", "jira is back"),
        (TryAgain("Jira answered 503", down=True), "jira unreachable", "jira is back"),
        (Unauthorized("401"), "jira refuses the credentials", "jira accepts the credentials again"),
    ],
)
def test_an_hour_is_one_alarm_and_one_line(world: World, failure: Exception, begins: str, ends: str) -> None:
    world.failure = failure
    with capture_logs() as lines:
        for minute in range(60):
            world.workers[minute % 2].heed(failure)
            if minute == 0:
                assert not lines and not world.told, "a blip is no outage"
            world.clock.forward(minutes=1)
        world.failure = None
        for worker in world.workers:
            worker.heed(None)
            worker.heed(None)
    assert [(line["event"], line["log_level"]) for line in lines] == [(begins, "error"), (ends, "info")]
    assert lines[1]["after"] == "1:00:00"
    [alert] = world.told
    assert alert.kind == "operator" and "2026-11-23 15:00 UTC" in alert.words


def test_the_next_outage_is_another_one(world: World) -> None:
    for _ in range(2):
        world.failure = DOWN
        for _ in range(3):
            world.workers[0].heed(DOWN)
            world.clock.forward(minutes=1)
        world.failure = None
        world.workers[1].heed(None)
    assert len({alert.key for alert in world.told}) == 2


def test_one_ticket_that_jira_stumbles_over_is_no_outage(world: World) -> None:
    with capture_logs() as lines:
        for _ in range(5):
            world.workers[0].heed(TryAgain("Jira answered 500", down=True))
            world.clock.forward(minutes=1)
    assert not lines and not world.told


PAUSED = TryAgain("Jira has asked for a pause", after=30.0)


def test_a_pause_that_jira_asked_for_is_no_outage_and_hides_none(world: World) -> None:
    """One ticket answered 503 with Retry-After pauses all, our own question too: nothing is known until it is asked."""
    down = TryAgain("Jira answered 503", after=30.0, down=True)
    world.failure = PAUSED
    for _ in range(3):
        world.workers[0].heed(down)
        world.clock.forward(minutes=1)
        world.workers[1].ask_if_due()
    assert not world.told
    world.failure = down
    world.workers[1].ask_if_due()
    world.workers[0].ask_if_due()
    [alert] = world.told
    assert "2026-11-23 15:00 UTC" in alert.words


def test_a_pause_that_jira_asked_for_over_one_ticket_leaves_no_trace(world: World, kv: redis.Redis) -> None:
    world.failure = PAUSED
    for _ in range(3):
        world.workers[0].heed(DOWN)
        world.clock.forward(minutes=1)
    world.failure = None
    with capture_logs() as lines:
        world.workers[1].ask_if_due()
    assert not lines and not world.told and not kv.keys("outage:*")


@pytest.mark.parametrize("result", [TryAgain("busy"), LeaseLost("x"), KeyError("a bug")])
def test_what_says_nothing_of_jira_neither_begins_nor_ends_it(world: World, kv: redis.Redis, result: Exception) -> None:
    world.workers[0].heed(result)
    assert not kv.exists("outage:unreachable")
    world.workers[0].heed(DOWN)
    world.workers[0].heed(result)
    assert kv.exists("outage:unreachable")


@pytest.mark.parametrize("result", [None, NotOurs("gone"), CannotDo("x", "y"), Unauthorized("401")])
def test_any_answer_of_jira_ends_it(world: World, kv: redis.Redis, result: Exception | None) -> None:
    world.workers[0].heed(DOWN)
    world.workers[1].heed(result)
    assert not kv.exists("outage:unreachable")


def test_failed_looks_are_told_quietly_and_then_the_oldest_is_first(world: World, queue: WorkQueue) -> None:
    ids = ["103", "101", "102"]
    for n, id in enumerate(ids):
        queue.store.zadd("tickets:dirty", {id: n + 1})  # asked for in this order
    world.failure = DOWN
    with capture_logs() as lines:
        for id in ["101", "102", "103"]:
            assert world.take(id)
    assert {line["log_level"] for line in lines} == {"info"}
    queue.mark(["100"])  # and one that has come since
    assert queue.sizes()["wait"] == 3
    queue.store.delete("reconcile")
    world.failure = None
    assert world.take("100", worker=1)
    assert queue.sizes()["wait"] == 0
    assert heard(queue) == ids
    assert all(world.take(id) for id in ids)
    assert queue.sizes()["failing"] == 0


def heard(queue: WorkQueue) -> list[str]:
    """The ids that doorbells call, first rung first."""
    bells = reversed(queue.store.lrange("reconcile", 0, -1))
    return [json.loads(json.loads(bell)["body"])[0][0] for bell in bells]


def test_one_that_jira_alone_never_answers_is_known_for_it_however_often_others_end_an_outage(
    world: World, queue: WorkQueue
) -> None:
    for _ in range(2):
        queue.hurry(["101"])
        world.failure = DOWN
        assert world.take("101")
        time.sleep(0.06)
        world.failure = None
        world.workers[1].heed(None)
    lease = queue.claim("101")
    assert lease and lease.barred_for >= 0.12 and lease.failing_for == 0.0, "the pauses begin at the bottom again"
    queue.done(lease)
    queue.store.delete("tickets:began")
    queue.hurry(["101"])
    again = queue.claim("101")
    assert again and again.barred_for == 0.0


def test_a_pause_of_the_ticket_s_own_is_not_ended(world: World, queue: WorkQueue) -> None:
    def cannot(id: str, lease: Lease, now: datetime) -> None:
        raise CannotDo("x", "y")

    queue.mark(["101", "102"])
    consumer.take(queue, "101", cannot, world.workers[0])
    world.failure = DOWN
    world.take("102")
    world.workers[0].heed(None)
    assert queue.sizes()["wait"] == 1 and queue.store.zscore("tickets:wait", "101")


def test_during_an_outage_somebody_asks_now_and_then(world: World, queue: WorkQueue) -> None:
    world.workers[0].ask_if_due()
    queue.mark(["101"])
    world.failure = DOWN
    world.take("101")
    world.clock.forward(minutes=2)
    world.workers[0].heed(DOWN)
    world.failure = None
    for worker in world.workers:
        worker.ask_if_due()
    assert queue.sizes()["wait"] == 0, "nobody had to wait for the pause's end"


@pytest.mark.parametrize("fault", [refused, broken])
def test_through_a_real_site(jira: Sandbox, kv: redis.Redis, queue: WorkQueue, fault: Callable[..., Fault]) -> None:
    clock = Clock(MONDAY)
    story = Story(jira, clock)
    story.ticket("OPS", labels=["escalation-requested"])
    alerts: list[Alert] = []
    outage = Outage(kv, [queue], alerts.extend, lambda: story.site.get("/myself"), clock=clock)
    look = lambda id, lease, now: story.reconciler.look(id, clock(), lease.check)  # noqa: E731
    _ = story.site.api, story.site.account
    jira.faults.add(fault(times=None))
    queue.mark([story.now.id])
    assert consumer.take(queue, story.now.id, look, outage)
    clock.at += timedelta(minutes=2)
    outage.heed(DOWN)
    assert len(alerts) == 1
    jira.faults.clear()
    outage.ask_if_due()
    assert queue.sizes()["wait"] == 0
    assert consumer.take(queue, story.now.id, look, outage)
    assert len(story.evaluations()) == 3
