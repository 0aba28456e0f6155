"""What the report is made of, as read from Jira: tickets with their records, and whom open rounds wait for."""

from dataclasses import dataclass
from datetime import datetime

from worker.escalation.record import Record


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the report reads of a ticket; `labels` in lower case, `resolved_at` None while it is open."""

    key: str
    project: str
    record: Record
    labels: frozenset[str] = frozenset()
    done: bool = False
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open evaluation: a round waits for this seat, and `person` holds it ("" nobody)."""

    key: str
    evaluation: str
    round: int
    seat: str
    person: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read; `unreadable` issues were found but could not be read."""

    tickets: tuple[Ticket, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unreadable: int = 0
