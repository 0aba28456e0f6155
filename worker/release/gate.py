"""May this ship now? The answer to a release: the clock first, then overrides, then the tickets' own records (G1-G6).

Off-hours the clock alone decides, without Jira, Redis or a secret. What cannot be told is never allowed. Nothing here
writes anything, and the clock's part is never remembered: an answer of a minute ago is no answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Union

from config.protocol import Protocol
from worker.escalation.dates.calendar import later
from worker.escalation.dates.formatting import length, wall
from worker.escalation.release.hours import Clock, may_ship, may_ship_everywhere
from worker.escalation.release.verdict import Judged, Verdict, cannot_tell
from worker.release.question import Question, project_of

if TYPE_CHECKING:
    from worker.escalation.release.override import Override
    from worker.escalation.release.ticket import Standing

CLAUSES = {
    "open": "R13, D2, D4",
    "business-hours": "R13, D2, D4",
    "would-run-into-hours": "R13, A20",
    "would-run-into-freeze": "local policy, A20",
    "freeze": "local policy",
    "extra-window": "local policy",
    "override": "local policy, A19",
    "grade": "R12, R13, D19",
    "hand-put-label": "R13, D17",
    "label-missing": "R13, D17",
    "reopened": "R13, D16",
    "resolved": "R13",
}
UNKNOWN_CLAUSE = "D18"

Known = Union["Standing", Judged]
"""What is known of a named ticket: its standing, or why there is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's answer, with everything that led to it. `closes_at` is until when it holds, None where nothing ends
    it; `overrides` are those that it rests on."""

    verdict: Verdict
    reason_code: str
    reason: str
    clock: Clock
    timezone: str
    rehearsal: bool = False
    issues: tuple[Judged, ...] = ()
    closes_at: datetime | None = None
    overrides: "tuple[Override, ...]" = ()

    @property
    def allowed(self) -> bool:
        """Whether it may ship."""
        return self.verdict == "ship"

    def to_json(self) -> dict[str, Any]:
        """What `GET /gate` and `escalation gate --json` say; instants are RFC 3339 in the protocol's zone."""
        return {
            "allowed": self.allowed,
            "reason_code": self.reason_code,
            "reason": self.reason,
            "evaluated_at": _printed(self.clock.evaluated_at),
            "timezone": self.timezone,
            "in_business_hours": self.clock.in_business_hours,
            "window_closes_at": self._printed(self.closes_at),
            "next_opening": None if self.allowed else self._printed(self.clock.next_opening),
            "issues": [self._issue(each) for each in self.issues],
            "override": [each.to_json() for each in self.overrides] or None,
            "rehearsal": self.rehearsal,
            "protocol_clause": CLAUSES.get(self.reason_code, UNKNOWN_CLAUSE),
            "version": version(),
        }

    def _issue(self, each: Judged) -> dict[str, Any]:
        decided_at = self._printed(each.decided_at)
        shown = {"key": each.key, "grade": each.grade, "decided_at": decided_at}
        return {**shown, "reason_code": each.reason_code, "reason": each.reason}

    def _printed(self, at: datetime | None) -> str | None:
        return _printed(at.astimezone(self.clock.evaluated_at.tzinfo)) if at else None


def _printed(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


@cache
def version() -> str:
    """The version of this worker."""
    from importlib.metadata import PackageNotFoundError  # noqa: PLC0415 - only answers as JSON need it
    from importlib.metadata import version as installed  # noqa: PLC0415

    try:
        return installed("escalation-worker")
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """Answers questions under one protocol.

    `known` says what is known of tickets, in the order asked; `rehearsed` the same for a question about another
    instant; `overrides` gives those in force at an instant, and none where they cannot be read. All are asked only if
    the clock does not decide.
    """

    protocol: Protocol
    known: Callable[[Sequence[str]], Sequence[Known]]
    overrides: "Callable[[datetime], Sequence[Override]]" = lambda at: ()
    rehearsed: Callable[[Sequence[str]], Sequence[Known]] | None = None

    def answer(self, question: Question, now: datetime) -> Answer:
        """May it ship?

        Raises:
            ValueError: the instant asked about is too far away for a business calendar.
        """
        at = question.at or now
        rules = tuple(self._rules(key) for key in question.issues) or (self.protocol,)
        clock = may_ship_everywhere(at, question.duration, rules)
        answer = self._by_clock(question, clock, rules[0])
        if not clock.allowed and question.issues:
            answer = self._by_issues(question, answer)
        if question.at is None:
            return answer
        said = f"rehearsal for {wall(at, rules[0].zone)}, no answer for now: {answer.reason}"
        return replace(answer, reason=said, rehearsal=True)

    def _rules(self, key: str) -> Protocol:
        return self.protocol.for_project(project_of(key))

    def _by_clock(self, question: Question, clock: Clock, rules: Protocol) -> Answer:
        verdict: Verdict = "ship" if clock.allowed else "wait"
        none_known = tuple(Judged(key, verdict, clock.reason_code, "not looked at") for key in question.issues)
        reason = _clock_words(clock, question, rules)
        closes = clock.closes_at if clock.allowed else None
        return Answer(verdict, clock.reason_code, reason, clock, rules.timezone, issues=none_known, closes_at=closes)

    def _by_issues(self, question: Question, by_clock: Answer) -> Answer:
        """Shut for the clock: every named ticket needs a reason of its own to ship."""
        judged, used, ends = self._judged(question, by_clock.clock.evaluated_at)
        stops = [each for each in judged if each.verdict == "wait"]
        stops = stops or [each for each in judged if each.verdict == "cannot-tell"]
        if not stops:
            code = "override" if used else next((e.reason_code for e in judged if e.reason_code == "grade"), "open")
            closes = min(ends, key=datetime.timestamp, default=None)
            reason = _reasons(judged)
            return replace(
                by_clock,
                verdict="ship", reason_code=code, reason=reason, issues=judged, closes_at=closes, overrides=used,
            )  # fmt: skip
        opens = _opens(by_clock.clock.next_opening, self._rules(question.issues[0]))
        return replace(
            by_clock,
            verdict=stops[0].verdict, reason_code=stops[0].reason_code, reason=f"{_reasons(stops)}; {opens}",
            issues=judged,
        )  # fmt: skip

    def _judged(
        self, question: Question, at: datetime
    ) -> "tuple[tuple[Judged, ...], tuple[Override, ...], list[datetime]]":
        """What each named ticket says, the overrides used, and the instants at which what is allowed ends."""
        used = self._covering(question, at)
        open_now = {key: clock for key in question.issues if (clock := self._clock(question, at, self._rules(key)))}
        asked = [key for key in question.issues if key not in used and key not in open_now]
        learn = self.rehearsed if question.at and self.rehearsed else self.known
        known = dict(zip(asked, learn(asked), strict=True)) if asked else {}
        judged: list[Judged] = []
        ends = [override.until for override in used.values()]
        for key in question.issues:
            if key in used:
                judged.append(Judged(key, "ship", "override", _override_words(used[key], self._rules(key))))
                continue
            each, clock = self._judge(key, known[key], question, at) if key in known else (None, open_now[key])
            judged.append(each or Judged(key, "ship", "open", "its project's gate is open"))
            ends += [clock.closes_at] if clock and clock.closes_at else []
        return tuple(judged), tuple(dict.fromkeys(used.values())), ends

    def _covering(self, question: Question, at: datetime) -> "dict[str, Override]":
        end = later(at, question.duration)
        given = sorted(self.overrides(at), key=lambda override: override.until)
        return {key: each for each in given for key in question.issues if each.covers(key, at, end)}

    def _clock(self, question: Question, at: datetime, rules: Protocol) -> Clock | None:
        clock = may_ship(at, question.duration, rules)
        return clock if clock.allowed else None

    def _judge(self, key: str, known: Known, question: Question, at: datetime) -> tuple[Judged | None, Clock | None]:
        """By the rules of the project in which the ticket is now: it may have been moved since it got that key."""
        from worker.escalation.release.ticket import judge  # noqa: PLC0415 - only in hours

        if isinstance(known, Judged):
            return known, None
        if not self.protocol.serves(known.project):
            return cannot_tell(key, "not-served", f"the project {known.project} is not served"), None
        rules = self.protocol.for_project(known.project)
        moved = project_of(key) != known.project
        clock = self._clock(question, at, rules) if moved else None
        if clock:
            return None, clock
        judged = judge(known, rules, at)
        reason = f"{judged.reason} (now {known.key})" if known.key != key else judged.reason
        return replace(judged, key=key, reason=reason), None


def _reasons(judged: Sequence[Judged]) -> str:
    return "; ".join(f"{each.key}: {each.reason}" for each in judged)


def _override_words(override: "Override", rules: Protocol) -> str:
    return f"overridden by {override.by} until {wall(override.until, rules.zone)}: {override.reason}"


def _opens(opening: datetime | None, rules: Protocol) -> str:
    return f"opens {wall(opening, rules.zone)}" if opening else "does not open within 400 days"


def _clock_words(clock: Clock, question: Question, rules: Protocol) -> str:
    until = wall(clock.closes_at, rules.zone) if clock.closes_at else ""
    opens = _opens(clock.next_opening, rules)
    unnamed = "" if question.issues else ", and no issue is named"
    taking = f"a release of {length(question.duration)} would run into"
    words: Mapping[str, str] = {
        "open": f"outside business hours{f'; open until {until}' if until else ''}",
        "extra-window": f"in an extra window{f'; open until {until}' if until else ''}",
        "business-hours": f"in business hours{unnamed}; {opens}",
        "freeze": f"in a freeze{unnamed}; {opens}",
        "would-run-into-hours": f"{taking} {until}{unnamed}; {opens}",
        "would-run-into-freeze": f"{taking} the freeze that begins {until}{unnamed}; {opens}",
    }
    return words[clock.reason_code]
