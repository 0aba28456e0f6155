"""`escalation alive`: what a container's liveness probe asks, without Celery's remote control.

Each worker says in Redis, with every beat, that it listens for doorbells (`WorkQueue.alive`); here that is read back.
It may be asked every half minute on every host, so it loads and does little.
"""

import socket

import click
from redis.exceptions import RedisError

from config.settings import Settings
from worker.queue import store
from worker.queue.workqueue import WorkQueue

SILENT, UNKNOWN = 1, 3


def here(settings: Settings) -> int:
    """0 where a worker of this host (in a container: its only one) listens, 1 where none does, 3 without Redis."""
    client = store.connect(settings.require_redis(), patience=2)
    ours = f"@{socket.gethostname()}"
    try:
        listening = next((name for name in WorkQueue(client).workers() if name.endswith(ours)), None)
    except RedisError as error:
        click.echo(f"cannot tell: Redis cannot be reached ({type(error).__name__}). Check REDIS_URL.", err=True)
        return UNKNOWN
    if listening is None:
        click.echo(f"no worker on {socket.gethostname()} has said within 15 s that it listens", err=True)
        return SILENT
    return 0
