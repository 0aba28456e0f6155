"""The day of a release window as one sees it: from midnight to midnight, what is open, what is shut, and now. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from worker.escalation.dates.formatting import zone_name
from worker.escalation.release.hours import may_ship

WHOLE = 96  # quarters of an hour


@dataclass(frozen=True, slots=True)
class Day:
    """`shut` has the parts of the day in which not everything ships, as (start, length), and `now` where we are, in
    percent of the day; `edges` are the hours at which that changes, each with its place; `words` say the same."""

    shut: tuple[tuple[float, float], ...]
    now: float
    edges: tuple[tuple[float, str], ...]
    words: str


def day_of(now: datetime, rules: Protocol) -> Day:
    """Today, on the clocks of that zone."""
    local = now.astimezone(rules.zone)
    spans = tuple(_shut(local, rules))
    shut = tuple((_percent(start), _percent(end - start)) for start, end in spans)
    edges = sorted({at for pair in spans for at in pair if 0 < at < WHOLE})
    words = " and ".join(f"{_clock(start)} to {_clock(end)}" for start, end in spans) or "at no time"
    return Day(
        shut=shut,
        now=round(100 * (local.hour * 60 + local.minute) / 1_440, 1),
        edges=tuple((_percent(at), _clock(at)) for at in edges),
        words=f"Shut today: {words} {zone_name(now, rules.zone)}",
    )


def _shut(local: datetime, rules: Protocol) -> Iterator[tuple[int, int]]:
    """The parts of the day in which not everything ships, in quarters of an hour since midnight."""
    start = None
    for quarter in range(WHOLE + 1):
        open_now = quarter == WHOLE or may_ship(_at(local, quarter, rules.zone), timedelta(0), rules).allowed
        if not open_now and start is None:
            start = quarter
        elif open_now and start is not None:
            yield start, quarter
            start = None


def _at(local: datetime, quarter: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(local.date(), time(quarter // 4, quarter % 4 * 15), zone)


def _percent(quarters: int) -> float:
    return round(100 * quarters / WHOLE, 2)


def _clock(quarter: int) -> str:
    return f"{quarter // 4}:{quarter % 4 * 15:02}"
