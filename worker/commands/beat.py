"""`escalation beat`: the scheduler."""

import click

from config import settings
from worker.run import schedule


@click.command()
def command() -> None:
    """Until it is told to stop."""
    schedule.beat(settings.load())
