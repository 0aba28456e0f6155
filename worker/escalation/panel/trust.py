"""Whether what a record says was decided is borne out by what nobody can edit: the votes and the changelog.

Whoever may edit an issue may edit its properties, and Jira keeps no history of those. So before a label is put on or a
client is told on the word of a record alone, votes or a label of ours have to say the same. A record that somebody made
up is never acted on; nothing here takes a decision back.
"""

from datetime import datetime

from config.protocol import Protocol
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import Decision, Failure
from worker.escalation.panel.decision import verdict

TRUST_STEP = "trust the record"


def is_borne_out(escalation: Escalation, protocol: Protocol, decision: Decision, now: datetime) -> bool:
    """Whether a label that was put on as this decision does it, or else the votes, tell of the same grade."""
    return is_labelled(escalation, protocol, decision) or is_voted(escalation, protocol, decision, now)


def is_labelled(escalation: Escalation, protocol: Protocol, decision: Decision) -> bool:
    """Whether the changelog shows the grade's label put on by us, or by somebody who may grade by hand."""
    label = protocol.grade(decision.grade).label
    put = escalation.puts.get(label.lower())
    if put is None or not is_as_opened(escalation, decision):
        return False
    if decision.how == "authority" and put.by in escalation.members.get("authority", frozenset()):
        return put.at == decision.graded_at
    return put.by == escalation.us and escalation.has(label)


def is_voted(escalation: Escalation, protocol: Protocol, decision: Decision, now: datetime) -> bool:
    """Whether the votes of that round, as they stand, come to the same grade."""
    found = verdict(escalation, protocol, decision.round, now)
    return isinstance(found, Decision) and found.grade == decision.grade and is_as_opened(escalation, decision)


def is_as_opened(escalation: Escalation, decision: Decision) -> bool:
    """Whether a round that was opened as a drill is said to have been one."""
    return decision.drill or not escalation.is_drilled(decision.round)


def doubt(decision: Decision) -> Failure:
    """What is noted of a record that is not acted on."""
    return Failure(
        TRUST_STEP,
        f"The record says that round {decision.round} decided {decision.grade}. That is not borne out by the votes, "
        "nor by a label that was put on for it, so nothing is done about it.",
        "If somebody has edited the issue property 'escalation' by hand, delete it. For a grade, ask for a new round.",
    )
