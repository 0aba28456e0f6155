"""`escalation gate` and what belongs to it: may this ship, the rule and the next openings, overrides.

Off-hours the clock alone answers, so nothing of Jira or Redis is imported before it is needed. Exit codes are what
pipelines rely on: 0 may ship, 10 wait, 2 usage or configuration, 3 cannot tell.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from config import protocol_file
from config.protocol import Business, Protocol
from config.values import END_OF_DAY
from worker import clock, running_system
from worker.commands.exits import INTERRUPTED, UNREACHABLE, WRONG, reachable, tell
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.formatting import fixed_zone_warning, wall
from worker.escalation.dates.timing import Window
from worker.escalation.release.hours import ahead, may_ship, openings
from worker.escalation.release.override import Override
from worker.release import question as asking
from worker.release.gate import Answer, Gate, Known

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.release.grades import Grades

EXIT = {"ship": 0, "wait": 10, "cannot-tell": 3}
SAYS = {"ship": "may ship", "wait": "wait", "cannot-tell": "cannot tell, so it may not ship"}
POLL_SECONDS = 30.0
OPENINGS = 7
JIRA_SECONDS = 5.0

Clock = Callable[[], datetime]


def ask(issues: Sequence[str], duration: str | None, at: str | None, wait: str | None, *, as_json: bool) -> int:
    """Answers once, or as soon as it may ship; gives the exit code.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    try:
        question = asking.question(issues, duration, at, dashes="--")
        patience = asking.duration_of(wait, "--wait") if wait is not None else timedelta(0)
        if patience and question.at:
            raise ValueError("--wait: found together with --at, expected one of them: a rehearsal does not wait")
    except ValueError as error:
        return tell(WRONG, str(error))
    protocol = protocol_file.load(running_system.protocol_file())
    sources = Sources(protocol)
    gate = Gate(protocol, sources.known, sources.overrides)
    try:
        answer = until_it_ships(lambda at: gate.answer(question, at), question, patience, clock.now)
    except KeyboardInterrupt:
        return tell(INTERRUPTED, "stopped; nothing is allowed by this")
    click.echo(json.dumps(answer.to_json(), ensure_ascii=False) if as_json else _said(answer))
    return EXIT[answer.verdict]


def _said(answer: Answer) -> str:
    return f"{SAYS[answer.verdict]}: {answer.reason}"


def until_it_ships(
    ask: Callable[[datetime], Answer],
    question: asking.Question,
    patience: timedelta,
    clock: Clock,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Asks until it may ship or `patience` has passed; the last answer. Never sleeps past an opening."""
    end, said = clock() + patience, ""
    while True:
        at = clock()
        answer = ask(at)
        left = (end - at).total_seconds()
        if answer.allowed or left <= 0 or _is_in_vain(answer, question, end):
            return answer
        if said != answer.reason:
            said = answer.reason
            click.echo(f"waiting: {said}", err=True)
        sleep(min(_pause(answer, question, at), left))


def _is_in_vain(answer: Answer, question: asking.Question, end: datetime) -> bool:
    """Whether only the clock can open the gate, and will not in time."""
    opening = answer.clock.next_opening
    return not question.issues and (opening is None or elapsed(opening, end) < timedelta(0))


def _pause(answer: Answer, question: asking.Question, at: datetime) -> float:
    """Seconds until it is worth asking again, with some jitter, so that pipelines do not ask in step."""
    opening = answer.clock.next_opening
    poll = POLL_SECONDS * random.uniform(0.7, 1.3) if question.issues else float("inf")  # noqa: S311 - no secret
    opens = max(elapsed(at, opening).total_seconds(), 0.0) + random.uniform(0.0, 1.0) if opening else float("inf")  # noqa: S311
    return max(0.05, min(poll, opens))


class Sources:
    """What a question needs beside the clock, opened when it is first needed."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._grades: Grades | None = None
        self._read: Settings | None = None

    @property
    def _settings(self) -> "Settings":
        if self._read is None:
            self._read = _settings()
        return self._read

    def known(self, keys: Sequence[str]) -> Sequence[Known]:
        """What Jira says of these tickets."""
        if self._grades is None:
            self._grades = self._open()
        return self._grades.of(keys)

    def _open(self) -> "Grades":
        from worker.jira.signin.credentials import credentials  # noqa: PLC0415
        from worker.jira.site import Site  # noqa: PLC0415
        from worker.release.grades import Grades  # noqa: PLC0415

        given = credentials(self._settings.require_jira())
        secrets = [secret.get_secret_value() for secret in self._settings.record_secrets]
        site = Site(given, self._pauses(), read_seconds=JIRA_SECONDS, record_secrets=secrets)
        return Grades(site, self._protocol)

    def _pauses(self) -> Any:
        """The workers' pauses, where their Redis is known."""
        if self._settings.redis_url is None:
            return None
        from worker.queue import store  # noqa: PLC0415
        from worker.queue.retry_after import Pauses  # noqa: PLC0415

        return Pauses(store.connect(self._settings.require_redis(), patience=0.5))

    def overrides(self, at: datetime) -> Sequence[Override]:
        """Those in force, where Redis is known and answers."""
        if self._settings.redis_url is None:
            return ()
        from worker.queue import store  # noqa: PLC0415
        from worker.release.overrides import Overrides  # noqa: PLC0415

        return Overrides(store.connect(self._settings.require_redis(), patience=0.5)).known(at)


def _settings() -> "Settings":
    """All settings; and from here on only warnings are logged, on stderr: stdout is the answer's."""
    from worker import log  # noqa: PLC0415

    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    return settings


# the rule


def explain(at: str | None, project: str | None, *, as_json: bool) -> int:
    """Prints the rule, the zone, what lies ahead and the next openings."""
    try:
        rehearsed = asking.instant_of(at, "--at") if at is not None else None
        rules = asking.rules_of(project, protocol_file.load(running_system.protocol_file()))
    except ValueError as error:
        return tell(WRONG, str(error))
    told = rule(rules, rehearsed or clock.now())
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
        "evaluated_at": clock.evaluated_at.isoformat(),
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
    def span(each: dict[str, str]) -> str:
        start, end = (wall(datetime.fromisoformat(each[edge]), rules.zone) for edge in ("from", "to"))
        return f"    {start} to {end}"

    at, open_until = wall(datetime.fromisoformat(told["evaluated_at"]), rules.zone), told["open_until"]
    until = f", until {wall(datetime.fromisoformat(open_until), rules.zone)}" if open_until else ""
    lines = [
        f"{told['rule']} ({told['protocol_clause']})",
        f"Zone: {told['timezone']}",
        *([f"Warning: {told['warning']}"] if told["warning"] else []),
        f"At {at} it is {f'open{until}' if told['open'] else 'shut'}.",
        "Freezes ahead, in which nothing but the grades named above is released:",
        *([f"    {each['from']} to {each['to']}" for each in told["freezes"]] or ["    none"]),
        "Extra windows ahead, in which anything is released:",
        *([span(each) for each in told["extra_windows"]] or ["    none"]),
        "Next openings:",
        *([span(each) for each in told["next_openings"]] or ["    none within 400 days"]),
    ]
    return "\n".join(lines)


# overrides


def list_overrides(*, as_json: bool) -> int:
    """Prints the overrides in force; ends the command with 3 where Redis cannot be reached."""
    from worker.queue import store  # noqa: PLC0415
    from worker.release.overrides import Overrides  # noqa: PLC0415

    settings = _settings()
    rules = protocol_file.load(settings.protocol_file)
    with reachable():
        listed = Overrides(store.connect(settings.require_redis(), patience=2)).listed(clock.now())
    if as_json:
        click.echo(json.dumps([each.to_json() for each in listed], ensure_ascii=False, indent=2))
        return 0
    for each in listed:
        click.echo(f"{', '.join(each.issues)}: until {wall(each.until, rules.zone)}, by {each.by}: {each.reason}")
    click.echo(f"{len(listed)} in force" if listed else "no overrides in force")
    return 0


def override(asked: dict[str, Any], url: str | None, *, as_json: bool) -> int:
    """Asks the web process for an override, which checks the credential, keeps it and notes it; 2 refused, 3 not
    reached."""
    import requests  # noqa: PLC0415

    from worker.web import address  # noqa: PLC0415

    settings = _settings()
    if settings.gate_override_token is None:
        return tell(WRONG, "GATE_OVERRIDE_TOKEN: not set, expected the token that the web process has")
    web = (url or address.url_here(settings.host, settings.port)).rstrip("/")
    headers = {"Authorization": f"Bearer {settings.gate_override_token.get_secret_value()}"}
    try:
        answer = requests.post(f"{web}/gate/override", json=asked, headers=headers, timeout=60, allow_redirects=False)
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        return tell(UNREACHABLE, f"the web process at {web} cannot be asked ({type(error).__name__})")
    if answer.status_code not in (200, 201):
        code = UNREACHABLE if answer.status_code >= 500 else WRONG
        return tell(code, str(said.get("reason", f"{web} answered {answer.status_code}")))
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else _granted(said))
    return 0


def _granted(said: dict[str, Any]) -> str:
    head = "overridden" if said["new"] else "was overridden already"
    lines = [f"{head}: {', '.join(said['issues'])} until {said['until']}"]
    for note in said["notes"]:
        lines.append(f"{note['key']}: " + (note["problem"] or f"noted on {note['noted_on']}"))
    return "\n".join(lines)
