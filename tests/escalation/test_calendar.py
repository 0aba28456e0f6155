"""Business days and hours: holidays, exceptions, clocks that leap, and time that counts."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols import protocol

from config import public_holidays
from worker.escalation.dates.calendar import Calendar, elapsed
from worker.escalation.dates.timing import business_deadline, instant

HOUR = timedelta(hours=1)
DEFAULT = Calendar.of(protocol())


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-23", True),
        ("2026-11-26", False),
        ("2026-11-27", True),
        ("2026-11-28", False),
        ("2026-10-12", False),
        ("2026-07-03", False),
        ("2027-06-18", False),
        ("2027-12-31", False),
        ("2028-01-03", True),
    ],
)
def test_business_days_of_the_default_calendar(day: str, worked: bool) -> None:
    assert DEFAULT.is_business_day(date.fromisoformat(day)) is worked


def test_a_company_adds_and_ignores_holidays_by_date_or_name() -> None:
    calendar = Calendar.of(
        protocol(
            extra_holidays=["2026-11-27"],
            ignored_holidays=["columbus day", "2026-11-11", "Independence Day", "Christmas Day (observed)"],
        )
    )
    found = {day: calendar.is_business_day(date.fromisoformat(day)) for day in (
        "2026-11-27", "2026-10-12", "2027-10-11", "2026-11-11", "2027-11-11", "2026-07-03", "2027-12-24", "2026-12-25",
    )}  # fmt: skip
    assert list(found.values()) == [False, True, True, True, False, True, True, False]


def test_other_calendars_and_none() -> None:
    exchange, nowhere = Calendar.of(protocol(holidays="NYSE")), Calendar.of(protocol(holidays="none"))
    assert not exchange.is_business_day(date(2026, 4, 3))
    assert exchange.is_business_day(date(2026, 10, 12))
    assert nowhere.is_business_day(date(2026, 12, 25))


def test_next_is_strictly_after_and_first_may_be_today() -> None:
    assert DEFAULT.first_business_day(date(2026, 11, 25)) == date(2026, 11, 25)
    assert DEFAULT.next_business_day(date(2026, 11, 25)) == date(2026, 11, 27)
    assert DEFAULT.first_business_day(date(2026, 11, 26)) == date(2026, 11, 27)


def test_dates_and_instants_do_not_mix_and_far_days_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a date"):
        DEFAULT.is_business_day(datetime(2026, 12, 26, 3, tzinfo=UTC))
    for far in (date.max, date.min):
        with pytest.raises(ValueError, match="expected a year from 1970"):
            DEFAULT.next_business_day(far)
    with pytest.raises(ValueError, match="expected an instant with its offset"):
        DEFAULT.in_business_hours(datetime(2026, 12, 26, 3))  # noqa: DTZ001


def test_many_threads_that_ask_for_the_same_year_first_see_the_same_holidays() -> None:
    public_holidays.of_year.cache_clear()
    seen: list[bool] = []
    ready = threading.Barrier(8)

    def ask() -> None:
        ready.wait()
        seen.extend(DEFAULT.is_business_day(date(year, 12, 25)) for year in range(2000, 2060))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 480
    assert not any(seen)


@pytest.mark.parametrize(
    ("opens", "at", "expected"),
    [
        ("02:30", "2027-03-14", "2027-03-14T03:00:00-04:00"),
        ("02:00", "2027-03-14", "2027-03-14T03:00:00-04:00"),
        ("03:00", "2027-03-14", "2027-03-14T03:00:00-04:00"),
        ("01:30", "2026-11-01", "2026-11-01T01:30:00-04:00"),
    ],
)
def test_hours_open_when_the_clock_first_shows_or_leaps_over_their_time(opens: str, at: str, expected: str) -> None:
    calendar = Calendar.of(protocol(opens=opens))
    assert calendar.opens_at(date.fromisoformat(at)).isoformat() == expected
    assert calendar.in_business_hours(instant(expected))
    assert not calendar.in_business_hours(instant(expected) - timedelta(seconds=1))


def test_hours_close_when_the_clock_shows_their_time_for_the_last_time() -> None:
    calendar = Calendar.of(protocol(opens="00:30", closes="01:30"))
    assert calendar.closes_at(date(2026, 11, 1)).isoformat() == "2026-11-01T01:30:00-05:00"


def test_a_midnight_that_does_not_exist_is_the_leap() -> None:
    calendar = Calendar.of(protocol("Africa/Cairo", closes="24:00"))
    assert calendar.day_begins(date(2026, 4, 24)).isoformat() == "2026-04-24T01:00:00+03:00"
    assert calendar.closes_at(date(2026, 4, 23)) == calendar.day_begins(date(2026, 4, 24))


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-23T10:00-05:00", 2, "2026-11-23T12:00:00-05:00"),
        ("2026-11-23T20:00-05:00", 1, "2026-11-23T21:00:00-05:00"),
        ("2026-11-23T20:00-05:00", 2, "2026-11-24T08:00:00-05:00"),
        ("2026-11-23T05:00-05:00", 1, "2026-11-23T08:00:00-05:00"),
        ("2026-11-25T20:30-05:00", 1, "2026-11-27T07:30:00-05:00"),
        ("2026-10-30T20:00-04:00", 2, "2026-11-02T08:00:00-05:00"),
        ("2026-11-28T20:00-05:00", 0, "2026-11-28T20:00:00-05:00"),
    ],
)
def test_business_time_is_added_within_business_hours(start: str, hours: int, expected: str) -> None:
    assert DEFAULT.add_business_time(instant(start), hours * HOUR).isoformat() == expected


def test_a_negative_or_endless_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        DEFAULT.add_business_time(instant("2026-11-23T10:00Z"), -HOUR)
    with pytest.raises(ValueError, match="expected a year"):
        DEFAULT.add_business_time(instant("2199-12-20T10:00Z"), 1000 * HOUR)


def test_on_the_night_of_the_change_an_hour_is_an_hour() -> None:
    calendar = Calendar.of(protocol("Asia/Kolkata", opens="00:00", closes="23:59", holidays="none"))
    assert (
        calendar.business_time_between(instant("2026-11-23T00:00+05:30"), instant("2026-11-23T10:00+05:30"))
        == 10 * HOUR
    )
    sunday = Calendar.of(protocol("Africa/Cairo", opens="00:00", closes="23:00", holidays="none"))
    friday = sunday.business_time_between(instant("2026-04-24T01:00+03:00"), instant("2026-04-24T23:00+03:00"))
    assert friday == 22 * HOUR


def test_no_business_time_lies_between_an_end_and_an_earlier_start() -> None:
    assert DEFAULT.business_time_between(instant("2026-11-24T10:00Z"), instant("2026-11-23T10:00Z")) == timedelta(0)


starts = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), timedelta(days=4))


@given(starts, spans)
def test_adding_and_measuring_agree(start: datetime, span: timedelta) -> None:
    end = DEFAULT.add_business_time(start, span)
    assert DEFAULT.business_time_between(start, end) == span
    assert elapsed(start, end) >= span


@given(starts, spans)
def test_measuring_agrees_with_counting_minutes(start: datetime, span: timedelta) -> None:
    start = start.replace(second=0, microsecond=0)
    minutes = int(span.total_seconds() // 60)
    walls = [(start + timedelta(minutes=i)).astimezone(DEFAULT.zone) for i in range(0, minutes, 15)]
    counted = sum(time(7) <= wall.time() < time(21) and DEFAULT.is_business_day(wall.date()) for wall in walls)
    measured = DEFAULT.business_time_between(start, start + timedelta(minutes=minutes))
    assert abs(measured - counted * timedelta(minutes=15)) <= timedelta(hours=3)


# -- deadlines of an evaluation (protocol.md 3.2.5) --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "urgent", "expected"),
    [
        ("2026-11-23T10:00-05:00", None, "2026-11-23T12:00:00-05:00"),
        ("2026-11-23T20:30-05:00", None, "2026-11-24T08:30:00-05:00"),
        ("2026-11-23T20:30-05:00", "2026-11-23T20:45-05:00", "2026-11-23T22:30:00-05:00"),
        ("2026-11-23T20:30-05:00", "2026-11-24T03:00-05:00", "2026-11-24T04:30:00-05:00"),
        ("2026-11-28T10:00-05:00", "2026-11-28T09:00-05:00", "2026-11-28T12:00:00-05:00"),
        ("2026-11-23T10:00-05:00", "2026-11-23T13:00-05:00", "2026-11-23T12:00:00-05:00"),
    ],
)
def test_a_deadline_runs_on_business_time_until_somebody_votes_for_the_gravest(
    opened: str, urgent: str | None, expected: str
) -> None:
    found = business_deadline(instant(opened), 2 * HOUR, instant(urgent) if urgent else None, DEFAULT)
    assert found.isoformat() == expected
