"""How long a ticket is left alone after a look at it failed; the pauses grow only while looks make no progress."""

import random
from collections.abc import Callable

from worker.errors import TryAgain
from worker.queue.workqueue import Lease

LONGEST_PAUSE = 300.0
FIRST_MINUTE = 60.0


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
