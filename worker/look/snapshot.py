"""What the board keeps of a ticket: as little as its page needs, as the last look left it.

Of what people wrote that is the summary alone. The record is kept without its votes and without what was said. What
remains is what the report counts, so that the board and `escalation report` never disagree on when a grade was given or
a promise kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from config.protocol import Protocol
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import business_deadline
from worker.escalation.facts import record as records
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import Record
from worker.escalation.panel.decision import awaited, clocks
from worker.escalation.plan.actions import EditTicket, OpenEvaluations, Plan
from worker.escalation.plan.plan import is_drill, live_round
from worker.escalation.views.outcomes import standing
from worker.escalation.views.tickets import Ticket
from worker.jira.search import Candidate
from worker.look.due import record_after


@dataclass(frozen=True, slots=True)
class Awaited:
    """A seat that has not answered: its title, and its holder's name ("" where there is none, or it is not known)."""

    title: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A round under way: whom it waits for, and the time its panel has, from `begins` until `ends`."""

    number: int
    begins: datetime
    ends: datetime
    drill: bool = False
    awaited: tuple[Awaited, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ticket as its last look left it; `open` is the round under way, None where there is none. `labels` are those of
    ours that it carries, in lower case; `assignee` is a name. Summary and assignee are for colleagues only."""

    id: str
    key: str
    project: str
    record: Record
    labels: frozenset[str] = frozenset()
    done: bool = False
    open: Round | None = None
    summary: str = ""
    assignee: str = ""

    def ticket(self) -> Ticket:
        """The same as the report reads it."""
        return Ticket(self.key, self.project, self.record, self.labels, self.done, self.record.resolved_at)

    def is_settled(self, protocol: Protocol) -> bool:
        """Whether nothing more is going to happen: it only counts for the figures."""
        graded = standing(self.ticket(), protocol)
        promised = graded is not None and graded.breaks_at is not None and not self.done
        return not (self.open or self.record.untold or promised)


def seen(escalation: Escalation, plan: Plan, protocol: Protocol, now: datetime) -> Snapshot | None:
    """What a look at `now` came to, once its plan is carried out; None where the ticket is none of ours.

    Args:
        protocol: the whole protocol; the ticket's project picks its own part of it.
    """
    rules, record = protocol.for_project(escalation.project), record_after(plan)
    round = _open_round(escalation, plan, rules, now) if protocol.serves(escalation.project) else None
    if record.empty and round is None:
        return None
    labels = _labels_after(escalation, plan) & rules.ours
    return Snapshot(
        id=escalation.id,
        key=escalation.key,
        project=escalation.project,
        record=short(record),
        labels=labels,
        done=escalation.done,
        open=round,
        summary=escalation.summary,
        assignee=escalation.person(escalation.assignee or "").name,
    )


def at_a_glance(candidate: Candidate, kept: Any) -> Snapshot | None:
    """What is known of a graded ticket without a look: its record, and whether it is done; None where there is none."""
    record = records.load(kept, candidate.id)
    if not record.graded_for_real:
        return None
    project, fields = candidate.key.rpartition("-")[0], candidate.fields
    summary, assignee = str(fields.get("summary") or ""), fields.get("assignee")
    name = str(assignee.get("displayName") or "") if isinstance(assignee, dict) else ""
    found = Snapshot(candidate.id, candidate.key, project, short(record), done=candidate.done)
    return replace(found, summary=summary, assignee=name)


def short(record: Record) -> Record:
    """The record without what the board does not show."""
    decision = replace(record.decision, votes=()) if record.decision else None
    return replace(
        record, decision=decision, said={}, late=(), unassignable=(), failures=(), due_before=None, look_again_at=None
    )


def _labels_after(escalation: Escalation, plan: Plan) -> frozenset[str]:
    labels = {label.lower() for label in escalation.labels}
    for action in plan.actions:
        if isinstance(action, EditTicket):
            labels -= {label.lower() for label in action.remove}
            labels |= {label.lower() for label in action.add}
    return frozenset(labels)


def _open_round(escalation: Escalation, plan: Plan, rules: Protocol, now: datetime) -> Round | None:
    number = live_round(escalation, rules)
    if not number or (plan.record.round == number and plan.record.ended):
        return None
    clock = clocks(escalation, rules, number)
    begins = min((evaluation.created for evaluation in escalation.in_round(number)), default=now)
    ends = clock.substitute if clock else _time_is_up(begins, rules)
    drill, waits_for = is_drill(escalation, rules, number), _awaited(escalation, plan, rules, number, now)
    return Round(number, begins, ends, drill, waits_for)


def _time_is_up(begins: datetime, rules: Protocol) -> datetime:
    return business_deadline(begins, rules.panel.evaluate_within, None, Calendar.of(rules))


def _awaited(escalation: Escalation, plan: Plan, rules: Protocol, number: int, now: datetime) -> tuple[Awaited, ...]:
    seats = awaited(escalation, rules, number, now)
    holders = {**_asked(plan), **{e.seat: e.assignee for e in escalation.in_round(number)}}
    return tuple(
        Awaited(seat.title, escalation.person(holders.get(seat.name) or "").name)
        for seat in rules.panel.seats
        if seat.name in seats
    )


def _asked(plan: Plan) -> dict[str, str | None]:
    """Whom the plan asks, by seat."""
    opened = [new for action in plan.actions if isinstance(action, OpenEvaluations) for new in action.evaluations]
    return {new.seat: new.ways[0].person for new in opened}
