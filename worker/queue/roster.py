"""Which workers listen for doorbells, and on which hosts one starts over and over: kept in Redis, by its clock.

A worker that ends as soon as it has started would look alive, since whoever follows it says again that it listens. So
each start is remembered for a while, and whoever has only just started does not count where that is a habit.
"""

from collections import Counter
from secrets import token_hex

import redis

ALIVE_SECONDS = 15
REMEMBERED = 300  # seconds for which a start counts
HABIT = 5  # so many starts within that time, and at least three for each worker that listens there
STEADY = 60  # seconds after which a worker has started for good


class Roster:
    """The workers of one system. A worker's name ends with @ and its host."""

    def __init__(self, store: redis.Redis, prefix: str = "tickets:") -> None:
        self._store = store
        self._alive, self._starts = f"{prefix}workers", f"{prefix}starts"

    def started(self, name: str) -> None:
        """The worker `name` has started, be it anew."""
        now = self._now()
        pipe = self._store.pipeline(transaction=False)
        pipe.zadd(self._starts, {f"{token_hex(4)} {name}": now})
        pipe.zremrangebyscore(self._starts, "-inf", now - REMEMBERED)
        pipe.expire(self._starts, REMEMBERED)
        pipe.execute()

    def alive(self, name: str) -> None:
        """The worker `name` listens; believed for 15 seconds."""
        now = self._now()
        pipe = self._store.pipeline(transaction=False)
        pipe.zadd(self._alive, {name: now})
        pipe.zremrangebyscore(self._alive, "-inf", now - ALIVE_SECONDS)
        pipe.execute()

    def listening(self) -> frozenset[str]:
        """The workers that listen, without those that have only just started on a host where that is a habit."""
        now = self._now()
        fresh = frozenset(self._started(now - STEADY))
        restless = self._restless(now)
        return frozenset(name for name in self._heard(now) if name not in fresh or _host(name) not in restless)

    def starting_over(self) -> frozenset[str]:
        """The hosts on which a worker starts over and over."""
        return self._restless(self._now())

    def _restless(self, now: float) -> frozenset[str]:
        starts = Counter(map(_host, self._started(now - REMEMBERED)))
        lately = {_host(name) for name in self._started(now - STEADY)}
        each = Counter(map(_host, self._heard(now)))
        return frozenset(host for host in lately if starts[host] >= max(HABIT, 3 * each[host]))

    def _started(self, since: float) -> list[str]:
        found = self._store.zrange(self._starts, since, "+inf", byscore=True)
        return [str(name).partition(" ")[2] for name in found]

    def _heard(self, now: float) -> list[str]:
        return [str(name) for name in self._store.zrange(self._alive, now - ALIVE_SECONDS, "+inf", byscore=True)]

    def _now(self) -> float:
        seconds, microseconds = self._store.time()
        return int(seconds) + int(microseconds) / 1e6


def _host(name: str) -> str:
    return name.rpartition("@")[2]
