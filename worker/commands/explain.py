"""`escalation explain`: what a grade promises, or why a ticket has its dates; every date with the rule that gave it."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from config import protocol_file
from config.mistakes import did_you_mean, found
from config.protocol import Grade, Protocol
from worker import clock, running_system
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell, words
from worker.escalation.dates.formatting import stamp
from worker.escalation.dates.timing import promise
from worker.release import question

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.escalation.views.account import Account
    from worker.look.trail import Trail

JIRA_SECONDS = 10.0
_NAMES = {"fix_by": "fix by", "window_start": "window from", "window_end": "window to", "due_date": "due date"}
_NUMBERS = "What the numbers in brackets say: escalation gate explain --clauses"


def grade(name: str, graded_at: str, project: str | None, *, as_json: bool) -> int:
    """Prints the promise of a grade given at that instant; 2 where grade, instant or project are none."""
    try:
        instant = question.instant_of(graded_at, "--graded-at")
        rules = question.rules_of(project, protocol_file.load(running_system.protocol_file()))
        promised = promise(_grade(name, rules), instant, rules).to_json()
    except ValueError as error:
        return tell(WRONG, str(error))
    said = _promise_lines(promised, rules.zone)
    click.echo(json.dumps(promised, ensure_ascii=False) if as_json else "\n".join([*said, "", _NUMBERS]))
    return 0


def _grade(name: str, rules: Protocol) -> Grade:
    """However it is spelled, as in a vote, or by its label."""
    spelled = {_folded(name): grade for grade in reversed(rules.grades) for name in (grade.label, grade.name)}
    if _folded(name) not in spelled:
        names = [grade.name for grade in rules.grades]
        near = did_you_mean(name, names)
        raise ValueError(f"--grade: found {found(name)}, expected one of {', '.join(names)}{near}")
    return spelled[_folded(name)]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _promise_lines(promised: dict[str, Any], zone: ZoneInfo) -> list[str]:
    """Each date, and below those that one rule gives that rule."""
    lines = [f"{promised['grade']}, graded {_at(promised['graded_at'], zone)}"]
    for (value, clause, why), rules in groupby(promised["rules"], itemgetter("value", "clause", "words")):
        lines += [f"  {_NAMES[rule['date']]:<13}{_at(value, zone):<23}" for rule in rules]
        lines[-1] = f"{lines[-1]}  [{clause}]" if clause else lines[-1]
        lines += [f"               {why}"]
    return [line.rstrip() for line in lines]


def _at(value: str | None, zone: ZoneInfo) -> str:
    """A date or an instant as RFC 3339, for people."""
    if value is None:
        return "none"
    return stamp(datetime.fromisoformat(value), zone) if "T" in value else f"{date.fromisoformat(value):%a %Y-%m-%d}"


def ticket(key: str, *, as_json: bool) -> int:
    """Prints what led to a ticket's promise, from its record in Jira; 2 where there is no such ticket, 3 where Jira
    cannot be asked.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    from worker.commands.shared import account_lines  # noqa: PLC0415
    from worker.errors import EscalationError, NotOurs  # noqa: PLC0415

    try:
        [key] = question.keys_of([key], "KEY")
        told, whole, missing = _explained(key)
    except (ValueError, NotOurs) as error:
        return tell(WRONG, str(error))
    except EscalationError as error:
        return tell(UNREACHABLE, words(error))
    if as_json:
        click.echo(
            json.dumps(told | account_lines.as_json(whole, ZoneInfo(told["timezone"])), ensure_ascii=False, indent=2)
        )
    else:
        head, rest = account_lines.state_lines(whole), _ticket_lines(told)
        story = [*account_lines.told_lines(whole), *account_lines.story_lines(whole, missing)]
        click.echo("\n".join([*head, "", *rest, "", *story, *(["", _NUMBERS] if told["promised"] else [])]))
    return 0


def _explained(key: str) -> tuple[dict[str, Any], "Account", str]:
    """What led to the promise, the whole account, and why no looks are in it ("": they are)."""
    from worker import log  # noqa: PLC0415
    from worker.escalation.views.account import account  # noqa: PLC0415
    from worker.escalation.views.dossier import dossier  # noqa: PLC0415
    from worker.jira import connect, issue_memory  # noqa: PLC0415
    from worker.jira.override_note import Notices  # noqa: PLC0415
    from worker.jira.release_facts import Standings  # noqa: PLC0415

    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    protocol = protocol_file.load(settings.protocol_file)
    site = connect.site(settings, read_seconds=JIRA_SECONDS)
    escalation = Notices(site, protocol, issue_memory.NoIssueMemory()).find(key)
    rules, now = protocol.for_project(escalation.project), clock.now()
    fixed_at = Standings(site).read(escalation.key, protocol).resolved_at if escalation.done else None
    facts = dossier(escalation, rules, now, fixed_at)
    kept, missing = _trail(settings, escalation.id)
    said = {each["comment"]: each for each in (*(kept.said if kept else ()), *_plain(facts["said"]))}
    facts["said"] = _in_zone(sorted(said.values(), key=lambda each: datetime.fromisoformat(each["at"])), rules.zone)
    entries = kept.entries if kept else ()
    return facts, account(facts, facts["said"], entries, protocol, now, names=True), missing


def _in_zone(said: list[Mapping[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [{**each, "at": datetime.fromisoformat(each["at"]).astimezone(zone).isoformat()} for each in said]


def _plain(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "at": each["at"].isoformat(timespec="seconds")} for each in said]


def _trail(settings: "Settings", id: str) -> tuple["Trail | None", str]:
    """What looks have left of the ticket; why that is not to be had, where it is not."""
    from worker.look.trail import Trails  # noqa: PLC0415
    from worker.queue import store  # noqa: PLC0415

    if not settings.redis_url:
        return None, "what looks did is kept in Redis, and REDIS_URL is not set here"
    try:
        return Trails(store.connect(settings.require_redis(), patience=1.0)).of_id(id), ""
    except (store.StoreError, OSError):
        return None, "what looks did is kept in Redis, which does not answer"


def _ticket_lines(told: dict[str, Any]) -> list[str]:
    asked, zone = told["asked"], ZoneInfo(told["timezone"])
    if not asked["round"]:
        return [f"{told['key']}: no evaluation is on record, so nothing is promised", *_rest(told)]
    requested = f", requested {_at(asked['requested_at'], zone)}" if asked["requested_at"] else ""
    ended = asked["ended"] or "under way"
    promised = [f"  {line}" for line in _promise_lines(told["promised"], zone)] if told["promised"] else []
    return [
        f"{told['key']} (times in {told['timezone']})",
        f"Asked: round {asked['round']}{requested}; {ended}",
        *(f"  {_seat_line(each, zone, under_way=not asked['ended'])}" for each in asked["seats"]),
        *_decided_lines(told["decided"], told["votes"], zone),
        *(["Promised:", *promised] if promised else []),
        *_fix_lines(told["fix"], zone),
        *_rest(told),
    ]


def _seat_line(seat: dict[str, Any], zone: ZoneInfo, *, under_way: bool) -> str:
    line = f"{seat['title']}: {seat['asked'] or 'nobody'}, on {seat['evaluation']}"
    if seat["voted_at"]:
        more = ", and is asked to decide" if seat["awaited"] else ""
        return f"{line}: voted {_at(seat['voted_at'], zone)}{more}"
    if seat["awaited"]:
        return f"{line}: the vote is missing"
    return f"{line}: not waited for" if under_way else f"{line}: had not voted"


def _decided_lines(decided: dict[str, Any] | None, votes: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    if decided is None:
        return ["Decided: nothing"]
    split = "; the votes differed" if decided["split"] else ""
    return [
        "Votes that counted:" if votes else "Votes that counted: none",
        *(f"  {vote['title']}: {vote['grade']}, by {vote['by']}, {_at(vote['at'], zone)}" for vote in votes),
        f"Decided: {decided['grade']}, {_at(decided['graded_at'], zone)}: {decided['words']}{split}",
    ]


def _fix_lines(fix: dict[str, Any] | None, zone: ZoneInfo) -> list[str]:
    if fix is None or fix["state"] == "none":
        return []
    start, end = _at(fix["planned_start"], zone), _at(fix["planned_end"], zone)
    planned = f"; planned {start} to {end}" if fix["planned_start"] else ""
    fixed = f"fixed {_at(fix['fixed_at'], zone)}; " if fix["fixed_at"] else ""
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
