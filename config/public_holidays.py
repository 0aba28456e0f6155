"""Public holidays, weekends and worked weekend days by country, as the `holidays` package knows them.

Looked up by local date only, and never changed: exceptions are made by whoever asks (protocol.md §5). The same in every
process: names come in the calendar's own language, whatever the process speaks. What the package said once is kept for
other processes: to import it takes longer than everything else that a short command does.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

from config.kept.results import or_made

if TYPE_CHECKING:
    from holidays import HolidayBase

NONE, USUAL = "none", "US"
_YEARS = range(2000, 2051)  # in which a holiday's name must have occurred to be known
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday on one day.

    Attributes:
        name: as the package spells it in the calendar's own language.
        stands_for: the holiday that it makes up for because that one fell on a day off; "" where it is none such.
    """

    name: str
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """What a calendar says of one year: its holidays, the days of its weekends, and those of them that are worked."""

    holidays: Mapping[date, tuple[Holiday, ...]]
    weekend: frozenset[date]
    worked: frozenset[date]


@cache
def calendars() -> tuple[str, ...]:
    """Every calendar that may be named: countries (`US`), some stock exchanges (`NYSE`), and `none`.

    From the package's registry: its own lists of what it supports import the calendars of all the world.
    """
    from holidays.registry import EntityLoader  # noqa: PLC0415

    return (NONE, *_countries(), *EntityLoader.get_financial_codes())


def is_known(calendar: str) -> bool:
    """Whether a calendar may be named."""
    return calendar in (NONE, USUAL) or calendar in calendars()


@cache
def of_year(calendar: str, year: int) -> Year:
    """One year of a calendar, substitute days included.

    A fresh look-up for each year: the package fills a shared one in lazily, marking a year as known before it is
    filled, so that a second thread would see a holiday as a working day. The years beside it are looked up with it:
    which weekend days are worked for a holiday in January, only the next year tells.
    """
    if calendar == NONE:
        return Year({}, frozenset(day for day in _days(year) if day.weekday() >= 5), frozenset())
    return or_made(partial(_of_year, calendar, year), "year", calendar, str(year), of=(Year, Holiday))


def _of_year(calendar: str, year: int) -> Year:
    days = _days(year)
    years = range(year - 1, year + 2)
    found, ordinary = _look_up(calendar, years), _names_in(_look_up(calendar, years, observed=False))
    return Year(
        {day: tuple(_holidays(day, found, ordinary)) for day in days if day in found},
        frozenset(day for day in days if found.is_weekend(day)),
        frozenset(day for day in days if day in found.weekend_workdays),
    )


def _days(year: int) -> list[date]:
    return [date(year, 1, 1) + n * _DAY for n in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)]


def names(calendar: str, holiday: Holiday) -> frozenset[str]:
    """What a holiday may be called, folded: its name and that of the holiday it stands for, in every language in which
    the package has the calendar, with and without a remark such as "(observed)"."""
    meant = {one for one in (holiday.name, holiday.stands_for) if one}
    return frozenset(
        form for one in meant for name in (one, *_translations(calendar).get(one, ())) for form in _forms(name)
    )


@cache
def known_names(calendar: str) -> frozenset[str]:
    """The names a calendar's holidays have had or will have, as the package spells them, in every language."""
    return frozenset(name for own, others in _translations(calendar).items() for name in (own, *others))


def folded_names(calendar: str) -> frozenset[str]:
    """What any of them may be called, folded."""
    return frozenset(form for name in known_names(calendar) for form in _forms(name))


def _forms(name: str) -> frozenset[str]:
    return frozenset({name.casefold(), _bare(name).casefold()})


def _bare(name: str) -> str:
    """A name without its remarks, in brackets of either width, and without what a stock exchange puts before it."""
    return re.sub(r"(\s*[(（][^()（）]*[)）])+$", "", name).removeprefix("Substitute for ")


def _holidays(day: date, found: "HolidayBase", ordinary: frozenset[str]) -> Iterator[Holiday]:
    for name in found.get_list(day):
        yield Holiday(name, "" if name in ordinary else _made_up_for(name, day, found, ordinary))


def _made_up_for(name: str, day: date, found: "HolidayBase", ordinary: frozenset[str]) -> str:
    """The holiday whose substitute this is: the one that its name holds, whatever is put around it; where it holds none
    (Japan), the one on a day off from which holidays lead to this day without a gap."""
    held = [one for one in ordinary if _bare(one) in name]
    return max(held, key=lambda one: len(_bare(one)), default="") or _leading_to(day, found, ordinary)


def _leading_to(day: date, found: "HolidayBase", ordinary: frozenset[str]) -> str:
    before = day - _DAY
    while before in found and not found.is_weekend(before):
        before -= _DAY
    return next((name for name in found.get_list(before) if name in ordinary), "")


def _names_in(found: "HolidayBase") -> frozenset[str]:
    return frozenset(name for day in found for name in found.get_list(day))


@cache
def _translations(calendar: str) -> Mapping[str, frozenset[str]]:
    """For each name in the calendar's own language its names in the other languages that the package has it in."""
    if calendar == NONE:
        return {}
    return or_made(partial(_translated, calendar), "translations", calendar, of=())


def _translated(calendar: str) -> Mapping[str, frozenset[str]]:
    own = _look_up(calendar, _YEARS)
    translated: dict[str, set[str]] = {name: set() for name in _names_in(own)}
    for language in {*own.supported_languages} - {own.default_language}:
        for name, other in _pairs(own, _look_up(calendar, _YEARS, language=language)):
            translated[name].add(other)
    return {name: frozenset(others) for name, others in translated.items()}


def _pairs(own: "HolidayBase", other: "HolidayBase") -> Iterator[tuple[str, str]]:
    """Which name in one language is which in another. The package sorts the names of a day by the alphabet, so days
    with one name tell first; what never stands alone is what is left of its day."""
    alone = _alone(own, other)
    yield from alone.items()
    for day in own:
        names = own.get_list(day)
        taken = {alone[name] for name in names if name in alone}
        left = [name for name in names if name not in alone]
        yield from zip(left, [name for name in other.get_list(day) if name not in taken], strict=False)


def _alone(own: "HolidayBase", other: "HolidayBase") -> dict[str, str]:
    said: dict[str, set[str]] = defaultdict(set)
    for day in own:
        match own.get_list(day), other.get_list(day):
            case [name], [translation]:
                said[name].add(translation)
    return {name: min(translations) for name, translations in said.items() if len(translations) == 1}


def _look_up(calendar: str, years: range, *, language: str | None = None, observed: bool = True) -> "HolidayBase":
    """What the package knows of these years, in the calendar's own language if none is given: it would take the
    process's (LANG) otherwise."""
    import holidays  # noqa: PLC0415

    _load_no_other_country()
    ask = holidays.country_holidays if calendar in _countries() else holidays.financial_holidays
    itself = ask(calendar)
    known = [year for year in years if itself.start_year <= year <= itself.end_year]
    return ask(calendar, years=known, expand=False, observed=observed, language=language or itself.default_language)


@cache
def _load_no_other_country() -> None:
    """The package imports a country's module when it is asked for, and with it, through the package that it lies in,
    those of all others: 9 MB and half of what a short command takes. So that package stands here without its contents
    (findings/holidays-one-country-loads-all.sh)."""
    name = "holidays.countries"
    found = find_spec(name)
    if found is not None:
        sys.modules.setdefault(name, module_from_spec(found))


@cache
def _countries() -> tuple[str, ...]:
    from holidays.registry import EntityLoader  # noqa: PLC0415

    return tuple(EntityLoader.get_country_codes())
