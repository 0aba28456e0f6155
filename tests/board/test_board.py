"""The board tells what the looks have seen, and Jira is not asked for it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
import redis

from sandbox import Sandbox
from tests.board.conftest import Board, Watched
from worker.board.filters import Wanted, wanted
from worker.board.page import page
from worker.look import snapshots
from worker.look.failures import Failed
from worker.report.figures import figures
from worker.report.reading import read
from worker.sweep import sweep


def waited_for(board: Board) -> list[tuple[str, str]]:
    [row] = board.view.judged
    return [(seat.title, seat.holder) for seat in row.seats if not seat.voted]


def test_whom_an_open_round_waits_for(story: Watched, board: Board) -> None:
    story.request()
    assert [title for title, _ in waited_for(board)] == ["Project Manager", "Client Contact", "Engineering Manager"]
    [row] = board.view.judged
    assert (row.figure, row.used, row.line) == ("until 12:00 ET", 0, "0 of 3 have answered")
    assert [seat.initials for seat in row.seats] == ["PM", "CC", "EM"]
    story.vote("SEV-2: slow")
    assert waited_for(board) == [("Client Contact", "Sam Support"), ("Engineering Manager", "Erin Engineering")]
    assert board.view.judged[0].people == ("Sam Support", "Erin Engineering")


def test_the_time_of_a_panel_is_used_up(story: Watched, board: Board) -> None:
    story.request()
    story.clock.forward(minutes=90)
    assert (board.view.judged[0].used, board.view.judged[0].shade) == (75, "late")
    story.clock.forward(minutes=31)
    assert board.view.judged[0].figure == "1 min over"


def test_a_lone_sev_1_waits_for_the_chair_alone(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-1: down", "Recused: away", "SEV-2: slow")
    assert [title for title, _ in waited_for(board)] == ["Engineering Manager"]


def test_a_stalled_round_wants_somebody_now(story: Watched, board: Board) -> None:
    story.request()
    story.forward(hours=4)
    [row] = board.view.now
    assert not board.view.judged and row.states == ("stalled",) and ("stalled", "full") in row.chips
    assert "too few for a grade" in row.line and row.figure == "2 h over"


@pytest.mark.parametrize("votes", [("", "Recused: away", ""), ("SEV-1: down", "Recused: away", "SEV-2: slow")])
def test_the_report_waits_for_the_same_seats(story: Watched, board: Board, votes: tuple[str, str, str]) -> None:
    """A seat that is given up is waited for by nobody, however open its evaluation; and the chair alone, once asked."""
    story.request()
    story.vote(*votes)
    story.jira.reindex()
    facts = read(story.site, story.protocol, story.clock() - timedelta(days=1))
    waiting = figures(facts, story.protocol, story.clock() - timedelta(days=1), story.clock()).waiting
    assert {each.seat for each in waiting} == {title for title, _ in waited_for(board)}
    assert "Client Contact" not in {each.seat for each in waiting}


def test_a_promise_from_its_grade_to_its_end(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    assert not board.view.judged and not board.view.now
    [row] = board.view.promised
    assert (row.key, row.grade, row.colour, row.states) == (story.key, "SEV-2", "sev-second", ("promised",))
    assert (row.figure, row.shade) == ("Tue night, 21:00 ET", "")
    story.forward(hours=30)
    assert (board.view.promised[0].shade, board.view.promised[0].states) == ("late", ("at-risk",))
    story.clock.forward(hours=24)
    [row] = board.view.now
    assert not board.view.promised and row.figure == "9 h late" and ("broken", "full") in row.chips


def test_the_worst_comes_first_and_a_ticket_once(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    broken = story.key
    story.forward(hours=50)
    story.key = ""
    story.request()
    story.forward(hours=4)
    story.context.failures.note(story.jira.issue(broken).id, broken, [Failed("due date", "Hidden.", "Show it.")])
    rows = board.view.now
    assert [row.key for row in rows] == [broken, story.key]
    assert rows[0].states == ("broken", "to-mend") and rows[0].mend == (("due date", "Hidden. Show it."),)
    page = board.text(names=True)
    assert page.index("Needs somebody now") < page.index("Release window") < page.index("Being judged")
    assert page.count(f'href="/ticket/{broken}"') == 1


def test_what_it_is_and_who_works_on_it_stand_beside_the_key_behind_a_token(story: Watched, board: Board) -> None:
    story.ticket()
    story.jira.assign(story.key, "erin")
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    page = board.text(names=True)
    assert "Check-in fails for all doctors" in page and "Erin Engineering works on it." in page
    assert f'href="/ticket/{story.key}"' in page
    bare = board.text()
    assert "Check-in" not in bare and "Erin" not in bare and story.key in bare


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("project=SUP", {"SUP"}),
        ("project=ops", {"OPS"}),
        ("project=NONE", set()),
        ("state=judged", {"SUP", "OPS"}),
        ("state=broken", set()),
        ("state=nonsense", set()),
        ("person=Erin+Engineering", {"SUP", "OPS"}),
        ("person=Nobody", set()),
        ("project=SUP&state=judged&person=erin+engineering", {"SUP"}),
        ("other=1", {"SUP", "OPS"}),
    ],
)
def test_a_part_of_the_board_by_its_address(story: Watched, board: Board, asked: str, seen: set[str]) -> None:
    for project in ("SUP", "OPS"):
        story.key = ""
        story.request(project)
        story.vote("SEV-2: slow")
    part_asked = wanted(dict(parse_qsl(asked)), board.view, names=True)
    shown = page(board.view, lambda key: "", part_asked, names=True)
    assert {key.partition("-")[0] for key in re.findall(r'id="open-([A-Z]+-\d+)"', shown)} == seen
    assert ("Show all" in shown) == (asked != "other=1")


def test_without_names_nobody_is_found_by_asking_for_a_person(story: Watched, board: Board) -> None:
    story.request()
    found = [wanted({"person": who}, board.view, names=False) for who in ("Erin Engineering", "Nobody")]
    assert found == [Wanted(), Wanted()]


def test_how_changes_come_in_and_when_the_credentials_end(story: Watched, board: Board) -> None:
    said = "webhooks, the last one <now>"
    board.sources = replace(board.sources, changes=lambda store: said, expires=date(2026, 12, 1))
    page = board.text()
    assert "webhooks, the last one &lt;now&gt;" in page
    assert '<span class="red-word">Credentials end on 2026-12-01, in 8 days</span>' in page


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
    assert not seen.judged and not seen.promised and not seen.now and seen.figures
    assert (seen.figures.total.graded, seen.figures.total.kept, seen.figures.total.broken) == (1, 1, 0)
    assert "1 of 1" in board.text() and story.key not in board.text()


def test_a_grade_without_a_promise_is_counted(story: Watched, board: Board) -> None:
    story.request()
    story.vote("Other: odd", "Other: odd", "Other: odd")
    assert not board.view.promised and board.view.unpromised == 1


def test_a_withdrawn_request_is_no_longer_open(story: Watched, board: Board) -> None:
    story.request()
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert not board.view.judged


def test_nothing_that_people_wrote_is_kept_but_the_summary(story: Watched, board: Board, kv: redis.Redis) -> None:
    story.ticket(description="A secret description")
    story.request()
    story.vote("SEV-2: a secret reason", "SEV-2: another\n\nClient: for the client", "SEV-2: third")
    kept = str(kv.hgetall("board:tickets"))
    assert story.key in kept
    for words in ("secret", "another", "for the client"):
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
    assert [each.key for each in board.view.judged] == [story.key]


@pytest.mark.parametrize(
    ("hours", "until", "words"),
    [
        (0, "Mon 23 Nov, 21:00 ET", "Only SEV-1 ships"),
        (12, "Tue 24 Nov, 07:00 ET", "Anything ships"),
    ],
)
def test_the_light(board: Board, hours: int, until: str, words: str) -> None:
    board.clock.forward(hours=hours)
    [light] = board.view.lights
    assert (light.allowed, light.until) == (hours == 12, until)
    assert light.coming == "Tue 24 Nov, 21:00 ET until Wed 25 Nov, 07:00 ET"
    assert light.day.words == "Shut today: 7:00 to 21:00 ET" and light.day.shut == ((29.17, 58.33),)
    assert light.day.now == (41.7 if hours == 0 else 91.7)
    assert words in board.text()


def test_jira_is_not_asked(story: Watched, board: Board, jira: Sandbox) -> None:
    story.request()
    before = len(jira.calls(None))
    assert story.key in board.text()
    assert len(jira.calls(None)) == before
