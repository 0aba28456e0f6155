"""Doctor on the protocol file: its mistakes, a zone without summer time (A1), and the calendar that promises are
counted by. It asks nobody but the file."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from string import capwords

from config import ConfigError, public_holidays
from config.protocol import Business, Protocol
from worker import context
from worker.doctor.finding import Finding, Group
from worker.escalation.calendar import Calendar
from worker.escalation.clock_words import fixed_zone_warning

GROUP = Group("protocol")
AHEAD = timedelta(days=800)
SHOWN = 3


def read(path: Path) -> tuple[Protocol | None, list[Finding]]:
    """The protocol with its texts, and what is to say of the file."""
    try:
        protocol = context.load_protocol(path)
    except ConfigError as error:
        return None, [_mistake(path, each) for each in error.mistakes]
    return protocol, [GROUP.ok("file", f"{path} is understood")]


def _mistake(path: Path, mistake: str) -> Finding:
    bare = mistake.removeprefix(f"{path}: ")
    key, _, words = bare.partition(": ")
    if not words or " " in key:
        return GROUP.mend("file", bare, f"Set PROTOCOL_FILE to a protocol file, or mend {path}.")
    return GROUP.mend(key, words, f"Change it in {path}; docs/protocol-file.md has every key.")


def check(protocol: Protocol, now: datetime) -> Iterator[Finding]:
    """Zones and calendars: the whole protocol's, then those that a project has of its own."""
    yield from _zone(protocol, "", now)
    yield from _calendar(protocol, "", now)
    for key, own in protocol.by_project.items():
        if own.timezone != protocol.timezone:
            yield from _zone(own, f"{key}: ", now)
        if own.business != protocol.business:
            yield from _calendar(own, f"{key}: ", now)


def _zone(protocol: Protocol, whose: str, now: datetime) -> Iterator[Finding]:
    business, name = protocol.business, f"{whose}timezone"
    opens, closes = f"{business.opens:%H:%M}", f"{business.closes:%H:%M}"
    warning = fixed_zone_warning(protocol.zone, opens, closes, now.year)
    if warning:
        found, _, mend = warning.rpartition(". ")
        yield GROUP.advice(
            name, f"{found}.", f"Write {mend.removesuffix(' follows the clocks.')} to follow the clocks."
        )
    else:
        yield GROUP.ok(name, f"{protocol.timezone}, where it is {now.astimezone(protocol.zone):%A %H:%M}")


def _calendar(protocol: Protocol, whose: str, now: datetime) -> Iterator[Finding]:
    business, today = protocol.business, Calendar.of(protocol).local(now).date()
    next_ones = ", ".join(f"{day} {name}" for day, name in islice(_days_off(business, today), SHOWN)) or "none"
    library = f"holidays {version('holidays')}"
    changed = f"; {len(business.extra_holidays)} extra, {len(business.ignored_holidays)} ignored"
    yield GROUP.ok(f"{whose}holidays", f"{business.holidays} ({library}){changed}; next: {next_ones}")


def _days_off(business: Business, today: date) -> Iterator[tuple[date, str]]:
    """The next days on which nobody works although it is none of the weekend: public holidays and the company's."""
    for day in (today + timedelta(days=n) for n in range(AHEAD.days)):
        names = [capwords(min(one, key=len)) for one in _worked_not(business, day)]
        if day in business.extra_holidays:
            names.append("(extra)")
        if names:
            yield day, " / ".join(names)


def _worked_not(business: Business, day: date) -> list[frozenset[str]]:
    ignored = {one.casefold() for one in business.ignored_holidays if isinstance(one, str)}
    names = public_holidays.of_year(business.holidays, day.year).get(day, ())
    return [] if day in business.ignored_holidays else [one for one in names if not one & ignored]
