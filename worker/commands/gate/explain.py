"""`escalation gate explain`: the rule, the zone, what lies ahead and the next openings."""

import json
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click

from config import protocol_file
from config.protocol import Business, Protocol
from config.values import END_OF_DAY
from worker import clock, running_system
from worker.commands.shared.exits import WRONG, tell
from worker.escalation.dates.clauses import SENTENCES
from worker.escalation.dates.formatting import fixed_zone_warning, stamp, wall
from worker.escalation.dates.timing import Window
from worker.escalation.release.hours import ahead, may_ship, openings
from worker.release import question as asking

OPENINGS = 7


def explain(at: str | None, project: str | None, *, as_json: bool, clauses: bool) -> int:
    """Prints the rule, the zone, what lies ahead and the next openings; `clauses`: and each number with its sentence.
    2 for an instant or a project that is none."""
    try:
        rehearsed = asking.instant_of(at, "--at") if at is not None else None
        rules = asking.rules_of(project, protocol_file.load(running_system.protocol_file()))
    except ValueError as error:
        return tell(WRONG, str(error))
    told = rule(rules, rehearsed or clock.now()) | ({"clauses": SENTENCES} if clauses else {})
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else _told(told, rules))
    return 0


def rule(rules: Protocol, at: datetime) -> dict[str, Any]:
    """The rule as plain values: instants in RFC 3339."""
    business, clock = rules.business, may_ship(at, timedelta(0), rules)
    opens, closes = _hours(business)
    freezes, windows = ahead(at, rules)
    return {
        "rule": _rule_words(rules),
        "protocol_clause": "R13, D2, D4",
        "hours": {"from": opens, "to": closes},
        "gate_days": business.gate_days,
        "timezone": rules.timezone,
        "warning": fixed_zone_warning(rules.zone, opens, closes, clock.evaluated_at.year) or None,
        "evaluated_at": clock.evaluated_at.isoformat(timespec="seconds"),
        "open": clock.allowed,
        "open_until": clock.closes_at.isoformat() if clock.closes_at else None,
        "freezes": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in freezes],
        "extra_windows": [_span(window) for window in windows],
        "next_openings": [_span(window) for window in islice(openings(at, rules), OPENINGS)],
    }


def _span(window: Window) -> dict[str, str]:
    return {"from": window.start.isoformat(), "to": window.end.isoformat()}


def _hours(business: Business) -> tuple[str, str]:
    closes = "24:00" if business.closes == END_OF_DAY else f"{business.closes:%H:%M}"
    return f"{business.opens:%H:%M}", closes


def _rule_words(rules: Protocol) -> str:
    opens, closes = _hours(rules.business)
    days = "on every day of the week" if rules.business.gate_days == "all" else "on business days"
    names = [grade.name for grade in rules.grades if grade.releases_in_business_hours]
    first = f"Only {' and '.join(names)} fixes are" if names else "Nothing is"
    return f"{first} released from {opens} until before {closes}, {days}; outside these hours anything is."


def _told(told: dict[str, Any], rules: Protocol) -> str:
    freezes = [f"{each['from']} to {each['to']}" for each in told["freezes"]]
    return "\n".join(
        [
            f"{told['rule']} [{told['protocol_clause']}]",
            f"Zone: {told['timezone']}",
            *([f"Warning: {told['warning']}"] if told["warning"] else []),
            _now(told, rules),
            *_listed("Freezes ahead, in which nothing but the grades named above is released:", freezes),
            *_listed("Extra windows ahead, in which anything is released:", _spans(told["extra_windows"], rules)),
            *_listed("Next openings:", _spans(told["next_openings"], rules), "none within 400 days"),
            *([""] if "clauses" in told else []),
            *(f"{number:<4} {sentence}" for number, sentence in told.get("clauses", {}).items()),
        ]
    )


def _now(told: dict[str, Any], rules: Protocol) -> str:
    at = wall(datetime.fromisoformat(told["evaluated_at"]).replace(second=0), rules.zone)
    if not told["open"]:
        names = " and ".join(grade.name for grade in rules.grades if grade.releases_in_business_hours)
        return f"At {at}: {f'only {names} ships' if names else 'nothing ships'}."
    until = told["open_until"]
    return f"At {at}: anything ships{f', until {wall(datetime.fromisoformat(until), rules.zone)}' if until else ''}."


def _spans(windows: list[dict[str, str]], rules: Protocol) -> list[str]:
    edges = ([stamp(datetime.fromisoformat(each[edge]), rules.zone) for edge in ("from", "to")] for each in windows)
    return [f"{start} to {end}" for start, end in edges]


def _listed(head: str, lines: list[str], nothing: str = "none") -> list[str]:
    return [head, *(f"    {line}" for line in lines or [nothing])]


@click.command()
@click.option("--project", metavar="KEY", help="The rule of one Jira project.")
@click.option("--at", metavar="TIMESTAMP", help="As of another instant.")
@click.option("--clauses", is_flag=True, help="Say what each number means that any command names (R13, D2 …).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(project: str | None, at: str | None, clauses: bool, as_json: bool) -> int:
    """Gives the exit code."""
    return explain(at, project, as_json=as_json, clauses=clauses)
