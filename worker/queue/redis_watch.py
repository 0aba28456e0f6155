"""Says once in a process's log that Redis cannot be used, and once when it can again."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import redis
import structlog
from redis.exceptions import RedisError

from worker.queue.redis_trouble import trouble

EVERY = 2.0
CALM = 2.0
PROBE = "probe"

log = structlog.get_logger()


class SaidOnce:
    """The log lines of one process about Redis: one when it cannot be used, for each cause; one when it can again.

    May be told by any thread. `well` is for whoever has just written: a full Redis, or a replica, answers reads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._began = self._last = 0.0

    def failed(self, error: BaseException) -> None:
        """Something failed because of Redis."""
        met = trouble(error)
        if self._is_new(met.kind):
            log.error("redis cannot be used", kind=met.kind, reason=met.found, mend=met.mend)

    def _is_new(self, kind: str) -> bool:
        with self._lock:
            self._last = self._clock()
            self._began = self._began if self._said else self._last
            new = kind not in self._said
            self._said.add(kind)
            return new

    def well(self) -> None:
        """Redis took a write; believed where nothing has failed for a moment."""
        with self._lock:
            now = self._clock()
            if not self._said or now - self._last < CALM:
                return
            self._said.clear()
            lasted = now - self._began
        log.info("redis can be used again", after=str(timedelta(seconds=round(lasted))))


SAID = SaidOnce()
"""What this process says: one, as there is one process."""


def probe(store: redis.Redis) -> None:
    """Write the least there is. Raises RedisError where Redis cannot be used."""
    store.set(PROBE, 1, ex=60)


def watch(store: redis.Redis, said: SaidOnce = SAID) -> threading.Event:
    """Probe every two seconds, in a thread that ends with the process; the event given stops it."""
    stopped = threading.Event()

    def body() -> None:
        while not stopped.is_set():
            _look(store, said)
            stopped.wait(EVERY)

    threading.Thread(target=body, daemon=True, name="redis-watch").start()
    return stopped


def _look(store: redis.Redis, said: SaidOnce) -> None:
    try:
        probe(store)
    except (RedisError, OSError) as error:
        said.failed(error)
    else:
        said.well()
