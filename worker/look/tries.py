"""Where it is remembered what was tried (escalation/plan/tries.py): in Redis, and in this process should that be lost.

The record in Jira is the third place, and may be lost as well. Each is believed as far as it goes, so that a loss costs
two tries more at most, and only where all of them are lost at once. Nothing here holds a text of a person.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, cast

from worker.escalation.facts.record import Try
from worker.jira.write import Memories
from worker.queue.store import Store, StoreError

KEPT_SECONDS = 30 * 24 * 3600
MOST_TICKETS = 1_000


class Own:
    """The memory of one process, of the tickets that it wrote to last."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, dict[str, Try]] = OrderedDict()

    def of(self, ticket: str) -> Memories:
        """As above."""
        return (self._tickets.get(ticket, {}),)

    def note(self, ticket: str, tries: Mapping[str, Try]) -> None:
        """As above."""
        self._tickets.setdefault(ticket, {}).update(tries)
        self._tickets.move_to_end(ticket)
        while len(self._tickets) > MOST_TICKETS:
            self._tickets.popitem(last=False)


class Tries:
    """The memory of all workers, in Redis under a prefix, beside this process' own."""

    def __init__(self, store: Store, prefix: str = "tries:") -> None:
        self._store = store
        self._prefix = prefix
        self._own = Own()

    def of(self, ticket: str) -> Memories:
        """As above. Raises StoreError where Redis does not answer."""
        found = cast(dict[str, str], self._store.hgetall(self._prefix + ticket))
        return ({key: _read(text) for key, text in found.items()}, *self._own.of(ticket))

    def note(self, ticket: str, tries: Mapping[str, Try]) -> None:
        """As above; where Redis does not answer, this process remembers it alone."""
        self._own.note(ticket, tries)
        pipe = self._store.pipeline(transaction=False)
        pipe.hset(self._prefix + ticket, mapping={key: json.dumps(asdict(each)) for key, each in tries.items()})
        pipe.expire(self._prefix + ticket, KEPT_SECONDS)
        with suppress(StoreError):
            pipe.execute()


def _read(text: str) -> Try:
    value: dict[str, Any] = json.loads(text)
    return Try(**value)
