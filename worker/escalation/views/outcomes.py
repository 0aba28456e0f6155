"""What became of one ticket: the grades it was given, the promises that were made, kept or broken. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.protocol import Protocol
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.timing import breached_at
from worker.escalation.facts.record import Kept, Record
from worker.escalation.views.tickets import Ticket

KEPT, BROKEN, OPEN = "kept", "broken", "open"


@dataclass(frozen=True, slots=True)
class Grading:
    """A grade that was given; `took` is how long after the request, None where the record no longer says."""

    key: str
    grade: str
    at: datetime
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise and what became of it, at `at`: kept, broken, or open (then `at` is when it was given)."""

    key: str
    round: int
    grade: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket that is graded and needs an eye: its grade, since when, and when its promise is broken (None: never)."""

    key: str
    grade: str
    graded_at: datetime
    breaks_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """How many answers were sent of the grade that stands, the linked requests to which some went, and whether everyone
    was given reasons (None: nobody knows)."""

    key: str
    grade: str
    at: datetime
    sent: int
    requests: tuple[str, ...]
    reasons: bool | None


def answered(ticket: Ticket) -> Answered | None:
    """The answers to clients of the grade that stands; None where none was sent by us."""
    record, decision = ticket.record, ticket.record.decision
    if decision is None or decision.drill or not record.answered:
        return None
    told = [each for each in record.heard if each.round == decision.round and each.how == "auto"]
    known = record.told is None or record.told.reasons is not None
    reasons = not record.without_reasons if known else None
    keys = tuple(each.key for each in told)
    return Answered(ticket.key, decision.grade, decision.graded_at, record.answered, keys, reasons)


def is_drill(ticket: Ticket, protocol: Protocol) -> bool:
    """Whether the ticket's latest round is only an exercise."""
    decision, label = ticket.record.decision, protocol.for_project(ticket.project).labels.drill
    decided = decision is not None and decision.round == ticket.record.round
    return decision.drill if decision and decided else label.lower() in ticket.labels


def drills(record: Record) -> frozenset[int]:
    """The rounds that were decided and were only exercises."""
    decision = record.decision
    latest = {decision.round} if decision and decision.drill else set[int]()
    return frozenset({past.round for past in record.rounds if past.drill} | latest)


def given(ticket: Ticket) -> Iterator[Grading]:
    """Every grade the ticket was given, one a round. Of earlier rounds the record keeps no request to measure from."""
    record, decision = ticket.record, ticket.record.decision
    for past in record.rounds:
        if past.grade and past.graded_at and not past.drill and not (decision and decision.round == past.round):
            yield Grading(ticket.key, past.grade, past.graded_at, None)
    if decision and not decision.drill:
        asked = record.request_at if record.round == decision.round else None
        took = elapsed(asked, decision.graded_at) if asked else None
        yield Grading(ticket.key, decision.grade, decision.graded_at, took if took and took > timedelta(0) else None)


def promised(ticket: Ticket, protocol: Protocol, now: datetime) -> Iterator[Promised]:
    """The promise that stands, and those that were broken before it.

    Kept: resolved before the instant at which it breaks. Broken: the record says so, it was resolved later, or it is
    not resolved and that instant has passed (D8, D9). A grade without timing promises nothing (D10).
    """
    record, rules = ticket.record, protocol.for_project(ticket.project)
    promise, exercises = record.promise, drills(record)
    breaks_at = _breaks_at(promise, rules)
    number = record.decision.round if record.decision else record.round
    if promise and breaks_at and number not in exercises:
        state, at = _became(ticket, promise, breaks_at, now)
        yield Promised(ticket.key, number, promise.grade, state, at)
    for breach in record.breaches:
        stands = promise and (breach.grade, breach.at) == (promise.grade, breaks_at)
        if not stands and breach.round not in exercises:
            yield Promised(ticket.key, breach.round, breach.grade, BROKEN, breach.at)


def _became(ticket: Ticket, promise: Kept, breaks_at: datetime, now: datetime) -> tuple[str, datetime]:
    ended = ticket.resolved_at or (None if ticket.done else now)  # done, and nobody knows since when: not judged
    noted = (promise.grade, breaks_at) in {(breach.grade, breach.at) for breach in ticket.record.breaches}
    if noted or (ended and ended >= breaks_at):
        return BROKEN, breaks_at
    return (KEPT, ticket.resolved_at) if ticket.resolved_at else (OPEN, promise.graded_at)


def _breaks_at(promise: Kept | None, rules: Protocol) -> datetime | None:
    """When the promise breaks; a grade that the protocol no longer knows keeps the night it was promised."""
    if promise is None:
        return None
    grade = next((grade for grade in rules.grades if grade.name == promise.grade), None)
    return breached_at(grade, promise.graded_at, promise.window_end, rules) if grade else promise.window_end


def standing(ticket: Ticket, protocol: Protocol) -> Standing | None:
    """How the ticket's latest grade stands; None where it has none, or only a drill's."""
    decision = ticket.record.decision
    if decision is None or decision.drill:
        return None
    breaks_at = _breaks_at(ticket.record.promise, protocol.for_project(ticket.project))
    return Standing(ticket.key, decision.grade, decision.graded_at, breaks_at)
