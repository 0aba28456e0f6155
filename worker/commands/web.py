"""`escalation web`: the web process."""

import click

from config import settings
from worker.run import processes


@click.command()
def command() -> None:
    """Until it is told to stop."""
    processes.serve_web(settings.load())
