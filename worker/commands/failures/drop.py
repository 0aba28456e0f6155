"""`escalation failures drop`: takes tickets off the list."""

import click

from config.redis_address import RedisAddress
from worker import running_system
from worker.commands.failures.chosen import chosen
from worker.commands.shared.exits import reachable
from worker.look.failures import Failures
from worker.queue import store


def drop_failures(address: RedisAddress, keys: tuple[str, ...]) -> None:
    """Takes tickets off the list; a failure that comes again is listed again."""
    with reachable():
        failures = Failures(store.connect(address))
        for id, key in chosen(failures, keys):
            failures.drop(id)
            click.echo(f"{key}: is off the list")


@click.command()
@click.argument("keys", nargs=-1, required=True)
def command(keys: tuple[str, ...]) -> None:
    """Drops."""
    drop_failures(running_system.redis(), keys)
