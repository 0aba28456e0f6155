"""What the report is made of, as read from Jira: tickets with their records, and those whose panel is being asked."""

from dataclasses import dataclass
from datetime import datetime

from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import Record


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
class Facts:
    """All that was read; `asked` are the tickets with an open evaluation, whole; `unreadable` issues were found but
    could not be read."""

    tickets: tuple[Ticket, ...] = ()
    asked: tuple[Escalation, ...] = ()
    unreadable: int = 0
