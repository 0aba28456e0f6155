"""What doctor says of the protocol file's calendar and zone."""

from datetime import UTC, datetime

import pytest
import tzdata

from config.checking.parser import parse
from config.protocol import Protocol
from worker.doctor import protocol as rules
from worker.doctor.finding import Finding

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
SEATS = [{"name": name, "title": name, "holder": name} for name in ("a", "b", "engineering-manager")]


def protocol(**others: object) -> Protocol:
    return parse({"panel": {"seats": SEATS}, **others})


def advice(of: Protocol, now: datetime = NOW) -> list[Finding]:
    return [finding for finding in rules.check(of, now) if finding.level == "advice"]


@pytest.mark.parametrize("country", ["BV", "HM", "IO"])
def test_a_calendar_without_holidays_is_told_of(country: str) -> None:
    [one] = advice(protocol(business={"holidays": country}))
    assert one.name == "holidays"
    assert one.found == f"the calendar {country!r} has no public holiday in 2026 and 2027"
    assert "extra_holidays" in one.mend


def test_so_is_one_that_ends_and_a_project_of_ones_own() -> None:
    """Ukraine keeps no public holiday while it is at war; Sri Lanka publishes one year after the other."""
    [one] = advice(protocol(projects={"SUP": {"business": {"holidays": "UA"}}}))
    assert (one.name, one.found) == ("SUP: holidays", "the calendar 'UA' has no public holiday in 2026 and 2027")


@pytest.mark.parametrize("calendar", ["US", "none", "NYSE", "SA"])
def test_others_are_not(calendar: str) -> None:
    assert advice(protocol(business={"holidays": calendar})) == []


@pytest.mark.parametrize(
    ("business", "off"),
    [
        ({}, "Saturday, Sunday"),
        ({"holidays": "IL"}, "Friday, Saturday"),
        ({"holidays": "IL", "weekend": ["sunday"]}, "Sunday"),
        ({"weekend": []}, "no day of the week"),
    ],
)
def test_the_week_is_shown(business: dict[str, object], off: str) -> None:
    [words] = [finding.found for finding in rules.check(protocol(business=business), NOW) if finding.name == "holidays"]
    assert f"; off: {off}; next: 20" in words


def test_the_release_of_the_zones_is_shown() -> None:
    [words] = [finding.found for finding in rules.check(protocol(), NOW) if finding.name == "timezone"]
    assert (
        words
        == f"America/New_York, where it is Monday 09:00; zones of {tzdata.IANA_VERSION} (tzdata {tzdata.__version__})"
    )
