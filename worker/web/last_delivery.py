"""When a delivery was last taken in, and when one was last refused for its signature: two instants in Redis.

They are how `webhook register` and `doctor`, which run elsewhere, know whether Jira reaches the web process. They are
written at most once every few seconds and never waited for, so that intake stays as quick as it is; nothing else may
depend on them.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from worker.queue.async_store import AsyncStore
from worker.queue.store import Store, StoreError

KEY = "deliveries:last"
EVERY = 2.0
TAKEN, REFUSED = "taken", "refused"
EMPTY = "empty"
BY_RULE, RULE_REFUSED = "rule", "rule-refused"
MARKS = {
    "accepted": TAKEN,
    "not-for-us": TAKEN,
    "json": TAKEN,
    "signature": REFUSED,
    "no-body": EMPTY,
    "automation-accepted": BY_RULE,
    "automation-secret": RULE_REFUSED,
    "automation-json": RULE_REFUSED,
    "automation-no-issue": RULE_REFUSED,
}


class DeliveryMarks:
    """Remembers outcomes of deliveries, those of a few seconds together."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store
        self._new: dict[str, float] = {}
        self._writer: asyncio.Task[None] | None = None

    def __call__(self, outcome: str) -> None:
        """Remember that a delivery just had this outcome (as intake counts them); returns at once."""
        mark = MARKS.get(outcome)
        if mark is None:
            return
        self._new[mark] = time.time()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._new:
            new, self._new = self._new, {}
            with suppress(StoreError, OSError, TimeoutError):  # a mark less; the next delivery makes another
                await self._put(new)
            await asyncio.sleep(EVERY)

    async def _put(self, marks: dict[str, float]) -> None:
        pipe = self._store.pipeline(transaction=False)
        for mark, at in marks.items():
            pipe.hset(KEY, mark, at)
        await pipe.execute()


@dataclass(frozen=True, slots=True)
class Last:
    """By the web process's clock; None where it never happened since Redis knows.

    Attributes:
        taken: when a delivery with a right signature last came.
        refused: when one last came whose signature was missing or wrong.
        by_rule: when a rule of Jira Automation last named an issue.
        rule_refused: when a rule's request was last refused.
        empty: when a signed delivery last came without a body.
    """

    taken: datetime | None
    refused: datetime | None
    by_rule: datetime | None = None
    rule_refused: datetime | None = None
    empty: datetime | None = None


def last(store: Store) -> Last:
    """What the web processes heard last. Raises StoreError where Redis does not answer."""
    return Last(*map(_instant, store.hmget(KEY, [TAKEN, REFUSED, BY_RULE, RULE_REFUSED, EMPTY])))


def _instant(seconds: object) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(str(seconds)), UTC)
