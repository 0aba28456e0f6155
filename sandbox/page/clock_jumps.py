"""Where the page offers to move the clock to: a little on, or to when something is likely to happen.

That is reckoned with the default protocol; the sandbox itself knows no protocol. Any other time can be reached in
steps.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
SPANS = (("+30 min", timedelta(minutes=30)), ("+1 h", timedelta(hours=1)), ("+1 day", timedelta(days=1)))
MORNING, NIGHT = time(7, 1), time(21, 1)
HOURS = (time(7), time(21))


@dataclass(frozen=True, slots=True)
class Jump:
    """An instant to go to, and what it is good for ("" where that is plain)."""

    label: str
    why: str
    at: datetime


def jumps(now: datetime) -> list[Jump]:
    """The spans, then the moments in their order."""
    morning, night = _next(now, MORNING, range(5)), _next(now, NIGHT, range(7))
    monday = _next(now, NIGHT, range(1))
    named = {monday: "Monday night", night: "releases may begin", morning: "business hours begin"}
    moments = [Jump(f"{at:%a %-d %b, %H:%M} ET", why, at) for at, why in named.items()]
    return [Jump(label, "", now + span) for label, span in SPANS] + sorted(moments, key=lambda jump: jump.at)


def _next(now: datetime, hour: time, weekdays: range) -> datetime:
    """The next such hour on one of these days of the week (0 is Monday)."""
    day = now.astimezone(ZONE).date()
    days = (day + timedelta(days=count) for count in range(8))
    found = (datetime.combine(one, hour, ZONE) for one in days if one.weekday() in weekdays)
    return next(at for at in found if at > now)


def business_time(start: datetime, hours: int) -> datetime:
    """So many hours of business after `start`, and a minute: Monday to Friday, without holidays."""
    at, left = start.astimezone(ZONE), timedelta(hours=hours, minutes=1)
    while True:
        opens, closes = (datetime.combine(at.date(), hour, ZONE) for hour in HOURS)
        begin = max(at, opens)
        if at.weekday() < 5 and begin < closes:
            if begin + left <= closes:
                return begin + left
            left -= closes - begin
        at = datetime.combine(at.date() + timedelta(days=1), time(), ZONE)
