"""What has happened to a ticket between two states of its record: for the log and the figures, which hold no text.

Pure, and about what is on record only; a drill is no news.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from worker.escalation.facts.record import Record


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that has happened: a vote counted, a round decided (`how`) or ended without a grade (`how`: why), the
    client told (`how`), a promise kept or broken."""

    kind: Literal["vote", "decided", "ended", "told", "kept", "broken"]
    round: int
    grade: str = ""
    how: str = ""


def news(before: Record, after: Record) -> Iterator[Change]:
    """What is in the later record and was not in the earlier one."""
    decision = after.decision
    if decision is not None and decision.drill:
        return
    if decision is not None and decision != before.decision:
        yield from (Change("vote", decision.round, vote.grade) for vote in decision.votes)
        yield Change("decided", decision.round, decision.grade, decision.how)
    elif after.ended and (after.round, after.ended) != (before.round, before.ended):
        yield Change("ended", after.round, how=after.ended)
    if decision is not None and after.told != before.told and not after.untold and after.told:
        yield Change("told", decision.round, decision.grade, after.told.how)
    yield from _promises(before, after)


def _promises(before: Record, after: Record) -> Iterator[Change]:
    known, grade = set(before.breaches), after.promise.grade if after.promise else ""
    for breach in after.breaches:
        if breach not in known:
            yield Change("broken", breach.round, breach.grade)
    promised = after.promise is not None and after.promise.due_date is not None
    broken = any(
        after.promise and breach.grade == grade and breach.at > after.promise.graded_at for breach in after.breaches
    )
    if promised and after.resolved_at and not before.resolved_at and not broken:
        yield Change("kept", after.round, grade)
