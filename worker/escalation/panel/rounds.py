"""When each round was opened and what ended it, as Jira's history tells: not as a record says, which anybody may edit.

A round is over from the first thing on that ends it, whether we looked at that moment or not: the request was taken
off, the ticket was resolved or moved to a project that is not served, we graded it, or the next round was opened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from config.protocol import Protocol, request_labels
from worker.escalation.facts.history import LabelChange, project_of
from worker.escalation.facts.model import Escalation, Evaluation
from worker.escalation.facts.record import DECIDED, RESOLVED, UNSERVED, WITHDRAWN

FOLLOWED = "followed"  # by the next round: how it ended before that nobody can see any more


@dataclass(frozen=True, slots=True)
class End:
    """What ended a round first, and when: one of a record's words for it, or "followed"."""

    at: datetime
    how: str


def numbers(escalation: Escalation) -> tuple[int, ...]:
    """The rounds of which there are evaluations, in order."""
    return tuple(sorted({evaluation.round for evaluation in escalation.evaluations}))


def latest(escalation: Escalation) -> int:
    """The last of them; 0 where there is none."""
    return max(numbers(escalation), default=0)


def opened_at(escalation: Escalation, round: int) -> datetime | None:
    """When the round's first evaluation was made; None where there is none."""
    return min((evaluation.created for evaluation in escalation.in_round(round)), default=None)


def end_of(escalation: Escalation, protocol: Protocol, round: int) -> End | None:
    """What ended the round first; None while the history tells of nothing. `protocol` is the whole one."""
    opened = opened_at(escalation, round)
    if opened is None:
        return None
    every = (
        *_by_label(escalation, protocol, opened),
        *(End(turn.at, RESOLVED) for turn in escalation.history.turns if turn.done and turn.at > opened),
        *_by_move(escalation, protocol, opened),
        *_by_next(escalation, round),
    )
    return min(every, key=lambda end: end.at, default=None)


def _by_label(escalation: Escalation, protocol: Protocol, opened: datetime) -> Iterator[End]:
    """Whoever takes the request off ends the round: we because it is graded, anybody else to withdraw it. What comes
    before the request was put on belongs to an older round, though it be of the same instant."""
    requests = request_labels(protocol)
    for change in _since_asked(escalation, requests, opened):
        if change.ends(requests):
            yield End(change.at, DECIDED if change.by == escalation.us else WITHDRAWN)


def _since_asked(escalation: Escalation, requests: frozenset[str], opened: datetime) -> Iterator[LabelChange]:
    changes = escalation.history.labels
    asked = max((n for n, each in enumerate(changes) if each.at <= opened and each.begins(requests)), default=-1)
    yield from (change for change in changes[asked + 1 :] if change.at >= opened)


def _by_move(escalation: Escalation, protocol: Protocol, opened: datetime) -> Iterator[End]:
    for move in escalation.history.moves:
        if move.at > opened and not protocol.serves(project_of(move.after)):
            yield End(move.at, UNSERVED)


def _by_next(escalation: Escalation, round: int) -> Iterator[End]:
    later = (opened_at(escalation, number) for number in numbers(escalation) if number > round)
    yield from (End(opened, FOLLOWED) for opened in later if opened)


def as_of(escalation: Escalation, round: int, instant: datetime) -> Escalation:
    """The same facts, with what was written in a round as far as it stands since that instant or before: of a comment
    that was edited later nobody can tell what it said."""
    return replace(
        escalation,
        evaluations=tuple(
            _as_of(each, instant) if each.round == round else each for each in escalation.evaluations
        ),
    )  # fmt: skip


def _as_of(evaluation: Evaluation, instant: datetime) -> Evaluation:
    return replace(evaluation, comments=tuple(each for each in evaluation.comments if each.updated <= instant))
