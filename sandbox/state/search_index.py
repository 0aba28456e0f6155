"""The search index, which lags: a search sees every issue as it was `lag` seconds ago.

Reading by key is always fresh. The index must never be asked when something is to be decided; that is its point.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sandbox.state.model import Issue

Version = tuple[datetime, Issue]


class Index:
    """Pictures of issues, each visible from an instant on."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.lag = 0.0
        """Seconds on the sandbox's clock until a change can be found."""
        self._versions: dict[str, list[Version]] = {}

    def put(self, issue: Issue) -> None:
        now = self._now()
        known = self._versions.setdefault(issue.id, [])
        known.append((now + timedelta(seconds=self.lag), issue.picture()))
        self._versions[issue.id] = _needed(known, now)

    def drop(self, issue_id: str) -> None:
        self._versions.pop(issue_id, None)

    def catch_up(self) -> None:
        """Everything written so far can be found from now on."""
        now = self._now()
        self._versions = {key: [(now, known[-1][1])] for key, known in self._versions.items()}

    def seen(self) -> Iterable[Issue]:
        """Every issue that can be found now, as the index knows it."""
        now = self._now()
        for known in self._versions.values():
            visible = [issue for since, issue in known if since <= now]
            if visible:
                yield visible[-1]


def _needed(known: list[Version], now: datetime) -> list[Version]:
    """The newest visible picture and all that are still to come."""
    visible = sum(since <= now for since, _ in known)
    return known[max(0, visible - 1) :]
