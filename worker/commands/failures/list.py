"""`escalation failures list`: what a person has to mend, ticket by ticket."""

import json

import click

from config.redis_address import RedisAddress
from worker import running_system
from worker.commands.shared.exits import reachable
from worker.look.failures import Failures
from worker.queue import store


def list_failures(address: RedisAddress, *, as_json: bool) -> None:
    """What a person has to mend, ticket by ticket."""
    with reachable():
        listed = Failures(store.connect(address)).listed()
    if as_json:
        rows = [
            {"key": key, "step": f.step, "what": f.what, "mend": f.mend} for key, each in listed.values() for f in each
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for key, failed in sorted(listed.values()):
        for each in failed:
            click.echo(f"{key}: {each.what}\n    {each.mend}")
    click.echo(f"{len(listed)} tickets with failures" if listed else "no failures")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """Lists."""
    list_failures(running_system.redis(), as_json=as_json)
