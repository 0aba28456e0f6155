"""`escalation run`: everything in one terminal."""

import click

from config import settings
from worker.run import supervisor


@click.command()
def command() -> int:
    """Gives the exit code of the supervisor."""
    return supervisor.run(settings.load())
