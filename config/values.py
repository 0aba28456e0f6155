"""How durations, times of day, dates, spans and names are written in the protocol file.

Each reader gives the value or raises ValueError with what was expected, so that the message can name the key; none of
them may guess. The types at the end say how a value is read and, in their last words, what is expected where one is
wrong. They are read by pydantic, which is not imported here: a file that was checked before is not checked again.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from config import public_holidays
from config.mistakes import did_you_mean

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T")

END_OF_DAY = time.min
"""What `24:00` becomes, where a time of day is an end."""

_DURATION = "a duration above zero such as 90s, 15m, 2h or 3d, of at most 366d"
_OPENS = "a time from 00:00 to 23:59"
_CLOSES = "a time from 00:01 to 24:00 (24:00 is the end of the day)"
_DAY = "a date such as 2026-12-24"
_FREEZE = "a date, or the first and last date as '2026-12-20/2027-01-02'"
_WINDOW = "two instants with their offset as '2026-11-28T10:00-05:00/2026-11-28T12:00-05:00', the later last"
_WEEKEND = "'calendar', or a list of at most six days such as ['saturday', 'sunday']"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST_DURATION = timedelta(days=366)


def duration(value: object) -> timedelta:
    """Read `90s`, `1m`, `2h`, `3d`; a day is 24 hours."""
    if isinstance(value, timedelta):
        return _sensible(value)
    match = re.fullmatch(r"(\d{1,8})\s*([smhd])", value.strip(), re.ASCII) if isinstance(value, str) else None
    if not match:
        raise ValueError(_DURATION)
    return _sensible(timedelta(**{_UNITS[match[2]]: int(match[1])}))


def _sensible(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST_DURATION:
        raise ValueError(_DURATION)
    return value


def opening(value: object) -> time:
    """Read a time of day at which something begins."""
    try:
        return _time(value)
    except ValueError:
        raise ValueError(_OPENS) from None


def closing(value: object) -> time:
    """Read a time of day at which something ends; `24:00` becomes END_OF_DAY, `00:00` is refused as ambiguous."""
    if value == "24:00":
        return END_OF_DAY
    try:
        read = _time(value)
    except ValueError:
        raise ValueError(_CLOSES) from None
    if read == time.min:
        raise ValueError(_CLOSES)
    return read


def _time(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value.strip(), re.ASCII) if isinstance(value, str) else None
    if not match:
        raise ValueError(value)
    return time(int(match[1]), int(match[2]))


def day(value: object) -> date:
    """Read a TOML date or the same in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
        return _or_else(_DAY, date.fromisoformat, value.strip())
    raise ValueError(_DAY)


def day_or_name(value: object) -> date | str:
    """Read a date, or a holiday's name."""
    is_name = isinstance(value, str) and re.search(r"[^\W\d]", value)
    return str(value).strip() if is_name else day(value)


def freeze(value: object) -> tuple[date, date]:
    """Read one date or a range of dates, both ends included."""
    parts = _parts(value) or [value, value]
    first, last = (_or_else(_FREEZE, day, part) for part in parts)
    if last < first:
        raise ValueError(_FREEZE)
    return first, last


def window(value: object) -> tuple[datetime, datetime]:
    """Read two instants, the second excluded."""
    first, last = (_or_else(_WINDOW, _instant, part) for part in _parts(value) or [None, None])
    if last <= first:
        raise ValueError(_WINDOW)
    return first, last


def weekend(value: object) -> frozenset[int] | None:
    """Read days of the week (0 is Monday), or None where they are the calendar's; at least one day is worked."""
    if value is None or value == "calendar":
        return None
    days = frozenset(map(_weekday, value if isinstance(value, list | tuple | frozenset) else WEEK))
    if len(days) == len(WEEK):
        raise ValueError(_WEEKEND)
    return days


def _weekday(name: object) -> int:
    if isinstance(name, str) and name.strip().casefold() in WEEK:
        return WEEK.index(name.strip().casefold())
    raise ValueError(_WEEKEND)


def _parts(value: object) -> list[object] | None:
    """A span is written `from/to`, `[from, to]` or `{from = …, to = …}`."""
    if isinstance(value, str) and value.count("/") == 1:
        return [part.strip() for part in value.split("/")]
    if isinstance(value, dict) and value.keys() == {"from", "to"}:
        return [value["from"], value["to"]]
    return list(value) if isinstance(value, list | tuple) and len(value) == 2 else None


def _instant(value: object) -> datetime:
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if read.utcoffset() is None:
        raise ValueError(value)
    return read


def _or_else(expected: str, read: Callable[[Any], T], value: object) -> T:
    """Read the value; whatever goes wrong, say what the whole was expected to be."""
    try:
        return read(value)
    except (ValueError, OverflowError):
        raise ValueError(expected) from None


def label(value: str) -> str:
    """A Jira label is one word."""
    if re.search(r"\s", value) or len(value) > 255:
        raise ValueError("one word of at most 255 characters: a Jira label holds no blanks")
    return value


def known_calendar(name: str) -> str:
    """A calendar of public holidays that the `holidays` package has."""
    if not public_holidays.is_known(name):
        raise ValueError(f"a country code such as 'US', or 'none'{did_you_mean(name, public_holidays.calendars())}")
    return name


def known_zone(name: str) -> str:
    """A time zone of which there are rules."""
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise ValueError(f"a known time zone{did_you_mean(name, available_timezones())}") from None
    return name


def folder_of_texts(name: str) -> str:
    """A folder that is there; "" is none."""
    if name and not Path(name).is_dir():
        raise ValueError("a folder of texts that is there, seen from the protocol file")
    return name


class ReadBy:
    """In an annotation: the value is what this reader makes of it."""

    def __init__(self, read: Callable[[Any], object]) -> None:
        self.read = read

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.no_info_before_validator_function(self.read, handler(source))


class CheckedBy:
    """In an annotation: the value, once it is of its type, is passed through this check."""

    def __init__(self, check: Callable[[Any], object]) -> None:
        self.check = check

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.no_info_after_validator_function(self.check, handler(source))


class Bound:
    """In an annotation: constraints of the type itself, by pydantic's names (`strict`, `min_length`, `pattern` …)."""

    def __init__(self, **constraints: Any) -> None:
        self.constraints = constraints

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        schema: Any = handler(source)
        return {**schema, **self.constraints}


Flag = Annotated[bool, Bound(strict=True), "true or false"]
Text = Annotated[str, Bound(strip_whitespace=True, min_length=1)]
Label = Annotated[Text, CheckedBy(label), "a label"]
Person = Annotated[str, Bound(strip_whitespace=True, pattern=r"\w")]
Member = Annotated[str, Bound(strip_whitespace=True, pattern=r"\w[^:]*$")]
"""A person, or `group:NAME`: with a name."""
Duration = Annotated[timedelta, ReadBy(duration)]
Opening = Annotated[time, ReadBy(opening), "a time from 00:00 to 23:59"]
Closing = Annotated[time, ReadBy(closing), "a time from 00:01 to 24:00"]
Day = Annotated[date, ReadBy(day)]
Weekend = Annotated[frozenset[int] | None, ReadBy(weekend), _WEEKEND]
DayOrName = Annotated[date | str, ReadBy(day_or_name)]
Freeze = Annotated[tuple[date, date], ReadBy(freeze)]
Window = Annotated[tuple[datetime, datetime], ReadBy(window)]
Holidays = Annotated[Text, CheckedBy(known_calendar), "a country code such as 'US', or 'none'"]
Zone = Annotated[Text, CheckedBy(known_zone), "a time zone such as 'America/New_York'"]
Folder = Annotated[str, CheckedBy(folder_of_texts), "a folder of texts, seen from the protocol file"]
Language = Annotated[
    str,
    Bound(strip_whitespace=True, min_length=1, pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$"),
    "a language such as 'en', 'de' or 'en-GB'",
]
