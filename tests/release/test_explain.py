"""Promises that explain themselves: of a grade at an instant, and of a ticket from its record; what becomes of a
promise when the fix lands (protocol.md §1.4)."""

import csv
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config import protocol_file, public_holidays
from sandbox.http import faults
from tests.release.conftest import BOTH, Run, Shop, rules
from worker import clock
from worker.commands import explain
from worker.escalation.dates.timing import promise
from worker.escalation.facts.record import Kept
from worker.escalation.views.explanation import explained, fix
from worker.jira.release_facts import Standings

Written = Callable[..., Path]
EXAMPLES = Path(__file__).parents[3] / "shared" / "timing_examples.tsv"


# a grade at an instant


def test_the_json_is_what_outsiders_rely_on(run: Run) -> None:
    ran = run("explain", "--grade", "SEV-2", "--graded-at", "2026-11-25T15:00-05:00", "--json")
    told = ran.json
    rules_of = told.pop("rules")
    assert (ran.code, told) == (
        0,
        {
            "grade": "SEV-2",
            "graded_at": "2026-11-25T15:00:00-05:00",
            "fix_by": "2026-11-25T21:00:00-05:00",
            "window_start": "2026-11-27T21:00:00-05:00",
            "window_end": "2026-11-28T07:00:00-05:00",
            "due_date": "2026-11-27",
        },
    )
    assert [rule["clause"] for rule in rules_of] == ["R15, D5", "R16, D6", "R16, D8", "R16, D7"]
    assert all(rule["words"] and rule["value"] == told[rule["date"]] for rule in rules_of)


def test_a_grade_by_its_label_and_a_timestamp_in_small_letters(run: Run) -> None:
    small = run("explain", "--grade", "sev-other", "--graded-at", "2026-11-25t20:00z", "--json").json
    assert (small["grade"], small["graded_at"]) == ("OTHER", "2026-11-25T15:00:00-05:00")


def test_people_read_each_date_with_its_rule(run: Run) -> None:
    said = run("explain", "--grade", "sev 2", "--graded-at", "2026-11-25T20:00Z").out
    for words in (
        "SEV-2, graded Wed 2026-11-25 15:00 ET",
        "window from  Fri 2026-11-27 21:00 ET  [R16, D6]",
        "[R15, D5]",
        "fixed that",
    ):
        assert words in said
    said = run("explain", "--grade", "OTHER", "--graded-at", "2026-11-25T15:00-05:00").out
    assert said.count("none") == 4 and said.count("[R18, D10]") == 1 and said.count("a person set") == 1


def test_nobody_is_shown_a_fraction_of_a_second_or_another_zone(run: Run) -> None:
    words = ("explain", "--grade", "SEV-1", "--graded-at", "2026-11-25T20:00:07.123456Z")
    assert run(*words, "--json").json["graded_at"] == "2026-11-25T15:00:07-05:00"
    assert "graded Wed 2026-11-25 15:00 ET" in run(*words).out


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared examples are not beside this checkout")
@pytest.mark.parametrize(("overnight", "prefix"), [("night-of", ""), ("night-before", "alt_")])
def test_every_worked_example_by_command_line(run: Run, written: Written, overnight: str, prefix: str) -> None:
    written(overnight=f'"{overnight}"')
    with EXAMPLES.open() as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            told = run("explain", "--grade", row["grade"], "--graded-at", row["graded_at"], "--json").json
            names = ("window_start", "window_end", "due_date")
            assert told["fix_by"] == (row["fix_by"] or None)
            assert [told[name] for name in names] == [row[prefix + name] or None for name in names], row


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared examples are not beside this checkout")
def test_what_is_kept_changes_no_answer(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with EXAMPLES.open() as lines:
        asked = [(row["grade"], row["graded_at"]) for row in csv.DictReader(lines, delimiter="\t")]

    def told() -> list[str]:
        protocol_file._known.cache_clear()
        public_holidays.of_year.cache_clear()
        promised = [run("explain", "--grade", grade, "--graded-at", at).out for grade, at in asked]
        return [*promised, *(run("gate", "--at", at, "--json").out for _, at in asked)]

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere" / "at all"))
    without = told()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert told() == without
    for module, name in ((public_holidays, "_look_up"), (protocol_file, "_checked")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("asked again"))
    assert told() == without


SWITCHES = {
    # the lines changed → graded at: fixed by, released from, due on
    "": "11-23T18:00 11-23T21:00 11-24T21:00 11-24",
    'same_day_cutoff = "17:00"': "11-23T18:00 11-24T21:00 11-25T21:00 11-25",
    'due_date = "window-end"': "11-23T18:00 11-23T21:00 11-24T21:00 11-25",
    'overnight = "night-before"': "11-23T18:00 11-23T21:00 11-23T21:00 11-24",
    'holidays = "none"': "11-25T10:00 11-25T21:00 11-26T21:00 11-26",
    'holidays = "NYSE"': "11-10T15:00 11-10T21:00 11-11T21:00 11-11",
    'extra_holidays = ["2026-11-27"]': "11-25T10:00 11-25T21:00 11-30T21:00 11-30",
    "ignored_holidays = [2026-11-26]": "11-25T10:00 11-25T21:00 11-26T21:00 11-26",
    'ignored_holidays = ["Thanksgiving Day"]': "11-25T10:00 11-25T21:00 11-26T21:00 11-26",
    'gate_days = "business-days"': "11-27T10:00 11-27T21:00 11-30T21:00 11-30",
    'timezone = "EST"': "07-15T20:30 07-15T21:00 07-16T21:00 07-16",
}


@pytest.mark.parametrize(("changed", "expected"), SWITCHES.items())
def test_every_switch_of_time(run: Run, written: Written, changed: str, expected: str) -> None:
    name, _, value = changed.partition(" = ")
    written(**({name: value} if name else {}))
    graded_at, *dates = expected.split()
    told = run("explain", "--grade", "SEV-2", "--graded-at", f"2026-{graded_at}-05:00", "--json").json
    assert [told["fix_by"][5:16], told["window_start"][5:16], told["due_date"][5:]] == dates
    assert told["window_start"].endswith("-05:00")


def test_by_the_rules_of_one_project(run: Run, written: Written) -> None:
    path = written()
    path.write_text(path.read_text() + '\n[projects.OPS.business]\novernight = "night-before"\n')
    words = ("explain", "--grade", "SEV-2", "--graded-at", "2026-11-23T18:00-05:00", "--json")
    assert run(*words).json["window_start"] == "2026-11-24T21:00:00-05:00"
    assert run(*words, "--project", "OPS").json["window_start"] == "2026-11-23T21:00:00-05:00"


@pytest.mark.parametrize(
    "words", [("explain", "--grade", "SEV-2", "--graded-at", "2026-11-23T18:00-05:00"), ("gate", "explain")]
)
def test_a_project_that_the_file_does_not_name_is_refused(run: Run, written: Written, words: tuple[str, ...]) -> None:
    ran = run(*words, "--project", "NOPE")
    assert (ran.code, ran.out) == (2, "")
    assert "the protocol file names none, so one rule holds for all; leave --project out" in ran.err
    path = written()
    path.write_text(path.read_text() + "\n[projects.OPS]\n[projects.SUP]\n")
    assert run(*words, "--project", "ops").code == 0
    ran = run(*words, "--project", "NOPE")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "--project: found 'NOPE', expected a project that the protocol file names: OPS, SUP\n"


# when the fix lands


@pytest.mark.parametrize(
    ("graded", "fixed", "planned", "state"),
    [
        ("2026-11-23T10:00", "2026-11-23T15:00", "2026-11-24T21:00", "kept"),
        ("2026-11-23T10:00", "2026-11-23T23:30", "2026-11-24T21:00", "kept"),
        ("2026-11-23T10:00", "2026-11-24T02:00", "2026-11-24T21:00", "kept"),
        ("2026-11-23T10:00", "2026-11-25T01:00", "2026-11-24T21:00", "kept"),
        ("2026-11-23T10:00", "2026-11-25T06:59:59", "2026-11-24T21:00", "kept"),
        ("2026-11-23T10:00", "2026-11-25T07:00", "2026-11-27T21:00", "broken"),
        ("2026-11-23T10:00", "2026-11-25T09:00", "2026-11-27T21:00", "broken"),
        ("2026-11-28T10:00", "2026-11-28T14:00", "2026-11-30T21:00", "earlier"),
        ("2026-11-25T22:00", "2026-11-25T23:50", "2026-11-27T21:00", "earlier"),
        ("2026-12-31T11:00", "2026-12-31T18:00", "2027-01-04T21:00", "kept"),
    ],
)
def test_a_promise_is_kept_while_it_can_be(graded: str, fixed: str, planned: str, state: str) -> None:
    protocol, now = rules(), datetime.fromisoformat("2027-06-01T00:00Z")
    made = promise(protocol.grade("SEV-2"), datetime.fromisoformat(f"{graded}-05:00"), protocol)
    kept = Kept(made.grade, made.graded_at, made.fix_by, made.window_start, made.window_end, made.due_date)
    found = fix(kept, datetime.fromisoformat(f"{fixed}-05:00"), protocol, now)
    assert found.planned is not None
    assert (found.state, found.planned.start.isoformat()) == (state, f"{planned}:00-05:00")


def test_an_open_ticket_is_overdue_from_the_end_of_its_night_on() -> None:
    protocol = rules()
    made = promise(protocol.grade("SEV-2"), datetime.fromisoformat("2026-11-23T10:00-05:00"), protocol)
    kept = Kept(made.grade, made.graded_at, made.fix_by, made.window_start, made.window_end, made.due_date)
    states = [fix(kept, None, protocol, datetime.fromisoformat(f"2026-11-25T{at}-05:00")).state
              for at in ("06:59:59", "07:00:00")]  # fmt: skip
    assert states == ["open", "overdue"]
    assert fix(Kept("OTHER", made.graded_at), None, protocol, made.graded_at).state == "none"


# a ticket


@pytest.fixture
def ask(run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """`escalation explain KEY` on the shop's Jira."""
    jira = shop.jira
    for name, value in {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token()}.items():
        monkeypatch.setenv(name, value)
    if jira.flavour == "cloud":
        monkeypatch.setenv("JIRA_USER", jira.email())
    monkeypatch.setattr(clock, "now", shop.clock)
    default = explain.protocol_file.load
    monkeypatch.setattr(explain.protocol_file, "load", lambda *path: shop.story.protocol if path else default())
    return lambda *words: run("explain", *words)


@BOTH
def test_a_ticket_tells_its_whole_story(shop: Shop, ask: Callable[..., Any]) -> None:
    shop.story.request()
    shop.story.vote("SEV-2: the doctors wait", "OTHER: paper helps", "SEV-2: a bad index")
    key, before = shop.story.key, shop.writes()
    ran = ask(key)
    assert ran.code == 0, ran.err
    for words in (
        "Asked: round 1, requested Mon 2026-11-23 10:00 ET; decided",
        "Project Manager: Petra Project",
        "Client Contact: OTHER, by Sam Support, Mon 2026-11-23 10:02 ET",
        "Decided: SEV-2, Mon 2026-11-23 10:03 ET: the panel has voted",
        "window from  Tue 2026-11-24 21:00 ET  [R16, D6]",
        "not fixed",
        "Client: by comment (round 1)",
    ):
        assert words in ran.out, words
    for secret in ("doctors wait", "paper helps", "bad index"):
        assert secret not in ran.out, "a person's text is nobody else's"
    assert shop.writes() == before


def test_as_json(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.graded("SEV-2")
    ran = ask(key, "--json")
    told = ran.json
    assert not re.search(r"T[\d:]+(\.\d+|\+00:00|Z)", ran.out.partition("{")[2]), "one zone, and no fractions"
    assert told["promised"]["window_start"] == "2026-11-24T21:00:00-05:00"
    assert [rule["clause"] for rule in told["promised"]["rules"]] == ["R15, D5", "R16, D6", "R16, D8", "R16, D7"]
    assert [vote["seat"] for vote in told["votes"]] == ["project-manager", "client-contact", "engineering-manager"]
    assert (told["asked"]["round"], told["asked"]["ended"], len(told["asked"]["seats"])) == (1, "decided", 3)
    assert (told["decided"]["how"], told["moved"], told["failures"]) == ("panel", [], [])


def test_what_moved_it(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.graded("SEV-2")
    for number, grade in ((2, "SEV-2"), (3, "OTHER")):
        shop.clock.forward(minutes=5)
        shop.jira.label(key, "escalation-requested")
        shop.story.settle()
        shop.story.vote(*(f"{grade}: again",) * 3, round=number)
        moved = " / ".join(ask(key, "--json").json["moved"])
        if number == 2:
            assert "round 2 confirmed SEV-2: the clock was not started anew" in moved
    assert "round 1 ended: decided, graded SEV-2" in moved
    assert "round 3 changed SEV-2 to OTHER: a new clock since Mon 2026-11-23 10:" in moved


def test_a_due_date_that_a_person_changed_is_named(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.graded("SEV-2")
    shop.jira.set_due(key, datetime.fromisoformat("2026-12-24").date())
    assert "the due date in Jira is 2026-12-24: a person changed it, and the promise stands" in ask(key).out


def test_rules_that_changed_since_do_not_change_the_promise(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.graded("SEV-2")
    shop.rules(business={"overnight": "night-before"})
    told = ask(key, "--json").json["promised"]
    assert told["window_start"] == "2026-11-24T21:00:00-05:00"
    words = {rule["date"]: rule["words"] for rule in told["rules"]}
    assert "rules that held when it was promised" in words["window_start"]
    assert "fixed that day" in words["fix_by"]


@BOTH
@pytest.mark.parametrize(
    ("later", "state", "planned"),
    [({"hours": 3}, "kept", "2026-11-24T21:00"), ({"days": 2}, "broken", "2026-11-27T21:00")],
)
def test_a_resolved_ticket(shop: Shop, later: dict[str, int], state: str, planned: str) -> None:
    key = shop.graded("SEV-2")
    shop.clock.forward(**later)
    shop.jira.close(key)
    escalation = shop.http.notes.find(key)
    fixed_at = Standings(shop.story.site).read(key, shop.story.protocol).resolved_at
    assert fixed_at == shop.clock()
    told = explained(escalation, shop.story.protocol, fixed_at, shop.clock())["fix"]
    assert (told["state"], told["planned_start"][:16]) == (state, planned)


def test_before_there_is_anything_to_tell(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.jira.create_ticket("SUP")
    assert f"{key}: no evaluation is on record, so nothing is promised" in ask(key).out


@BOTH
def test_a_round_under_way_tells_whose_vote_is_missing(shop: Shop, ask: Callable[..., Any]) -> None:
    """Who has voted, and when; not for what, since a panelist might look before voting."""
    shop.story.request()
    shop.story.vote("SEV-2: the doctors wait", "Recused: away", "")
    ran = ask(shop.story.key)
    for words in (
        "Asked: round 1, requested Mon 2026-11-23 10:00 ET; under way",
        "voted Mon 2026-11-23 10:01 ET",
        "the vote is missing",
        "not waited for",
        "Decided: nothing",
    ):
        assert words in ran.out, ran.out
    assert "SEV-2" not in ran.out
    asked = ask(shop.story.key, "--json").json["asked"]
    assert (asked["round"], asked["ended"]) == (1, None)
    assert [(seat["seat"], seat["voted_at"], seat["awaited"]) for seat in asked["seats"]] == [
        ("project-manager", "2026-11-23T10:01:00-05:00", False),
        ("client-contact", None, False),
        ("engineering-manager", None, True),
    ]
    assert {seat["asked_at"] for seat in asked["seats"]} == {"2026-11-23T10:00:00-05:00"}


def test_a_second_round_under_way_is_told_beside_the_promise_that_stands(shop: Shop, ask: Callable[..., Any]) -> None:
    key = shop.graded("SEV-2")
    shop.clock.forward(minutes=5)
    shop.jira.label(key, "escalation-requested")
    shop.story.settle()
    told = ask(key, "--json").json
    assert (told["asked"]["round"], told["asked"]["ended"], told["decided"]["round"]) == (2, None, 1)
    assert [seat["awaited"] for seat in told["asked"]["seats"]] == [True] * 3 and len(told["votes"]) == 3
    assert "round 2 is under way: it may change grade and dates" in told["moved"]


def test_a_chair_who_has_to_decide_is_named(shop: Shop, ask: Callable[..., Any]) -> None:
    shop.story.request()
    shop.story.vote("SEV-1: down", "Recused: away", "SEV-2: slow")
    assert ask(shop.story.key).out.count("and is asked to decide") == 1


def test_what_cannot_be_told(shop: Shop, ask: Callable[..., Any]) -> None:
    shop.graded("SEV-2")
    evaluation = shop.story.evaluation("project-manager").key
    assert ask("SUP-999").code == 2
    ran = ask(evaluation)
    assert ran.code == 2 and "name its ticket" in ran.err
    shop.jira.faults.add(faults.unavailable(times=None))
    ran = ask(shop.story.key)
    assert (ran.code, ran.err.count("\n")) == (3, 1)


def test_a_jira_that_is_not_there_names_the_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("JIRA_TOKEN", "t")
    ran = run("explain", "SUP-1")
    assert (ran.code, ran.err) == (3, "Jira could not be reached (ConnectionError). Check JIRA_URL.\n")
