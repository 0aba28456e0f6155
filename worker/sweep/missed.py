"""What a full sweep finds that the sweeps between full ones should have found before it. It should be nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.jira.search import Candidate
from worker.sweep.progress import Progress

LONGEST = timedelta(days=1)  # after a longer rest Redis no longer knows what was seen before it


@dataclass(frozen=True, slots=True)
class Missed:
    """Knows what was asked for before this sweep.

    Attributes:
        since: when the last full sweep began; None where there was none, or too long ago.
        until: when the last sweep of any kind began.
        slack: how much later than that a change may be found.
        due: the tickets that Redis knows to have fallen due.
    """

    since: datetime | None = None
    until: datetime | None = None
    slack: timedelta = timedelta(0)
    due: Collection[str] = frozenset()

    @classmethod
    def after(cls, progress: Progress | None, slack: timedelta, due: Collection[str], now: datetime) -> "Missed":
        """What can be said after sweeps that have come so far."""
        if progress is None or now - progress.began.now > LONGEST:
            return cls()
        return cls(progress.full.now, progress.began.now, slack, frozenset(due))

    @property
    def is_known(self) -> bool:
        """Whether anything can be said."""
        return self.since is not None and self.until is not None

    def is_missed(self, changed_at: float) -> bool:
        """Whether a change that nobody has seen should have been seen by the last sweep."""
        if self.since is None or self.until is None:
            return False
        return self.since.timestamp() < changed_at < (self.until - self.slack).timestamp()

    def is_asked_for(self, changed_at: float) -> bool:
        """Whether a change that nobody has seen happened since the last full sweep, or shortly before."""
        return self.since is not None and (self.since - self.slack).timestamp() < changed_at

    def by_the_clock(self, wanted: Mapping[str, datetime]) -> dict[str, str]:
        """Those of these tickets, with when each wants a look, that have fallen due and Redis has forgotten."""
        until = self.until
        if until is None:
            return {}
        return {id: "due" for id, at in wanted.items() if at < until and id not in self.due}


def stamps(candidates: Sequence[Candidate]) -> dict[str, float]:
    """When each was changed last, in seconds since the epoch; without those of which Jira does not say."""
    found = {each.id: each.changed_at for each in candidates}
    return {id: at.timestamp() for id, at in found.items() if at}
