"""`escalation alive`: what a container's liveness probe asks, without Celery's remote control.

Each worker says in Redis, with every beat, that it listens for doorbells (`Roster.alive`); here that is read back.
It may be asked every half minute on every host, so it loads and does little.
"""

import socket

import click

from config.redis_address import RedisAddress
from worker import running_system
from worker.commands.shared.exits import tell
from worker.queue import store
from worker.queue.roster import Roster
from worker.queue.store import StoreError

SILENT, UNKNOWN = 1, 3


def here(address: RedisAddress) -> int:
    """0 where a worker of this host (in a container: its only one) listens, 1 where none does, 3 without Redis."""
    roster, host = Roster(store.connect(address, patience=2)), socket.gethostname()
    try:
        listening = any(name.endswith(f"@{host}") for name in roster.listening())
        restless = not listening and host in roster.starting_over()
    except StoreError as error:
        from worker.queue.redis_trouble import trouble  # noqa: PLC0415 - only where there is some

        return tell(UNKNOWN, f"cannot tell. {trouble(error)}")
    if restless:
        return tell(SILENT, f"the worker on {host} starts over and over: its log says why")
    return 0 if listening else tell(SILENT, f"no worker on {host} has said within 15 s that it listens")


@click.command()
def command() -> int:
    """Gives the exit code."""
    return here(running_system.redis())
