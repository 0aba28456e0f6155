"""Public holidays by country, as the `holidays` package knows them. Looked up by local date only, and never changed:
exceptions are made by whoever asks (protocol.md §5). The package is imported when a day is first looked up: it takes
longer than everything else that a short command does."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

NONE, USUAL = "none", "US"
_YEARS = range(2000, 2051)  # in which a holiday's name must have occurred to be known


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
def of_year(calendar: str, year: int) -> Mapping[date, tuple[frozenset[str], ...]]:
    """The holidays of one year, observed days included: for each date its holidays, for each holiday its `names`.

    A fresh look-up for each year: the package fills a shared one in lazily, marking a year as known before it is
    filled, so that a second thread would see a holiday as a working day.
    """
    found = _look_up(calendar, range(year, year + 1))
    return {day: tuple(names(one) for one in text.split("; ")) for day, text in found.items() if day.year == year}


@cache
def known_names(calendar: str) -> frozenset[str]:
    """The names a calendar's holidays have had or will have, as the package spells them."""
    return frozenset(name for text in _look_up(calendar, _YEARS).values() for name in text.split("; "))


def names(name: str) -> frozenset[str]:
    """What a holiday may be called: its name, folded, with and without a remark such as "(observed)"."""
    return frozenset({name.casefold(), re.sub(r"\s*\([^)]*\)$", "", name).casefold()})


def _look_up(calendar: str, years: range) -> Mapping[date, str]:
    if calendar == NONE:
        return {}
    import holidays  # noqa: PLC0415

    financial = calendar not in _countries()
    ask = holidays.financial_holidays if financial else holidays.country_holidays
    return ask(calendar, years=years, expand=False)


@cache
def _countries() -> tuple[str, ...]:
    from holidays.registry import EntityLoader  # noqa: PLC0415

    return tuple(EntityLoader.get_country_codes())
