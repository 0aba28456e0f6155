"""Doctor on the protocol file: its mistakes, a zone without summer time, and the calendar promises are counted by.

The zone is A1 of protocol.md. It asks nobody but the file.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from config import ConfigError, public_holidays, time_zones
from config.protocol import Protocol
from config.values import WEEK
from worker.doctor.finding import Finding, Group
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.formatting import fixed_zone_warning
from worker.look import protocol_with_texts

GROUP = Group("protocol")
AHEAD = timedelta(days=800)
SHOWN = 3
UNKNOWN_HOLIDAYS = (
    "Name the days on which nobody works in extra_holidays, or another country; a newer holidays package may know more."
)


def read(path: Path) -> tuple[Protocol | None, list[Finding]]:
    """The protocol with its texts, and what is to say of the file."""
    try:
        protocol = protocol_with_texts.load_protocol(path)
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
        local = f"{now.astimezone(protocol.zone):%A %H:%M}"
        yield GROUP.ok(name, f"{protocol.timezone}, where it is {local}; zones of {time_zones.in_use()}")


def _calendar(protocol: Protocol, whose: str, now: datetime) -> Iterator[Finding]:
    business, calendar = protocol.business, Calendar.of(protocol)
    today, name = calendar.local(now).date(), f"{whose}holidays"
    next_ones = ", ".join(f"{day} {name}" for day, name in islice(_days_off(calendar, today), SHOWN)) or "none"
    library = f"holidays {version('holidays')}"
    changed = f"; {len(business.extra_holidays)} extra, {len(business.ignored_holidays)} ignored"
    yield GROUP.ok(
        name, f"{business.holidays} ({library}){changed}; off: {_weekend(calendar, today)}; next: {next_ones}"
    )
    unknown = [year for year in (today.year, today.year + 1) if _knows_none(business.holidays, year)]
    if unknown:
        years = " and ".join(map(str, unknown))
        yield GROUP.advice(
            name, f"the calendar {business.holidays!r} has no public holiday in {years}", UNKNOWN_HOLIDAYS
        )


def _knows_none(calendar: str, year: int) -> bool:
    return calendar != public_holidays.NONE and not public_holidays.of_year(calendar, year).holidays


def _weekend(calendar: Calendar, today: date) -> str:
    """The days of the coming week that are its weekend."""
    week = (today + timedelta(days=n) for n in range(7))
    off = sorted(day.weekday() for day in week if calendar.is_weekend(day))
    return ", ".join(WEEK[day].capitalize() for day in off) or "no day of the week"


def _days_off(calendar: Calendar, today: date) -> Iterator[tuple[date, str]]:
    """The next days on which nobody works although it is none of the weekend: public holidays and the company's."""
    for day in (today + timedelta(days=n) for n in range(AHEAD.days)):
        names = [one.name for one in calendar.holidays(day)]
        if day in calendar.business.extra_holidays:
            names.append("(extra)")
        if names:
            yield day, " / ".join(names)
