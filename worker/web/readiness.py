"""GET /readyz: whether this system does its work, and if not, what is missing and what to do about it. No secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from worker.look.burst import HELD as BURST
from worker.queue.redis_trouble import Trouble, trouble
from worker.queue.redis_watch import probe
from worker.queue.retry_after import is_login_refused
from worker.queue.roster import Roster
from worker.queue.store import Store, StoreError
from worker.queue.workqueue import WorkQueue
from worker.sweep.result import HELD
from worker.threads import Once

MENDS = {
    "credentials": "Jira does not say who we are: check JIRA_URL, JIRA_USER and JIRA_TOKEN, and that Jira is up.",
    "sweep": "No sweep has finished within two periods: check that a worker runs, and look for 'look failed' or 'jira "
    "unreachable' in its log.",
    "first_contacts": "More old tickets than SWEEP_LIMIT, or new ones at once than BURST_LIMIT, are held back: see "
    "them with `escalation sweep --dry-run`, then `escalation adopt --since DATE`, or raise the limit.",
    "worker": "A worker starts over and over: its log says why ('celery gave up').",
}
NOT_KNOWN = {
    "worker": "Whether workers hold out is kept in Redis: mend that first.",
    "sweep": "When a sweep finished is kept in Redis: mend that first.",
    "first_contacts": "Whether tickets are held back is kept in Redis: mend that first.",
}


@dataclass(frozen=True, slots=True)
class Sweeps:
    """What is known of sweeps.

    Attributes:
        period: seconds between two.
        patience: seconds within which one must have ended.
        changes: says how changes come in, as of what Redis knows.
    """

    period: float = 300
    patience: float = 600
    changes: Callable[[Store], str] = lambda store: ""


class Works(Protocol):
    """What is known of our account at Jira."""

    @property
    def works(self) -> bool | None:
        """Whether the last question was answered; None before the first answer."""


class Readiness:
    """Whether Redis takes what we write, Jira our credentials; sweeps end, nothing is held back, workers hold out."""

    def __init__(self, queue: WorkQueue, account: Works, sweeps: Sweeps) -> None:
        self.queue, self.account, self.sweeps = queue, account, sweeps
        self._once = Once(self.checks)

    async def __call__(self, request: Request) -> Response:
        """Answer 200, or 503 and a sentence for each that is red."""
        checks, met, changes = await self._once()
        said = {"changes": changes} if changes else {}
        if all(checks.values()):
            return JSONResponse(checks | said)
        return JSONResponse({**checks, **said, "mend": mends(checks, met)}, 503)

    def checks(self) -> tuple[dict[str, bool], Trouble | None, str]:
        """Each of them, and why Redis cannot be used; what only Redis knows is then not well. Then how changes come
        in, "" where that is not known."""
        known, met, changes = dict.fromkeys(NOT_KNOWN, False), None, ""
        try:
            probe(self.queue.store)
            known, changes = self._known(), self.sweeps.changes(self.queue.store)
        except StoreError as error:
            met = trouble(error)
        works = bool(self.account.works) and known.pop("login", True)
        return {"redis": met is None, "credentials": works, **known}, met, changes

    def _known(self) -> dict[str, bool]:
        age, store = self.queue.sweep_age(), self.queue.store
        return {
            "sweep": age is not None and age <= self.sweeps.patience,
            "first_contacts": not store.exists(HELD, BURST),
            "worker": not Roster(store).starting_over(),
            "login": not is_login_refused(store),
        }


def mends(checks: dict[str, bool], met: Trouble | None) -> list[str]:
    """What to do about each that is red."""
    sentences = MENDS | NOT_KNOWN | {"redis": str(met)} if met else MENDS
    return [sentences[name] for name, well in checks.items() if not well]
