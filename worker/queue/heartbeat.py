"""The small threads that beat in every worker: leases renewed, lost bells rung again, slower troubles watched.

One renews leases, one rings for what is due or was lost, one watches over what takes longer to find out (a sweep that
beat forgot, a Jira that is back). They are what makes lost doorbells, dead workers and a wiped Redis cost seconds. They
must outlive any trouble with Redis, and they never look at a ticket themselves.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

import structlog
from redis.exceptions import RedisError

from worker.queue import memory
from worker.queue.redis_watch import SAID, probe
from worker.queue.roster import Roster
from worker.queue.workqueue import WorkQueue

WATCH_SECONDS = 3.0

log = structlog.get_logger()


class Heartbeat:
    """The beating of one process over its queues; the first queue is the one that Redis' memory is judged by."""

    def __init__(
        self, queues: Sequence[WorkQueue], on_resync: Callable[[], None], watch: Callable[[], None] = lambda: None
    ) -> None:
        self._queues = queues
        self._on_resync = on_resync
        self._watch = watch
        self._stopped = threading.Event()
        self._said = SAID
        self._roster = Roster(queues[0].store)
        self._name = self._consuming = ""
        self.reached = threading.Event()

    def start(self, name: str = "") -> None:
        """Begin to beat as the worker `name`; a Redis that is not there yet is waited for. `reached` is set as soon as
        it takes what we write, in scripts too."""
        self._name = name
        for thread, body in (
            ("ticker", self._tick_for_ever),
            ("renewer", self._renew_for_ever),
            ("watcher", self._watch_for_ever),
        ):
            threading.Thread(target=body, name=thread, daemon=True).start()

    def stop(self) -> None:
        """Stop ringing. Leases are renewed to the end, because looks may still be finishing."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()

    def consuming(self, name: str) -> None:
        """From now on say with every beat that the worker `name` listens for doorbells; for the first time at once."""
        self._consuming = name
        self._survives(lambda: self._roster.alive(name))

    def _tick_for_ever(self) -> None:
        for step in (self._reach, self._begin):
            while not self._survives(step):
                self._stopped.wait(0.5)
        while not self._stopped.wait(self._queues[0].pace.tick):
            self._survives(self._tick)

    def _reach(self) -> None:
        probe(self._queues[0].store)
        self._queues[0].scripts.run("renew", [])
        if self._name:
            self._roster.started(self._name)
        self.reached.set()

    def _begin(self) -> None:
        first, *others = self._queues
        first.begin()
        for queue in others:
            queue.begin(patience=0)

    def _tick(self) -> None:
        resync = self._queues[0].tick().resync
        for queue in self._queues[1:]:
            queue.tick()
        if resync:
            log.info("everything Jira lists is looked for again, after a start or because Redis lost its memory")
            self._on_resync()
        if self._consuming:
            self._roster.alive(self._consuming)
        self._said.well()

    def _watch_for_ever(self) -> None:
        """Apart from the ticker, because it may have to wait for Jira."""
        while not self._stopped.wait(WATCH_SECONDS):
            self._survives(self._watch)

    def _renew_for_ever(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._queues[0].pace.renew):
            for queue in self._queues:
                self._survives(queue.renew)

    def _survives(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except RedisError as error:
            if not memory.mend(self._queues[0], error):
                self._said.failed(error)
            return False
        except Exception:
            log.exception("the pulse met a bug")
            return False
        return True


@contextlib.contextmanager
def renewed(queue: WorkQueue) -> Iterator[None]:
    """Keeps the leases of this process alive within the block: all the pulse that a command needs."""
    stopped = threading.Event()

    def renew() -> None:
        while not stopped.wait(queue.pace.renew):
            with contextlib.suppress(RedisError):
                queue.renew()

    thread = threading.Thread(target=renew, name="renewer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
