"""Guarantees broken on purpose, by name: each shows that a suite turns red when the product breaks its promise.

Only the workers of these tests read this; the product has no such switch.
"""

from collections.abc import Callable

from worker.escalation.plan import plan
from worker.escalation.texts import wording
from worker.jira import site
from worker.queue import workqueue


def commit(name: str) -> None:
    """Breaks what `name` says; "" breaks nothing."""
    if name:
        ACTS[name]()


def _says_everything_again() -> None:
    """What stands in Jira is not asked; only the record remembers what was said, and doubles stay."""
    wording.says = lambda comment, document: False
    plan.remove_doubles = lambda draft: None


def _writes_without_a_lease() -> None:
    """A worker goes on writing after its ticket was taken over."""
    workqueue.Lease.check = lambda lease: None


def _forgets_pauses() -> None:
    """Retry-After is heard and not kept."""
    site.Site._keep_pause = lambda self, scopes: None


def _keeps_pauses_to_itself() -> None:
    """The worker that was told to wait does, the others never hear of it."""
    site.Site._pause = lambda self, scope, seconds, reason: self._own.pause(scope, seconds)


def _never_takes_over() -> None:
    """A dead worker's ticket stays his."""
    whole = workqueue.text
    workqueue.text = lambda name: whole(name).replace("due('held', now)", "{}")


ACTS: dict[str, Callable[[], None]] = {
    "says everything again": _says_everything_again,
    "writes without a lease": _writes_without_a_lease,
    "forgets pauses": _forgets_pauses,
    "keeps pauses to itself": _keeps_pauses_to_itself,
    "never takes over": _never_takes_over,
}
