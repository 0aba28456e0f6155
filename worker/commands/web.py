"""`escalation web`: the web process."""

import click

from config import settings
from worker.run import web_process


@click.command()
def command() -> None:
    """Until it is told to stop."""
    web_process.serve(settings.load())
