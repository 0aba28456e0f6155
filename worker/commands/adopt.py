"""`escalation adopt`: takes on what the limit held back since a day, and sets the older requests aside."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import date, datetime
from datetime import time as wall_time
from typing import TypeVar

import click

from config.protocol import Protocol
from config.settings import Settings
from worker import clock
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import WRONG, end, reachable
from worker.escalation.dates.formatting import stamp
from worker.look import context, protocol_with_texts
from worker.run import assembly
from worker.sweep import adoption

T = TypeVar("T")


def adopt(settings: Settings, since: str, *, dry_run: bool) -> None:
    """Takes on what was requested since then and sets the older requests aside; exit 2 for a date that is none."""
    protocol = protocol_with_texts.load_protocol(settings.protocol_file)
    start = instant(since, protocol)
    if start is None:
        end(WRONG, f"--since: found '{since}', expected a date such as 2026-11-23 or 2026-11-23T09:00:00-05:00")
    with reachable():
        built = assembly.build(settings)
        _adopt(built, start, dry_run=dry_run or settings.dry_run)


def _adopt(built: context.Context, since: datetime, *, dry_run: bool) -> None:
    found = adoption.candidates(built)
    named = adoption.named(built, found)
    with _shown(adoption.read(built, found), len(found)) as requests:
        sorted_out = adoption.sort(requests, since, lambda id: named[id])
    if not dry_run:
        adoption.adopt(built, sorted_out, clock.now())
    would = "would be " if dry_run else ""
    for done, several in (("taken on", sorted_out.taken_on), ("set aside", sorted_out.set_aside)):
        for each in several:
            requested = stamp(each.at, built.protocol.zone)
            click.echo(f"{each.ticket.key}: {would}{done} (requested {requested})")
    for key, why in sorted(sorted_out.cannot.items()):
        click.echo(f"{key}: cannot be: {why}")
    click.echo(f"dry run: {sorted_out}" if dry_run else str(sorted_out))


@contextlib.contextmanager
def _shown(many: Iterator[T], length: int) -> Iterator[Iterator[T]]:
    """With a progress bar, for a person at a terminal."""
    if not sys.stderr.isatty():
        yield many
        return
    with click.progressbar(many, length=length, label="reading tickets", file=sys.stderr) as bar:
        yield iter(bar)


def instant(text: str, protocol: Protocol) -> datetime | None:
    """What a date (its beginning, in the protocol's zone) or an instant with its offset means; None for neither."""
    with contextlib.suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), wall_time(), protocol.zone) if len(text) == 10 else _at(text)
    return None


def _at(text: str) -> datetime | None:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else None


@click.command()
@click.option("--since", required=True, metavar="DATE", help="A day, or an instant with the offset from UTC.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, write nothing.")
def command(since: str, dry_run: bool) -> None:
    """Adopts."""
    adopt(operator.found(), since, dry_run=dry_run)
