"""The sweep: finds the tickets that are due for a look and hands them to the queue; it never touches one itself.

A full one asks Jira for everything that may be due (nomination.py); it runs at start, after Redis lost its memory,
every six hours and by hand. Those between ask only for what has changed (changes.py), and Redis for what has fallen
due. A search that fails does not keep the others from running, but the sweep then does not count as finished and is
tried again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from worker.errors import CannotDo, TryAgain
from worker.jira.site import Refused
from worker.look.context import Context
from worker.metrics import MISSED, SWEEPS, TALLY, timed
from worker.sweep import progress
from worker.sweep.changes import Changes
from worker.sweep.first_contacts import is_time_to_ask
from worker.sweep.gone_projects import GoneProjects
from worker.sweep.missed import Missed
from worker.sweep.nomination import Nomination
from worker.sweep.progress import Beginning, Progress
from worker.sweep.result import HELD, UNREAD, SweepResult

Searches = Mapping[str, Callable[[], None]]

log = structlog.get_logger()


def sweep(context: Context, now: datetime, *, dry_run: bool = False) -> SweepResult:
    """A full sweep: nominate what is due by now, and mark it.

    Raises:
        Unauthorized: Jira does not take the credentials. Whatever else fails stands in `SweepResult.incomplete`.
    """
    begins, before = progress.begin(context.store, now), progress.last(context.store)
    due = context.watchlist.fallen_due(now)
    missed = Missed.after(before, slack(context), due, now)
    nomination = Nomination(context, now, marks=not dry_run, missed=missed)
    if not dry_run:
        context.watchlist.ask_for_all()
    _run(nomination, {"projects": GoneProjects(context).look_again} if not dry_run else {})
    _run(nomination, nomination.searches())
    nomination.fallen_due()
    return _ended(nomination, begins, full=True)


def between(context: Context, now: datetime, before: Progress) -> SweepResult:
    """A sweep between full ones, after others that have come so far. Raises as above."""
    begins = progress.begin(context.store, now)
    holds = bool(context.store.exists(HELD))
    nomination = Nomination(context, now)
    nomination.fallen_due()
    changes = Changes(nomination, begins.since(before.began) + slack(context), holds)
    _run(nomination, {"changes": changes.nominate})
    if is_time_to_ask(context, now, news=bool(nomination.swept.due)):  # until the operator has settled it
        _run(nomination, {"open requests": lambda: nomination.requests(nomination.search_requests())})
    return _ended(nomination, begins, full=False)


def slack(context: Context) -> timedelta:
    """How much later than it happened a change may be found."""
    settings = context.settings
    return timedelta(seconds=settings.index_lag_seconds + settings.sweep_overlap_seconds)


def _run(nomination: Nomination, searches: Searches) -> None:
    for name, search in searches.items():
        try:
            search()
        except (TryAgain, Refused, CannotDo) as error:
            nomination.swept.incomplete[name] = error
            log.info("a search did not end", search=name, reason=str(error))


def _ended(nomination: Nomination, begins: Beginning, *, full: bool) -> SweepResult:
    """Says what was found, and remembers how far sweeps have come if this one came to its end."""
    swept, store = nomination.swept, nomination.context.store
    if nomination.marks:
        say(swept, full=full)
        if not swept.incomplete:
            progress.finished(store, begins, full=full, unread=swept.skipped[UNREAD] > 0, calls=swept.calls)
    return swept


def say(swept: SweepResult, *, full: bool) -> None:
    """One line in the log, and one about what should have been found before."""
    counts = {"looked_at": swept.looked_at, "due": len(swept.due), "held": swept.held_back, "calls": swept.calls}
    tell = log.info if full or swept.due or swept.incomplete else log.debug  # a poll that found nothing is no news
    tell("swept", full=full, **counts, skipped=swept.reasons, incomplete=list(swept.incomplete))
    if swept.missed:
        TALLY.add(MISSED, by=len(swept.missed))
        shown = dict(list(swept.missed.items())[:20])
        log.warning("a full sweep found what those before it had missed", many=len(swept.missed), issues=shown)


def whole(context: Context, now: datetime) -> SweepResult:
    """A sweep that counts, full or not as it is time.

    Raises:
        TryAgain: one of its searches did not end; what was found is marked all the same.
        Unauthorized: as above.
    """
    with timed(SWEEPS):
        swept = _as_it_is_time(context, now)
        swept.ensure_finished()
    return swept


def _as_it_is_time(context: Context, now: datetime) -> SweepResult:
    before = progress.last(context.store)
    if before is None or context.queue.resync_due() or before.wants_full(progress.begin(context.store, now)):
        return sweep(context, now)
    return between(context, now, before)
