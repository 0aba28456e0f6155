"""A ticket that is shown as it was when nothing was to be done needs no more than the showing.

Whatever changes in Jira, in time, or by an operator's word, is looked at whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as some

from sandbox import Sandbox
from tests.storytelling import SEATS, Clock, Story
from tests.sweep.conftest import built
from worker.look import handler
from worker.look.at_rest import MOST, REMEMBERED_SECONDS, AtRest, Rest
from worker.look.context import Context
from worker.look.reconciler import Outcome, Reconciler
from worker.look.tries import Tries
from worker.queue.workqueue import Lease

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Place:
    """A worker's looks at one ticket."""

    def __init__(self, context: Context, jira: Sandbox, clock: Clock) -> None:
        self.context, self.jira, self.clock = context, jira, clock
        self.story = Story(jira, clock)
        self.story.key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        self.settle()

    def look(self) -> object:
        id = self.jira.issue(self.story.key).id
        self.context.queue.mark([id])
        lease = Lease(id, "token", monotonic() + 1_000, 0.0, 0, 0.0, "trace", monotonic())
        return handler.look(self.context, id, lease, self.clock())

    def settle(self) -> None:
        for _ in range(6):
            found = self.look()
            if isinstance(found, Rest):
                return
        raise AssertionError("it never comes to rest")

    def vote(self, *texts: str) -> None:
        for seat, text in zip(SEATS, texts, strict=True):
            self.story.say(seat, text)
        self.settle()


@pytest.fixture
def place(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Iterator[Place]:
    context = built(jira, clock, kv)
    context.queue.open(patience=0)
    reconciler = Reconciler(context.site, context.protocol, context.queue, tries=Tries(kv))
    yield Place(replace(context, reconciler=reconciler), jira, clock)


def nothing(place: Place) -> None:
    """Nobody does anything."""


CHANGES: dict[str, Callable[[Place], Any]] = {
    "a vote": lambda place: place.story.say("project-manager", "SEV-2 broken"),
    "talk": lambda place: place.story.say("project-manager", "I am looking into it."),
    "a comment on the ticket": lambda place: place.jira.comment(place.story.key, "Any news?", by="clara"),
    "a label": lambda place: place.jira.label(place.story.key, "vip"),
    "the request taken off": lambda place: place.jira.unlabel(place.story.key, "escalation-requested", by="sam"),
    "an evaluation deleted": lambda place: place.jira.delete(place.story.evaluation("project-manager").key),
    "the time of a reminder": lambda place: place.clock.forward(hours=1, minutes=1),
    "a retry": lambda place: place.context.failures.ask_retry(place.jira.issue(place.story.key).id),
    "a wiped Redis": lambda place: place.context.store.flushall(),
    "a memory that is old": lambda place: place.context.at_rest._known.clear(),
}


def test_what_is_shown_the_same_needs_no_more_than_that(place: Place) -> None:
    before = len(place.jira.calls())
    written = len(place.jira.issue(place.story.key).comments)
    assert all(isinstance(place.look(), Rest) for _ in range(3))
    each = (len(place.jira.calls()) - before) / 3
    assert each == (1 if place.jira.flavour == "cloud" else 4), "the ticket itself is read each time"
    assert len(place.jira.issue(place.story.key).comments) == written


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_looked_at_whole(place: Place, change: str) -> None:
    CHANGES[change](place)
    assert isinstance(place.look(), Outcome)


def test_a_round_goes_its_way_between_looks_at_rest(place: Place) -> None:
    place.vote("SEV-2 broken", "SEV-2 too\n\nClient: Reports are slow.", "SEV-2")
    assert "sev-2" in place.story.now.labels and len(place.story.to_client()) == 1
    rest = place.look()
    assert isinstance(rest, Rest) and rest.look_again_at is not None
    place.clock.at = rest.look_again_at
    assert isinstance(place.look(), Outcome)


def test_what_an_earlier_look_left_for_others_is_there_again_after_a_wipe(place: Place) -> None:
    id = place.jira.issue(place.story.key).id
    place.context.store.flushall()
    place.settle()
    assert [each.id for each in place.context.board.all()] == [id]
    assert place.context.due_states.known([id]) and place.context.watchlist.rounds()


@given(
    some.sampled_from([b"a", b"b"]), some.sampled_from([b"a", b"b"]), some.none() | some.integers(-5, 5),
    some.integers(0, int(2 * REMEMBERED_SECONDS)),
)  # fmt: skip
def test_it_holds_for_the_same_before_its_time_and_not_for_long(
    before: bytes, now: bytes, due_in: int | None, later: int
) -> None:
    clock = [0.0]
    at_rest = AtRest(lambda: clock[0])
    due = None if due_in is None else NOON + timedelta(seconds=due_in)
    at_rest.note("1", before, due)
    clock[0] += later
    held = before == now and (due is None or due > NOON) and later < REMEMBERED_SECONDS
    assert at_rest.of("1", now, NOON) == (Rest(due) if held else None)
    assert at_rest.of("2", now, NOON) is None
    at_rest.forget("1")
    assert at_rest.of("1", now, NOON) is None


def test_it_is_bounded_and_forgets_the_oldest() -> None:
    at_rest = AtRest()
    for number in range(MOST + 1):
        at_rest.note(str(number), b"x", None)
    assert at_rest.of("0", b"x", NOON) is None and at_rest.of(str(MOST), b"x", NOON)
