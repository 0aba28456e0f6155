"""Business days and hours in the protocol's zone (protocol.md §0 D1–D4, §5).

Pure: no clock, no I/O. Instants are aware datetimes; lengths of time are measured through UTC, because the difference
of two local times is wrong when the clocks change in between.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config import public_holidays
from config.protocol import Business, Protocol
from config.public_holidays import Holiday
from config.values import END_OF_DAY

_DAY = timedelta(days=1)
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The business calendar of a protocol. Hours are half-open: 07:00 is inside, 21:00 is not."""

    zone: ZoneInfo
    business: Business

    @staticmethod
    def of(protocol: Protocol) -> "Calendar":
        """The calendar of this protocol; equal protocols share one."""
        return _calendar(protocol.zone, protocol.business)

    def local(self, instant: datetime) -> datetime:
        """The instant on the clocks of the protocol's zone; ValueError when it is naive or too far away."""
        if instant.utcoffset() is None:
            raise ValueError(f"found {instant.isoformat()}, expected an instant with its offset from UTC")
        if instant.year not in _YEARS:
            raise ValueError(_too_far(instant.isoformat()))
        return instant.astimezone(self.zone)

    def is_business_day(self, day: date) -> bool:
        """Whether people work: no weekend, no public holiday unless it is ignored, none of the company's (D3)."""
        if isinstance(day, datetime):
            raise ValueError(f"found the instant {day.isoformat()}, expected a date")
        if day.year not in _YEARS:
            raise ValueError(_too_far(day.isoformat()))
        return day not in self.business.extra_holidays and not self._is_off(day)

    def next_business_day(self, day: date) -> date:
        """The first business day after this one."""
        return self.first_business_day(day + _DAY if day < date.max else day)

    def first_business_day(self, day: date) -> date:
        """This day if it is a business day, else the next that is one."""
        while not self.is_business_day(day):
            day += _DAY
        return day

    def day_begins(self, day: date) -> datetime:
        """The first instant of this day."""
        return self._at(day, time.min, fold=0)

    def opens_at(self, day: date) -> datetime:
        """The instant at which business hours begin on this day, business day or not."""
        return self._at(day, self.business.opens, fold=0)

    def closes_at(self, day: date) -> datetime:
        """The instant at which business hours end on this day; the day's end where the protocol says 24:00."""
        closes = self.business.closes
        return self._at(day + _DAY if closes == END_OF_DAY else day, closes, fold=1)

    def in_business_hours(self, instant: datetime) -> bool:
        """Whether the gate is shut for all but the gravest fixes (R13, D2, D4): a look at the wall clock, on business
        days or on all days, as `gate_days` says."""
        local = self.local(instant)
        applies = self.business.gate_days == "all" or self.is_business_day(local.date())
        return applies and before(self.business.opens, local.time(), self.business.closes)

    def add_business_time(self, start: datetime, duration: timedelta) -> datetime:
        """The first instant at which `duration` of business hours has passed since `start`.

        Only hours on business days count. Work that ends with the day ends at its closing, not at the next opening.
        """
        if duration < timedelta(0):
            raise ValueError(f"found {duration}, expected a duration that is not negative")
        at, left = self.local(start), duration
        while left:
            begins, ends = self._hours_after(at)
            if left <= elapsed(begins, ends):
                return later(begins, left)
            at, left = ends, left - elapsed(begins, ends)
        return at

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` were business hours on business days; none when it ends first."""
        at, last, total = self.local(start), self.local(end), timedelta(0)
        while elapsed(at, last) > timedelta(0):
            begins, ends = self._hours_after(at)
            total += max(elapsed(begins, min(ends, last, key=_utc)), timedelta(0))
            at = ends
        return total

    def _hours_after(self, instant: datetime) -> tuple[datetime, datetime]:
        """What is left of the business hours under way, or the whole of the next ones."""
        day = self.first_business_day(instant.date())
        if elapsed(instant, self.closes_at(day)) <= timedelta(0):
            day = self.next_business_day(day)
        return max(instant, self.opens_at(day), key=_utc), self.closes_at(day)

    def holidays(self, day: date) -> tuple[Holiday, ...]:
        """The public holidays on this day, without those that are ignored."""
        ignored, calendar = self.business.ignored_holidays, self.business.holidays
        found = public_holidays.of_year(calendar, day.year).holidays.get(day, ())
        if not found or day in ignored or not ignored:
            return () if day in ignored else found
        return tuple(one for one in found if not public_holidays.names(calendar, one) & _folded(ignored))

    def is_weekend(self, day: date) -> bool:
        """Whether this day is one of the weekend: the calendar's on that date, or the one that the protocol states."""
        if self.business.weekend is None:
            return day in public_holidays.of_year(self.business.holidays, day.year).weekend
        return day.weekday() in self.business.weekend

    def _is_off(self, day: date) -> bool:
        """A day of the weekend that is worked is so whatever holiday falls on it: the calendar knows of that one."""
        if self.is_weekend(day):
            worked = public_holidays.of_year(self.business.holidays, day.year).worked
            return not (self.business.worked_weekends and day in worked)
        return bool(self.holidays(day))

    def _at(self, day: date, wall: time, fold: int) -> datetime:
        """The instant at which the wall clock shows this time; of two the first or second, as `fold` says; the leap
        itself when the clocks leap over it."""
        at = datetime.combine(day, wall, self.zone).replace(fold=fold)
        there = at.astimezone(UTC).astimezone(self.zone)
        return there if there.replace(tzinfo=None) == at.replace(tzinfo=None) else self._leap(at)

    def _leap(self, missing: datetime) -> datetime:
        """The instant at which the clocks leap over a local time that does not exist."""
        before_it, after_it = (int(missing.replace(fold=fold).timestamp()) for fold in (1, 0))
        old = datetime.fromtimestamp(before_it, self.zone).utcoffset()
        while after_it - before_it > 1:
            middle = (before_it + after_it) // 2
            is_old = datetime.fromtimestamp(middle, self.zone).utcoffset() == old
            before_it, after_it = (middle, after_it) if is_old else (before_it, middle)
        return datetime.fromtimestamp(after_it, self.zone)


def before(opens: time, wall: time, closes: time) -> bool:
    """Whether a time of day lies within half-open hours; an end of END_OF_DAY is never reached."""
    return opens <= wall and (closes == END_OF_DAY or wall < closes)


def elapsed(start: datetime, end: datetime) -> timedelta:
    """The time that really passes from one instant to another."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def later(start: datetime, duration: timedelta) -> datetime:
    """The instant at which `duration` has really passed, on the same clocks; ValueError when it is too far away."""
    try:
        return (start.astimezone(UTC) + duration).astimezone(start.tzinfo)
    except OverflowError:
        raise ValueError(_too_far(f"{start.isoformat()} and {duration} more")) from None


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _too_far(what: str) -> str:
    return f"found {what}, expected a year from {_YEARS.start} to {_YEARS.stop - 1}"


@lru_cache(maxsize=256)
def _calendar(zone: ZoneInfo, business: Business) -> Calendar:
    return Calendar(zone, business)


@lru_cache(maxsize=256)
def _folded(ignored: frozenset[date | str]) -> frozenset[str]:
    return frozenset(one.casefold() for one in ignored if isinstance(one, str))
