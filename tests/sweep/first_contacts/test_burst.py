"""A bulk edit puts the request label on too many tickets at once: so many rounds open, the operator is told of the rest
once, nothing of it is touched, and it goes on when the operator says so."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import MONDAY, Clock
from tests.sweep.conftest import NOW, built
from worker.errors import HeldBack, NotOurs
from worker.escalation.plan.alert import Alert
from worker.look import handler
from worker.look.burst import HELD
from worker.look.context import Context
from worker.queue import memory
from worker.queue.store import StoreError
from worker.queue.workqueue import Notice
from worker.sweep import adoption, sweep
from worker.web.readiness import Readiness, Sweeps

BOTH = pytest.mark.parametrize("jira", ["cloud", "dc"], indirect=True)


class Bulk:
    """Tickets that are labelled together, and the webhooks that tell of it."""

    def __init__(self, context: Context, jira: Sandbox, clock: Clock) -> None:
        self.context, self.jira, self.clock = context, jira, clock
        context.queue.begin(patience=0)

    def edit(self, many: int) -> list[str]:
        keys = [self.jira.create_ticket("OPS") for _ in range(many)]
        for key in keys:
            self.jira.label(key, "escalation-requested")
        self.jira.reindex()
        self.context.queue.intake([Notice(self.jira.issue(key).id) for key in keys])
        return keys

    def look(self) -> int:
        """Looks at everything that asks for it; how many were held back."""
        held, until = 0, time.monotonic() + 10
        while (waiting := self.context.store.zrange("tickets:dirty", 0, -1)) and time.monotonic() < until:
            held += sum(self._look(str(id)) for id in waiting)
            time.sleep(0.05)
        return held

    def _look(self, id: str) -> bool:
        lease = self.context.queue.claim(id)
        if lease is None:  # a moment after its last look
            return False
        try:
            handler.look(self.context, id, lease, self.clock())
        except NotOurs as error:
            return isinstance(error, HeldBack)
        finally:
            self.context.queue.done(lease)
        return False

    def opened(self, keys: list[str]) -> list[str]:
        return [key for key in keys if self.jira.issue(key).subtasks]


@pytest.fixture
def bulk(jira: Sandbox, clock: Clock, kv: redis.Redis, told: list[Alert]) -> Bulk:
    clock.at = MONDAY
    context = built(jira, clock, kv, tell=told.extend)
    limited = context.settings.model_copy(update={"burst_limit": 5})
    return Bulk(_with(context, limited), jira, clock)


def _with(context: Context, settings: Settings) -> Context:
    return replace(context, settings=settings)


class Works:
    works = True


@BOTH
def test_so_many_open_and_the_rest_waits_for_the_operator(bulk: Bulk, told: list[Alert]) -> None:
    keys = bulk.edit(8)
    assert bulk.look() == 3
    assert len(bulk.opened(keys)) == 5
    assert [alert.kind for alert in told if alert.kind == "operator"] == ["operator"]
    assert any("BURST_LIMIT" in alert.words for alert in told)
    assert not Readiness(bulk.context.queue, Works(), Sweeps()).checks()[0]["first_contacts"]
    more = bulk.edit(2)
    assert bulk.look() == 2 and bulk.opened(more) == []
    assert len([alert for alert in told if alert.kind == "operator"]) == 1, "told once for as long as it lasts"


def test_time_alone_opens_none_of_them(bulk: Bulk) -> None:
    """Neither a sweep nor another webhook after the ten minutes: that would be the same mistake, only slower."""
    keys = bulk.edit(8)
    bulk.look()
    waiting = [key for key in keys if key not in bulk.opened(keys)]
    bulk.clock.at = MONDAY + timedelta(minutes=30)
    swept = sweep.sweep(bulk.context, bulk.clock())
    assert set(swept.together.values()) == set(waiting) and "3 held back" in swept.summary()
    bulk.look()
    bulk.context.queue.intake([Notice(bulk.jira.issue(waiting[0]).id, ("again",))])
    assert bulk.look() == 1
    assert len(bulk.opened(keys)) == 5
    fresh = bulk.edit(2)
    assert bulk.look() == 0 and bulk.opened(fresh) == fresh, "others are not kept waiting by those"


def test_where_it_is_forgotten_who_was_held_back_all_are_held_back_again(bulk: Bulk, told: list[Alert]) -> None:
    keys = bulk.edit(8)
    bulk.look()
    before, store = bulk.opened(keys), bulk.context.store
    store.delete(HELD)
    store.set(HELD, "another program's")
    bulk.clock.at = MONDAY + timedelta(minutes=30)
    assert memory.mend(bulk.context.queue, StoreError("WRONGTYPE Operation against a key"))
    sweep.sweep(bulk.context, bulk.clock())
    assert bulk.look() == 3
    assert bulk.opened(keys) == before
    store.delete(memory.HELD_BACK_LOST)
    sweep.sweep(bulk.context, bulk.clock())
    bulk.look()
    assert bulk.opened(keys) == before, "once they are held back again it holds"
    fresh = bulk.edit(2)
    assert bulk.look() == 0 and bulk.opened(fresh) == fresh


def test_the_operator_takes_them_on(bulk: Bulk) -> None:
    keys = bulk.edit(8)
    bulk.look()
    context, since = bulk.context, MONDAY - timedelta(days=1)
    found = adoption.candidates(context)
    names = adoption.named(context, found)
    adoption.adopt(context, adoption.sort(adoption.read(context, found), since, lambda id: names[id]), NOW)
    assert not context.store.exists(HELD)
    assert bulk.look() == 0
    assert len(bulk.opened(keys)) == 8
    assert Readiness(context.queue, Works(), Sweeps()).checks()[0]["first_contacts"]


def test_what_is_too_old_is_set_aside_even_if_a_webhook_named_it(bulk: Bulk) -> None:
    keys = bulk.edit(8)
    bulk.look()
    context, since = bulk.context, MONDAY + timedelta(days=1)
    found = adoption.candidates(context)
    names = adoption.named(context, found)
    adoption.adopt(context, adoption.sort(adoption.read(context, found), since, lambda id: names[id]), NOW)
    assert not context.store.exists(HELD)
    bulk.look()
    assert len(bulk.opened(keys)) == 5


def test_a_label_that_is_taken_off_again_settles_it(bulk: Bulk) -> None:
    keys = bulk.edit(6)
    bulk.look()
    [waiting] = [key for key in keys if key not in bulk.opened(keys)]
    bulk.jira.unlabel(waiting, "escalation-requested")
    bulk.jira.reindex()
    sweep.sweep(bulk.context, bulk.clock())
    bulk.look()
    assert not bulk.context.store.exists(HELD)


def test_no_limit_where_none_is_wanted(bulk: Bulk) -> None:
    free = bulk.context.settings.model_copy(update={"burst_limit": 0})
    bulk.context = _with(bulk.context, free)
    keys = bulk.edit(8)
    assert bulk.look() == 0 and bulk.opened(keys) == keys
