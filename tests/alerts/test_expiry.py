"""The credentials' end is told thirty, fourteen, seven and one day before, each once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from worker.alerts import credentials_expiry

ENDS = date(2027, 3, 1)


def at(days_before: int, hour: int = 12) -> datetime:
    return datetime(2027, 3, 1, hour, tzinfo=UTC) - timedelta(days=days_before)


@pytest.mark.parametrize(
    ("days_before", "stage"),
    [(31, None), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, 0), (-3, 0)],
)
def test_each_stage_comes_on_its_day(days_before: int, stage: int | None) -> None:
    assert credentials_expiry.stage(ENDS, at(days_before)) == stage
    assert credentials_expiry.stage(ENDS, at(days_before, hour=0)) == stage


def test_over_all_days_each_stage_is_told_once() -> None:
    keys = [
        alert.key
        for day in range(60, -10, -1)
        for hour in (0, 9, 23)
        for alert in credentials_expiry.alerts(ENDS, at(day, hour))
    ]
    assert list(dict.fromkeys(keys)) == [f"credentials 2027-03-01 {stage}" for stage in (30, 14, 7, 1, 0)]


def test_it_is_said_as_people_say_it() -> None:
    assert credentials_expiry.words(ENDS, at(7)) == "end on 2027-03-01, in 7 days"
    assert credentials_expiry.words(ENDS, at(1)) == "end on 2027-03-01, in 1 day"
    assert credentials_expiry.words(ENDS, at(0)) == "end today, 2027-03-01"
    assert credentials_expiry.words(ENDS, at(-1)) == "ended on 2027-03-01"


def test_without_a_day_nothing_is_told() -> None:
    assert list(credentials_expiry.alerts(None, at(1))) == []
