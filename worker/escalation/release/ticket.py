"""Whether a ticket's own record lets its fix be released in business hours (R12, R13; design §4, "The record").

Pure: from what Jira says of one ticket to ship, wait, or cannot tell. A label alone never opens anything: the decision
must be ours, for this very ticket, and the label must be the one that it put on. Where the answer is not certainly no
and not certainly yes, it is "cannot tell".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.protocol import Grade, Protocol
from worker.escalation.facts.history import History
from worker.escalation.facts.model import LabelPut
from worker.escalation.facts.record import Decision, Record
from worker.escalation.release.verdict import Judged, Verdict

STILL_SHIPS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """What Jira says of a ticket that a release names.

    `us` is our own account; `puts` the latest addition of each label, by lower-case label, as the changelog tells;
    `odd` says that there is a record which is none of this ticket (copied, cloned, edited into nonsense); `authority`
    are the people who may grade by hand; `resolved_at` is None for an open ticket, and where nobody can say. `stands`
    says that the decision in the record is borne out as the one that stands now (panel/record_trust.py);
    `history` is what Jira's changelog tells; `shut_in` is the project in which it was decided, if by its rules the
    grade releases nothing in business hours.
    """

    id: str
    key: str
    project: str
    us: str
    labels: tuple[str, ...] = ()
    puts: Mapping[str, LabelPut] = field(default_factory=dict)
    done: bool = False
    resolved_at: datetime | None = None
    record: Record = field(default_factory=Record)
    odd: bool = False
    authority: frozenset[str] = frozenset()
    stands: bool = False
    history: History = field(default_factory=History)
    shut_in: str = ""

    def has(self, label: str) -> bool:
        """Whether the ticket carries the label, in any case."""
        return any(present.lower() == label.lower() for present in self.labels)


def judge(ticket: Standing, protocol: Protocol, at: datetime) -> Judged:
    """Whether this ticket's fix may be released in business hours at that instant.

    Args:
        ticket: what Jira says of it.
        protocol: the rules of the ticket's own project.
        at: an aware instant; it matters for a ticket that is resolved.
    """
    decision = ticket.record.decision
    if decision is None:
        verdict, code, reason = _without_decision(ticket, protocol)
        return Judged(ticket.key, verdict, code, reason)
    verdict, code, reason = _with_decision(ticket, decision, protocol, at)
    return Judged(ticket.key, verdict, code, reason, decision.grade, decision.graded_at)


Answer = tuple[Verdict, str, str]


def _without_decision(ticket: Standing, protocol: Protocol) -> Answer:
    by_hand = _put_by_hand(ticket, protocol)
    if ticket.odd:
        return "cannot-tell", "odd-record", "the record on it is not this ticket's own, so it decides nothing"
    if by_hand:
        return "wait", "hand-put-label", by_hand
    return "cannot-tell", "not-graded", "no decision of the panel is on record"


def _with_decision(ticket: Standing, decision: Decision, protocol: Protocol, at: datetime) -> Answer:
    grade = next((grade for grade in protocol.grades if grade.name == decision.grade), None)
    if grade is None:
        return "cannot-tell", "unknown-grade", f"graded {decision.grade}, which the protocol does not know"
    if decision.drill:
        return "wait", "drill", f"graded {grade.name} in a drill, which opens nothing"
    if not grade.releases_in_business_hours:
        by_hand = _put_by_hand(ticket, protocol)
        if by_hand:
            return "wait", "hand-put-label", f"graded {grade.name}; {by_hand}"
        return "wait", "grade", f"graded {grade.name}, which is not released in business hours"
    wrong = _label(ticket, grade, decision, protocol.labels.drill) or _unproven(ticket, grade)
    return wrong or _reopened(ticket, grade, decision) or _open(ticket, grade, at)


def _label(ticket: Standing, grade: Grade, decision: Decision, drill: str) -> Answer | None:
    """What is wrong with the label of a decision that would open the gate; None where nothing is."""
    put = ticket.puts.get(grade.label.lower())
    if put and drill.lower() in put.beside:
        return "wait", "drill", f"its label {grade.label} was put on beside {drill}, and a drill opens nothing"
    if not ticket.has(grade.label):
        return "wait", "label-missing", f"graded {grade.name}, but it no longer carries the label {grade.label}"
    if put and (put.by == ticket.us or (decision.how == "authority" and put.by in ticket.authority)):
        return None
    who = put.by if put else "whoever created the ticket"
    return "wait", "hand-put-label", _hand_put(grade.label, who)


def _unproven(ticket: Standing, grade: Grade) -> Answer | None:
    """What is wrong with the decision itself: it is not the one that stands, or was made where it releases nothing."""
    if not ticket.stands:
        words = "is not borne out by the votes and the history in Jira as the decision that stands"
        return "cannot-tell", "not-borne-out", f"its record says {grade.name}, but that {words}"
    if ticket.shut_in:
        words = f"decided in the project {ticket.shut_in}, where that grade is not released in business hours"
        return "wait", "grade", f"graded {grade.name}, {words}"
    return None


def _reopened(ticket: Standing, grade: Grade, decision: Decision) -> Answer | None:
    """A grade is for the trouble of that day: what was resolved for longer than its fix could still ship, and is open
    again, is another trouble, and asks for another evaluation."""
    for since, until in ticket.history.ended_turns():
        if until > decision.graded_at and until - since > STILL_SHIPS:
            words = "but it was resolved for more than 24 hours before it was opened again; ask for another evaluation"
            return "wait", "reopened", f"graded {grade.name}, {words}"
    return None


def _open(ticket: Standing, grade: Grade, at: datetime) -> Answer:
    if not ticket.done:
        return "ship", "grade", f"graded {grade.name}, which is released at any hour"
    if ticket.resolved_at is None:
        return "cannot-tell", "resolved", f"graded {grade.name} and resolved, but Jira does not say when"
    if at - ticket.resolved_at > STILL_SHIPS:
        return "wait", "resolved", f"graded {grade.name}, but resolved for more than 24 hours"
    return "ship", "grade", f"graded {grade.name} and resolved within the last 24 hours"


def _put_by_hand(ticket: Standing, protocol: Protocol) -> str:
    """That a label which would open the gate was put on by a person; empty where there is none."""
    for grade in protocol.grades:
        put = ticket.puts.get(grade.label.lower())
        if grade.releases_in_business_hours and ticket.has(grade.label) and not (put and put.by == ticket.us):
            return _hand_put(grade.label, put.by if put else "whoever created the ticket")
    return ""


def _hand_put(label: str, who: str) -> str:
    return f"the label {label} was put on by hand ({who}), not by a decision, and opens nothing"
