"""`escalation worker`: a worker process."""

import click

from config import settings
from worker.run import worker_process


@click.command()
@click.option("--schedule", is_flag=True, help="Ask for sweeps as well, so that no beat is needed beside it.")
def command(schedule: bool) -> int:
    """Until it is told to stop."""
    return worker_process.work(settings.load(), scheduled=schedule)
