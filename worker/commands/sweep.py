"""`escalation sweep`: one sweep now, or what it would do.

A sweep takes its turn like the worker's own, and counts like it. A dry run writes nothing, neither to Jira nor to
Redis."""

import time
from dataclasses import replace
from datetime import datetime

import click

from config.settings import Settings
from worker import clock
from worker.commands.reconcile import PATIENCE, plan_lines
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import reachable
from worker.errors import CannotDo, NotOurs
from worker.look import context
from worker.look.reconciler import Reconciler
from worker.queue import consumer
from worker.queue.heartbeat import renewed
from worker.queue.workqueue import Lease, WorkQueue
from worker.run import assembly, worker_process
from worker.run.tasks import SWEEP
from worker.sweep import sweep
from worker.sweep.result import SweepResult


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
    reconciler = assembly.reconciler(settings, built.protocol)
    changes = sum(
        _show_look(reconciler, swept, id, key) for id, key in sorted(swept.due.items(), key=lambda due: due[1])
    )
    _show_held(swept, settings.sweep_limit)
    click.echo(swept.summary(would_change=changes))
    swept.ensure_finished()


def _show_look(reconciler: Reconciler, swept: SweepResult, id: str, key: str) -> bool:
    """Prints what a look would do; whether that is anything."""
    try:
        lines = plan_lines(reconciler.look(id, clock.now(), lambda: None))
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
    work = worker_process.work_of(built)
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


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what a sweep and its looks would do, write nothing.")
def command(dry_run: bool) -> None:
    """Sweeps."""
    sweep_now(operator.found(), dry_run=dry_run)
