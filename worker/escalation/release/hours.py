"""May this ship now, as far as the clock knows (protocol.md §1.6 and §7)?

Pure: which tickets are named and how they were graded is for the caller. A freeze beats an extra window; an answer must
hold until the release is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Literal

from config.protocol import Protocol
from worker.escalation.dates.calendar import Calendar, elapsed, later
from worker.escalation.dates.timing import Window

Reason = Literal["open", "extra-window", "business-hours", "freeze", "would-run-into-hours", "would-run-into-freeze"]
_DAY = timedelta(days=1)
_FARTHEST = 400


@dataclass(frozen=True, slots=True)
class Clock:
    """What the clock alone says of a release that begins at `evaluated_at`.

    `closes_at` is when the open time under way ends, `next_opening` the next instant at which this release may begin;
    None where that is not the case, or more than 400 days away.
    """

    allowed: bool
    reason_code: Reason
    evaluated_at: datetime
    in_business_hours: bool
    closes_at: datetime | None
    next_opening: datetime | None


def may_ship(now: datetime, duration: timedelta, protocol: Protocol) -> Clock:
    """Whether a release of this duration that is not for the gravest grade may begin now (R13, D2, D4, A20).

    Raises:
        ValueError: `now` is naive or too far away, or the duration negative.
    """
    if duration < timedelta(0):
        raise ValueError(f"found {duration}, expected a duration that is not negative")
    calendar = Calendar.of(protocol)
    now = calendar.local(now)
    reason = _reason(now, calendar)
    closes = window_closes_at(now, protocol) if _is_open(reason) else None
    if closes and elapsed(later(now, duration), closes) < timedelta(0):
        frozen = _reason(closes, calendar) == "freeze"
        reason = "would-run-into-freeze" if frozen else "would-run-into-hours"
    opening = None if _is_open(reason) else next_opening(now, protocol, duration)
    return Clock(_is_open(reason), reason, now, calendar.in_business_hours(now), closes, opening)


def next_opening(now: datetime, protocol: Protocol, duration: timedelta = timedelta(0)) -> datetime | None:
    """The first instant from `now` on at which a release of this duration may begin; None in the next 400 days."""
    calendar = Calendar.of(protocol)
    at = calendar.local(now)
    for edge in chain((at,), _edges(at, calendar)):
        if _is_open(_reason(edge, calendar)):
            closes = window_closes_at(edge, protocol)
            if closes is None or elapsed(later(edge, duration), closes) >= timedelta(0):
                return edge
    return None


def window_closes_at(now: datetime, protocol: Protocol) -> datetime | None:
    """When the open time under way ends; None where it stays open for the next 400 days."""
    calendar = Calendar.of(protocol)
    at = calendar.local(now)
    return next((edge for edge in _edges(at, calendar) if not _is_open(_reason(edge, calendar))), None)


def may_ship_everywhere(now: datetime, duration: timedelta, protocols: Sequence[Protocol]) -> Clock:
    """The same for a release that several projects' protocols rule: it may begin when every one of them is open.

    `protocols` holds at least one; what is said beside the answer is said on the first one's clocks.
    """
    clocks = [may_ship(now, duration, each) for each in dict.fromkeys(protocols)]
    shut = next((clock for clock in clocks if not clock.allowed), clocks[0])
    if len(clocks) == 1:
        return shut
    closes = [clock.closes_at for clock in clocks if clock.closes_at]
    return replace(
        shut,
        evaluated_at=clocks[0].evaluated_at,
        in_business_hours=any(clock.in_business_hours for clock in clocks),
        closes_at=min(closes, key=datetime.timestamp, default=None) if shut.allowed else shut.closes_at,
        next_opening=None if shut.allowed else _opening_everywhere(now, duration, protocols),
    )


def _opening_everywhere(now: datetime, duration: timedelta, protocols: Sequence[Protocol]) -> datetime | None:
    """The first instant at which every protocol lets this release begin; None in the next 400 days."""
    at, last = now, later(now, _DAY * _FARTHEST)
    while elapsed(at, last) >= timedelta(0):
        openings = [next_opening(at, each, duration) for each in protocols]
        known = [opening for opening in openings if opening]
        if len(known) < len(openings):
            return None
        latest = max(known, key=datetime.timestamp)
        if elapsed(at, latest) == timedelta(0):
            return latest
        at = latest
    return None


def openings(now: datetime, protocol: Protocol) -> Iterator[Window]:
    """The times after `now` in which anything may be released, in order, as far as 400 days see; the one that is under
    way is not among them."""
    calendar = Calendar.of(protocol)
    at = calendar.local(now)
    begun: datetime | None = None
    was_open = _is_open(_reason(at, calendar))
    for edge in _edges(at, calendar):
        is_open = _is_open(_reason(edge, calendar))
        if is_open and not was_open:
            begun = edge
        elif was_open and not is_open and begun:
            yield Window(begun, edge)
            begun = None
        was_open = is_open


def ahead(now: datetime, protocol: Protocol) -> tuple[list[tuple[date, date]], list[Window]]:
    """The freezes and the extra windows that are not over yet, earliest first."""
    calendar = Calendar.of(protocol)
    today = calendar.local(now).date()
    windows = [Window(calendar.local(start), calendar.local(end)) for start, end in calendar.business.extra_windows]
    coming = (window for window in windows if elapsed(now, window.end) > timedelta(0))
    return (
        sorted(span for span in calendar.business.freezes if span[1] >= today),
        sorted(coming, key=lambda window: window.start.timestamp()),
    )


def _reason(instant: datetime, calendar: Calendar) -> Reason:
    """What the clock says of this very instant."""
    business, today = calendar.business, calendar.local(instant).date()
    if any(first <= today <= last for first, last in business.freezes):
        return "freeze"
    if any(elapsed(start, instant) >= timedelta(0) < elapsed(instant, end) for start, end in business.extra_windows):
        return "extra-window"
    return "business-hours" if calendar.in_business_hours(instant) else "open"


def _is_open(reason: Reason) -> bool:
    return reason in ("open", "extra-window")


def _edges(after: datetime, calendar: Calendar) -> Iterator[datetime]:
    """Every instant after this one at which the clock's answer may change, in order, for the next 400 days."""
    extra = [calendar.local(edge) for window in calendar.business.extra_windows for edge in window]
    for day in (after.date() + _DAY * count for count in range(_FARTHEST)):
        edges = [calendar.day_begins(day), calendar.opens_at(day), calendar.closes_at(day)]
        edges += [edge for edge in extra if edge.date() == day]
        yield from (edge for edge in sorted(edges, key=datetime.timestamp) if elapsed(after, edge) > timedelta(0))
