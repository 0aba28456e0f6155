"""`escalation run`: everything in one terminal."""

import click

from config import settings
from worker.run import supervisor


@click.command()
@click.option(
    "--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", show_default=True, help="Of the sandbox."
)
@click.option("--sandbox-port", type=click.IntRange(1, 65535), help="Of the sandbox; left out, 8090 if it is free.")
def command(flavour: str, sandbox_port: int | None) -> int:
    """Gives the exit code of the supervisor."""
    from worker.commands.main import main  # noqa: PLC0415 - which has imported this module

    return supervisor.run(settings.load(), main, flavour, sandbox_port)
