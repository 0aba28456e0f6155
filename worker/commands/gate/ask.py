"""`escalation gate`: may this ship now?

Off-hours the clock alone answers, so nothing of Jira or Redis is imported before it is needed. Exit codes are what
pipelines rely on: 0 may ship, 10 wait, 2 usage or configuration, 3 cannot tell."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from config import protocol_file
from config.protocol import Protocol
from worker import clock, running_system
from worker.commands.shared.exits import INTERRUPTED, WRONG, tell
from worker.commands.shared.tree import Tree
from worker.escalation.dates.calendar import elapsed
from worker.release import question as asking
from worker.release.gate import Answer, Gate, Known

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.escalation.release.override import Override
    from worker.release.grades import Grades


EXIT = {"ship": 0, "wait": 10, "cannot-tell": 3}
SAYS = {"ship": "may ship", "wait": "wait", "cannot-tell": "cannot tell, so it may not ship"}
POLL_SECONDS = 30.0
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
    import random  # noqa: PLC0415 - only who waits needs it

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
            from worker.commands.shared import settings  # noqa: PLC0415

            self._read = settings.found()
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

    def overrides(self, at: datetime) -> "Sequence[Override]":
        """Those in force, where Redis is known and answers."""
        if self._settings.redis_url is None:
            return ()
        from worker.queue import store  # noqa: PLC0415
        from worker.release.overrides import Overrides  # noqa: PLC0415

        return Overrides(store.connect(self._settings.require_redis(), patience=0.5)).known(at)


class GateGroup(Tree):
    """A group whose own options ask the question; an issue that is given without its option is explained."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As every group does; what looks like an issue key gets its own hint."""
        if args and args[0] not in self.list_commands(ctx) and any(letter.isdigit() for letter in args[0]):
            ctx.fail(f"found {args[0][:60]!r}, expected options; did you mean --issue {args[0][:60]}?")
        return super().resolve_command(ctx, args)


@click.group(cls=GateGroup, path="gate", invoke_without_command=True)
@click.option("--issue", "issues", multiple=True, metavar="KEY", help="A ticket whose fix is released; once for each.")
@click.option("--duration", metavar="20m", help="How long the release takes: all of it must fit.")
@click.option("--at", metavar="TIMESTAMP", help="Rehearse another instant.")
@click.option("--wait", metavar="MAX", help="Ask until it may ship, for at most so long (2h).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    issues: tuple[str, ...],
    duration: str | None,
    at: str | None,
    wait: str | None,
    as_json: bool,
) -> int:
    """Gives the exit code."""
    if ctx.invoked_subcommand is None:
        return ask(issues, duration, at, wait, as_json=as_json)
    if issues or duration or at or wait or as_json:
        ctx.fail(f"options go behind the command: escalation gate {ctx.invoked_subcommand} …")
    return 0
