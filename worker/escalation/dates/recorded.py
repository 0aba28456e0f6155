"""The promise of a decision, as the record keeps it."""

from config.protocol import Protocol
from worker.escalation.dates.timing import promise
from worker.escalation.facts.record import Decision, Kept


def promised_by(protocol: Protocol, decision: Decision) -> Kept:
    """What the decision's grade, given when it was, promises."""
    made = promise(protocol.grade(decision.grade), decision.graded_at, protocol)
    return Kept(made.grade, made.graded_at, made.fix_by, made.window_start, made.window_end, made.due_date)
