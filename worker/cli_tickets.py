"""`escalation reconcile` and `failures`: what an operator does about tickets, one command each.

A command that looks at a ticket takes its turn like any worker, so that it never acts beside one.
"""

import json
import sys
import time
from datetime import UTC, datetime
from typing import NoReturn

import click

from config.settings import Settings
from worker import context
from worker.desk import Outcome
from worker.errors import CannotDo, EscalationError, LeaseLost, NotOurs, TryAgain, Unauthorized
from worker.turn import pause_after
from worker.workqueue import Lease

WRONG, UNREACHABLE = 2, 3
PATIENCE = 15.0


def reconcile(settings: Settings, key: str, *, dry_run: bool) -> None:
    """Look at one ticket now and print the plan; exit 2 if it is no ticket of ours, 3 if Jira cannot be reached."""
    settings = settings.model_copy(update={"dry_run": dry_run or settings.dry_run})
    try:
        lines = _plan_of(settings, key) if settings.dry_run else _turn_at(settings, key)
    except NotOurs as error:
        _end(WRONG, f"{key}: {error}. Is the key right, and may our account see the ticket?")
    except CannotDo as error:
        _end(1, f"{error.what} {error.mend}")
    except (TryAgain, Unauthorized, LeaseLost) as error:
        _end(UNREACHABLE, str(error))
    click.echo("\n".join(lines) or f"{key}: nothing to do")


def _plan_of(settings: Settings, key: str) -> list[str]:
    """What would be done, from Jira alone."""
    desk = context.desk(settings, context.load_protocol(settings.protocol_file))
    return plan_lines(desk.look(desk.ticket_id(key), datetime.now(UTC), lambda: None))


def plan_lines(outcome: Outcome) -> list[str]:
    """What a look on a dry run would have done."""
    return [f"would {action}" for action in outcome.plan.actions] + ["would save the record"] * outcome.plan.save


def _turn_at(settings: Settings, key: str) -> list[str]:
    """A whole turn: the ticket is claimed, looked at until it is settled, and given back."""
    built = context.build(settings)
    id = built.desk.ticket_id(key)
    lease = _claim(built, id)
    try:
        now = datetime.now(UTC)
        outcome = built.desk.look(id, now, lease.check, retry=True)
    except EscalationError as error:
        built.queue.failed(lease, pause_after(error, lease), progressed=getattr(error, "progressed", False))
        raise
    built.seen(outcome, now)
    built.queue.done(lease)
    failed = [f"cannot do: {failure.what} {failure.mend}" for failure in outcome.failures]
    return [*(str(action) for action in outcome.plan.actions), *failed]


def _claim(built: context.Context, id: str) -> Lease:
    """The ticket's lease, as soon as no worker has it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        built.queue.mark([id])
        lease = built.queue.claim(id)
        if lease:
            return lease
        time.sleep(0.1)
    raise TryAgain("a worker is at this ticket; it will have looked at it by now")


def list_failures(settings: Settings, *, as_json: bool) -> None:
    """What a person has to mend, ticket by ticket."""
    listed = context.build(settings).failures.listed()
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


def retry_failures(settings: Settings, keys: tuple[str, ...]) -> None:
    """Has the workers try again at once: these tickets, or all that are listed."""
    built = context.build(settings)
    for id, key in _chosen(built, keys):
        built.failures.ask_retry(id)
        built.queue.mark([id])
        click.echo(f"{key}: is tried again")


def drop_failures(settings: Settings, keys: tuple[str, ...]) -> None:
    """Takes tickets off the list; a failure that comes again is listed again."""
    built = context.build(settings)
    for id, key in _chosen(built, keys):
        built.failures.drop(id)
        click.echo(f"{key}: is off the list")


def _chosen(built: context.Context, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    listed = {key: id for id, (key, _) in built.failures.listed().items()}
    unknown = [key for key in keys if key.upper() not in listed and key not in listed]
    if unknown:
        _end(WRONG, f"not on the list of failures: {', '.join(unknown)}. See `escalation failures list`.")
    wanted = {key.upper() for key in keys}
    return [(id, key) for key, id in listed.items() if not keys or key.upper() in wanted]


def _end(code: int, line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(code)
