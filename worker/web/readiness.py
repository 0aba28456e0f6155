"""GET /readyz: whether this system does its work, and if not, what is missing and what to do about it. No secrets."""

from dataclasses import dataclass
from typing import Protocol

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from worker.queue.workqueue import WorkQueue
from worker.sweep.result import HELD

MENDS = {
    "redis": "Redis does not answer: check REDIS_URL and that its server runs.",
    "credentials": "Jira does not say who we are: check JIRA_URL, JIRA_USER and JIRA_TOKEN, and that Jira is up.",
    "sweep": "No sweep has finished within two periods: check that a worker runs, and look for 'look failed' or 'jira "
    "unreachable' in its log.",
    "first_contacts": "More old tickets than SWEEP_LIMIT are held back: see them with `escalation sweep --dry-run`, "
    "then `escalation adopt --since DATE`, or raise SWEEP_LIMIT.",
}
NOT_KNOWN = {
    "sweep": "When a sweep finished is kept in Redis: mend that first.",
    "first_contacts": "Whether tickets are held back is kept in Redis: mend that first.",
}


class Works(Protocol):
    """What is known of our account at Jira."""

    @property
    def works(self) -> bool | None:
        """Whether the last question was answered; None before the first answer."""


@dataclass(frozen=True)
class Readiness:
    """Whether Redis answers, Jira takes our credentials, a sweep finished within two periods, nothing is held back."""

    queue: WorkQueue
    account: Works
    sweep_seconds: float

    async def __call__(self, request: Request) -> Response:
        """Answer 200, or 503 and a sentence for each that is red."""
        checks = await run_in_threadpool(self.checks)
        if all(checks.values()):
            return JSONResponse(checks)
        return JSONResponse({**checks, "mend": mends(checks)}, 503)

    def checks(self) -> dict[str, bool]:
        """Each of them; what only Redis knows is not well while Redis is away."""
        try:
            age, held, answers = self.queue.sweep_age(), self.queue.store.exists(HELD), True
        except RedisError:
            age, held, answers = None, True, False
        swept = age is not None and age <= 2 * self.sweep_seconds
        return {
            "redis": answers,
            "credentials": bool(self.account.works),
            "sweep": swept,
            "first_contacts": not held,
        }


def mends(checks: dict[str, bool]) -> list[str]:
    """What to do about each that is red."""
    sentences = MENDS if checks["redis"] else MENDS | NOT_KNOWN
    return [sentences[name] for name, well in checks.items() if not well]
