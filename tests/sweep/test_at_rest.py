"""A ticket that is shown as it was when nothing was to be done needs no more than the showing.

Whatever changes in Jira, in time, or by an operator's word, is looked at whole.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as some

from sandbox import Sandbox
from tests.storytelling import SEATS, Clock, Story
from tests.sweep.conftest import built
from worker.errors import CannotDo, NotOurs, Unauthorized
from worker.escalation.facts.seal import Seals
from worker.jira.answers import NotJira
from worker.look import at_rest, handler
from worker.look.at_rest import Prints, Rest
from worker.look.failures import Failed
from worker.look.reconciler import Outcome, Reconciler
from worker.look.tries import Tries
from worker.queue.workqueue import REST_SECONDS, Pace, WorkQueue

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


CALM = Pace(gap=0, flood_gap=0)


class Place:
    """A worker's looks at one ticket."""

    def __init__(self, jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
        self.jira, self.clock, self.kv = jira, clock, kv
        self.story = Story(jira, clock)
        self.story.key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        self.id = jira.issue(self.story.key).id
        self.work_by()
        self.settle()

    def work_by(self, secret: str = "", **rules: Any) -> None:
        """A worker that has just started, with these rules and this secret of its own."""
        context = built(self.jira, self.clock, self.kv, **rules)
        if secret:
            context.site.seals = Seals(self.jira.url, [secret])
        queue = WorkQueue(self.kv, pace=CALM)
        reconciler = Reconciler(context.site, context.protocol, queue, tries=Tries(self.kv))
        self.context = replace(context, queue=queue, reconciler=reconciler)

    def look(self) -> object:
        queue = self.context.queue
        queue.open(patience=0)
        queue.mark([self.id])
        lease = queue.claim(self.id)
        assert lease
        try:
            return handler.look(self.context, self.id, lease, self.clock())
        finally:
            queue.done(lease)

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
def place(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Place:
    return Place(jira, clock, kv)


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
    "a retry": lambda place: place.context.queue.ask_retry(place.id),
    "a wiped Redis": lambda place: place.context.store.flushall(),
    "a lost glance": lambda place: place.kv.delete(f"glance:{place.id}"),
    "a lost board": lambda place: place.kv.delete("board:tickets"),
    "lost times": lambda place: place.kv.delete("watch:due"),
    "lost rounds": lambda place: place.kv.delete("watch:rounds"),
    "a memory that is old": lambda place: place.kv.delete(f"tickets:rest:{place.id}"),
    "another protocol": lambda place: place.work_by(timezone="Europe/Berlin"),
    "another secret": lambda place: place.work_by(secret="another"),
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


def test_a_failure_that_was_lost_is_listed_again(place: Place) -> None:
    """Nothing is left of a list of failures that was of another kind, and the ticket may be one that has some."""
    kept = WorkQueue(place.kv, pace=CALM)
    kept.open(patience=0)
    kept.keep_rest(place.id, "print -", [True, True, True, True, True], place.kv)
    kept.mark([place.id])
    lease = kept.claim(place.id)
    assert lease and not lease.rest, "nothing failed, as far as the list knows"
    kept.done(lease)
    place.context.failures.note(place.id, "SUP-1", [Failed("look", "Something is missing.", "Give it.")])
    kept.mark([place.id])
    again = kept.claim(place.id)
    assert again and again.rest == "print -"


FAILED_LOOKS: dict[str, Callable[[], Exception]] = {
    "cannot": lambda: CannotDo("Something is missing.", "Give it."),
    "401": lambda: Unauthorized("401"),
    "a bug": lambda: KeyError("bug"),
    "a blip": lambda: NotOurs("it may not be read"),
    "not Jira": lambda: NotJira("JIRA_URL answers 413"),
}


@pytest.mark.parametrize("failure", FAILED_LOOKS)
def test_what_a_failed_look_left_is_undone_though_jira_shows_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    raised, id = FAILED_LOOKS[failure](), place.id
    place.context.queue.name([id])  # a webhook has named it, so that it is said when it may not be read
    with monkeypatch.context() as broken, pytest.raises(type(raised)):
        broken.setattr(handler, "PATIENCE", 0.0)
        broken.setattr(place.context.reconciler, "show", mock.Mock(side_effect=raised))
        place.look()
    assert place.context.failures.has(id)
    place.settle()
    assert not place.context.failures.has(id)
    assert [each.id for each in place.context.board.all()] == [id] and place.context.watchlist.rounds()


@pytest.mark.parametrize("deleted", [False, True])
def test_a_ticket_of_a_round_that_is_not_shown_for_a_while_is_come_back_to(
    place: Place, monkeypatch: pytest.MonkeyPatch, deleted: bool
) -> None:
    waits, context, gone = list[float](), place.context, NotOurs("gone, or may not be read")
    monkeypatch.setattr(WorkQueue, "was_deleted", lambda queue, site, id: deleted)
    with monkeypatch.context() as hidden:
        hidden.setattr(context.reconciler, "show", mock.Mock(side_effect=gone))
        for _ in range(300):
            with pytest.raises(NotOurs):
                place.look()
            due = place.kv.zscore("watch:due", place.id)
            if due is None:
                break
            waits.append((float(str(due)) - place.clock().timestamp()) / 60)
            place.clock.at = datetime.fromtimestamp(float(str(due)) + 0.001, UTC)
            assert context.watchlist.fallen_due(place.clock()) == [place.id]
    assert place.kv.zscore("watch:due", place.id) is None
    if deleted:
        assert not waits
    else:
        assert [round(wait, 1) for wait in waits[:5]] == [5.0, 5.0, 5.0, 7.5, 11.3] and 160 < len(waits) < 190
        assert round(max(waits), 1) == 60.0


def test_a_ticket_that_is_shown_again_is_a_round_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = place.kv.zscore("watch:due", place.id)
    with monkeypatch.context() as hidden, pytest.raises(NotOurs):
        hidden.setattr(place.context.reconciler, "show", mock.Mock(side_effect=NotOurs("may not be read")))
        place.look()
    place.settle()
    assert place.kv.zscore("watch:due", place.id) == before and place.context.watchlist.rounds()
    assert not place.kv.keys("watch:hidden:*")


def test_a_worker_that_starts_anew_knows_what_is_at_rest(place: Place) -> None:
    place.work_by()
    assert isinstance(place.look(), Rest)


def test_another_build_looks_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_rest, "build", lambda: b"newer")
    place.work_by()
    assert isinstance(place.look(), Outcome)


def test_a_worker_that_cannot_read_its_own_code_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_rest.build() == at_rest.build()
    monkeypatch.setattr(at_rest, "OURS", "*.none")
    assert at_rest.build() != at_rest.build()


def test_a_dry_run_looks_whole(place: Place) -> None:
    place.context = replace(place.context, settings=place.context.settings.model_copy(update={"dry_run": True}))
    assert isinstance(place.look(), Outcome)


def test_it_is_not_remembered_for_ever(place: Place) -> None:
    assert 0 < int(str(place.kv.ttl(f"tickets:rest:{place.id}"))) <= REST_SECONDS


def test_what_is_no_note_is_looked_at_whole_and_written_anew(place: Place) -> None:
    place.kv.delete(f"tickets:rest:{place.id}")
    place.kv.sadd(f"tickets:rest:{place.id}", "of another program")
    assert isinstance(place.look(), Outcome)
    assert isinstance(place.look(), Rest)


def test_another_account_that_is_shown_the_same_makes_other_prints(place: Place) -> None:
    ours, site = place.context.reconciler.prints.key, place.context.site
    assert Prints(place.context.protocol, site).key == ours
    site._myself = {"accountId": "another", "name": "another"}
    assert Prints(place.context.protocol, site).key != ours


@pytest.mark.parametrize("until", ["", "soon", "2026-11-23", "2026-11-24T12:00:00", "2026-13-24T12:00:00+00:00", "- -"])
def test_a_note_that_is_none_of_ours_counts_for_nothing(until: str) -> None:
    assert at_rest.rest(f"print {until}", "print", NOON) is None
    assert at_rest.rest("print 2026-11-24T12:00:00+00:00", "print", NOON) is not None


@given(some.sampled_from("ab"), some.sampled_from("ab"), some.none() | some.integers(-5, 5))
def test_it_holds_for_the_same_before_its_time(before: str, now: str, due_in: int | None) -> None:
    due = None if due_in is None else NOON + timedelta(seconds=due_in)
    held = before == now and (due is None or due > NOON)
    assert at_rest.rest(at_rest.noted(before, due), now, NOON) == (Rest(due) if held else None)
    assert at_rest.rest("", now, NOON) is None
