"""What one named ticket says to a release: the value alone, so that an answer off-hours needs nothing else of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["ship", "wait", "cannot-tell"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What one named ticket says to a release in business hours: ship, wait or cannot tell, and why."""

    key: str
    verdict: Verdict
    reason_code: str
    reason: str
    grade: str | None = None
    decided_at: datetime | None = None


def cannot_tell(key: str, code: str, reason: str) -> Judged:
    """A ticket of which nothing is known; never a reason to ship."""
    return Judged(key, "cannot-tell", code, reason)
