"""How an instant, a zone or a length of time is written in one short line, for the people who run releases.

Pure text; nothing is decided here.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_SHORT_ZONES = {
    "America/New_York": "ET",
    "US/Eastern": "ET",
    "America/Chicago": "CT",
    "America/Denver": "MT",
    "America/Los_Angeles": "PT",
}
_FOLLOWS_THE_CLOCKS = {
    "EST": "America/New_York",
    "Etc/GMT+5": "America/New_York",
    "MST": "America/Denver",
    "Etc/GMT+7": "America/Denver",
    "Etc/GMT+6": "America/Chicago",
    "Etc/GMT+8": "America/Los_Angeles",
}


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """`ET`, where people say so; else the abbreviation of that day, or the zone's own name."""
    abbreviation = at.astimezone(zone).tzname() or ""
    return _SHORT_ZONES.get(zone.key) or (abbreviation if abbreviation.isalpha() else zone.key)


def wall(at: datetime, zone: ZoneInfo) -> str:
    """`21:00 ET on Tuesday 2026-11-24`: the hour first, because that is what people look for."""
    local = at.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%H:%M}{seconds} {zone_name(at, zone)} on {local:%A} {local.date()}"


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """`Tue 2026-11-24 21:00 ET`: for columns and lists, of one width; what is below a minute is cut off."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M} {zone_name(at, zone)}"


def length(duration: timedelta) -> str:
    """`90s`, `20m`, `2h`, `3d`: the largest unit that divides it, as the protocol file writes it."""
    seconds = int(duration.total_seconds())
    units = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
    size, unit = next((size, unit) for size, unit in units if seconds % size == 0)
    return f"{seconds // size}{unit}"


def fixed_zone_warning(zone: ZoneInfo, opens: str, closes: str, year: int) -> str:
    """What to know of a zone that has no summer time although the people of its name do (A1); empty for all others."""
    people = _FOLLOWS_THE_CLOCKS.get(zone.key)
    if not people:
        return ""
    offsets = [datetime(year, month, 1, 12, tzinfo=zone).utcoffset() for month in (1, 7)]
    if offsets[0] != offsets[1]:
        return ""
    summer = [_in_summer(text, zone, ZoneInfo(people), year) for text in (opens, closes)]
    return (
        f"{zone.key} is fixed: it has no summer time. While {people} has it, the hours {opens}-{closes} are "
        f"{summer[0]}-{summer[1]} on the clocks there. timezone = {people!r} follows the clocks."
    )


def _in_summer(text: str, fixed: ZoneInfo, people: ZoneInfo, year: int) -> str:
    hour, minute = (int(part) for part in text.split(":"))
    noon = datetime(year, 7, 1, hour % 24, minute, tzinfo=fixed)
    return f"{noon.astimezone(people):%H:%M}"
