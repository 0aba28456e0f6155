"""`escalation gate overrides`: those in force."""

import json

import click

from config import protocol_file
from worker import clock, running_system
from worker.commands.shared.exits import reachable
from worker.escalation.dates.formatting import wall


def list_overrides(*, as_json: bool) -> int:
    """Prints the overrides in force; ends the command with 3 where Redis cannot be reached."""
    from worker.queue import store  # noqa: PLC0415
    from worker.release.overrides import Overrides  # noqa: PLC0415

    address, rules = running_system.redis(), protocol_file.load(running_system.protocol_file())
    running_system.tell_time()
    with reachable():
        listed = Overrides(store.connect(address, patience=2)).listed(clock.now())
    if as_json:
        click.echo(json.dumps([each.to_json() for each in listed], ensure_ascii=False, indent=2))
        return 0
    for each in listed:
        click.echo(f"{', '.join(each.issues)}: until {wall(each.until, rules.zone)}, by {each.by}: {each.reason}")
    click.echo(f"{len(listed)} in force" if listed else "no overrides in force")
    return 0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> int:
    """Gives the exit code."""
    return list_overrides(as_json=as_json)
