"""Overrides of the release gate, kept in Redis until they end. They are granted in granting.py.

Losing Redis loses the overrides, which only shuts the gate again; what was granted stands in the notes on the tickets
and in the log. Asking for overrides never writes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from worker.escalation.dates.calendar import elapsed
from worker.escalation.release.override import Override, from_json
from worker.queue.store import Store, StoreError

REMEMBERED, MOST_REMEMBERED = timedelta(days=400), 500


class Overrides:
    """The overrides in Redis, under one key that ends with the last of them, and under another what was granted."""

    def __init__(self, store: Store, key: str = "gate:overrides") -> None:
        self._store = store
        self._key = key
        self._past = f"{key}:past"

    def listed(self, at: datetime) -> tuple[Override, ...]:
        """Those in force at that instant, the first to end first; StoreError where Redis does not answer."""
        kept = cast(Mapping[str, str], self._store.hgetall(self._key))
        found = (override for text in kept.values() if (override := _read(text)))
        return tuple(sorted((each for each in found if each.in_force(at)), key=lambda each: each.until))

    def known(self, at: datetime) -> tuple[Override, ...]:
        """The same, and none where Redis does not answer: without it there is no override."""
        try:
            return self.listed(at)
        except (StoreError, OSError) as error:
            from worker.queue.redis_watch import SAID  # noqa: PLC0415 - a command that lists them logs nothing

            SAID.failed(error)
            return ()

    def keep(self, override: Override) -> Override | None:
        """Keeps it until it ends; gives the one in force where the same was granted before, None where it is new."""
        ended = [
            id for id, text in self._all().items() if not (kept := _read(text)) or kept.until <= override.granted_at
        ]
        if ended:
            self._store.hdel(self._key, *ended)
        told = json.dumps(override.to_json())
        if not self._store.hsetnx(self._key, override.id, told):
            before = _read(str(self._store.hget(self._key, override.id)))
            if before and before.in_force(override.granted_at):
                return before
            self._store.hset(self._key, override.id, told)  # what does not hold now was granted to nobody
        ends = [kept.until for text in self._all().values() if (kept := _read(text))]
        last = elapsed(override.granted_at, max([override.until, *ends]))
        self._store.expire(self._key, last + timedelta(seconds=1))
        self._remember(told, override.granted_at)
        return None

    def _remember(self, told: str, at: datetime) -> None:
        """For the report, long after it has ended; so many of the latest."""
        self._store.zadd(self._past, {told: at.timestamp()})
        self._store.zremrangebyrank(self._past, 0, -1 - MOST_REMEMBERED)
        self._store.expire(self._past, REMEMBERED)

    def granted(self, since: datetime) -> tuple[Override, ...]:
        """Those that were granted since that instant, as far as they are remembered, the first first; StoreError where
        Redis does not answer."""
        kept = cast(Sequence[str], self._store.zrangebyscore(self._past, since.timestamp(), "+inf"))
        return tuple(override for text in kept if (override := _read(text)))

    def _all(self) -> Mapping[str, str]:
        return cast(Mapping[str, str], self._store.hgetall(self._key))


def _read(text: str) -> Override | None:
    """What somebody has edited into nonsense counts as not there."""
    try:
        return from_json(json.loads(text))
    except (KeyError, TypeError, ValueError):
        return None
