"""A burst of requests, of which webhooks may open only so many first rounds within ten minutes (BURST_LIMIT).

The rest are held back like those that a sweep holds back, since a bulk edit is more often a mistake than a bad day.

Kept in Redis. Losing it forgets who was held back; the sweep then meets them as first contacts, with its own limit.
Where only the list of them is lost (queue/memory.py), webhooks open nothing for an hour: the full sweep that is asked
for then comes to each, and it is held back again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import structlog

from worker.escalation.plan.alert import Alert
from worker.queue import memory
from worker.queue.store import Store

WITHIN = timedelta(minutes=10)
HELD, LOST = memory.HELD_BACK, memory.HELD_BACK_LOST
OPENED, ADOPTED, ADOPTED_SECONDS = "burst:opened", "burst:adopted", 7 * 24 * 3600
MEND = (
    "The rest is held back and untouched. Take the label off those that were not meant; take on the others "
    "with `escalation adopt --since DATE`, or raise BURST_LIMIT."
)
# KEYS: opened, held, adopted, lost. ARGV: id, key, now, ten minutes ago, limit.
# 1: it may open, 0: held, -1: the first held.
_MAY_OPEN = """
if redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1 then return 1 end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[4])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('EXISTS', KEYS[4]) == 0 and redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[5]) then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('EXPIRE', KEYS[1], 3600)
  return 1
end
local before = redis.call('HLEN', KEYS[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return before == 0 and -1 or 0
"""

log = structlog.get_logger()


class Burst:
    """Who may open a first round, by the worker's clock; `limit` 0: everybody."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._ask = store.register_script(_MAY_OPEN)

    def may_open(self, id: str, key: str, now: datetime, tell: Callable[[Sequence[Alert]], None]) -> bool:
        """Whether the first round of this ticket may open now. When the first one may not, the operator is told."""
        if not self._limit:
            return True
        times = [now.timestamp(), (now - WITHIN).timestamp()]
        answer = int(self._ask(keys=[OPENED, HELD, ADOPTED, LOST], args=[id, key, *times, self._limit]))
        if answer < 0:
            log.error("too many requests at once", limit=self._limit, mend=MEND)
            words = f"More than {self._limit} tickets asked for an escalation within ten minutes. {MEND}"
            tell([Alert("operator", f"burst {now.isoformat()}", words=words)])
        return answer > 0

    def held(self) -> Mapping[str, str]:
        """Those that are held back: id to key."""
        return cast(Mapping[str, str], self._store.hgetall(HELD))

    def adopt(self, ids: Collection[str]) -> None:
        """These may open, whatever the limit."""
        if ids:
            pipe = self._store.pipeline()
            pipe.sadd(ADOPTED, *ids)
            pipe.expire(ADOPTED, ADOPTED_SECONDS)
            pipe.hdel(HELD, *ids)
            pipe.execute()

    def forget(self, ids: Collection[str]) -> None:
        """These are held back no longer: they ask for nothing, or were set aside."""
        if ids:
            self._store.hdel(HELD, *ids)
