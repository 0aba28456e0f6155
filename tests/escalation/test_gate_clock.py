"""The gate as far as the clock knows: the edges of protocol.md §1.6, durations, freezes and extra windows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols import protocol

from config.protocol import Protocol
from worker.escalation.dates.timing import instant
from worker.escalation.release.hours import may_ship, next_opening, window_closes_at

ALL_DAYS, BUSINESS_DAYS, FIXED_EST = protocol(), protocol(gate_days="business-days"), protocol("EST")
NONE = timedelta(0)

EDGES = """
2026-11-23T06:59:59-05:00 allow allow allow
2026-11-23T07:00:00-05:00 deny deny deny
2026-11-23T20:59:59-05:00 deny deny deny
2026-11-23T21:00:00-05:00 allow allow allow
2026-11-28T12:00:00-05:00 deny allow deny
2026-11-26T12:00:00-05:00 deny allow deny
2026-11-01T06:59:59-05:00 allow allow allow
2026-11-01T07:00:00-05:00 deny allow deny
2027-03-14T06:59:59-04:00 allow allow allow
2027-03-14T07:00:00-04:00 deny allow allow
2026-07-15T07:30:00-04:00 deny deny allow
2026-07-15T21:30:00-04:00 allow allow deny
2026-11-01T01:30:00-04:00 allow allow allow
2026-11-01T01:30:00-05:00 allow allow allow
""".strip().splitlines()


@pytest.mark.parametrize("row", EDGES)
def test_the_edges(row: str) -> None:
    at, *expected = row.split()
    found = [may_ship(instant(at), NONE, rules).allowed for rules in (ALL_DAYS, BUSINESS_DAYS, FIXED_EST)]
    assert ["allow" if allowed else "deny" for allowed in found] == expected


def ask(at: str, rules: Protocol = ALL_DAYS, minutes: int = 0) -> tuple[str, str | None, str | None]:
    clock = may_ship(instant(at), timedelta(minutes=minutes), rules)
    printed = [edge.isoformat() if edge else None for edge in (clock.closes_at, clock.next_opening)]
    return clock.reason_code, printed[0], printed[1]


def test_in_hours_it_says_when_it_opens_and_off_hours_when_it_closes() -> None:
    assert ask("2026-11-24T10:00-05:00") == ("business-hours", None, "2026-11-24T21:00:00-05:00")
    assert ask("2026-11-24T23:00-05:00") == ("open", "2026-11-25T07:00:00-05:00", None)
    assert ask("2026-10-31T23:00-04:00") == ("open", "2026-11-01T07:00:00-05:00", None)
    assert ask("2026-11-27T22:00-05:00", BUSINESS_DAYS) == ("open", "2026-11-30T07:00:00-05:00", None)


def test_a_release_must_be_done_before_the_gate_shuts() -> None:
    assert ask("2026-11-24T06:40-05:00", minutes=20)[0] == "open"
    assert ask("2026-11-24T06:50-05:00", minutes=20) == (
        "would-run-into-hours",
        "2026-11-24T07:00:00-05:00",
        "2026-11-24T21:00:00-05:00",
    )


def test_eleven_hours_fit_only_into_the_night_in_which_the_clocks_go_back_and_twelve_into_none() -> None:
    opening = next_opening(instant("2026-11-24T10:00Z"), ALL_DAYS, timedelta(hours=11))
    assert opening == instant("2027-11-06T21:00-04:00")
    assert next_opening(instant("2026-11-24T10:00Z"), ALL_DAYS, timedelta(hours=12)) is None


def test_a_freeze_beats_everything_else() -> None:
    frozen = protocol(freezes=["2026-12-24/2026-12-26"], extra_windows=["2026-12-24T10:00Z/2026-12-24T23:00Z"])
    assert ask("2026-12-24T15:00-05:00", frozen) == ("freeze", None, "2026-12-27T00:00:00-05:00")
    assert ask("2026-12-23T23:50-05:00", frozen, 20)[0] == "would-run-into-freeze"


def test_an_extra_window_opens_the_gate_in_business_hours() -> None:
    extra = protocol(extra_windows=["2026-11-28T10:00-05:00/2026-11-28T12:00-05:00"])
    assert ask("2026-11-28T10:00-05:00", extra) == ("extra-window", "2026-11-28T12:00:00-05:00", None)
    assert ask("2026-11-28T09:59-05:00", extra) == ("business-hours", None, "2026-11-28T10:00:00-05:00")
    assert ask("2026-11-28T12:00-05:00", extra)[0] == "business-hours"
    assert ask("2026-11-28T11:50-05:00", extra, 20)[0] == "would-run-into-hours"


def test_a_gate_that_stays_open_or_shut_says_so_with_no_instant() -> None:
    shut = protocol(freezes=["2026-01-01/2028-12-31"])
    assert ask("2026-11-28T09:59-05:00", shut) == ("freeze", None, None)


def test_naive_instants_and_negative_durations_are_refused() -> None:
    with pytest.raises(ValueError, match="expected an instant with its offset"):
        may_ship(datetime(2026, 11, 28), NONE, ALL_DAYS)  # noqa: DTZ001
    with pytest.raises(ValueError, match="not negative"):
        may_ship(instant("2026-11-28T09:59-05:00"), timedelta(-1), ALL_DAYS)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 600),
    st.sampled_from([ALL_DAYS, BUSINESS_DAYS]),
)
def test_the_next_opening_is_open_and_an_open_gate_holds_for_the_whole_release(
    at: datetime, minutes: int, rules: Protocol
) -> None:
    needed = timedelta(minutes=minutes)
    clock = may_ship(at, needed, rules)
    begin = at if clock.allowed else clock.next_opening
    assert begin is not None
    assert may_ship(begin, needed, rules).allowed
    closes = window_closes_at(begin, rules)
    assert closes is not None
    assert not may_ship(closes, NONE, rules).allowed
    assert all(may_ship(begin + needed * share / 8, NONE, rules).allowed for share in range(8))
