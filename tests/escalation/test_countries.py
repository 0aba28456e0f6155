"""The business days of countries: their own weekends, worked weekend days, substitute days and languages."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from protocols import protocol

from config import ConfigError, public_holidays
from config.values import WEEK
from worker.escalation.dates.calendar import Calendar

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]
COUNTRIES = (
    *("US", "GB", "CA", "AU", "NZ", "IE", "DE", "AT", "CH", "FR", "ES", "IT", "PT", "NL", "BE", "PL", "CZ", "HU", "SE"),
    *("FI", "NO", "GR", "TR", "RU", "UA", "IL", "EG", "SA", "AE", "HK", "CN", "JP", "KR", "TW", "IN", "SG", "TH", "VN"),
    *("MY", "BR", "AR", "MX", "ZA", "NG", "BD", "IR", "NP", "DJ", "BN"),
)
LOCALES = ("C", "en_US.UTF-8", "de_DE.UTF-8", "th_TH.UTF-8", "ar_EG.UTF-8", "uk_UA.UTF-8")


def is_worked(calendar: str, day: str, *ignored: str, **others: object) -> bool:
    return Calendar.of(protocol(holidays=calendar, ignored_holidays=list(ignored), **others)).is_business_day(
        date.fromisoformat(day)
    )


@pytest.mark.parametrize(
    ("calendar", "ignored", "day", "worked"),
    [
        ("US", "", "2026-07-03", False),
        ("US", "Columbus Day", "2026-10-12", True),
        ("US", "Independence Day", "2026-07-03", True),
        ("US", "Washington's Birthday", "2026-02-16", True),
        ("IL", "", "2026-11-27", False),
        ("IL", "", "2026-11-29", True),
        ("EG", "", "2026-11-27", False),
        ("EG", "", "2026-11-29", True),
        ("SA", "", "2026-11-28", False),
        ("AE", "", "2021-11-26", False),  # Friday and Saturday until the end of 2021
        ("AE", "", "2021-11-28", True),
        ("AE", "", "2022-11-25", True),
        ("AE", "", "2022-11-27", False),
        ("HK", "", "2026-11-28", True),
        ("HK", "", "2026-11-29", False),
        ("CN", "", "2026-02-14", True),
        ("CN", "", "2026-02-21", False),
        ("HU", "", "2026-01-10", True),
        ("HU", "", "2026-01-02", False),
        ("DE", "Good Friday", "2027-03-26", True),
        ("DE", "Karfreitag", "2027-03-26", True),
        ("DE", "karfreitag", "2027-03-26", True),
        ("DE", "Ostermontag", "2027-03-26", False),
        ("KR", "", "2026-10-05", False),
        ("KR", "National Foundation Day", "2026-10-05", True),
        ("KR", "개천절", "2026-10-05", True),
        ("JP", "", "2026-05-06", False),
        ("JP", "Constitution Day", "2026-05-06", True),  # its substitute is named after nothing, three days later
        ("JP", "憲法記念日", "2026-05-06", True),
        ("JP", "Children's Day", "2026-05-06", False),
        ("JP", "Respect for the Aged Day", "2026-09-22", False),  # between two holidays: a substitute of neither
        ("GB", "Boxing Day", "2026-12-28", True),
        ("TH", "National Father's Day", "2026-12-07", False),  # of three holidays on one day one alone is ignored
        ("ES", "All Saints' Day", "2026-11-02", True),
    ],
)
def test_days_of_countries(calendar: str, ignored: str, day: str, worked: bool) -> None:
    assert is_worked(calendar, day, *filter(None, [ignored])) is worked


def test_of_two_holidays_on_one_day_both_are_ignored_in_whatever_language() -> None:
    both = "2008-05-01"  # Ascension Day fell on the first of May
    assert not is_worked("DE", both, "Labor Day")
    assert not is_worked("DE", both, "Christi Himmelfahrt")
    assert is_worked("DE", both, "Labor Day", "Christi Himmelfahrt")
    assert is_worked("DE", both, "Erster Mai", "Ascension Day")


def test_the_week_and_the_worked_saturdays_can_be_set() -> None:
    assert is_worked("IL", "2026-11-27", weekend=["Saturday", "sunday"])
    assert not is_worked("IL", "2026-11-29", weekend=["saturday", "sunday"])
    assert is_worked("US", "2026-11-28", weekend=[])
    assert not is_worked("US", "2026-11-26", weekend=[])
    assert not is_worked("CN", "2026-02-14", worked_weekends=False)
    assert not is_worked("CN", "2026-02-14", extra_holidays=["2026-02-14"])
    assert not is_worked("none", "2026-11-28")


@pytest.mark.parametrize("weekend", ["sunday", ["caturday"], [5, 6], list(WEEK), True, {"saturday": True}])
def test_a_week_that_is_none_is_refused(weekend: object) -> None:
    with pytest.raises(
        ConfigError, match=r"business\.weekend: found .*, expected 'calendar', or a list of at most six"
    ):
        protocol(weekend=weekend)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_day_of_three_years_is_as_the_package_says(country: str) -> None:
    package, ours = holidays.country_holidays(country, years=range(2026, 2029)), Calendar.of(protocol(holidays=country))
    assert [day for day in DAYS if ours.is_business_day(day) != package.is_working_day(day)] == []


def test_every_holiday_of_every_calendar_can_be_ignored_with_its_substitutes() -> None:
    """By its name in any language; what is left on a weekday is named after none of those ignored."""
    for calendar in ("US", "DE", "KR", "JP", "TH", "EG", "TW", "ES", "TZ", "XDUB"):
        everything = sorted(public_holidays.known_names(calendar))
        ours = Calendar.of(protocol(holidays=calendar, ignored_holidays=everything))
        assert [day for day in DAYS if ours.holidays(day)] == []


@pytest.mark.slow
def test_explain_says_the_same_in_every_locale(tmp_path: Path) -> None:
    file = tmp_path / "protocol.toml"
    default = (Path(__file__).parents[2] / "config" / "protocol.toml").read_text()
    ignoring = 'ignored_holidays = ["Good Friday", "Ostermontag"]\n#'
    file.write_text(default.replace('holidays = "US"', 'holidays = "DE"').replace("ignored_holidays = []", ignoring))
    said = {explained(file, locale) for locale in LOCALES}
    assert len(said) == 1
    assert "2027-03-29" in said.pop()


def explained(protocol_file: Path, locale: str) -> str:
    command = [
        sys.executable,
        "-m",
        "worker.commands.main",
        "explain",
        "--grade",
        "SEV-2",
        "--graded-at",
        "2027-03-26T10:00-04:00",
    ]
    spoken = dict.fromkeys(("LANG", "LC_ALL", "LANGUAGE"), locale)
    own = {"PROTOCOL_FILE": str(protocol_file), "XDG_CACHE_HOME": str(protocol_file.parent / locale)}  # nothing is kept
    return subprocess.run(command, env=os.environ | spoken | own, check=True, capture_output=True, text=True).stdout
