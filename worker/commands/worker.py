"""`escalation worker`: a worker process."""

import click

from config import settings
from worker.run import processes


@click.command()
def command() -> int:
    """Until it is told to stop."""
    return processes.work(settings.load())
