"""The board tells what the looks have seen, and Jira is not asked for it."""

from datetime import timedelta

import pytest
import redis

from sandbox import Sandbox
from tests.board.conftest import Board, Watched
from worker.look import snapshots
from worker.look.failures import Failed
from worker.report.figures import figures
from worker.report.reading import read
from worker.sweep import sweep


def test_whom_an_open_round_waits_for(story: Watched, board: Board) -> None:
    story.request()
    [open] = board.view.open
    assert [seat.title for seat in open.awaited] == ["Project Manager", "Client Contact", "Engineering Manager"]
    assert open.bar.words == "2 h left, until Mon 23 Nov, 12:00 ET" and open.bar.used == 0
    story.vote("SEV-2: slow")
    [open] = board.view.open
    assert [(seat.title, seat.holder) for seat in open.awaited] == [
        ("Client Contact", "Sam Support"),
        ("Engineering Manager", "Erin Engineering"),
    ]


def test_the_time_of_a_panel_is_used_up(story: Watched, board: Board) -> None:
    story.request()
    story.clock.forward(minutes=90)
    assert (board.view.open[0].bar.used, board.view.open[0].bar.state) == (75, "late")
    story.clock.forward(minutes=31)
    assert board.view.open[0].bar.words.startswith("time was up Mon 23 Nov, 12:00 ET")


def test_a_lone_sev_1_waits_for_the_chair_alone(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-1: down", "Recused: away", "SEV-2: slow")
    [open] = board.view.open
    assert [seat.title for seat in open.awaited] == ["Engineering Manager"]


@pytest.mark.parametrize("votes", [("", "Recused: away", ""), ("SEV-1: down", "Recused: away", "SEV-2: slow")])
def test_the_report_waits_for_the_same_seats(story: Watched, board: Board, votes: tuple[str, str, str]) -> None:
    """A seat that is given up is waited for by nobody, however open its evaluation; and the chair alone, once asked."""
    story.request()
    story.vote(*votes)
    story.jira.reindex()
    facts = read(story.site, story.protocol, story.clock() - timedelta(days=1))
    waiting = figures(facts, story.protocol, story.clock() - timedelta(days=1), story.clock()).waiting
    [open] = board.view.open
    assert {each.seat for each in waiting} == {seat.title for seat in open.awaited}
    assert "Client Contact" not in {each.seat for each in waiting}


def test_a_promise_from_its_grade_to_its_end(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    assert not board.view.open
    [promised] = board.view.promised
    assert (promised.key, promised.grade, promised.due, promised.untold) == (story.key, "SEV-2", "Tue 24 Nov", False)
    assert promised.bar and promised.bar.state == "well" and "until Wed 25 Nov, 07:00 ET" in promised.bar.words
    story.forward(hours=30)
    assert board.view.promised[0].bar and board.view.promised[0].bar.state == "late", "it is at risk"
    story.clock.forward(hours=24)
    assert board.view.promised[0].bar and board.view.promised[0].bar.state == "bad", "nobody has to look for that"


def test_a_sweep_puts_promises_back_that_redis_has_lost(story: Watched, board: Board, kv: redis.Redis) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    before = board.view.promised
    kv.flushall()
    assert not board.view.promised
    sweep.sweep(story.context, story.clock())
    assert board.view.promised == before


def test_a_resolved_ticket_only_counts(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    story.clock.forward(hours=1)
    story.jira.close(story.key)
    story.settle()
    seen = board.view
    assert not seen.open and not seen.promised and seen.figures
    assert (seen.figures.total.graded, seen.figures.total.kept, seen.figures.total.broken) == (1, 1, 0)
    assert "Promises kept and broken" in board.text() and story.key not in board.text()


def test_a_grade_without_a_promise_is_counted(story: Watched, board: Board) -> None:
    story.request()
    story.vote("Other: odd", "Other: odd", "Other: odd")
    assert not board.view.promised and board.view.unpromised == 1


def test_a_withdrawn_request_is_no_longer_open(story: Watched, board: Board) -> None:
    story.request()
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert not board.view.open


def test_nothing_that_people_wrote_is_kept(story: Watched, board: Board, kv: redis.Redis) -> None:
    story.ticket(description="A secret description")
    story.request()
    story.vote("SEV-2: a secret reason", "SEV-2: another\n\nClient: for the client", "SEV-2: third")
    kept = str(kv.hgetall("board:tickets"))
    assert story.key in kept
    for words in ("secret", "another", "for the client", "Check-in"):
        assert words not in kept


def test_a_look_at_a_stranger_leaves_nothing(story: Watched, board: Board) -> None:
    story.ticket()
    story.settle()
    assert board.sources.memory.all() == []


def test_what_failed_stands_there_with_what_mends_it(story: Watched, board: Board) -> None:
    story.context.failures.note("1", "SUP-9", [Failed("due date", "The field <b>is</b> hidden.", "Show the field.")])
    text = board.text(names=True)
    assert "SUP-9" in text and "Show the field." in text and "&lt;b&gt;is&lt;/b&gt;" in text


def test_settled_tickets_are_forgotten_in_time_and_beyond_a_number(
    story: Watched, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        story.key = ""
        story.request()
        story.vote("Other: odd", "Other: odd", "Other: odd")
    assert len(board.sources.memory.all()) == 3
    monkeypatch.setattr(snapshots, "MOST", 1)
    sweep.sweep(story.context, story.clock())
    assert [each.key for each in board.sources.memory.all()] == [story.key]
    story.clock.at += timedelta(weeks=13)
    story.ticket()
    story.request()
    sweep.sweep(story.context, story.clock())
    assert [each.key for each in board.sources.memory.all()] == [story.key]


def test_what_another_version_has_left_is_passed_over(story: Watched, board: Board, kv: redis.Redis) -> None:
    story.request()
    kv.hset("board:tickets", mapping={"1": "{}", "2": "no json", "3": '{"key": 1, "open": {}}'})
    assert [each.key for each in board.view.open] == [story.key]


@pytest.mark.parametrize(
    ("hours", "until", "words"),
    [
        (0, "Mon 23 Nov, 21:00 ET", "Only SEV-1 fixes may be released: business hours"),
        (12, "Tue 24 Nov, 07:00 ET", "Anything may be released: outside business hours"),
    ],
)
def test_the_light(board: Board, hours: int, until: str, words: str) -> None:
    board.clock.forward(hours=hours)
    [light] = board.view.lights
    assert (light.allowed, light.until) == (hours == 12, until)
    assert light.coming == "Tue 24 Nov, 21:00 ET until Wed 25 Nov, 07:00 ET"
    assert words in board.text()


def test_jira_is_not_asked(story: Watched, board: Board, jira: Sandbox) -> None:
    story.request()
    before = len(jira.calls(None))
    assert story.key in board.text()
    assert len(jira.calls(None)) == before
