"""`escalation failures drop`: takes tickets off the list."""

import click

from config.settings import Settings
from worker.commands.failures.chosen import chosen, opened
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import reachable
from worker.look.failures import Failures


def drop_failures(settings: Settings, keys: tuple[str, ...]) -> None:
    """Takes tickets off the list; a failure that comes again is listed again."""
    with reachable():
        failures = Failures(opened(settings))
        for id, key in chosen(failures, keys):
            failures.drop(id)
            click.echo(f"{key}: is off the list")


@click.command()
@click.argument("keys", nargs=-1, required=True)
def command(keys: tuple[str, ...]) -> None:
    """Drops."""
    drop_failures(operator.found(), keys)
