"""`escalation notify test`: whether each notification target takes a message, asked by sending it one."""

import socket

import click

from config import ConfigError
from config.settings import Settings
from worker.alerts.messages import message
from worker.alerts.targets import targets
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import MEND
from worker.escalation.plan.alert import Alert


def test(settings: Settings) -> int:
    """Sends each target a test notification and prints what became of it, without a secret.

    Returns 0 where all took it, 1 where one did not, 2 where there is none.

    Raises:
        ConfigError: an address is wrong, or the extra that sends is not installed.
    """
    found = targets(settings.notify_urls)
    if not found:
        raise ConfigError(
            "NOTIFY_URLS: not set, expected the addresses of notification targets (docs/notifications.md)"
        )
    words = f"This is a test, sent by `escalation notify test` on {socket.gethostname()}. Nothing needs to be done."
    title, body = message(Alert("test", "test", words=words))
    troubles = []
    for target in found:
        trouble = target.send(title, body)
        click.echo(f"{target.name}: {trouble or 'ok'}")
        troubles += [trouble] if trouble else []
    if troubles:
        click.echo("Check the address and its token; docs/notifications.md tells how they are written.", err=True)
    return MEND if troubles else 0


@click.command()
def command() -> int:
    """Gives the exit code."""
    return test(operator.found())
