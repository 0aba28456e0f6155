"""An override of the release gate: for which tickets, why, by whom, until when.

A plain value; who may grant one, and where it is kept, is not decided here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Override:
    """Lets the fixes of these tickets be released from `granted_at` until before `until`, whatever else holds."""

    id: str
    issues: tuple[str, ...]
    reason: str
    by: str
    granted_at: datetime
    until: datetime

    def covers(self, key: str, start: datetime, end: datetime) -> bool:
        """Whether a release for this ticket from `start` to `end` lies within it."""
        return key in self.issues and self.granted_at <= start < self.until and end <= self.until

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at that instant."""
        return self.granted_at <= at < self.until

    def to_json(self) -> dict[str, Any]:
        """As it is kept, listed and answered: RFC 3339 instants."""
        instants = {name: getattr(self, name).isoformat(timespec="seconds") for name in ("granted_at", "until")}
        return {"id": self.id, "issues": list(self.issues), "reason": self.reason, "by": self.by, **instants}


def from_json(value: dict[str, Any]) -> Override:
    """The override in that JSON; KeyError, TypeError or ValueError where it is none."""
    granted_at, until = (datetime.fromisoformat(value[name]) for name in ("granted_at", "until"))
    if granted_at.utcoffset() is None or until.utcoffset() is None:
        raise ValueError("an instant without an offset")
    issues = tuple(str(key) for key in value["issues"])
    return Override(str(value["id"]), issues, str(value["reason"]), str(value["by"]), granted_at, until)
