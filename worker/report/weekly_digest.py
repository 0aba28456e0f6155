"""The weekly digest: once a week, the report's figures in a few lines, for the log and for notification targets.

Told on Monday from 09:00 on, in the protocol's zone, and within a day or not at all, so that a Redis that lost its
memory repeats it on that day at most. It is for colleagues, never for Jira or a client, and names seats, not people.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import structlog

from worker.escalation.dates.calendar import Calendar, elapsed
from worker.escalation.plan.alert import Alert
from worker.escalation.views.outcomes import Standing
from worker.look.context import Context
from worker.report.figures import Figures, figures, week_of
from worker.report.phrases import span
from worker.report.reading import read

HOUR = time(9)
WITHIN = timedelta(hours=24)
TOLD_SECONDS = 14 * 86_400
NAMED = 10

log = structlog.get_logger()

Tell = Callable[[Sequence[Alert]], None]


def weekly(context: Context, now: datetime, tell: Tell) -> None:
    """Tells the digest if it is due at `now` and was not told this week; `tell` takes it in for the targets.

    Raises:
        TryAgain, Unauthorized: Jira cannot be asked now; the next call tells it.
    """
    due = due_at(context, now)
    week = week_of(due, context.protocol.zone)
    told = f"digest:{week}"
    if not timedelta(0) <= elapsed(due, now) < WITHIN or context.store.exists(told):
        return
    since = due - timedelta(days=7)  # on the wall clock: 09:00 to 09:00, whatever the clocks did
    found = figures(read(context.site, context.protocol, since), context.protocol, since, now)
    if context.store.set(told, 1, nx=True, ex=TOLD_SECONDS):
        for section in sections(found):
            log.info("digest", **section)
        tell([Alert("digest", f"digest {week}", words=words(found))])


def due_at(context: Context, now: datetime) -> datetime:
    """Monday 09:00 of the week that `now` is in."""
    local = Calendar.of(context.protocol).local(now)
    monday = local.date() - timedelta(days=local.weekday())
    return datetime.combine(monday, HOUR, context.protocol.zone)


def sections(found: Figures) -> Iterator[dict[str, Any]]:
    """What the log gets, a line each: counts and keys."""
    total = found.total
    median = int(total.median.total_seconds()) if total.median is not None else None
    yield {"section": "grades", "graded": total.graded, "median_seconds": median}
    yield {"section": "promises", "kept": total.kept, "broken": total.broken, "open": total.open}
    for name, keys in _keys(found):
        yield {"section": name, "count": len(keys), "tickets": ", ".join(keys[:NAMED])}


def _keys(found: Figures) -> Iterator[tuple[str, list[str]]]:
    yield "broken", _once(each.key for each in found.breaches)
    yield "at risk", _once(each.key for each in found.at_risk)
    yield "stalled", list(found.stalled)
    yield "waiting", _once(each.key for each in found.waiting)
    yield "client not told", _once(each.key for each in found.untold)
    yield "graded and open", _once(each.key for each in found.graded_open)
    yield "ended without a grade", [key for _, keys in found.ended for key in keys]


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def words(found: Figures) -> str:
    """The digest as a notification: a few short lines."""
    total = found.total
    median = f", median time to grade {span(total.median)}" if total.timed else ""
    lines = [
        f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}: {total.graded} graded{median}.",
        f"Promises: {total.kept} kept, {total.broken} broken, {total.open} open.",
        *(f"{name.capitalize()}: {_some(keys)}." for name, keys in _keys(found) if keys and name not in _TOLD_BELOW),
        *_waiting(found),
        *_oldest(found.graded_open, found.until),
    ]
    return "\n".join(lines)


_TOLD_BELOW = ("waiting", "graded and open")


def _waiting(found: Figures) -> Iterator[str]:
    """Who waits for whom, by seats, and how long by now."""
    tickets = _once(each.key for each in found.waiting)
    waits = [(key, [each for each in found.waiting if each.key == key]) for key in tickets]
    named = [
        f"{key} for {', '.join(each.seat for each in seats)} ({span(elapsed(seats[0].since, found.until))})"
        for key, seats in waits
    ]
    if named:
        yield f"Waiting: {_some(named)}."


def _oldest(graded_open: Sequence[Standing], until: datetime) -> Iterator[str]:
    """The graded tickets that are still open, the oldest named."""
    named = [f"{each.key} ({each.grade}, {span(elapsed(each.graded_at, until))})" for each in graded_open]
    if named:
        yield f"Graded and open: {len(named)}, oldest first {_some(named)}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
