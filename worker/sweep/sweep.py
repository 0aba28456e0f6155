"""The sweep: finds the tickets that are due for a look and hands them to the queue; it never touches one itself.

Three searches nominate (nomination.py): open evaluations, open requests, graded tickets whose record is due. A search
that fails does not keep the others from running, but the sweep then does not count as finished and is tried again.
"""

from datetime import datetime

import structlog

from worker.errors import CannotDo, TryAgain
from worker.jira.site import Refused
from worker.look.context import Context
from worker.metrics import SWEEPS, timed
from worker.sweep.nomination import Nomination
from worker.sweep.result import SweepResult

log = structlog.get_logger()


def sweep(context: Context, now: datetime, *, dry_run: bool = False) -> SweepResult:
    """Nominate what is due by now, and mark it.

    Raises:
        Unauthorized: Jira does not take the credentials. Whatever else fails stands in `Swept.incomplete`.
    """
    nomination = Nomination(context, now, marks=not dry_run)
    searches = {
        "open evaluations": nomination.evaluations,
        "open requests": nomination.requests,
        "graded tickets": nomination.graded,
    }
    for name, search in searches.items():
        try:
            search()
        except (TryAgain, Refused, CannotDo) as error:
            nomination.swept.incomplete[name] = error
            log.info("a search did not end", search=name, reason=str(error))
    if not dry_run:
        say(nomination.swept)
    return nomination.swept


def say(swept: SweepResult) -> None:
    """One line in the log."""
    counts = {"looked_at": swept.looked_at, "due": len(swept.due), "held": swept.held_back}
    log.info("swept", **counts, skipped=swept.reasons, incomplete=list(swept.incomplete))


def whole(context: Context, now: datetime) -> SweepResult:
    """A sweep that counts.

    Raises:
        TryAgain: one of its searches did not end; what was found is marked all the same.
        Unauthorized: as above.
    """
    with timed(SWEEPS):
        swept = sweep(context, now)
        swept.ensure_finished()
    return swept
