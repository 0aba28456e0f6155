"""The protocol file: what a small one gets, what an impossible one is told, and what one project may change."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import ConfigError
from config.checking.parser import parse
from config.protocol import DEFAULT, FINDERS, GRADES
from config.protocol_file import load
from config.values import END_OF_DAY

SEATS = """
[[panel.seats]]
name = "project-manager"
title = "Project Manager"
holder = "anna"
[[panel.seats]]
name = "client-contact"
title = "Support or Operations"
holder = "ben"
[[panel.seats]]
name = "engineering-manager"
title = "Engineering Manager"
holder = "chris"
"""


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refusal:
        parse(text)
    return refusal.value.mistakes


def test_three_seats_are_a_whole_protocol_with_the_defaults_of_the_default_file() -> None:
    small, default = parse(SEATS), load(DEFAULT)
    assert small.business == default.business
    assert small.labels == default.labels
    assert small.grades == default.grades == GRADES
    assert (small.timezone, small.client, small.internal) == (default.timezone, default.client, default.internal)
    assert replace(small.panel, seats=()) == replace(default.panel, seats=())


def test_the_default_file_seats_the_people_of_the_sandbox() -> None:
    panel = load().panel
    assert [seat.name for seat in panel.seats] == ["project-manager", "client-contact", "engineering-manager"]
    assert panel.seat("project-manager").holder == "5b10ac8d82e05b22cc7d4ef5"
    assert panel.seat("client-contact").find == FINDERS
    assert panel.seat("client-contact").members == ("group:support",)
    with pytest.raises(KeyError):
        panel.seat("janitor")


def test_values_are_read_as_what_they_are() -> None:
    protocol = parse(
        'timezone = "UTC"\n[business]\ncloses = "24:00"\nopens = 06:30:00\n'
        'extra_holidays = [2026-11-27, "2026-12-24"]\nignored_holidays = ["columbus day", 2026-11-11]\n'
        'freezes = [2026-12-24, "2026-12-28/2027-01-01"]\n'
        'extra_windows = [{from = 2026-11-28T10:00:00Z, to = "2026-11-28T12:00Z"}]\n'
        '[panel]\nevaluate_within = "3d"\nchair_within = "90s"\n' + SEATS
    )
    business = protocol.business
    assert (business.opens, business.closes) == (time(6, 30), END_OF_DAY)
    assert business.extra_holidays == {date(2026, 11, 27), date(2026, 12, 24)}
    assert business.ignored_holidays == {"columbus day", date(2026, 11, 11)}
    assert business.freezes == ((date(2026, 12, 24),) * 2, (date(2026, 12, 28), date(2027, 1, 1)))
    assert business.extra_windows[0] == (datetime(2026, 11, 28, 10, tzinfo=UTC), datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert (protocol.panel.evaluate_within, protocol.panel.chair_within) == (timedelta(days=3), timedelta(seconds=90))
    assert protocol.zone.key == "UTC"


def test_our_labels_are_known_in_lower_case() -> None:
    protocol = parse(SEATS)
    assert {"escalation-requested", "sla-breached", "sev-1"} < protocol.ours
    assert len(protocol.ours) == 9


def test_equal_protocols_are_equal_and_may_be_kept_in_a_set() -> None:
    assert len({parse(SEATS), parse(SEATS), parse('timezone = "UTC"\n' + SEATS)}) == 2


def test_a_seat_with_members_is_searched_by_all_rules_and_one_without_is_fixed() -> None:
    searched = parse(SEATS.replace('"ben"', '"ben"\nmembers = ["group:support"]')).panel.seat("client-contact")
    assert searched.find == FINDERS
    assert parse(SEATS).panel.seat("client-contact").find == ()


@pytest.mark.parametrize(
    ("text", "key", "found", "expected"),
    [
        ('[business]\nopnes = "07:00"\n', "business.opnes", "unknown key", "did you mean opens?"),
        ("bogus = 1\n", "bogus", "unknown key", "known here: timezone, business"),
        ('timezone = "US/Easter"\n', "timezone", "'US/Easter'", "did you mean US/Eastern"),
        ('timezone = "../etc"\n', "timezone", "'../etc'", "a known time zone"),
        ('[business]\nholidays = "us"\n', "business.holidays", "'us'", "did you mean US"),
        ('[business]\ngate_days = "busines-days"\n', "business.gate_days", "'busines-days'", "mean business-days?"),
        ('[business]\nopens = "25:00"\n', "business.opens", "'25:00'", "a time from 00:00 to 23:59"),
        ('[business]\ncloses = "00:00"\n', "business.closes", "'00:00'", "24:00 is the end of the day"),
        ('[business]\ncloses = "06:00"\n', "business.closes", "'06:00'", "after business.opens, which is 07:00"),
        ('[business]\nopens = "00:00"\ncloses = "24:00"\n', "business.closes", "'24:00'", "a night"),
        ('[business]\nextra_holidays = ["2026-13-01"]\n', "business.extra_holidays[#1]", "'2026-13-01'", "a date"),
        (
            '[business]\nignored_holidays = ["Columbos Day"]\n',
            "business.ignored_holidays",
            "Columbos",
            "did you mean Columbus Day",
        ),
        ('[business]\nfreezes = ["2026-12-24/2026-12-23"]\n', "business.freezes[#1]", "2026-12-24/", "first and last"),
        (
            '[business]\nextra_windows = ["2026-11-28T10:00/2026-11-28T12:00"]\n',
            "business.extra_windows[#1]",
            "2026-11-28T10:00/",
            "two instants with their offset",
        ),
        ('[labels]\nrequest = "please help"\n', "labels.request", "'please help'", "one word"),
        ('[labels]\nrequest = "SEV-1"\n', "grades[SEV-1].label", "'sev-1'", "labels.request has the same"),
        ('[labels]\nstalled = "SLA-Breached"\n', "labels.breached", "'sla-breached'", "labels.stalled has the same"),
        ("[panel]\nquorum = 4\n", "panel.quorum", "4", "from 1 to 3"),
        ("[panel]\nquorum = 0\n", "panel.quorum", "0", "a whole number from 1"),
        ("[panel]\nquorum = true\n", "panel.quorum", "true", "a whole number from 1"),
        ('[panel]\nchair = "engineering-manger"\n', "panel.chair", "'engineering-manger'", "mean engineering-manager"),
        ('[panel]\nevaluate_within = "2 hours"\n', "panel.evaluate_within", "'2 hours'", "90s, 15m, 2h or 3d"),
        ('[panel]\nevaluate_within = "0s"\n', "panel.evaluate_within", "'0s'", "above zero"),
        ('[panel]\nevaluate_within = "99999999d"\n', "panel.evaluate_within", "'99999999d'", "at most 366d"),
        ('[panel]\nrule = "medain"\n', "panel.rule", "'medain'", "did you mean median?"),
        ('[client]\ncomment = "atuo"\n', "client.comment", "'atuo'", "did you mean auto?"),
        ("[client]\nclosing = 1\n", "client.closing", "1", "true or false"),
        ("client = 3\n", "client", "3", "a table [client]"),
        ("projects = 3\n", "projects", "3", "tables [projects.KEY]"),
        ("[projects.sup]\n", "projects", "'sup'", "did you mean SUP?"),
        ('[projects."S P"]\n', "projects", "'S P'", "a Jira project key in capitals"),
        ('[panel]\nauthority = ["group:"]\n', "panel.authority[#1]", "'group:'", "'group:NAME'"),
        ('[projects.SUP.business]\nopnes = "1"\n', "projects.SUP.business.opnes", "unknown key", "mean opens?"),
        (
            '[projects.SUP.business]\ncloses = "06:00"\n',
            "projects.SUP.business.closes",
            "'06:00'",
            "after business.opens",
        ),
        ("[projects.SUP.projects.OPS]\n", "projects.SUP.projects", "unknown key", "do not nest"),
    ],
)
def test_a_mistake_is_one_line_with_key_found_expected(text: str, key: str, found: str, expected: str) -> None:
    (line,) = mistakes(text + SEATS)
    assert line.startswith(f"{key}: ")
    assert found in line
    assert expected in line
    assert "\n" not in line
    assert "pydantic" not in line


@pytest.mark.parametrize(
    ("before", "after", "key", "words"),
    [
        ('holder = "ben"', "", "panel.seats[client-contact].holder", "missing, expected the person's account id"),
        ('"ben"', '""', "panel.seats[client-contact].holder", "found '', expected the person's account id"),
        ('"ben"', '"…"', "panel.seats[client-contact].holder", "expected the person's account id"),
        ('"chris"', '"anna"', "panel.seats[engineering-manager].holder", "project-manager].holder has the same"),
        ('"ben"', '"ben"\nholdr = "x"', "panel.seats[client-contact].holdr", "did you mean holder?"),
        ('"ben"', '"ben"\nfind = ["feild"]', "panel.seats[client-contact].find[#1]", "did you mean field?"),
        ('name = "client-contact"', 'name = "project-manager"', "panel.seats[project-manager].name", "of its own"),
    ],
)
def test_a_seat_must_be_held_by_one_person_of_its_own(before: str, after: str, key: str, words: str) -> None:
    (line,) = mistakes(SEATS.replace(before, after))
    assert line.startswith(f"{key}: ")
    assert words in line


def test_ids_that_differ_in_case_are_two_people() -> None:
    assert parse(SEATS.replace('"chris"', '"Anna"')).panel.seat("engineering-manager").holder == "Anna"


def test_grades_that_a_voter_could_not_tell_apart_are_refused() -> None:
    grade = '[[grades]]\nname = "{}"\nlabel = "{}"\ndefinition = "d"\ntiming = "none"\n'
    (line,) = mistakes(grade.format("SEV-1", "a") + grade.format("Sev 1", "b") + SEATS)
    assert line.startswith("grades[Sev 1].name: ")


def test_every_mistake_is_told_at_once() -> None:
    assert len(mistakes('timezone = "Mars"\n[business]\nopens = "x"\n[panel]\nrule = "y"\n' + SEATS)) == 3


def test_no_seats_and_no_toml_are_told_in_plain_words() -> None:
    assert mistakes("") == ("panel: missing, expected a table [panel] with its seats",)
    (line,) = mistakes("timezone = oops\n")
    assert "not TOML" in line
    assert "line 1" in line


def test_a_file_is_named_in_every_line(tmp_path: Path) -> None:
    wrong, binary = tmp_path / "wrong.toml", tmp_path / "binary.toml"
    wrong.write_text('timezone = "Mars"\n' + SEATS)
    binary.write_bytes(b"\xff\xfe")
    for path, words in ((wrong, "timezone: found 'Mars'"), (binary, "UTF-8"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(ConfigError, match="\\A" + str(path)) as refusal:
            load(path)
        assert words in str(refusal.value)


def test_all_projects_are_served_until_some_are_named() -> None:
    assert parse(SEATS).serves("ANY")
    for named in ('projects = ["SUP", "OPS"]\n' + SEATS, SEATS + "[projects.SUP]\n[projects.OPS]\n"):
        protocol = parse(named)
        assert [protocol.serves(key) for key in ("SUP", "OPS", "DEV")] == [True, True, False]
        assert protocol.for_project("SUP") == replace(protocol.for_project("DEV"), projects=())


def test_a_project_changes_what_it_names_and_keeps_the_rest() -> None:
    override = '[projects.SUP.business]\ncloses = "18:00"\n[projects.SUP.client]\ncomment = "draft"\n'
    protocol = parse('[business]\nopens = "08:00"\n' + SEATS + override)
    own = protocol.for_project("SUP")
    assert (own.business.opens, own.business.closes) == (time(8), time(18))
    assert own.client.comment == "draft"
    assert own.panel == protocol.panel
    assert (protocol.business.closes, protocol.client.comment) == (time(21), "auto")


def test_a_project_seats_another_person_and_the_other_seats_stay() -> None:
    override = '[[projects.SUP.panel.seats]]\nname = "engineering-manager"\nholder = "dora"\n'
    seats = parse(SEATS + override).for_project("SUP").panel.seats
    assert [seat.holder for seat in seats] == ["anna", "ben", "dora"]
    assert seats[2].title == "Engineering Manager"


def test_a_project_with_a_new_seat_names_its_whole_panel() -> None:
    override = "".join(
        f'[[projects.SUP.panel.seats]]\nname = "{name}"\ntitle = "T"\nholder = "{name}"\n'
        for name in ("engineering-manager", "security")
    )
    seats = parse(SEATS + override).for_project("SUP").panel.seats
    assert [seat.name for seat in seats] == ["engineering-manager", "security"]


def test_a_project_renames_one_label_of_the_default_grades_and_their_order_stays() -> None:
    own = parse(SEATS + '[[projects.SUP.grades]]\nname = "SEV-2"\nlabel = "severe"\n').for_project("SUP")
    assert [grade.label for grade in own.grades] == ["sev-1", "severe", "sev-other"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[[grades]]\nname = "A"\n' + SEATS, 1),
        ('[[grades]]\nname = "A"\n[[grades]]\nname = "B"\n' + SEATS, 2),
        ('[[panel.seats]]\nname = "a"\ntitle = "A"\nholder = 1\n', 1),
    ],
)
def test_a_list_is_not_called_empty_because_each_of_its_entries_has_a_mistake(text: str, lines: int) -> None:
    told = mistakes(text)
    assert len({line.partition("]")[0] for line in told}) == lines
    assert not [line for line in told if "expected a list of tables" in line]


def test_a_mistake_of_the_whole_file_is_not_told_again_for_each_project() -> None:
    assert len(mistakes('timezone = "Mars"\n' + SEATS + "[projects.SUP]\n[projects.OPS]\n")) == 1


def test_parsing_does_not_change_what_it_is_given() -> None:
    raw = tomllib.loads(SEATS + "[projects.SUP]\n")
    copy = tomllib.loads(SEATS + "[projects.SUP]\n")
    parse(raw)
    assert raw == copy


def test_a_file_saved_with_windows_marks_is_read(tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    (tmp_path / "protocol.toml").write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert load(tmp_path / "protocol.toml") == load()


def test_what_cannot_be_a_key_is_not_proposed() -> None:
    [mistake] = mistakes(SEATS + '[projects."SUP-1"]\n')
    assert mistake.endswith("expected a Jira project key in capitals")


SEAT_KEYS = "name, title, holder, substitutes, field, find, members"
TABLES = "timezone, business, labels, grades, panel, client, tracking, internal, language, messages, projects"
PEOPLE = "a list of account ids, user names or 'group:NAME'"
FOLDER = "a folder of texts that is there, seen from the protocol file"
TIMINGS = "'immediate', 'next-business-night' or 'none'; did you mean immediate?"
EXACTLY: list[tuple[str, Any, str]] = [
    ("language", "german", "language: found 'german', expected a language such as 'en', 'de' or 'en-GB'"),
    ("timezone", "", "timezone: found '', expected a time zone such as 'America/New_York'"),
    ("messages", "no/where", f"messages: found 'no/where', expected {FOLDER}"),
    ("reqest", 1, f"reqest: unknown key; known here: {TABLES}"),
    ("grades", [], "grades: found [], expected a list of tables [[grades]]"),
    ("grades.0.label", None, "grades[SEV-1].label: missing, expected a label"),
    ("grades.0.timing", "imediate", f"grades[SEV-1].timing: found 'imediate', expected {TIMINGS}"),
    ("labels", "x", "labels: found 'x', expected a table [labels]"),
    ("panel.quorum", 3.5, "panel.quorum: found 3.5, expected a whole number from 1 to the number of seats"),
    ("panel.seats", [], "panel.seats: found [], expected a list of tables [[panel.seats]]"),
    ("panel.seats.0", 1, "panel.seats[#1]: found 1, expected a list of tables [[panel.seats]]"),
    ("panel.seats.1.bogus", 1, f"panel.seats[client-contact].bogus: unknown key; known here: {SEAT_KEYS}"),
    ("panel.seats.1.name", None, "panel.seats[#2].name: missing, expected the seat's name, such as 'project-manager'"),
    ("panel.authority", ["a", 3], f"panel.authority[#2]: found 3, expected {PEOPLE}"),
    ("business.freezes", "x", "business.freezes: found 'x', expected a list of dates or date ranges"),
    ("tracking.in_release", [1], "tracking.in_release[#1]: found 1, expected a list of names of statuses"),
    ("projects.SUP.client.closing", "x", "projects.SUP.client.closing: found 'x', expected true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "line"), EXACTLY, ids=[path for path, _, _ in EXACTLY])
def test_a_mistake_in_each_kind_of_place_is_told_in_these_words(path: str, value: Any, line: str) -> None:
    """`value` stands at `path` of the default file, or nothing where it is None."""
    raw: Any = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    *way, last = path.split(".")
    here = raw
    for step in way:
        here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
    if value is None:
        del here[last]
    else:
        here[int(last) if last.isdigit() else last] = value
    with pytest.raises(ConfigError) as refusal:
        parse(raw)
    assert refusal.value.mistakes == (line,)
