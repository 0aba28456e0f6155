"""The gate at every edge of protocol.md §1.6, and at each second around 07:00 and 21:00, by function, by command line
and over HTTP, against a calculation that shares nothing with ours: no zone data, no holidays package."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests

from config.protocol import Protocol
from config.protocol_file import load
from tests.release.conftest import Nobody, NoStore, Run, get, rules, served, unasked
from worker.release.gate import Gate
from worker.release.http import GateHttp
from worker.release.overrides import Overrides
from worker.release.question import Question

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
""".strip().splitlines()

DAYS = {
    date(2026, 11, 23): "a Monday",
    date(2026, 11, 28): "a Saturday",
    date(2026, 11, 29): "a Sunday",
    date(2026, 11, 26): "Thanksgiving",
    date(2026, 11, 27): "the day after it",
    date(2026, 11, 1): "clocks go back",
    date(2026, 11, 2): "the day after",
    date(2026, 10, 31): "the day before",
    date(2027, 3, 14): "clocks go forward",
    date(2027, 3, 15): "the day after",
    date(2027, 3, 13): "the day before",
    date(2026, 7, 3): "Independence Day, observed",
    date(2027, 7, 5): "Independence Day, observed on Monday",
    date(2027, 12, 31): "New Year 2028, observed",
    date(2028, 2, 29): "a leap day",
}


# the other calculation: US Eastern time and federal holidays, by hand


def eastern(instant: datetime) -> tuple[date, int]:
    """The date and the second of the day that clocks in New York show."""
    hours = -4 if summer(instant) else -5
    wall = (instant.astimezone(UTC) + timedelta(hours=hours)).replace(tzinfo=None)
    return wall.date(), wall.hour * 3600 + wall.minute * 60 + wall.second


def summer(instant: datetime) -> bool:
    year = instant.astimezone(UTC).year
    begins = datetime(year, 3, nth(year, 3, 6, 2).day, 7, tzinfo=UTC)
    ends = datetime(year, 11, nth(year, 11, 6, 1).day, 6, tzinfo=UTC)
    return begins <= instant < ends


def nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def federal(year: int) -> Iterator[date]:
    for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
        on = date(year, month, day)
        yield on + timedelta(days={5: -1, 6: 1}.get(on.weekday(), 0))
    yield from (nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 9, 0, 1), nth(year, 10, 0, 2), nth(year, 11, 3, 4))
    last = date(year, 5, 31)
    yield last - timedelta(days=last.weekday())


def is_open(instant: datetime, *, all_days: bool) -> bool:
    day, second = eastern(instant)
    works = day.weekday() < 5 and day not in {*federal(day.year), *federal(day.year + 1)}
    return not (all_days or works) or not 7 * 3600 <= second < 21 * 3600


def around(seconds: int) -> Iterator[datetime]:
    """Each second about the four hours of a day at which either season's clocks show 07:00 or 21:00."""
    for day in DAYS:
        for hour in (11, 12, 25, 26):
            edge = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)
            yield from (edge + timedelta(seconds=offset) for offset in range(-seconds, seconds + 1))


def gate(protocol: Protocol) -> Gate:
    return Gate(protocol, unasked)


SETTINGS = pytest.mark.parametrize("gate_days", ["all", "business-days"])


SETTINGS_OF_THE_TABLE: tuple[dict[str, str], ...] = ({}, {"gate_days": "business-days"}, {"timezone": "EST"})


def asked_by_function(at: str) -> list[bool]:
    questions = (gate(rules(**each)) for each in SETTINGS_OF_THE_TABLE)
    return [asked.answer(Question(at=datetime.fromisoformat(at)), datetime.now(UTC)).allowed for asked in questions]


def test_the_table_by_function() -> None:
    for row in EDGES:
        at, *expected = row.split()
        assert asked_by_function(at) == [word == "allow" for word in expected], row


def test_the_table_by_command_line(run: Run, written: Callable[..., Path]) -> None:
    for number, settings in enumerate(SETTINGS_OF_THE_TABLE):
        written(**{name: f'"{value}"' for name, value in settings.items()})
        for row in EDGES:
            at, *expected = row.split()
            assert run("gate", "--at", at).code == {"allow": 0, "deny": 10}[expected[number]], row


def test_the_table_over_http() -> None:
    for number, settings in enumerate(SETTINGS_OF_THE_TABLE):
        http = GateHttp(gate(rules(**settings)), Overrides(NoStore()), Nobody())  # type: ignore[arg-type]
        with served(http) as url:
            for row in EDGES:
                at, *expected = row.split()
                status = get(url, params={"at": at}).status_code
                assert status == {"allow": 200, "deny": 423}[expected[number]], row


@SETTINGS
def test_each_second_by_function(gate_days: str) -> None:
    asked = gate(rules(gate_days=gate_days))
    for at in around(20):
        found = asked.answer(Question(at=at), at).allowed
        assert found == is_open(at, all_days=gate_days == "all"), at


@SETTINGS
def test_each_second_over_http(gate_days: str) -> None:
    http = GateHttp(gate(rules(gate_days=gate_days)), Overrides(NoStore()), Nobody())  # type: ignore[arg-type]
    with served(http) as url, requests.Session() as session:
        for at in around(2):
            answer = session.get(f"{url}/gate", params={"at": at.isoformat()}, timeout=10)
            assert (answer.status_code == 200) == is_open(at, all_days=gate_days == "all"), at
            assert answer.status_code in (200, 423)


@SETTINGS
def test_each_second_by_command_line(gate_days: str, run: Run, written: Callable[..., Path]) -> None:
    assert load(written(gate_days=f'"{gate_days}"')).business.gate_days == gate_days
    for at in around(1):
        code = run("gate", "--at", at.isoformat()).code
        assert (code == 0) == is_open(at, all_days=gate_days == "all"), at
        assert code in (0, 10)


@SETTINGS
@pytest.mark.slow
def test_every_hour_of_ten_years(gate_days: str) -> None:
    """Where the other calculation and ours could part without anybody having thought of the day."""
    asked, at = gate(rules(gate_days=gate_days)), datetime(2024, 1, 1, tzinfo=UTC)
    while at.year < 2034:
        found = asked.answer(Question(at=at), at).allowed
        assert found == is_open(at, all_days=gate_days == "all"), at
        at += timedelta(hours=13)
