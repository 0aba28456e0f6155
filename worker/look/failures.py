"""What a person has to mend, ticket by ticket: the list behind `escalation failures`.

What failed inside a look stands in the ticket's own record, in Jira; this list in Redis is only the way to find it, and
is filled again by the next looks after a loss. It holds no ticket text and no secret.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.queue.store import Store

if TYPE_CHECKING:
    from worker.escalation.facts.record import Failure

RETRY_ASKED_SECONDS = 3_600
PROJECT = "project:"
"""What stands before the key of a project among the ids of tickets: it is not searched (sweep/gone_projects.py)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One thing that could not be done for a ticket: which step, what is wrong, what mends it."""

    step: str
    what: str
    mend: str


class Failures:
    """The list, kept in Redis under a prefix."""

    def __init__(self, store: Store, prefix: str = "failures:") -> None:
        self._store = store
        self._all = f"{prefix}all"

    def note(self, id: str, key: str, failed: "Iterable[Failed | Failure]") -> None:
        """Replaces what is listed for a ticket; nothing failed takes it off the list."""
        entries = [{"step": each.step, "what": each.what, "mend": each.mend} for each in failed]
        if entries:
            self._store.hset(self._all, id, json.dumps({"key": key, "failed": entries}))
        else:
            self._store.hdel(self._all, id)

    def drop(self, id: str) -> bool:
        """Takes a ticket off the list; False if it was not on it."""
        return bool(self._store.hdel(self._all, id))

    def has(self, id: str) -> bool:
        """Whether a ticket is on the list."""
        return bool(self._store.hexists(self._all, id))

    def listed(self) -> Mapping[str, tuple[str, tuple[Failed, ...]]]:
        """Every ticket on the list: id, then key and what failed."""
        found: dict[str, str] = self._store.hgetall(self._all)  # type: ignore[assignment]
        return {id: _entry(json.loads(text)) for id, text in found.items()}


def is_project(id: str) -> bool:
    """Whether what stands under that id among the failures is a project, not a ticket."""
    return id.startswith(PROJECT)


def _entry(value: dict[str, object]) -> tuple[str, tuple[Failed, ...]]:
    failed = value["failed"]
    assert isinstance(failed, list)
    return str(value["key"]), tuple(Failed(**each) for each in failed)
