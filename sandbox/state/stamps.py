"""How Jira prints and reads instants and dates. Naive instants never pass."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo


def stamp(instant: datetime, zone: str) -> str:
    """`2026-11-23T10:00:00.000-0500`: milliseconds, an offset without colon."""
    local = aware(instant).astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def aware(instant: datetime) -> datetime:
    """The instant itself; ValueError when it has no offset."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {instant!r}")
    return instant


def epoch_ms(instant: datetime) -> int:
    return int(aware(instant).timestamp() * 1000)


def calendar_date(text: object) -> date | None:
    """A date written `YYYY-MM-DD`, or None when it is anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
