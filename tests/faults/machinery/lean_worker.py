"""A worker without Celery: the real queue, pulse, turns and looks of the product, whose doorbells two threads hear.

It starts in a fraction of a second, so that it may be killed hundreds of times. It takes its clock from the story (a
round then says the same whenever it is played) and may be told to break a guarantee on purpose, to show that the suites
see it (sabotage.py). It must never hold a rule of its own.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import redis

from config.settings import Settings
from tests.faults.machinery import sabotage
from worker import log
from worker.look import handler
from worker.look import protocol_with_texts as protocol_file
from worker.queue import consumer, store
from worker.queue.heartbeat import Heartbeat
from worker.queue.workqueue import Lease, Pace, WorkQueue
from worker.run import assembly, child_processes, worker_process
from worker.run.tasks import SWEEP, Again, Work
from worker.sweep import sweep

BRISK = Pace(lease=0.6, renew=0.12, margin=0.1, cooldown=0.5, tick=0.04, lost=0.3, gap=0.02, flood_gap=0.2, calm=2)
PATIENCE = 1  # seconds that BRPOP waits; less than the client's own patience

load_protocol = cache(protocol_file.load_protocol)


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is started with. `now` is the instant of every look (ISO 8601)."""

    jira_url: str
    jira_user: str | None
    jira_token: str
    redis_url: str
    protocol_file: str
    now: str
    log: str
    sabotage: str = ""

    def written(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))


def run(order: Order) -> None:
    """Works until it is killed."""
    os.setsid()
    child_processes.die_with_parent()
    os.dup2(os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)
    log.set_up("console", "INFO")
    sabotage.commit(order.sabotage)
    work, client = _work(order)
    Heartbeat([work.tickets, work.chores], work.ask_for_sweep).start()
    threading.Thread(target=_hear, args=(client, "maintenance", lambda id: _chore(work, id)), daemon=True).start()
    _hear(client, "reconcile", lambda id: consumer.take(work.tickets, id, work.look, work.outage))


def _chore(work: Work, id: str) -> object:
    return consumer.take(work.chores, id, work.chore, work.outage if id == SWEEP else None)


def _work(order: Order) -> tuple[Work, redis.Redis]:
    protocol_file.load_protocol = lambda path: load_protocol(path)  # read once, by whoever forks us
    built = assembly.build(_settings(order))
    built = replace(built, queue=WorkQueue(built.store, pace=BRISK))
    now = datetime.fromisoformat(order.now)

    def look(id: str, lease: Lease, _: datetime) -> Again:
        outcome = handler.look(built, id, lease, now)
        again = outcome.look_again_at if outcome else None
        return Again(again and datetime.now(UTC) + (again - now))

    work = replace(worker_process.work_of(built), look=look, sweep=lambda _: sweep.whole(built, now))
    return work, store.connect(order.redis_url)


def _settings(order: Order) -> Settings:
    return Settings(
        jira_url=order.jira_url,
        jira_user=order.jira_user,
        jira_token=order.jira_token,
        redis_url=order.redis_url,
        protocol_file=Path(order.protocol_file),
        sweep_limit=1000,
        burst_limit=0,
    )


def _hear(client: redis.Redis, doorbells: str, answer: Callable[[str], object]) -> None:
    """Answers each doorbell of that list; a Redis that is away is waited for, as Celery does."""
    while True:
        try:
            bell = client.brpop([doorbells], timeout=PATIENCE)
            if bell:
                answer(json.loads(json.loads(bell[1])["body"])[0][0])
        except redis.RedisError:
            time.sleep(0.05)
