"""`escalation failures retry`: has the workers try again at once."""

import click

from config.redis_address import RedisAddress
from worker import running_system
from worker.commands.failures.chosen import chosen
from worker.commands.shared.exits import reachable
from worker.look.failures import Failures, is_project
from worker.queue import queues, store
from worker.queue.store import Store
from worker.sweep import progress


def retry_failures(address: RedisAddress, keys: tuple[str, ...]) -> None:
    """Has the workers try again at once, whatever pause they are in: these tickets, or all that are listed."""
    with reachable():
        client = store.connect(address)
        failures, queue = Failures(client), queues.tickets(client)
        for id, key in chosen(failures, keys):
            if is_project(id):
                _look_for_projects(client)
            else:
                queue.ask_retry(id)
                queue.hurry([id])
            click.echo(f"{key}: is tried again")


def _look_for_projects(client: Store) -> None:
    """A full sweep asks for those that were gone."""
    progress.ask_for_full(client)
    queues.chores(client).mark([queues.SWEEP])


@click.command()
@click.argument("keys", nargs=-1)
def command(keys: tuple[str, ...]) -> None:
    """Asks."""
    retry_failures(running_system.redis(), keys)
