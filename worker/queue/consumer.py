"""One turn at one ticket: claim it, look, give it back; and how long to leave it alone when the look failed.

Everything that goes wrong in a look ends here: the failures the worker expects become a pause, anything else is
logged loudly and becomes a pause too, because a bug in one ticket's look must never take the others down with it.
"""

import random
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Protocol, TypeAlias

import structlog
from redis.exceptions import RedisError

from worker import clock
from worker.errors import EscalationError, NotOurs, TryAgain, Unauthorized
from worker.queue import memory
from worker.queue.outage import Outage, is_jiras
from worker.queue.redis_trouble import trouble
from worker.queue.workqueue import Lease, WorkQueue

LONGEST_PAUSE = 300.0
FIRST_MINUTE = 60.0

log = structlog.get_logger()

MOMENT = 1.0  # seconds: so long others may have to wait for a worker's only thread, and its end for a look to begin


class Looked(Protocol):
    """What a look gives back, as far as its turn has to know it."""

    @property
    def look_again_at(self) -> datetime | None:
        """When to look again without being asked; None for not at all."""


Look: TypeAlias = Callable[[str, Lease, datetime], Looked | None]


def answer(queue: WorkQueue, id: str, look: Look, outage: Outage | None = None) -> None:
    """Answer one doorbell for `id`, and then those that wait, for a moment: to carry one costs Celery more than most
    looks cost."""
    until, bell = monotonic() + MOMENT, id
    while bell:
        take(queue, bell, look, outage)
        bell = (queue.next_bell() or "") if monotonic() < until else ""


def take(queue: WorkQueue, id: str, look: Look, outage: Outage | None = None) -> bool:
    """Answer one doorbell for `id`. False where there was nothing to do: a late or doubled bell."""
    lease = _claim(queue, id)
    if lease is None:
        return False
    with structlog.contextvars.bound_contextvars(issue=id, trace=lease.trace):
        result = spend(queue, lease, look)
        _log(result, lease.attempts + 1)
        if outage:  # after the ticket was given back, so that whoever ends the outage finds it among those that wait
            outage.heed(result)
    return True


def _claim(queue: WorkQueue, id: str) -> Lease | None:
    try:
        return queue.claim(id)
    except RedisError as error:
        if not memory.mend(queue, error):
            raise
        return None


def spend(queue: WorkQueue, lease: Lease, look: Look) -> Looked | Exception | None:
    """Look under a lease and give it back; gives what the look came to, be it the exception that ended it."""
    result: Looked | Exception | None
    try:
        result = look(lease.id, lease, clock.now())
    except Exception as failure:
        result = failure
        memory.mend(queue, failure)
    _release(queue, lease, result)
    return result


def _log(result: object, attempts: int) -> None:
    if isinstance(result, EscalationError) and not isinstance(result, NotOurs):
        say = log.info if is_jiras(result) else log.warning
        say("look failed", failure=type(result).__name__, reason=str(result), attempts=attempts)
    elif isinstance(result, Exception) and not isinstance(result, NotOurs):
        log.error("look met a bug", exc_info=result, attempts=attempts)


def _release(queue: WorkQueue, lease: Lease, result: Looked | Exception | None) -> None:
    try:
        if isinstance(result, NotOurs):
            queue.done(lease)
        elif isinstance(result, Exception):
            barred = isinstance(result, TryAgain | Unauthorized)
            progressed = getattr(result, "progressed", False)
            queue.failed(lease, pause_after(result, lease), progressed=progressed, barred=barred)
        else:
            queue.done(lease, _again_in(result))
    except RedisError as error:  # the lease ends by itself and the ticket is looked at once more
        log.warning("lease could not be given back", reason=trouble(error).found)


def _again_in(result: Looked | None) -> float | None:
    if result is None or result.look_again_at is None:
        return None
    return (result.look_again_at - clock.now()).total_seconds()


def pause_after(failure: Exception, lease: Lease, chance: Callable[[], float] = random.random) -> float:
    """Seconds to leave a ticket alone after `failure` (design.md §4, "Pace").

    It grows with the time for which looks have failed without getting anything done: half of it, which makes each
    pause half as long again as the last. What Jira itself asked for (`TryAgain.after`) is the least.
    """
    fresh = getattr(failure, "progressed", False)
    unreachable = isinstance(failure, TryAgain) and failure.unreachable
    pause = _grown(0.0 if fresh else lease.failing_for, unreachable) * (1 - 0.2 * chance())
    asked = (failure.after or 0.0) if isinstance(failure, TryAgain) else 0.0
    return max(pause, asked * (1 + 0.1 * chance()))


def _grown(failing_for: float, unreachable: bool) -> float:
    longest = 2.0 if unreachable and failing_for < FIRST_MINUTE else LONGEST_PAUSE
    return min(longest, max(1.0, failing_for / 2))
