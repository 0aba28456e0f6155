"""`escalation failures retry`: has the workers try again at once."""

import click

from config.settings import Settings
from worker.commands.failures.chosen import chosen, opened
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import reachable
from worker.look.failures import Failures
from worker.queue import queues
from worker.sweep import progress
from worker.sweep.gone_projects import is_project


def retry_failures(settings: Settings, keys: tuple[str, ...]) -> None:
    """Has the workers try again at once, whatever pause they are in: these tickets, or all that are listed."""
    with reachable():
        failures, queue = Failures(opened(settings)), queues.tickets(opened(settings))
        for id, key in chosen(failures, keys):
            if is_project(id):
                _look_for_projects(settings)
            else:
                failures.ask_retry(id)
                queue.hurry([id])
            click.echo(f"{key}: is tried again")


def _look_for_projects(settings: Settings) -> None:
    """A full sweep asks for those that were gone."""
    store = opened(settings)
    progress.ask_for_full(store)
    queues.chores(store).mark([queues.SWEEP])


@click.command()
@click.argument("keys", nargs=-1)
def command(keys: tuple[str, ...]) -> None:
    """Asks."""
    retry_failures(operator.found(), keys)
