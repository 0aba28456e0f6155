"""What Redis remembers of records for Data Center, whose search cannot give them: nothing due costs no call."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import redis

from sandbox import Sandbox
from tests.storytelling import Clock, Story
from tests.sweep.conftest import FRIDAY, NOW, TOLD, built, due, graded, paths
from worker.escalation.facts.record import Record
from worker.look.due import DueState, DueStates
from worker.sweep import sweep
from worker.sweep.result import UNREAD

READ = "properties/escalation"


@pytest.fixture
def dc(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox("dc", clock=clock) as jira:
        yield jira


def numbered(found: list[str], what: str) -> int:
    return sum(what in path for path in found)


def test_three_hundred_tickets_at_rest_cost_only_searches(dc: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    soon = {graded(dc, duedate=date(2026, 11, 24)) for _ in range(100)}
    later = {graded(dc, duedate=date(2026, 12, 24)) for _ in range(100)}
    clock.forward(seconds=1)
    lately = {graded(dc) for _ in range(100)}
    dc.reindex()
    context = built(dc, clock, kv)
    first = paths(dc, lambda: due(context))
    assert numbered(first, READ) == 200 and numbered(first, "search") == 5
    known = {key for key in soon | later | lately if context.due_states.known([dc.issue(key).id])}
    assert known == soon | lately, "those that are due soonest, and those that were changed last, are read first"
    assert numbered(paths(dc, lambda: due(context)), READ) == 100
    assert paths(dc, lambda: due(context)) == ["POST search"] * 5
    kv.flushall()
    assert sweep.sweep(context, NOW).skipped[UNREAD] == 100


def test_a_client_who_waits_is_found_at_once_after_a_wipe(dc: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    for _ in range(250):
        graded(dc, duedate=date(2026, 11, 24))
    clock.forward(seconds=1)
    waiting = graded(dc, replace(TOLD, told=None))
    dc.reindex()
    assert due(built(dc, clock, kv)) == {waiting}


def test_what_was_remembered_is_due_when_its_time_comes(dc: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    key = graded(dc, replace(TOLD, look_again_at=NOW + timedelta(hours=1)))
    dc.reindex()
    context = built(dc, clock, kv)
    assert due(context) == set()
    calls = paths(dc, lambda: due(context, NOW + timedelta(hours=1)))
    assert numbered(calls, READ) == 0
    assert due(context, NOW + timedelta(hours=1)) == {key}
    dc.close(key)
    dc.reindex()
    assert due(context) == {key}, "it was resolved, and its record does not know"


def test_a_look_leaves_what_the_next_sweep_has_to_know(dc: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    story = Story(dc, clock)
    context = built(dc, clock, kv)
    story.request("SUP")
    for text, nick in (("SEV-2: one", "petra"), ("SEV-2: two", "sam"), ("SEV-2: three", "erin")):
        seat = next(seat for seat, holder in _holders(story) if holder == nick)
        story.say(seat, text, by=nick)
    outcome = context.reconciler.look(story.now.id, clock(), lambda: None)
    context.seen(outcome, clock())
    assert len(story.to_client()) == 1
    glance = context.due_states.known([story.now.id])[story.now.id]
    assert glance == DueState.at(story.record, story.now.id)
    assert (glance.untold, glance.promised, glance.standing) == (False, True, False)


def _holders(story: Story) -> list[tuple[str, str]]:
    return [(e.properties["escalation"]["seat"], str(e.assignee)) for e in story.evaluations()]


def test_a_look_knows_better_than_a_sweep_that_read_before_it(kv: redis.Redis) -> None:
    glances = DueStates(kv)
    glances.remember("7", DueState(ours=True, again_at=NOW))
    glances.learn("7", DueState(ours=True))
    assert glances.known(["7", "8"]) == {"7": DueState(ours=True, again_at=NOW)}


def test_what_nobody_asks_for_ends_by_itself(kv: redis.Redis) -> None:
    glances = DueStates(kv)
    glances.remember("7", DueState(ours=True))
    kv.expire("glance:7", 100)
    glances.known(["7"], renew=False)
    assert kv.ttl("glance:7") <= 100
    glances.known(["7"])
    assert kv.ttl("glance:7") > 29 * 24 * 3600


@pytest.mark.parametrize(
    ("record", "done", "wanted"),
    [
        (Record(), False, False),
        (TOLD, False, False),
        (TOLD, True, True),
        (replace(TOLD, resolved_at=FRIDAY), True, False),
        (replace(TOLD, resolved_at=FRIDAY), False, True),
        (replace(TOLD, told=None), False, True),
        (replace(TOLD, look_again_at=NOW), False, True),
        (replace(TOLD, look_again_at=NOW + timedelta(seconds=1)), False, False),
        (Record(round=1, ended="withdrawn"), True, False),
    ],
)
def test_when_a_look_is_due(record: Record, done: bool, wanted: bool) -> None:
    assert DueState.of(record).is_due(done=done, now=NOW) is wanted


@pytest.mark.parametrize("value", [None, 7, "x", {}, {"v": 1}, {"v": 1, "ticket": "8", "standing": True}])
def test_nonsense_and_a_cloned_record_are_not_ours(value: object) -> None:
    assert DueState.at(value, "7") == DueState()
