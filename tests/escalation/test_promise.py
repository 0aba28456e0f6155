"""From a grade to its promise: the worked dates, the properties that always hold, and a calendar written otherwise."""

import csv
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols import protocol

from config.protocol import Protocol
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import Promise, instant, promise, replan

EXAMPLES = Path(__file__).parents[3] / "shared" / "timing_examples.tsv"
NIGHT_OF, NIGHT_BEFORE = protocol(), protocol(overnight="night-before")
NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)

# graded at, fix by, window start, window end, due date, and the last three for the reading "night-before"
WORKED = """
2026-11-23T10:00-05:00 11-23T21:00 11-24T21:00 11-25T07:00 11-24 11-23T21:00 11-24T07:00 11-24
2026-11-23T20:59:59-05:00 11-23T21:00 11-24T21:00 11-25T07:00 11-24 11-23T21:00 11-24T07:00 11-24
2026-11-23T21:00-05:00 11-24T21:00 11-25T21:00 11-26T07:00 11-25 11-24T21:00 11-25T07:00 11-25
2026-11-24T01:59:59Z 11-23T21:00 11-24T21:00 11-25T07:00 11-24 11-23T21:00 11-24T07:00 11-24
2026-10-30T16:45-04:00 10-30T21:00 11-02T21:00 11-03T07:00 11-02 11-01T21:00 11-02T07:00 11-02
2026-11-01T01:30-05:00 11-02T21:00 11-03T21:00 11-04T07:00 11-03 11-02T21:00 11-03T07:00 11-03
2026-11-25T15:00-05:00 11-25T21:00 11-27T21:00 11-28T07:00 11-27 11-26T21:00 11-27T07:00 11-27
2026-11-26T12:00-05:00 11-27T21:00 11-30T21:00 12-01T07:00 11-30 11-29T21:00 11-30T07:00 11-30
2027-03-12T19:00-05:00 03-12T21:00 03-15T21:00 03-16T07:00 03-15 03-14T21:00 03-15T07:00 03-15
2027-12-23T10:00-05:00 12-23T21:00 12-27T21:00 12-28T07:00 12-27 12-26T21:00 12-27T07:00 12-27
""".strip().splitlines()


def sev2(graded_at: str | datetime, rules: Protocol = NIGHT_OF) -> Promise:
    return promise(rules.grade("SEV-2"), instant(graded_at) if isinstance(graded_at, str) else graded_at, rules)


def brief(value: datetime | date | None) -> str:
    assert value is not None
    return value.strftime("%m-%dT%H:%M" if isinstance(value, datetime) else "%m-%d")


@pytest.mark.parametrize("row", WORKED)
def test_worked_dates(row: str) -> None:
    graded_at, *expected = row.split()
    of, before = sev2(graded_at), sev2(graded_at, NIGHT_BEFORE)
    found = [of.fix_by, of.window_start, of.window_end, of.due_date]
    found += [before.window_start, before.window_end, before.due_date]
    assert [brief(value) for value in found] == expected
    assert before.fix_by == of.fix_by


def test_every_shared_example_in_both_readings() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the shared examples are not beside this checkout")
    with EXAMPLES.open() as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert len(rows) == 49
    for row in rows:
        for rules, prefix in ((NIGHT_OF, ""), (NIGHT_BEFORE, "alt_")):
            found = promise(rules.grade(row["grade"]), instant(row["graded_at"]), rules).to_json()
            names = {"fix_by": "fix_by"} | {name: prefix + name for name in ("window_start", "window_end", "due_date")}
            assert {name: found[name] or "" for name in names} == {name: row[key] for name, key in names.items()}, row


def test_due_date_may_be_the_last_morning() -> None:
    assert brief(sev2("2026-11-23T10:00-05:00", protocol(due_date="window-end")).due_date) == "11-25"
    both = protocol(due_date="window-end", overnight="night-before")
    assert brief(sev2("2026-11-23T10:00-05:00", both).due_date) == "11-24"


@pytest.mark.parametrize("graded_at", ["2026-11-23T10:00-05:00", "2026-12-25T04:30Z", "2026-11-28T03:00-05:00"])
def test_sev_1_is_due_on_the_local_day_of_its_grade_and_other_never(graded_at: str) -> None:
    first = promise(NIGHT_OF.grade("SEV-1"), instant(graded_at), NIGHT_OF)
    other = promise(NIGHT_OF.grade("OTHER"), instant(graded_at), NIGHT_OF)
    assert first.due_date == instant(graded_at).astimezone(NEW_YORK).date()
    assert first.fix_by is first.window_start is first.window_end is other.due_date is other.window_end is None


def test_explained_as_json_with_a_rule_for_each_date() -> None:
    explained = sev2("2026-11-25T20:00Z").to_json()
    rules = explained.pop("rules")
    assert explained == {
        "grade": "SEV-2",
        "graded_at": "2026-11-25T15:00:00-05:00",
        "fix_by": "2026-11-25T21:00:00-05:00",
        "window_start": "2026-11-27T21:00:00-05:00",
        "window_end": "2026-11-28T07:00:00-05:00",
        "due_date": "2026-11-27",
    }
    assert [(rule["date"], rule["clause"]) for rule in rules] == [
        ("fix_by", "R15, D5"),
        ("window_start", "R16, D6"),
        ("window_end", "R16, D8"),
        ("due_date", "R16, D7"),
    ]
    assert all(rule["value"] == explained[rule["date"]] for rule in rules)
    assert "before 21:00" in rules[0]["words"]


@pytest.mark.parametrize("grade", ["SEV-1", "SEV-2", "OTHER"])
def test_every_date_of_every_grade_has_its_rule(grade: str) -> None:
    explained = promise(NIGHT_OF.grade(grade), instant("2026-11-25T20:00Z"), NIGHT_OF).to_json()
    assert {rule["date"]: rule["value"] for rule in explained["rules"]} == {
        name: explained[name] for name in ("fix_by", "window_start", "window_end", "due_date")
    }


def test_the_cut_off_may_be_earlier_than_closing_and_never_later() -> None:
    early = protocol(same_day_cutoff="17:00")
    assert brief(sev2("2026-11-23T16:59-05:00", early).fix_by) == "11-23T21:00"
    assert brief(sev2("2026-11-23T17:00-05:00", early).fix_by) == "11-24T21:00"
    assert "at or after 17:00" in sev2("2026-11-23T17:00-05:00", early).rules[0].words
    assert brief(sev2("2026-11-23T18:00-05:00", protocol(closes="18:00")).fix_by) == "11-24T18:00"


def test_hours_until_midnight_end_with_the_day() -> None:
    late = protocol(closes="24:00", same_day_cutoff="24:00")
    found = sev2("2026-11-23T23:59-05:00", late)
    assert [brief(value) for value in (found.fix_by, found.window_start, found.window_end, found.due_date)] == [
        "11-24T00:00",
        "11-25T00:00",
        "11-25T07:00",
        "11-24",
    ]


def test_a_naive_or_absurd_instant_is_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match=r"found 2026-11-25T15:00:00, expected an instant with its offset"):
        sev2(datetime(2026, 11, 25, 15))  # noqa: DTZ001
    for absurd in (
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
    ):
        with pytest.raises(ValueError, match="expected a year from 1970 to 2199"):
            sev2(absurd)
    with pytest.raises(ValueError, match="expected a year from 1970 to 2199"):
        sev2("2199-12-31T22:00-05:00")
    for text in ("2026-11-25T15:00", "yesterday", ""):
        with pytest.raises(ValueError, match="expected a timestamp with its offset"):
            instant(text)


# graded, fixed, planned window's start and end: protocol.md §1.4
REPLANS = """
2026-11-23T10:00 2026-11-23T15:00 11-24T21:00 11-25T07:00
2026-11-23T10:00 2026-11-23T23:30 11-24T21:00 11-25T07:00
2026-11-23T10:00 2026-11-24T02:00 11-24T21:00 11-25T07:00
2026-11-23T10:00 2026-11-25T01:00 11-24T21:00 11-25T07:00
2026-11-23T10:00 2026-11-25T09:00 11-27T21:00 11-28T07:00
2026-11-28T10:00 2026-11-28T14:00 11-30T21:00 12-01T07:00
2026-11-25T22:00 2026-11-25T23:50 11-27T21:00 11-28T07:00
2026-12-31T11:00 2026-12-31T18:00 01-04T21:00 01-05T07:00
""".strip().splitlines()


@pytest.mark.parametrize("row", REPLANS)
def test_a_fix_is_released_by_the_promise_or_earlier_while_that_can_be(row: str) -> None:
    graded, fixed, *expected = row.split()
    planned = replan(sev2(graded + "-05:00"), instant(fixed + "-05:00"), NIGHT_OF)
    assert planned is not None
    assert [brief(planned.start), brief(planned.end)] == expected


def test_a_fix_that_lands_as_the_window_closes_missed_it() -> None:
    planned = replan(sev2("2026-11-23T10:00-05:00"), instant("2026-11-25T07:00-05:00"), NIGHT_OF)
    assert planned is not None
    assert brief(planned.start) == "11-27T21:00"


def test_without_a_promised_night_there_is_nothing_to_plan() -> None:
    first = promise(NIGHT_OF.grade("SEV-1"), instant("2026-11-23T10:00-05:00"), NIGHT_OF)
    assert replan(first, instant("2026-11-23T12:00-05:00"), NIGHT_OF) is None


# -- what always holds -------------------------------------------------------------------------------------------------

instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
readings = st.sampled_from([NIGHT_OF, NIGHT_BEFORE])
zones = st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe"])


@given(instants, zones, readings)
def test_equal_instants_in_different_zones_are_promised_the_same(at: datetime, zone: str, rules: Protocol) -> None:
    assert sev2(at.astimezone(ZoneInfo(zone)), rules).to_json() == sev2(at, rules).to_json()


@given(instants, st.timedeltas(timedelta(0), timedelta(days=9)), readings)
def test_a_later_grade_is_never_promised_earlier(at: datetime, by: timedelta, rules: Protocol) -> None:
    one, other = sev2(at, rules), sev2(at + by, rules)
    assert one.fix_by is not None and other.fix_by is not None and one.fix_by <= other.fix_by
    assert one.window_end is not None and other.window_end is not None and one.window_end <= other.window_end


@given(instants, readings)
def test_order_wall_clock_and_business_days(at: datetime, rules: Protocol) -> None:
    found, calendar = sev2(at, rules), Calendar.of(rules)
    assert found.fix_by and found.window_start and found.window_end and found.due_date
    assert at < found.fix_by <= found.window_start < found.window_end
    if rules is NIGHT_OF:
        assert found.fix_by < found.window_start
        assert found.due_date == found.window_start.date()
    assert (found.fix_by.time(), found.window_start.time(), found.window_end.time()) == (time(21), time(21), time(7))
    assert calendar.is_business_day(found.fix_by.date())
    assert calendar.is_business_day(found.due_date)
    assert {value.tzinfo for value in (found.graded_at, found.fix_by, found.window_start)} == {NEW_YORK}


# -- a calendar written otherwise --------------------------------------------------------------------------------------


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday of the month; -1 is the last."""
    days = [date(year, month, 1) + DAY * i for i in range(31)]
    mine = [day for day in days if day.month == month and day.weekday() == weekday]
    return mine[n - 1 if n > 0 else n]


def federal_days_off(year: int) -> set[date]:
    """The federal holidays of the United States as the law lists them (5 U.S.C. 6103), observed days only."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    observed = {day + {5: -DAY, 6: DAY}.get(day.weekday(), timedelta(0)) for day in fixed}
    moving = {nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 5, 0, -1), nth(year, 9, 0, 1)}
    return observed | moving | {nth(year, 10, 0, 2), nth(year, 11, 3, 4)}


def worked(day: date) -> bool:
    return day.isoweekday() < 6 and day not in federal_days_off(day.year)


def by_hand(graded_at: datetime, night_before: bool) -> list[datetime]:
    """Walk the local clock hour by hour: the first two evenings of business days, and the night in question."""
    local = graded_at.astimezone(NEW_YORK).replace(tzinfo=None)
    evening = datetime.combine(local.date(), time(21))
    evenings = [
        evening + DAY * i for i in range(15) if worked((evening + DAY * i).date()) and evening + DAY * i > local
    ]
    start = evenings[1] - DAY if night_before else evenings[1]
    return [wall.replace(tzinfo=NEW_YORK) for wall in (evenings[0], start, start + timedelta(hours=10))]


@pytest.mark.parametrize("rules", [NIGHT_OF, NIGHT_BEFORE], ids=["night-of", "night-before"])
def test_five_hundred_random_instants_against_a_calendar_written_otherwise(rules: Protocol) -> None:
    chance = random.Random(20261123)
    for _ in range(500):
        at = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(20 * 365 * 86400))
        found = sev2(at, rules)
        expected = by_hand(at, rules is NIGHT_BEFORE)
        assert [found.fix_by, found.window_start, found.window_end] == expected, at.isoformat()
