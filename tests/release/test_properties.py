"""What holds for every instant, zone and setting of the gate and of the promises."""

from datetime import UTC, datetime, time, timedelta, timezone
from itertools import islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from config.protocol import Protocol
from tests.release.conftest import rules, unasked
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import Promise, promise, replan
from worker.escalation.release.hours import may_ship, may_ship_everywhere, next_opening, openings
from worker.release.gate import Gate
from worker.release.question import Question

CASES = [
    rules(**business)
    for business in (
        {},
        {"gate_days": "business-days"},
        {"overnight": "night-before", "due_date": "window-end"},
        {"freezes": ["2026-12-20/2027-01-03"], "extra_windows": ["2026-11-28T10:00-05:00/2026-11-28T12:00-05:00"]},
        {"timezone": "EST", "holidays": "none"},
        {"same_day_cutoff": "17:00", "extra_holidays": ["2026-11-27"], "ignored_holidays": ["Columbus Day"]},
    )
]
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PROTOCOLS = st.sampled_from(CASES)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SHORT = settings(max_examples=150, deadline=None)
NONE = timedelta(0)


def sev2(at: datetime, protocol: Protocol) -> Promise:
    return promise(protocol.grade("SEV-2"), at, protocol)


@SHORT
@given(INSTANTS, INSTANTS, PROTOCOLS)
def test_a_later_grade_never_promises_an_earlier_night(one: datetime, other: datetime, protocol: Protocol) -> None:
    first, second = (sev2(at, protocol) for at in sorted((one, other)))
    assert first.window_start and second.window_start and first.fix_by and second.fix_by
    assert first.window_start.timestamp() <= second.window_start.timestamp()
    assert first.fix_by.timestamp() <= second.fix_by.timestamp()


@SHORT
@given(INSTANTS, OFFSETS, PROTOCOLS)
def test_the_same_instant_is_the_same_on_every_clock(at: datetime, offset: timezone, protocol: Protocol) -> None:
    there = at.astimezone(offset)
    assert sev2(at, protocol).to_json() == sev2(there, protocol).to_json()
    gate = Gate(protocol, unasked)
    assert gate.answer(Question(at=at), at).to_json() == gate.answer(Question(at=there), there).to_json()


@SHORT
@given(INSTANTS, PROTOCOLS)
def test_windows_begin_at_21_and_end_at_7_on_the_wall_and_never_belong_to_a_day_off(
    at: datetime, protocol: Protocol
) -> None:
    made, calendar = sev2(at, protocol), Calendar.of(protocol)
    assert made.window_start and made.window_end and made.fix_by and made.due_date
    assert (made.window_start.time(), made.window_end.time()) == (time(21), time(7))
    night_of = protocol.business.overnight == "night-of"
    assert calendar.is_business_day((made.window_start if night_of else made.window_end).date())
    assert calendar.is_business_day(made.fix_by.date())
    real = made.window_end.astimezone(UTC) - made.window_start.astimezone(UTC)
    assert real in (timedelta(hours=9), timedelta(hours=10), timedelta(hours=11))
    assert at.timestamp() < made.fix_by.timestamp() <= made.window_start.timestamp()


@SHORT
@given(INSTANTS, st.integers(0, 20 * 24 * 60), PROTOCOLS)
def test_a_promise_is_never_silently_later(at: datetime, minutes: int, protocol: Protocol) -> None:
    made, fixed = sev2(at, protocol), at + timedelta(minutes=minutes)
    planned = replan(made, fixed, protocol)
    assert planned and made.window_start and made.window_end
    if fixed.timestamp() < made.window_end.timestamp():
        assert planned.start.timestamp() <= made.window_start.timestamp()
    else:
        assert planned.start.timestamp() > fixed.timestamp() - 10 * 3600


@SHORT
@given(INSTANTS, st.integers(0, 9 * 60), PROTOCOLS)
def test_what_may_begin_now_is_open_until_it_ends(at: datetime, minutes: int, protocol: Protocol) -> None:
    clock = may_ship(at, timedelta(minutes=minutes), protocol)
    begin = at if clock.allowed else clock.next_opening
    if begin is None:
        return
    assert all(may_ship(begin + timedelta(minutes=minutes) * share / 7, NONE, protocol).allowed for share in range(7))
    if not clock.allowed:
        assert begin.timestamp() > at.timestamp()
        assert not may_ship(begin - timedelta(microseconds=1), timedelta(minutes=minutes), protocol).allowed


@SHORT
@given(INSTANTS, st.integers(0, 600), PROTOCOLS)
def test_a_longer_release_is_never_allowed_where_a_shorter_is_not(at: datetime, minutes: int, rules: Protocol) -> None:
    if may_ship(at, timedelta(minutes=minutes), rules).allowed:
        assert may_ship(at, timedelta(minutes=minutes // 2), rules).allowed


@SHORT
@given(INSTANTS, PROTOCOLS, PROTOCOLS)
def test_two_projects_ship_together_only_when_each_may(at: datetime, one: Protocol, other: Protocol) -> None:
    both = may_ship_everywhere(at, NONE, [one, other])
    assert both.allowed == (may_ship(at, NONE, one).allowed and may_ship(at, NONE, other).allowed)
    opening = both.next_opening
    if opening:
        assert all(may_ship(opening, NONE, each).allowed for each in (one, other))
        assert opening.timestamp() >= max(
            (found.timestamp() for each in (one, other) if (found := next_opening(at, each))), default=0
        )


@settings(max_examples=40, deadline=None)
@given(INSTANTS, PROTOCOLS)
def test_openings_are_in_order_apart_and_truly_open(at: datetime, protocol: Protocol) -> None:
    found = list(islice(openings(at, protocol), 7))
    assert len(found) == 7
    for window in found:
        assert at.timestamp() < window.start.timestamp() < window.end.timestamp()
        assert may_ship(window.start, NONE, protocol).allowed
        assert not may_ship(window.end, NONE, protocol).allowed
        assert not may_ship(window.start - timedelta(microseconds=1), NONE, protocol).allowed
    assert all(one.end.timestamp() < other.start.timestamp() for one, other in pairwise(found))
