"""What a worker's own turn leaves in the trail: trace and calls, looks that were given up, what a dry run would do; and
what clients of linked requests were told, on both flavours."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
import redis

from sandbox import Sandbox
from tests.board.conftest import Board, Watched
from tests.board.test_ticket import html, page
from tests.storytelling import Clock
from worker.board.view import Sources
from worker.errors import CannotDo, EscalationError, Unauthorized
from worker.look import handler
from worker.look.trail import Trails
from worker.queue.workqueue import Lease

SAID = "You cannot check in patients, and we have found no other way to do it."


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    """Both flavours."""
    with Sandbox(request.param, clock=clock) as sandbox:
        yield sandbox


def turn(story: Watched) -> None:
    """A worker's turn at the ticket, as the queue gives it one; how it ends is the queue's business."""
    id = story.jira.issue(story.key).id
    lease = claimed(story, id)
    with suppress(EscalationError):
        handler.look(story.context, id, lease, story.clock())
    story.context.queue.done(lease)


def claimed(story: Watched, id: str) -> Lease:
    queue = story.context.queue
    queue.open()
    queue.mark([id], trace="cafe0001")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        queue.hurry([id])
        lease = queue.claim(id)
        if lease:
            return lease
        time.sleep(0.05)  # a moment after its last look
    raise AssertionError("it cannot be claimed")


def test_trace_and_calls_are_those_of_the_look(story: Watched, kv: redis.Redis, jira: Sandbox) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-requested", by="sam")
    story.site.account  # noqa: B018 - asked once
    before = len(jira.calls(None))
    turn(story)
    found = Trails(kv).of(story.key)
    assert found
    [entry] = found.entries
    assert (entry.trace, entry.calls) == ("cafe0001", len(jira.calls(None)) - before) and entry.calls > 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CannotDo("The ticket cannot be edited.", "Show the field."), "the ticket cannot be edited. Show the field."),
        (Unauthorized("Jira does not accept the credentials"), "jira does not accept the credentials."),
    ],
)
def test_a_look_that_was_given_up_says_why(
    story: Watched, board: Board, monkeypatch: pytest.MonkeyPatch, error: EscalationError, words: str
) -> None:
    story.request()

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(story.context.reconciler, "look", fails)
    for _ in range(2):
        turn(story)
    assert page(board, story.key).count(f"Look given up: {words}") == 1


def test_a_ticket_that_is_held_back_says_so(story: Watched, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-requested", by="sam")
    monkeypatch.setattr(handler, "_may_open", lambda *_: False)
    turn(story)
    text = html(board, story.key, status=404)
    assert "No round opened: too many asked at once, and an operator decides" in text


def test_a_ticket_that_is_gone_is_forgotten(story: Watched, board: Board, kv: redis.Redis) -> None:
    story.request()
    id = story.now.id
    story.jira.delete(story.key)
    lease = claimed(story, id)
    with pytest.raises(EscalationError):
        handler.look(story.context, id, lease, story.clock())
    html(board, story.key, status=404)
    assert not kv.exists(f"ticket:{id}")


def test_a_dry_run_says_what_it_would_do(story: Watched, board: Board) -> None:
    context = story.context
    dry = context.settings.model_copy(update={"dry_run": True})
    story.context = replace(context, settings=dry)
    story.reconciler._dry_run = True
    story.ticket()
    story.jira.label(story.key, "escalation-requested", by="sam")
    story.look()
    words = page(board, story.key)
    assert "Dry run: would open evaluations of round 1" in words and "Round 1: asked" not in words


def test_what_the_clients_of_linked_requests_were_told(story: Watched, board: Board) -> None:
    story.ticket("OPS", reporter="erin")
    linked = story.jira.create_ticket("SUP", "We cannot check in", reporter="clara")
    story.jira.link(linked, story.key, "Duplicate")
    story.request("OPS")
    story.vote("SEV-2 broken", f"SEV-2 queues\n\nClient: {SAID}", "OTHER")
    words = page(board, story.key)
    assert f"On {linked} : the answer, today, 10:03 ET" in words and words.count(SAID) == 2
    assert f"The client of {linked} is told the grade." in words
    assert linked in html(board, story.key, None) and SAID not in html(board, story.key, None)


def test_the_page_on_each_flavour(story: Watched, clock: Clock) -> None:
    story.request()
    story.vote("SEV-1: down", "SEV-1: down\n\nClient: Nobody gets in.", "")
    context = story.context
    board = Board(Sources(context.protocol, context.board, context.queue, context.failures, 300), clock)
    words = page(board, story.key)
    assert "worked on at once, released at any hour" in words and "Nobody gets in." in words
    assert "R12 SEV-1 is worked on immediately" in words
