"""How the report says what stands in it: lengths of time, days, and what each list is called."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from worker.escalation.dates.formatting import zone_name
from worker.escalation.facts.record import RESOLVED, UNSERVED, WITHDRAWN

NONE = "–"
REASONS = {
    WITHDRAWN: "the request was withdrawn",
    RESOLVED: "the ticket was resolved",
    UNSERVED: "the ticket went to a project that is not served",
}


def span(length: timedelta | None) -> str:
    """`3 d 4 h`, `2 h 5 min`, `45 min`, `30 s`: the two largest units, the rest cut off; a dash for nothing."""
    if length is None:
        return NONE
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    first = next(place for place, (size, _) in enumerate(units) if seconds >= size)
    size, unit = units[first]
    rest, lesser = divmod(seconds, size)[1], units[first + 1] if first < 2 else (60, "")
    return f"{seconds // size} {unit}" + (f" {rest // lesser[0]} {lesser[1]}" if rest >= lesser[0] else "")


def day_and_hour(at: datetime | None, zone: ZoneInfo) -> str:
    """`2026-11-24 21:00 ET`; a dash for nothing."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone_name(at, zone)}" if at else NONE
