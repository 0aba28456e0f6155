"""`escalation explain`: what a grade promises, or why a ticket has its dates; every date with the rule that gave it."""

import json
import re
from typing import Any

import click

from config import protocol_file
from config.mistakes import did_you_mean, found
from config.protocol import Grade, Protocol
from worker import clock, running_system
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell, words
from worker.escalation.dates.timing import promise
from worker.release import question

JIRA_SECONDS = 10.0
_NAMES = {"fix_by": "fix by", "window_start": "window from", "window_end": "window to", "due_date": "due date"}


def grade(name: str, graded_at: str, project: str | None, *, as_json: bool) -> int:
    """Prints the promise of a grade given at that instant; 2 where grade, instant or project are none."""
    try:
        instant = question.instant_of(graded_at, "--graded-at")
        rules = question.rules_of(project, protocol_file.load(running_system.protocol_file()))
        promised = promise(_grade(name, rules), instant, rules).to_json()
    except ValueError as error:
        return tell(WRONG, str(error))
    click.echo(json.dumps(promised, ensure_ascii=False) if as_json else "\n".join(_promise_lines(promised)))
    return 0


def _grade(name: str, rules: Protocol) -> Grade:
    """However it is spelled, as in a vote."""
    spelled = {_folded(grade.name): grade for grade in rules.grades}
    if _folded(name) not in spelled:
        names = [grade.name for grade in rules.grades]
        near = did_you_mean(name, names)
        raise ValueError(f"--grade: found {found(name)}, expected one of {', '.join(names)}{near}")
    return spelled[_folded(name)]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _promise_lines(promised: dict[str, Any]) -> list[str]:
    head = f"{promised['grade']}, graded {promised['graded_at']}"
    return [head, *(line for rule in promised["rules"] for line in _rule_lines(rule))]


def _rule_lines(rule: dict[str, Any]) -> list[str]:
    clause = f"[{rule['clause']}]" if rule["clause"] else ""
    return [f"  {_NAMES[rule['date']]:<12}{rule['value'] or 'none':<27}{clause}", f"              {rule['words']}"]


def ticket(key: str, *, as_json: bool) -> int:
    """Prints what led to a ticket's promise, from its record in Jira; 2 where there is no such ticket, 3 where Jira
    cannot be asked.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    from worker.errors import EscalationError, NotOurs  # noqa: PLC0415

    try:
        [key] = question.keys_of([key], "KEY")
        told = _explained(key)
    except (ValueError, NotOurs) as error:
        return tell(WRONG, str(error))
    except EscalationError as error:
        return tell(UNREACHABLE, words(error))
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else "\n".join(_ticket_lines(told)))
    return 0


def _explained(key: str) -> dict[str, Any]:
    from worker import log  # noqa: PLC0415
    from worker.escalation.views.explanation import explained  # noqa: PLC0415
    from worker.jira import connect, issue_memory  # noqa: PLC0415
    from worker.jira.override_note import Notices  # noqa: PLC0415
    from worker.jira.release_facts import Standings  # noqa: PLC0415

    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    protocol = protocol_file.load(settings.protocol_file)
    site = connect.site(settings, read_seconds=JIRA_SECONDS)
    escalation = Notices(site, protocol, issue_memory.NoIssueMemory()).find(key)
    rules = protocol.for_project(escalation.project)
    fixed_at = Standings(site).read(escalation.key, protocol).resolved_at if escalation.done else None
    return explained(escalation, rules, fixed_at, clock.now())


def _ticket_lines(told: dict[str, Any]) -> list[str]:
    asked = told["asked"]
    if not asked["round"]:
        return [f"{told['key']}: no evaluation is on record, so nothing is promised", *_rest(told)]
    requested = f", requested {asked['requested_at']}" if asked["requested_at"] else ""
    ended = asked["ended"] or "under way"
    return [
        f"{told['key']}  (times in {told['timezone']})",
        f"Asked: round {asked['round']}{requested}; {ended}",
        *(f"  {_seat_line(each, under_way=not asked['ended'])}" for each in asked["seats"]),
        *_decided_lines(told["decided"], told["votes"]),
        *(["Promised:"] + [f"  {line}" for line in _promise_lines(told["promised"])] if told["promised"] else []),
        *_fix_lines(told["fix"]),
        *_rest(told),
    ]


def _seat_line(seat: dict[str, Any], *, under_way: bool) -> str:
    line = f"{seat['seat']}: {seat['asked'] or 'nobody'}, on {seat['evaluation']}"
    if seat["voted_at"]:
        return f"{line}: voted {seat['voted_at']}{', and is asked to decide' if seat['awaited'] else ''}"
    if seat["awaited"]:
        return f"{line}: the vote is missing"
    return f"{line}: not waited for" if under_way else line


def _decided_lines(decided: dict[str, Any] | None, votes: list[dict[str, Any]]) -> list[str]:
    if decided is None:
        return ["Decided: nothing"]
    split = "; the votes differed" if decided["split"] else ""
    return [
        "Votes that counted:" if votes else "Votes that counted: none",
        *(f"  {vote['seat']}: {vote['grade']}, by {vote['by']}, {vote['at']}" for vote in votes),
        f"Decided: {decided['grade']}, {decided['graded_at']}: {decided['words']}{split}",
    ]


def _fix_lines(fix: dict[str, Any] | None) -> list[str]:
    if fix is None:
        return []
    planned = f"; planned {fix['planned_start']} to {fix['planned_end']}" if fix["planned_start"] else ""
    fixed = f"fixed {fix['fixed_at']}; " if fix["fixed_at"] else ""
    return [f"Fix: {fixed}{fix['words']}{planned} [{fix['clause']}]"]


def _request_lines(told: dict[str, Any]) -> list[str]:
    """A line for each linked request: its client was told, or not."""
    how = {"auto": "by comment", "draft": "left as a draft for a person to send"}
    lines = []
    for each in told["requests"]:
        heard, unlinked = each["told"], "" if each["linked"] else "; no longer linked"
        words = f"{how.get(heard['how'], heard['how'])} (round {heard['round']})" if heard else "not told"
        lines.append(f"Client of {each['key']}: {words}{unlinked}")
    return [*lines, *([f"{told['beyond']} more linked requests are not told"] if told["beyond"] else [])]


def _rest(told: dict[str, Any]) -> list[str]:
    client = told["told"]
    how = {"auto": "by comment", "draft": "left as a draft for a person to send", "off": "not told: switched off"}
    return [
        *(["What moved it:"] + [f"  {line}" for line in told["moved"]] if told["moved"] else []),
        f"Client: {how.get(client['how'], client['how'])} (round {client['round']})" if client else "Client: not told",
        *_request_lines(told),
        *(f"Failed: {each['step']}: {each['what']} {each['mend']}" for each in told["failures"]),
    ]


@click.command()
@click.argument("key", required=False)
@click.option("--grade", "name", metavar="SEV-2", help="The grade.")
@click.option("--graded-at", metavar="TIMESTAMP", help="When it was given, with the offset from UTC.")
@click.option("--project", metavar="KEY", help="By the rules of this Jira project.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(key: str | None, name: str | None, graded_at: str | None, project: str | None, as_json: bool) -> int:
    """Gives the exit code."""
    if key and (name or graded_at or project):
        raise click.UsageError("expected either a ticket's key, or --grade and --graded-at, and not both")
    if key:
        return ticket(key, as_json=as_json)
    if not name or not graded_at:
        raise click.UsageError("expected a ticket's key, or --grade together with --graded-at")
    return grade(name, graded_at, project, as_json=as_json)
