"""What each process is made of: settings and protocol in, a running web, worker or beat out.

What assembly.py has built is joined with Celery, the queue's work and the web here. Nothing is decided; a wrong setting
stops a process before it begins (ConfigError).
"""

import gc
import threading
import time
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from urllib.parse import urlsplit

import structlog

from config import protocol_file
from config.protocol import Protocol
from config.settings import Settings
from worker import clock, log
from worker.alerts import credentials_expiry
from worker.errors import EscalationError
from worker.escalation.plan.plan import looks_alike
from worker.look import context, handler
from worker.queue import queues, redis_watch, shared_metrics, store
from worker.queue.heartbeat import Heartbeat
from worker.queue.outage import Outage
from worker.queue.store import StoreError
from worker.report import weekly_digest
from worker.run import assembly, celery_app, tasks
from worker.sweep import intake
from worker.sweep import sweep as sweeping
from worker.web import readiness, server, webhook


def serve_web(settings: Settings) -> None:
    """Take deliveries in until told to stop."""
    log.set_up(settings.log_format, settings.log_level)
    settings.require("jira", "redis", "intake")
    protocol = protocol_file.load(settings.protocol_file)
    serving = server.create(
        redis_url=settings.require_redis(),
        secrets=[secret.get_secret_value().encode() for secret in settings.require_intake()],
        labels=our_labels(protocol),
        probe=assembly.prober(settings),
        sweeps=readiness.Sweeps(settings.sweep_period, settings.sweep_patience, partial(intake.sentence, settings)),
        grades=grades(protocol),
        routes=assembly.routes(settings),
        site=urlsplit(settings.jira_url or "").netloc,
        expires=settings.jira_token_expires,
    )
    clock.follow(settings.jira_url)
    server.serve(serving, settings.host, settings.port, settings.trusted_proxies)


def grades(protocol: Protocol) -> list[str]:
    """The names of the grades of every project's protocol, each once."""
    each = (protocol, *protocol.by_project.values())
    return list(dict.fromkeys(grade.name for one in each for grade in one.grades))


def our_labels(protocol: Protocol) -> webhook.OurLabels:
    """Every label that any project's protocol calls ours."""
    each = (protocol, *protocol.by_project.values())
    evaluations = frozenset(one.labels.evaluation.lower() for one in each)
    requests = {one.labels.request for one in each}
    ours = frozenset[str]().union(*(one.ours for one in each))

    @lru_cache(maxsize=10_000)
    def is_alike(label: str) -> bool:
        return label not in ours and any(looks_alike(label, request) for request in requests)

    return webhook.OurLabels(ours, evaluations, is_alike)


def work(settings: Settings, *, schedule: bool = False) -> int:
    """Answer doorbells until told to stop; gives the exit code. `schedule`: ask for sweeps, too, as beat does."""
    log.set_up(settings.log_format, settings.log_level)
    settings.require("jira", "redis")
    redis_url = settings.require_redis()
    built = assembly.build(settings)
    collect_rarely()
    todo = work_of(built)
    threading.Thread(target=built.reconciler.warm, daemon=True, name="warm").start()
    shared_metrics.flush_for_ever(built.store)
    if schedule:
        threading.Thread(target=ask_for_ever, args=(todo, settings), daemon=True, name="schedule").start()
    clock.follow(settings.jira_url, lambda: look_at_open(built, todo))
    celery = celery_app.build(redis_url, settings.sweep_every)
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


def ask_for_ever(todo: tasks.Work, settings: Settings) -> None:
    """Ask for a sweep whenever one is due but at first, as beat does: a worker's start asks for one. Of several who
    ask, one is heard."""
    pause = settings.sweep_every
    while True:
        time.sleep(pause)
        pause = _ask(todo, settings.sweep_every)


def _ask(todo: tasks.Work, every: float) -> float:
    """Asks once; gives the seconds until it is time to ask again."""
    try:
        todo.ask_if_due(every)
    except StoreError:  # the pulse says so
        return min(1.0, every)
    return every


def watch(todo: tasks.Work, settings: Settings) -> None:
    """What every worker finds out by itself: that beat is down, that Jira is back."""
    todo.ask_if_late(settings.sweep_every)
    if todo.outage:
        todo.outage.ask_if_due()


def beat(settings: Settings) -> None:
    """Ask for a sweep every SWEEP_SECONDS, or POLL_SECONDS, until told to stop."""
    log.set_up(settings.log_format, settings.log_level)
    address = settings.require_redis()
    redis_watch.watch(store.connect(address))
    celery_app.beat(celery_app.build(address, settings.sweep_every))
