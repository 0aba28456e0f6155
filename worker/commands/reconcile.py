"""`escalation reconcile`: looks at one ticket now, and prints what is done.

It takes its turn like any worker, so that it never acts beside one."""

import time

import click

from config.settings import Settings
from worker import clock
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import MEND, WRONG, end, reachable
from worker.errors import EscalationError, NotOurs, TryAgain
from worker.look import protocol_with_texts
from worker.look.handler import look as look_at
from worker.look.reconciler import Outcome
from worker.queue import consumer
from worker.queue.heartbeat import renewed
from worker.queue.workqueue import Lease, WorkQueue
from worker.release import question
from worker.run import assembly

PATIENCE = 15.0


def reconcile(settings: Settings, key: str, *, dry_run: bool) -> None:
    """Look at one ticket now and print the plan; exit 2 if it is no ticket of ours, 3 if Jira cannot be reached."""
    settings, key = settings.model_copy(update={"dry_run": dry_run or settings.dry_run}), _named(key)
    try:
        with reachable():
            lines = _plan_of(settings, key) if settings.dry_run else _turn_at(settings, key)
    except NotOurs as error:
        end(WRONG, f"{key}: {error}. Is the key right, and may our account see the ticket?")
    click.echo("\n".join(lines) or f"{key}: nothing to do")


def _named(issue: str) -> str:
    """A key as Jira writes it, or an id, which is what a failure shows that came before the key was known."""
    try:
        return issue if issue.isascii() and issue.isdecimal() else question.keys_of([issue], "KEY")[0]
    except ValueError as error:
        end(WRONG, str(error))


def _plan_of(settings: Settings, key: str) -> list[str]:
    """What would be done, from Jira alone."""
    reconciler = assembly.reconciler(settings, protocol_with_texts.load_protocol(settings.protocol_file))
    return plan_lines(reconciler.look(reconciler.ticket_id(key), clock.now(), lambda: None))


def plan_lines(outcome: Outcome) -> list[str]:
    """What a look on a dry run would have done."""
    return [f"would {action}" for action in outcome.plan.actions] + ["would save the record"] * outcome.plan.save


def _turn_at(settings: Settings, key: str) -> list[str]:
    """A whole turn as a worker takes it: the ticket is claimed, whatever pause it is in, looked at and given back."""
    built = assembly.build(settings)
    id = built.reconciler.ticket_id(key)
    built.queue.ask_retry(id)
    lease = _claim(built.queue, id)
    lease.retry = True  # a worker that had the ticket until now may have taken the retry for its own look
    with renewed(built.queue):
        outcome = consumer.spend(built.queue, lease, lambda *look: look_at(built, *look))
    if isinstance(outcome, EscalationError):
        raise outcome
    if not isinstance(outcome, Outcome):
        end(MEND, f"{key}: the look failed with {type(outcome).__name__}. This is a mistake in the worker.")
    failed = [f"cannot do: {failure.what} {failure.mend}" for failure in outcome.failures]
    return [*(str(action) for action in outcome.plan.actions), *failed]


def _claim(queue: WorkQueue, id: str) -> Lease:
    """The ticket's lease, as soon as no worker has it."""
    queue.open()  # no worker may be running
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        queue.hurry([id])
        lease = queue.claim(id)
        if lease:
            return lease
        time.sleep(0.1)
    raise TryAgain("a worker is at this ticket; it will have looked at it by now")


@click.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Print the plan, write nothing.")
def command(key: str, dry_run: bool) -> None:
    """Looks."""
    reconcile(operator.found(), key, dry_run=dry_run)
