"""How a day, an hour, a length of time or a choice is said in a language, by the rules of Unicode's CLDR.

Never relative and never without the zone, so that a text read a day later still says the same (protocol.md C25).
Which instant and which zone is given; nothing here knows a clock. What was said is remembered: one look says the same
instant in many texts, and asking CLDR costs more than the rest of a text.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.units import format_unit

from config import ConfigError
from config.messages import Messages
from worker.escalation.dates.formatting import zone_name

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NARROW = str.maketrans("\u202f\u00a0", "  ")


@lru_cache(maxsize=1_000)
def day(on: date, texts: Messages) -> str:
    """`Tuesday, November 24, 2026`; `Dienstag, 24. November 2026`."""
    return format_date(on, "full", _locale(texts)).translate(_NARROW)


@lru_cache(maxsize=1_000)
def hour(at: datetime, zone: ZoneInfo, texts: Messages) -> str:
    """`9:00 PM ET`; `21:00 Uhr ET`: on the wall clock of that zone."""
    said = format_time(at.astimezone(zone).time(), "short", locale=_locale(texts)).translate(_NARROW)
    return texts.phrase("{hour} {zone}").format(hour=said, zone=zone_name(at, zone))


def moment(at: datetime, zone: ZoneInfo, texts: Messages) -> str:
    """`Tuesday, November 24, 2026, 9:00 PM ET`; `Dienstag, 24. November 2026, 21:00 Uhr ET`."""
    return f"{day(at.astimezone(zone).date(), texts)}, {hour(at, zone, texts)}"


@lru_cache(maxsize=1_000)
def duration(length: timedelta, texts: Messages) -> str:
    """`2 hours`, `15 minutes`: the largest unit that divides it."""
    seconds = int(length.total_seconds())
    unit, size = next((name, size) for name, size in _UNITS if seconds % size == 0)
    return format_unit(seconds // size, f"duration-{unit}", locale=_locale(texts)).translate(_NARROW)


def left(length: timedelta, texts: Messages) -> str:
    """`2 hours and 15 minutes`: what is left of a time, to the minute, in its two largest units; at least a minute."""
    seconds = max(int(length.total_seconds()), 60)
    parts: list[str] = []
    for name, size in _UNITS[:-1]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(format_unit(count, f"duration-{name}", locale=_locale(texts)).translate(_NARROW))
    return each(parts[:2], texts)


def either(names: Sequence[str], texts: Messages) -> str:
    """`SEV-1, SEV-2, or OTHER`; `SEV-1, SEV-2 oder OTHER`."""
    return format_list(list(names), style="or", locale=_locale(texts))


def each(names: Sequence[str], texts: Messages) -> str:
    """`SEV-1, SEV-2, and OTHER`; `SEV-1, SEV-2 und OTHER`."""
    return format_list(list(names), style="standard", locale=_locale(texts))


def _locale(texts: Messages) -> Locale:
    try:
        return Locale.parse(texts.language, sep="-")
    except (UnknownLocaleError, ValueError):
        expected = "a language whose dates are known, such as 'en', 'de' or 'en-GB'"
        raise ConfigError(f"language: found {texts.language!r}, expected {expected}") from None
