"""The worker process: settings and protocol in, a running worker out.

What assembly.py has built is joined with Celery and the queue's work here. Nothing is decided; a wrong setting stops
the process before it begins (ConfigError).
"""

import gc
import threading
from contextlib import suppress
from datetime import datetime

import structlog

from config.settings import Settings
from worker import clock, log
from worker.alerts import credentials_expiry
from worker.errors import EscalationError
from worker.look import context, handler
from worker.queue import queues, shared_metrics
from worker.queue.heartbeat import Heartbeat
from worker.queue.outage import Outage
from worker.queue.store import StoreError
from worker.report import weekly_digest
from worker.run import assembly, celery_app, schedule, tasks, tried_texts
from worker.sweep import sweep as sweeping


def work(settings: Settings, *, scheduled: bool = False) -> int:
    """Answer doorbells until told to stop; gives the exit code. `scheduled`: ask for sweeps, too, as beat does."""
    log.set_up(settings.log_format, settings.log_level)
    settings.require("jira", "redis")
    redis_url = settings.require_redis()
    tried_texts.protocol(settings.protocol_file)
    built = assembly.build(settings)
    collect_rarely()
    todo = work_of(built)
    threading.Thread(target=built.reconciler.warm, daemon=True, name="warm").start()
    shared_metrics.flush_for_ever(built.store)
    if scheduled:
        every = (todo.chores, settings.sweep_every)
        threading.Thread(target=schedule.ask_for_ever, args=every, daemon=True, name="schedule").start()
    clock.follow(settings.jira_url, lambda: look_at_open(built, todo))
    celery = celery_app.build(redis_url)
    tasks.register(celery, todo, settings.sweep_every)
    return celery_app.work(
        celery, Heartbeat([todo.tickets, todo.chores], todo.ask_for_sweep, lambda: watch(todo, settings))
    )


def collect_rarely() -> None:
    """Look for garbage a hundredth as often: a look makes thousands of small objects and next to no cycles, and
    looking for some took a seventh of its time (docs/speed.md)."""
    gc.freeze()
    gc.set_threshold(70_000)


def work_of(built: context.Context) -> tasks.Work:
    """What a worker does with that context."""
    chores = queues.chores(built.store, built.settings.sweep_every)
    ask = lambda: built.site.get("/myself")  # noqa: E731
    return tasks.Work(
        tickets=built.queue,
        chores=chores,
        look=lambda id, lease, now: handler.look(built, id, lease, now),
        sweep=lambda now: sweeping.whole(built, now),
        swept=lambda now: after_a_sweep(built, now),
        deliver=built.deliver,
        outage=Outage(built.store, [built.queue, chores], built.tell, ask),
    )


def look_at_open(built: context.Context, todo: tasks.Work) -> None:
    """The sandbox's clock has jumped: whatever wants a look by now, and every round; where Redis is away, the next
    sweep finds it."""
    with suppress(StoreError):
        built.queue.mark(list({*built.watchlist.fallen_due(clock.now()), *built.watchlist.rounds()}))
        todo.ask_for_sweep()


def after_a_sweep(built: context.Context, now: datetime) -> None:
    """What is told now and then: how long the credentials last, and the weekly digest."""
    built.tell(list(credentials_expiry.alerts(built.settings.jira_token_expires, now)))
    tell_digest(built, now)


def tell_digest(built: context.Context, now: datetime) -> None:
    """The weekly digest, where it is due. Whatever becomes of it, the sweep it follows has finished."""
    try:
        weekly_digest.weekly(built, now, built.tell)
    except EscalationError as error:
        structlog.get_logger().info("the digest waits for the next sweep", reason=str(error))
    except Exception:
        structlog.get_logger().exception("the digest met a bug")


def watch(todo: tasks.Work, settings: Settings) -> None:
    """What every worker finds out by itself: that beat is down, that Jira is back."""
    todo.ask_if_late(settings.sweep_every)
    if todo.outage:
        todo.outage.ask_if_due()
