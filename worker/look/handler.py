"""A worker's turn at one ticket: look at it, and keep the list of failures and the queue's memory up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import structlog

from worker.errors import CannotDo, EscalationError, HeldBack, LeaseLost, NotOurs, Unauthorized
from worker.escalation.facts.model import Escalation
from worker.jira.answers import NotJira
from worker.jira.read import Elsewhere
from worker.jira.site import counted
from worker.look.at_rest import Rest, noted, rest
from worker.look.context import Context
from worker.look.failures import Failed
from worker.look.reconciler import Outcome
from worker.metrics import LOOKS, timed
from worker.queue.workqueue import Lease

log = structlog.get_logger()

UNREADABLE = "A webhook named this ticket, and our account may not read it, or it is gone."
UNREADABLE_MEND = (
    "Give our account Browse Projects in its project, and its issue security level; if it was deleted, run "
    "`escalation failures drop` with this id."
)
PATIENCE = 600.0
OTHERS_MEND = "Look at what stands between us and Jira: a proxy or a firewall may refuse this one call."


def look(context: Context, id: str, lease: Lease, now: datetime) -> Outcome | Rest | None:
    """A worker's look at the issue it has claimed; an evaluation only passes the hint on to its ticket, and a key to
    its id, which is what tickets are queued and leased by.

    Raises:
        TryAgain, Unauthorized, CannotDo, LeaseLost: the queue then waits before the next look.
    """
    with timed(LOOKS):
        try:
            outcome = _look(context, id, lease, now)
            lease.check()
        except LeaseLost:  # two may have looked at once: what both have written is looked over once more
            context.queue.mark([id], trace=lease.trace)
            raise
        return outcome


def _look(context: Context, id: str, lease: Lease, now: datetime) -> Outcome | Rest | None:
    if not id.isdecimal():  # all that a rule of Jira Automation has told
        _by_key(context, id)
        return None
    try:
        with _awake_if_it_fails(context, id):
            return _glance(context, id, lease, now)
    except Elsewhere as error:
        context.failures.drop(id)
        context.queue.mark([error.ticket], trace=lease.trace)
        return None
    except NotOurs as error:
        if not _is_withheld(context, id, error):
            context.failures.drop(id)
        context.board.forget(id)
        _watch_for(context, id, error, now)
        if isinstance(error, HeldBack):
            words = "No round opened: too many asked at once, and an operator decides (`escalation adopt`)."
            context.trails.refused(id, words, now, lease.trace, key=error.key)
        else:
            context.trails.forget(id)
        raise
    except EscalationError as error:
        if isinstance(error, CannotDo | Unauthorized):
            _note_failed(context, id, error)
            context.trails.refused(id, f"Look given up: {_sentence(error)}", now, lease.trace)
        if isinstance(error, NotJira) and lease.barred_for >= PATIENCE:
            context.failures.note(id, id, [Failed("look", f"A look fails again and again: {error}.", OTHERS_MEND)])
        if lease.retry and not isinstance(
            error, CannotDo
        ):  # somebody mended something and asked: that look is still to come
            context.queue.ask_retry(id)
        raise
    except Exception as bug:
        mend = "This is a mistake in the worker; its log tells more."
        context.failures.note(id, id, [Failed("look", f"A look failed with {type(bug).__name__}.", mend)])
        raise


@contextmanager
def _awake_if_it_fails(context: Context, id: str) -> Iterator[None]:
    """A look that fails may leave words on the list, or take a ticket off the board, which only a whole look undoes."""
    try:
        yield
    except Exception:
        context.queue.end_rest(id)
        raise


def _glance(context: Context, id: str, lease: Lease, now: datetime) -> Outcome | Rest:
    """The look itself; what is shown as it was when nothing was to be done needs no more than that."""
    with counted() as calls:
        shown = context.reconciler.show(id, lease.relatives)
        print = context.reconciler.prints.of(shown)
        found = rest(lease.rest, print, now)
        if found and not lease.retry and not context.settings.dry_run:
            return found
        first, may_open = len(calls), partial(_may_open, context, now)
        outcome = context.reconciler.look(id, now, lease.check, retry=lease.retry, may_open=may_open, shown=shown)
    rests = len(calls) == first and context.rests(outcome)  # else there is more to a look than what was shown first
    left = noted(print, outcome.look_again_at) if rests else ""
    context.seen(outcome, now, trace=lease.trace, calls=len(calls), rest=left)
    return outcome


def _is_withheld(context: Context, id: str, error: NotOurs) -> bool:
    """Whether a webhook has told us of a ticket that we may not read: said once, in the log and on the list. One that
    was deleted is gone, and nothing is said of it."""
    if isinstance(error, HeldBack) or not context.queue.was_asked_for(id) or _was_deleted(context, id):
        return False
    _say_withheld(context, id)
    return True


def _was_deleted(context: Context, id: str) -> bool:
    return context.queue.was_deleted(urlsplit(context.settings.jira_url or "").netloc, id)


def _watch_for(context: Context, id: str, error: NotOurs, now: datetime) -> None:
    """A permission that is lost for a while must not stop the clock of a round."""
    if isinstance(error, HeldBack) or _was_deleted(context, id):
        context.watchlist.forget(id)
    else:
        context.watchlist.not_shown(id, now)


def _say_withheld(context: Context, id: str) -> None:
    if not context.failures.has(id):
        log.warning("may not be read", ticket=id, mend=UNREADABLE_MEND)
    context.failures.note(id, id, [Failed("look", UNREADABLE, UNREADABLE_MEND)])


def _by_key(context: Context, key: str) -> None:
    """Takes on what was named by its key, under its id."""
    try:
        id = context.reconciler.id_of(key)
    except NotOurs:
        _say_withheld(context, key)
        raise
    context.failures.drop(key)
    context.queue.name([id])


def _sentence(error: EscalationError) -> str:
    words = f"{error.what} {error.mend}" if isinstance(error, CannotDo) else f"{error}."
    return words[:1].lower() + words[1:]


def _may_open(context: Context, now: datetime, ticket: Escalation) -> bool:
    """Whether its first round may open: one that no webhook has named was counted by the sweep that found it."""
    if not context.queue.was_named([ticket.id]):
        return True
    return context.burst.may_open(ticket.id, ticket.key, now, context.tell)


def _note_failed(context: Context, id: str, error: CannotDo | Unauthorized) -> None:
    mend = error.mend if isinstance(error, CannotDo) else "Check JIRA_USER and JIRA_TOKEN."
    what = error.what if isinstance(error, CannotDo) else "Jira does not accept the credentials (401)."
    context.failures.note(id, id, [Failed("look", what, mend)])
