"""A ticket's own page: a doubt about a date, a missing answer or an uncounted vote is answered by it in one look."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import redis
import requests

from sandbox import Sandbox
from sandbox.http import faults
from tests.board.conftest import Board, Watched, served
from worker.look import trail
from worker.look.trail import Trails
from worker.sweep import sweep

TOKEN = "a token of this test"


def page(board: Board, key: str, token: str | None = TOKEN) -> str:
    """The page as its reader sees it: words without tags."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(board, key, token))))


def html(board: Board, key: str, token: str | None = TOKEN, status: int = 200) -> str:
    with served(board.ticket(token)) as url:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.get(f"{url}/ticket/{key}", headers=headers, timeout=5)
    assert answer.status_code == status, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def graded(story: Watched) -> None:
    story.request()
    story.vote("SEV-2: slow for all", "SEV-2: slow\n\nClient: The export stops at night.", "Other: there is a way")


def test_the_state_stands_in_one_sentence(story: Watched, board: Board) -> None:
    story.request()
    assert "The panel is asked: 0 of 3 have voted, until today, 12:00 ET." in page(board, story.key)
    story.vote("SEV-2: slow")
    assert "1 of 3 has voted" in page(board, story.key)
    assert "It waits for Client Contact (Sam Support), Engineering Manager (Erin Engineering)." in page(
        board, story.key
    )
    story.vote("", "SEV-2: slow", "SEV-2: slow")
    assert (
        "Graded SEV-2 today, 10:04 ET; the fix goes out in the night of Tue 24 Nov, 21:00 ET until "
        "Wed 25 Nov, 07:00 ET; nothing is at risk. Nobody is assigned yet."
    ) in page(board, story.key)
    story.clock.forward(hours=52)
    words = page(board, story.key)
    assert (
        "broken" in words and "The fix was promised for the night that ended today, 07:00 ET, and the ticket" in words
    )
    assert "is open: 7 h late." in words
    story.jira.close(story.key)
    story.settle()
    assert "resolved today, 14:04 ET, after the promised time: the promise stays broken." in page(board, story.key)


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        (("SEV-1: down", "SEV-1: down", ""), "worked on at once, released at any hour; nothing is at risk"),
        (("Other: odd", "Other: odd", "Other: odd"), "planned work, no date is promised"),
    ],
)
def test_the_other_grades(story: Watched, board: Board, votes: tuple[str, str, str], words: str) -> None:
    story.request()
    story.vote(*votes)
    assert words in page(board, story.key)


def test_a_withdrawn_request(story: Watched, board: Board) -> None:
    story.request()
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    words = page(board, story.key)
    assert "Round 1 ended without a grade: the request was withdrawn." in words
    assert "Nothing: a round without a grade tells no client anything." in words


def test_a_client_who_could_not_be_told(story: Watched, board: Board) -> None:
    story.request()
    assert "Nothing before the grade." in page(board, story.key)
    refused = {"errorMessages": ["You may not comment."], "errors": {}}
    story.jira.faults.add(faults.Fault("answer", status=403, method="POST", path="/comment", body=refused, times=None))
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    words = page(board, story.key)
    assert "client not told" in words and "Not told yet: it is tried again" in words
    assert "Not done: tell the client." in words


def test_a_seat_that_was_given_up(story: Watched, board: Board) -> None:
    story.request()
    story.vote("Recused: on holiday", "SEV-2: slow")
    words = page(board, story.key)
    assert "No vote for the seat Project Manager: it was given up (Petra Project)." in words
    assert "on holiday" not in words and "not waited for" in words


def test_votes_are_told_with_their_grades_once_decided_and_never_before(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-1: down")
    before = html(board, story.key)
    assert "SEV-1" not in before and "Petra Project" in before and "voted today, 10:01 ET" in before
    story.vote("", "SEV-2: slow", "SEV-2: slow")
    after = html(board, story.key)
    assert after.count('<span class="chip sev-second">SEV-2</span>') == 3, "the grade and two votes"
    assert after.count('<span class="chip sev-first">SEV-1</span>') == 1


def test_what_clients_were_told_word_for_word(story: Watched, board: Board) -> None:
    graded(story)
    words = page(board, story.key)
    assert f"On {story.key} : the answer, today, 10:03 ET" in words
    [answer] = [c for c in story.jira.issue(story.key).comments if "Severity: SEV-2" in c.text]
    for paragraph in answer.text.split("\n\n"):
        assert re.sub(r"\s+", " ", paragraph.replace("**", "")) in words
    assert "The export stops at night." in words and "slow for all" not in words and "there is a way" not in words


def test_each_date_with_the_sentence_of_its_clause(story: Watched, board: Board) -> None:
    graded(story)
    words = page(board, story.key)
    assert "Fixed by today, 21:00 ET Graded on a business day before 21:00: fixed that day" in words
    assert "R15 SEV-2 is fixed before planned work, as soon as the first engineer is available that day." in words
    assert "R16 SEV-2 is released, after it is fixed, overnight on the next business day." in words
    assert "Released Tue 24 Nov, 21:00 ET until Wed 25 Nov, 07:00 ET The night that begins on" in words
    assert "Due date Tue 24 Nov 2026" in words and "D7 The due date is the day on which that night begins" in words


def test_a_grade_without_dates_says_why(story: Watched, board: Board) -> None:
    story.request()
    story.vote("Other: odd", "Other: odd", "Other: odd")
    words = page(board, story.key)
    assert "No fix-by, release night, due date: the protocol states no timing" in words
    assert "No due date set: the protocol states no timing for OTHER (R18, D10)." in words


def test_the_trail_says_what_each_look_did_and_did_not(story: Watched, board: Board) -> None:
    story.request()
    story.say("engineering-manager", "SEV-1 - it is down", by="petra")
    graded(story)
    story.clock.forward(hours=1)
    story.jira.set_due(story.key, date(2026, 12, 3), by="petra")
    story.settle()
    words = page(board, story.key)
    asked, done, moved = (
        words.index("Round 1: asked Project Manager"),
        words.index("Graded SEV-2: the panel has voted."),
        words.index("Due date left alone: changed by a person, it is Thu 3 Dec 2026; the promise of Tue 24 Nov 2026"),
    )
    assert moved < done < asked, "newest first"
    assert re.search(r"Vote not counted on SUP-\d+ \(Petra Project\): its author does not hold the seat\.", words)
    assert "Label sev-2 put on; label escalation-requested taken off; due date set to Tue 24 Nov 2026." in words
    assert re.search(r"\d+ calls to Jira · trace 0000abcd", words)
    assert "Escalation asked for (Sam Support)." in words


def test_a_reason_that_stays_is_kept_once_and_a_look_with_nothing_to_say_leaves_nothing(
    story: Watched, board: Board
) -> None:
    story.request()
    story.say("engineering-manager", "SEV-1 - it is down", by="petra")
    for _ in range(3):
        story.clock.forward(minutes=1)
        story.look()
    found = Trails(board.sources.queue.store).of(story.key)
    assert found and [len(entry.left) for entry in found.entries] == [1, 0]
    assert page(board, story.key).count("does not hold the seat") == 1


def test_without_a_token_no_name_no_vote_no_text(story: Watched, board: Board) -> None:
    graded(story)
    text = html(board, story.key, None)
    for secret in ("Petra", "Sam", "Erin", "Check-in fails", "The export stops", ">OTHER<"):
        assert secret not in text, secret
    assert "Graded SEV-2" in text and "Project Manager" in text and "GATE_TOKEN" in text


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}"])
def test_a_wrong_token_gets_nothing(story: Watched, board: Board, given: str) -> None:
    story.request()
    with served(board.ticket(TOKEN)) as url:
        answer = requests.get(f"{url}/ticket/{story.key}", headers={"Authorization": given}, timeout=5)
    assert answer.status_code == 401 and story.key not in answer.text and "GATE_TOKEN" in answer.text


def test_an_unknown_key(board: Board) -> None:
    assert "Nothing is kept of SUP-999" in html(board, "SUP-999", status=404)


@pytest.mark.parametrize("key", ["nonsense", "SUP-0", "%3Cscript%3E", "A" * 300 + "-1"])
def test_what_is_no_key_is_told_how_one_looks(board: Board, key: str) -> None:
    text = html(board, key, status=404)
    assert "no ticket's key" in text and "/ticket/SUP-41" in text and "<script>" not in text
    assert "<h1></h1>" not in text and "explain" not in text


def test_a_ticket_without_a_record_is_unknown(story: Watched, board: Board) -> None:
    story.ticket()
    story.settle()
    assert "escalation explain" in html(board, story.key, status=404)


def test_a_key_in_small_letters_is_the_same_ticket(story: Watched, board: Board) -> None:
    story.request()
    assert story.key in html(board, story.key.lower())


def test_without_redis_it_says_so(story: Watched, board: Board, valkey_gone: redis.Redis) -> None:
    http = board.ticket()
    http.trails = Trails(valkey_gone)
    with served(http) as url:
        answer = requests.get(f"{url}/ticket/SUP-1", timeout=5)
    assert answer.status_code == 503 and "Redis does not answer" in answer.text


def test_everything_is_escaped(story: Watched, board: Board) -> None:
    story.key = story.jira.create_ticket("SUP", "<img src=x onerror=alert(1)>")
    story.request()
    story.vote("SEV-2: x", "SEV-2: x\n\nClient: <script>alert(2)</script> & so on", "SEV-2: x")
    text = html(board, story.key)
    assert "<img" not in text and "<script>alert" not in text
    assert "&lt;img src=x" in text and "&lt;script&gt;alert(2)" in text


def test_after_a_wipe_the_next_look_and_the_record_bring_back_what_they_know(
    story: Watched, board: Board, kv: redis.Redis
) -> None:
    graded(story)
    kv.flushall()
    html(board, story.key, status=404)
    story.look()
    words = page(board, story.key)
    assert "Graded SEV-2: the panel has voted." in words and "Escalation asked for" in words
    assert "The export stops at night." in words and "Project Manager voted (Petra Project)." in words


def test_after_a_wipe_a_sweep_brings_back_what_the_record_tells(story: Watched, board: Board, kv: redis.Redis) -> None:
    graded(story)
    story.jira.reindex()
    kv.flushall()
    sweep.sweep(story.context, story.clock())
    words = page(board, story.key)
    for told in (
        "Check-in fails for all doctors",
        "Graded SEV-2 today, 10:03 ET; the fix goes out in the night of",
        "R16 SEV-2 is released",
        "told by comment (round 1)",
        "Graded SEV-2: the panel has voted.",
    ):
        assert told in words, told
    assert words.count("today, 10:02 ET") == 1, "a vote is known by its seat alone"
    before = kv.hgetall(f"ticket:{story.now.id}")
    sweep.sweep(story.context, story.clock())
    assert kv.hgetall(f"ticket:{story.now.id}") == before
    story.look()
    assert "The export stops at night." in page(board, story.key) and "Sam Support" in page(board, story.key)


def test_a_ticket_that_moved_is_found_by_both_keys(story: Watched, board: Board) -> None:
    graded(story)
    old = story.key
    story.key = story.jira.move(story.key, "OPS")
    story.look()
    assert story.key in html(board, story.key) and "Graded SEV-2" in html(board, story.key)
    assert story.key in html(board, old)


def test_the_trail_stays_within_its_bounds(
    story: Watched, board: Board, kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "MOST_ENTRIES", 2)
    monkeypatch.setattr(trail, "MOST_TICKETS", 1)
    graded(story)
    first, trails = story.key, Trails(kv)
    assert 0 < kv.ttl(f"ticket:{story.now.id}") <= trail.KEPT.total_seconds()
    sweep.sweep(story.context, story.clock())
    found = trails.of(first)
    assert found and len(found.entries) == 2 and found.entries[0].did, "the newest stay"
    story.key = ""
    story.clock.forward(minutes=1)
    story.request()
    sweep.sweep(story.context, story.clock())
    assert trails.of(first) is None and trails.of(story.key)
    trails.tidy(story.clock() + timedelta(days=91))
    assert trails.of(story.key) is None


def test_jira_is_not_asked_and_what_panelists_wrote_is_not_kept(
    story: Watched, board: Board, jira: Sandbox, kv: redis.Redis
) -> None:
    graded(story)
    before = len(jira.calls(None))
    html(board, story.key)
    assert len(jira.calls(None)) == before
    kept = str([kv.hgetall(name) for name in kv.keys("ticket:1*")])
    assert "The export stops" in kept and "slow for all" not in kept and "there is a way" not in kept


def test_what_failed_is_told_with_what_mends_it(story: Watched, board: Board) -> None:
    story.jira.hide_field("duedate", "SUP")
    graded(story)
    words = page(board, story.key)
    assert "to be mended" in words and "The due date (field duedate) cannot be set" in words
    assert "Not done: due date." in words and "cannot be set" not in page(board, story.key, None)


def test_what_another_version_left_is_passed_over(story: Watched, board: Board, kv: redis.Redis) -> None:
    graded(story)
    name = f"ticket:{story.now.id}"
    kv.hset(name, mapping={"did:x": "no json", "left:y": '{"words": 3}'})
    assert "Graded SEV-2" in html(board, story.key)
    kv.hset(name, "facts", '{"key": "SUP-1", "project": "SUP"}')
    html(board, story.key, status=404)


def test_many_readers_cost_one_page(story: Watched, board: Board) -> None:
    story.request()
    made: list[int] = []
    http, clock = board.ticket(), board.clock
    http.clock = lambda: made.append(1) or clock()  # type: ignore[func-returns-value]
    with served(http) as url:
        for _ in range(10):
            assert requests.get(f"{url}/ticket/{story.key}", timeout=5).status_code == 200
    assert len(made) <= 2
