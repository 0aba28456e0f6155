"""The schedule: a sweep is asked for once a period, by beat or by a worker that is told to; of several one is heard.

It marks the chore in Redis as any process does, and that rings for a worker: it needs neither Celery nor Jira.
"""

import signal
import threading

from config.settings import Settings
from worker import log
from worker.queue import queues, redis_watch, store
from worker.queue.store import StoreError
from worker.queue.workqueue import WorkQueue


def ask(chores: WorkQueue) -> None:
    """Have a sweep run soon, or once more where one is under way."""
    chores.mark([queues.SWEEP, queues.NOTIFY])  # alerts whose mark a crash has swallowed go out with the next sweep


def ask_if_due(chores: WorkQueue, every: float) -> None:
    """Have a sweep run in this period, if nobody asked for one yet."""
    if chores.first(queues.SWEEP, every):
        ask(chores)


def ask_for_ever(chores: WorkQueue, every: float, stopped: threading.Event | None = None) -> None:
    """Ask for a sweep in every period but the first: a worker's start asks for one. Until stopped."""
    stopped, pause = stopped or threading.Event(), every
    while not stopped.wait(pause):
        pause = _next(chores, every)


def _next(chores: WorkQueue, every: float) -> float:
    """Asks once; gives the seconds until it is time to ask again."""
    try:
        ask_if_due(chores, every)
    except StoreError:  # whoever watches Redis says so
        return min(1.0, every)
    return every


def beat(settings: Settings) -> None:
    """Ask for a sweep every SWEEP_SECONDS, or POLL_SECONDS, until told to stop; then at once, whatever Redis does: a
    call may wait for one that is frozen, and so is made in a thread that is not waited for."""
    log.set_up(settings.log_format, settings.log_level)
    client, stopped = store.connect(settings.require_redis()), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    redis_watch.watch(client)
    asked = (queues.chores(client, settings.sweep_every), settings.sweep_every, stopped)
    threading.Thread(target=ask_for_ever, args=asked, name="schedule", daemon=True).start()
    stopped.wait()
