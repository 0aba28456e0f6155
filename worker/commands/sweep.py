"""`escalation sweep` and `escalation adopt`: what an operator does about what is due and what was held back.

A sweep takes its turn like the worker's own, and counts like it. A dry run writes nothing, neither to Jira nor to
Redis.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from datetime import time as wall_time
from typing import TypeVar

import click

from config.protocol import Protocol
from config.settings import Settings
from worker import clock
from worker.commands.exits import WRONG, end, reachable
from worker.commands.tickets import PATIENCE, plan_lines
from worker.errors import CannotDo, NotOurs
from worker.look import context, protocol_with_texts
from worker.look.reconciler import Reconciler
from worker.queue import consumer
from worker.queue.heartbeat import renewed
from worker.queue.workqueue import Lease, WorkQueue
from worker.run import assembly, processes
from worker.run.tasks import SWEEP
from worker.sweep import adoption, sweep
from worker.sweep.result import SweepResult

T = TypeVar("T")


def sweep_now(settings: Settings, *, dry_run: bool) -> None:
    """One sweep now; exit 3 if Jira or Redis cannot be reached, or a search did not come to its end."""
    with reachable():
        built = assembly.build(settings)
        if dry_run or settings.dry_run:
            show_plan(built)
        else:
            take_turn(built)


def show_plan(built: context.Context) -> None:
    """What a sweep would find, and what a look at each ticket that is due would do."""
    swept = sweep.sweep(built, clock.now(), dry_run=True)
    settings = built.settings.model_copy(update={"dry_run": True})
    desk = assembly.desk(settings, built.protocol)
    changes = sum(_show_look(desk, swept, id, key) for id, key in sorted(swept.due.items(), key=lambda due: due[1]))
    _show_held(swept, settings.sweep_limit)
    click.echo(swept.summary(would_change=changes))
    swept.ensure_finished()


def _show_look(desk: Reconciler, swept: SweepResult, id: str, key: str) -> bool:
    """Prints what a look would do; whether that is anything."""
    try:
        lines = plan_lines(desk.look(id, clock.now(), lambda: None))
    except (NotOurs, CannotDo) as error:
        swept.skipped[str(error)] += 1
        click.echo(f"{key}: skipped, {error}")
        return False
    click.echo("\n".join(f"{key}: {line}" for line in lines or ["nothing to do"]))
    return bool(lines)


def _show_held(swept: SweepResult, limit: int) -> None:
    for key in sorted(swept.held.values()):
        click.echo(f"held back {key} (a first contact beyond SWEEP_LIMIT={limit})")
    more = swept.held_back - len(swept.held)
    if more > 0:
        click.echo(f"held back {more} more")
    for key in sorted(swept.together.values()):
        click.echo(f"held back {key} (it asked together with too many others)")
    if swept.held_back or swept.together:
        click.echo("`escalation adopt --since DATE` takes on those requested since then and sets the older ones aside.")


def take_turn(built: context.Context) -> None:
    """A sweep in its turn; where another one does not end in time, that is said, and one follows it."""
    found: list[SweepResult] = []
    work = processes.work_of(built)
    lease = _claim(work.chores)
    if lease is None:
        click.echo(f"a sweep has been under way for {PATIENCE:.0f} s; another one follows it by itself")
        return
    with renewed(work.chores):
        once = replace(work, sweep=lambda now: _swept(built, now, found)).sweep_once
        result = consumer.spend(work.chores, lease, once)
    _show_swept(found, built.settings.sweep_limit)
    if isinstance(result, Exception):
        raise result


def _swept(built: context.Context, now: datetime, found: list[SweepResult]) -> None:
    found.append(sweep.sweep(built, now))
    found[-1].ensure_finished()


def _show_swept(found: list[SweepResult], limit: int) -> None:
    for swept in found:
        for key in sorted(swept.due.values()):
            click.echo(f"due {key}")
        _show_held(swept, limit)
        click.echo(swept.summary())


def _claim(chores: WorkQueue) -> Lease | None:
    """The right to sweep, once nobody else does; None where somebody did all the while."""
    chores.open(patience=0)  # no worker may be running
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if chores.is_settled(SWEEP):
            chores.mark([SWEEP])
        lease = chores.claim(SWEEP)
        if lease:
            return lease
        time.sleep(0.1)
    return None


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
            at = each.at.astimezone(built.protocol.zone)
            click.echo(f"{each.ticket.key}: {would}{done} (requested {at:%Y-%m-%d %H:%M %Z})")
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
