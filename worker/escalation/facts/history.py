"""What Jira's own history tells of a ticket: every change of its labels, of being done, and of its project.

Nobody can edit it, so this is what a record is held against. Labels are in lower case, because they are compared so.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Somebody changed the labels: who, when, and which labels there were before and after."""

    by: str
    at: datetime
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    @property
    def added(self) -> frozenset[str]:
        """The labels that were put on."""
        return self.after - self.before

    def begins(self, any_of: Collection[str]) -> bool:
        """Whether the ticket carries one of these since this change, and carried none before."""
        return bool(self.after.intersection(any_of)) and not self.before.intersection(any_of)

    def ends(self, any_of: Collection[str]) -> bool:
        """Whether the ticket carries none of these since this change, and carried one before."""
        return bool(self.before.intersection(any_of)) and not self.after.intersection(any_of)


@dataclass(frozen=True, slots=True)
class Turn:
    """The ticket came into a status that is `done`, or into one that is not, by whom ("": nobody knows)."""

    at: datetime
    done: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """The ticket was moved, and got another key: from `before` to `after`."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class History:
    """All of it, oldest first."""

    labels: tuple[LabelChange, ...] = ()
    turns: tuple[Turn, ...] = ()
    moves: tuple[Move, ...] = ()

    def project_at(self, instant: datetime, now: str) -> str:
        """The key of the project in which the ticket was at that instant; it is in `now`."""
        later = next((move for move in self.moves if move.at > instant), None)
        return project_of(later.before) if later else now

    def ended_turns(self) -> Iterator[tuple[datetime, datetime]]:
        """Each time that the ticket was done and then opened again: from when to when."""
        since: datetime | None = None
        for turn in self.turns:
            if turn.done:
                since = since or turn.at
            elif since:
                yield since, turn.at
                since = None

    def last_put(self, any_of: Collection[str], until: datetime | None = None) -> datetime | None:
        """When one of these labels was put on last (until that instant) while there was none; None where the history
        does not tell."""
        puts = (change.at for change in self.labels if change.begins(any_of))
        return max((at for at in puts if until is None or at <= until), default=None)


def project_of(key: str) -> str:
    """The project in a ticket's key."""
    return key.rpartition("-")[0]
