"""From a grade to its promise: fix by when, release in which night, which due date, and by which rule.

protocol.md §1.2, §1.4, §1.5. Pure: never asks what time it is, never moves a promise.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from config.protocol import Business, Grade, Protocol
from config.values import END_OF_DAY
from worker.escalation.dates.calendar import Calendar, before, elapsed, later

if TYPE_CHECKING:
    from worker.escalation.facts.record import Kept

__all__ = ["Calendar", "Promise", "Rule", "Window", "breached_at", "business_deadline", "instant", "promise", "replan"]

_DATES = ("fix_by", "window_start", "window_end", "due_date")
_NO_TIMING = "the protocol states no timing for this grade; a date that a person set is left alone"
_AT_ONCE = "worked on at once, released as soon as it is ready at any hour; no instant is stated"


@dataclass(frozen=True, slots=True)
class Rule:
    """Why one date of a promise is what it is.

    `date_name` is the promise's attribute, `value` the date as it is printed (None: there is none), `clause` the rule
    (R…) and reading (D…) of protocol.md, `words` a sentence.
    """

    date_name: str
    value: str | None
    clause: str
    words: str


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which a fix may be released: from `start` until before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """What a grade promises, in the protocol's zone. What the protocol does not state is None.

    `fix_by` is a target, not a breach; the promise is broken at `window_end` (D8).
    """

    grade: str
    graded_at: datetime
    fix_by: datetime | None
    window_start: datetime | None
    window_end: datetime | None
    due_date: date | None
    rules: tuple[Rule, ...]

    def to_json(self) -> dict[str, Any]:
        """What `escalation explain --json` prints: RFC 3339 instants with their offset, null for what is not."""
        dates = {name: _printed(getattr(self, name)) for name in _DATES}
        rules = [{"date": r.date_name, "value": r.value, "clause": r.clause, "words": r.words} for r in self.rules]
        graded_at = self.graded_at.isoformat(timespec="seconds")
        return {"grade": self.grade, "graded_at": graded_at, **dates, "rules": rules}


def promise(grade: Grade, graded_at: datetime, protocol: Protocol) -> Promise:
    """What this grade, given at this instant, promises.

    Raises:
        ValueError: `graded_at` is naive, or too far away to be a date of business.
    """
    calendar = Calendar.of(protocol)
    graded_at = calendar.local(graded_at)
    if grade.timing == "next-business-night":
        return _next_business_night(grade.name, graded_at, calendar)
    if grade.timing == "immediate":
        return _immediate(grade.name, graded_at)
    return Promise(grade.name, graded_at, None, None, None, None, _unstated(_DATES, "R18, D10", _NO_TIMING))


def breached_at(grade: Grade, graded_at: datetime, window_end: datetime | None, protocol: Protocol) -> datetime | None:
    """From when on the promise is broken if the ticket is not resolved: the end of the night (D8), for the gravest the
    end of the day of its grade (D9); None where nothing was promised."""
    if grade.timing != "immediate":
        return window_end
    calendar = Calendar.of(protocol)
    return calendar.day_begins(calendar.local(graded_at).date() + timedelta(days=1))


def replan(promised: "Promise | Kept", fixed_at: datetime, protocol: Protocol) -> Window | None:
    """When a fix that landed at `fixed_at` is released (R16, protocol.md §1.4); None where no night was promised.

    The clock of R16 runs from the fix. A promise is kept while it can be: an earlier night is taken, a later one only
    once the promised window is over.
    """
    if promised.window_start is None or promised.window_end is None:
        return None
    calendar = Calendar.of(protocol)
    own = _night(calendar.next_business_day(calendar.local(fixed_at).date()), calendar)
    kept = elapsed(fixed_at, promised.window_end) > timedelta(0)
    wait = kept and elapsed(promised.window_start, own.start) > timedelta(0)
    return Window(promised.window_start, promised.window_end) if wait else own


def business_deadline(
    opened: datetime, fraction_of: timedelta, urgent_from: datetime | None, calendar: Calendar
) -> datetime:
    """The instant at which `fraction_of` has passed since `opened` (protocol.md 3.2.5).

    Counted in business time, but from `urgent_from` on, when the first vote for the gravest grade came in, on the wall
    clock.
    """
    calm = calendar.add_business_time(opened, fraction_of)
    if urgent_from is None or elapsed(urgent_from, calm) <= timedelta(0):
        return calm
    urgent = max(calendar.local(opened), calendar.local(urgent_from), key=datetime.timestamp)
    return later(urgent, fraction_of - calendar.business_time_between(opened, urgent))


def instant(text: str) -> datetime:
    """Read a timestamp as people and Jira write it; ValueError when it is none, or has no offset.

    RFC 3339 allows its letters to be small.
    """
    try:
        read = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        read = None
    if read is None or read.utcoffset() is None:
        raise ValueError(f"found {text!r}, expected a timestamp with its offset, such as 2026-11-25T15:00-05:00")
    return read


def _immediate(name: str, graded_at: datetime) -> Promise:
    due = graded_at.date()
    rule = Rule(
        "due_date", due.isoformat(), "R12, D9", f"the day of the grade in {graded_at.tzinfo}; no hour is stated"
    )
    return Promise(name, graded_at, None, None, None, due, (*_unstated(_DATES[:3], "R12, R13", _AT_ONCE), rule))


def _next_business_night(name: str, graded_at: datetime, calendar: Calendar) -> Promise:
    fix_day = _fix_day(graded_at, calendar)
    fix_by = calendar.closes_at(fix_day)
    release_day = calendar.next_business_day(fix_day)
    window = _night(release_day, calendar)
    due = window.end.date() if calendar.business.due_date == "window-end" else release_day
    rules = (_why_fixed(graded_at, fix_by, calendar), *_why_night(window, due, calendar.business))
    return Promise(name, graded_at, fix_by, window.start, window.end, due, rules)


def _fix_day(graded_at: datetime, calendar: Calendar) -> date:
    """ "That day" of R15: the day of the grade, or the next business day where that day's work is over (D5)."""
    day = graded_at.date()
    if calendar.is_business_day(day) and before(time.min, graded_at.time(), _cutoff(calendar.business)):
        return day
    return calendar.next_business_day(day)


def _cutoff(business: Business) -> time:
    """The cut-off, at the latest the end of business hours: after it nobody is presumed to work."""
    ends = [wall for wall in (business.same_day_cutoff, business.closes) if wall != END_OF_DAY]
    return min(ends, default=END_OF_DAY)


def _night(release_day: date, calendar: Calendar) -> Window:
    """The night of this business day: the one that begins on it, or the one that ends on it (D6)."""
    day = timedelta(days=1)
    first = release_day if calendar.business.overnight == "night-of" else release_day - day
    return Window(calendar.closes_at(first), calendar.opens_at(first + day))


def _why_fixed(graded_at: datetime, fix_by: datetime, calendar: Calendar) -> Rule:
    cutoff = _cutoff(calendar.business)
    clock = "24:00" if cutoff == END_OF_DAY else f"{cutoff:%H:%M}"
    if not calendar.is_business_day(graded_at.date()):
        words = "graded on a day that is no business day: fixed on the next one, by the end of business hours"
    elif before(time.min, graded_at.time(), cutoff):
        words = f"graded on a business day before {clock}: fixed that day, by the end of business hours"
    else:
        words = f"graded on a business day at or after {clock}: fixed on the next one, by the end of business hours"
    return Rule("fix_by", _printed(fix_by), "R15, D5", words)


def _why_night(window: Window, due: date, business: Business) -> tuple[Rule, ...]:
    edge = "begins on" if business.overnight == "night-of" else "ends on"
    night = f"the night that {edge} the business day after the one of the fix, outside business hours"
    day = "the date on which that night ends" if due == window.end.date() else "the business day on which it begins"
    return (
        Rule("window_start", _printed(window.start), "R16, D6", night),
        Rule(
            "window_end", _printed(window.end), "R16, D8", "where that night ends; from then on the promise is broken"
        ),
        Rule("due_date", _printed(due), "R16, D7", day),
    )


def _unstated(names: tuple[str, ...], clause: str, words: str) -> tuple[Rule, ...]:
    return tuple(Rule(name, None, clause, words) for name in names)


def _printed(value: date | datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
