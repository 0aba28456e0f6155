"""Celery, and everything that is strange about it, so that nobody else has to meet it.

Celery carries doorbells, and runs looks in a pool of threads; it is never asked what there is to do.
Its settings were measured, see docs/decisions; each that is not obvious says why. Nothing is read when this module is
imported: `build` makes an app, `work` runs it until it is told to stop.
"""

import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import NoReturn

import structlog
from celery import Celery, signals
from celery.backends.base import DisabledBackend
from celery.exceptions import SecurityWarning

from config.redis_address import RedisAddress
from worker.queue import store
from worker.queue.heartbeat import Heartbeat
from worker.queue.roster import STEADY
from worker.run import celery_log, forked

THREADS = 24
STARTED_OVER = "ESCALATION_STARTED_OVER"  # tells who follows in this process how often it has come to that
LONGEST_PAUSE = 30.0
LONGEST_GOODBYE = 8.0  # with it SIGTERM ends a worker within 10 s, whatever its looks are waiting for

log = structlog.get_logger()


class WithoutResults(Celery):  # type: ignore[misc]
    """An app that keeps no results: to find out that there is no backend, Celery would read the metadata of everything
    that is installed, which leaves 4 MB behind."""

    @cached_property
    def backend(self) -> DisabledBackend:
        """None, in Celery's words."""
        return DisabledBackend(app=self)


def build(redis_url: RedisAddress | str) -> Celery:
    """Make the Celery app on that Redis; its tasks are registered by `tasks.register`."""
    app = WithoutResults("escalation", set_as_current=False)
    address = store.for_celery(redis_url)
    address["broker_transport_options"] |= _transport()
    app.conf.update(
        **address,
        worker_enable_remote_control=False,  # nobody uses it, and it needs channels, which a user of Redis 7 has not
        result_backend=None,
        task_ignore_result=True,
        task_default_queue="reconcile",
        task_acks_late=True,  # a bell counts against the prefetch until its look has ended
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # the default gives up after 100 and ends the worker
        broker_pool_acquire_timeout=5,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2},
        task_serializer="json",
        accept_content=["json"],
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=0,
    )
    return app


def _transport() -> dict[str, object]:
    return {
        # A doorbell may be lost, so none is kept until it is acknowledged: less to do for Redis, and nothing to put
        # back when the connection breaks, which ends the worker with kombu 5.7.0 (it restores over what is closed).
        "ack_emulation": False,
        "priority_steps": [0],  # the default makes four lists of each queue, and asks for all of them each time
        "socket_timeout": 10,  # without it a half-open connection hangs the worker for ever
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }


def work(app: Celery, pulse: Heartbeat, threads: int = THREADS, name: str | None = None) -> int:
    """Answer doorbells until SIGTERM or SIGINT; gives the exit code."""
    warnings.simplefilter("ignore", SecurityWarning)  # about root and pickle; only JSON is accepted here
    name = name or f"{os.getpid()}@{socket.gethostname()}"
    pulse.start(name)
    _until_redis_serves(pulse)
    _keep_our_log()
    hear(signals.worker_ready, lambda **_: pulse.consuming(name))
    hear(signals.worker_shutting_down, lambda **_: _leave_in_time(pulse))
    worker = app.Worker(
        pool_cls="threads",
        concurrency=threads,
        queues="reconcile,maintenance",
        hostname=f"worker-{name}",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    began = time.monotonic()
    worker.start()
    if worker.exitcode and not pulse.stopped:
        pulse.stop()
        _begin_anew(time.monotonic() - began)
    return int(worker.exitcode or 0)


def _until_redis_serves(pulse: Heartbeat) -> None:
    """Celery would give up at once where Redis refuses its user; the pulse says why, once, and tries on."""
    _end_when_told()
    while not pulse.reached.wait(1):
        pass


def _end_when_told() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def _begin_anew(lasted: float) -> NoReturn:
    """Celery gives up on some broken connections; then this process starts over, as a supervisor would have it, each
    time a little later where it did not last."""
    _end_when_told()
    times = int(os.environ.get(STARTED_OVER, "0")) + 1 if lasted < STEADY else 1
    pause = min(LONGEST_PAUSE, 2.0 ** (times - 1))
    log.error("celery gave up; the worker starts over", times=times, again_in=pause)
    time.sleep(pause)
    os.environ[STARTED_OVER] = str(times)
    os.execv(sys.executable, _our_own())  # noqa: S606 - our own command line


def _our_own() -> list[str]:
    """The command line that makes a process like this one: ours, unless we were forked by `escalation run`."""
    words = forked.WORDS
    return [sys.executable, "-m", "worker.commands.main", *words] if words else sys.orig_argv


def hear(signal: signals.Signal, what: Callable[..., object]) -> None:
    """Call `what` on Celery's `signal`, for as long as the process lives."""
    signal.connect(what, weak=False)


def _keep_our_log() -> None:
    hear(signals.setup_logging, lambda **_: None)  # or Celery would set up logs of its own
    celery_log.tidy()


def _leave_in_time(pulse: Heartbeat) -> None:
    """Threads cannot be ended from outside: a look that does not come back is left to its lease."""
    pulse.stop()
    end = threading.Timer(LONGEST_GOODBYE, os._exit, [1])
    end.daemon = True
    end.start()
