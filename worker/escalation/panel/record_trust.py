"""Whether what a record says was decided is so: what nobody can edit must bear it out, and nothing later overrule it.

Whoever may edit an issue may edit its properties, and Jira keeps no history of those. A decision is believed for one of
two reasons: the record carries our seal, so that we wrote it (when its votes were before our eyes); or all rounds,
replayed in order from votes, their editors, our own evaluations and the changelog, come to that very decision. Either
way the history must know of nothing later: an old record, sealed or not, is no decision that stands (design §4, "The
record"). The gate and the worker ask here and nowhere else, before anything ships, is labelled, dated or told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from config.protocol import Protocol, request_labels, severity_labels
from worker.escalation.dates.recorded import promised_by
from worker.escalation.facts.history import LabelChange
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import UNSERVED, Decision, Failure, Kept
from worker.escalation.panel import rounds
from worker.escalation.panel.decision import verdict, votes_at
from worker.escalation.panel.rounds import End

TRUST_STEP = "trust the record"


@dataclass(frozen=True, slots=True)
class Stood:
    """What a round came to, and the promise that stands since then (which a drill leaves as it was)."""

    decision: Decision
    promise: Kept


def stands(escalation: Escalation, protocol: Protocol, now: datetime) -> bool:
    """Whether the decision in the record was made, and is the last one that was. `protocol` is the whole one.

    Where there is none, whether it is true that none is asked for.
    """
    record = escalation.record
    if record.decision is None:
        return record.proven or not is_silenced(escalation, protocol)
    if is_overruled(escalation, protocol, record.decision):
        return False
    return record.proven or is_replayed(escalation, protocol, now)


def stands_still(escalation: Escalation, protocol: Protocol, now: datetime) -> bool:
    """The same, asked by who only reads: neither has a later round come to a decision that nobody has written down."""
    decision = escalation.record.decision
    if decision is None or not stands(escalation, protocol, now):
        return False
    later = (number for number in rounds.numbers(escalation) if number > decision.round)
    return not any(_of_panel(escalation, protocol, number, now) for number in later)


def is_asked_again(escalation: Escalation, protocol: Protocol) -> bool:
    """Whether a round was asked for after the decision in the record, so that its evaluations have to be read, too."""
    decision = escalation.record.decision
    put = escalation.history.last_put(request_labels(protocol))
    return decision is not None and put is not None and put > decision.graded_at


def is_silenced(escalation: Escalation, protocol: Protocol) -> bool:
    """Whether the record says of a request that it asks for nothing any more, and the history does not: the ticket was
    never resolved since."""
    put = escalation.history.last_put(request_labels(protocol)) or escalation.created
    asked = any(label.lower() in request_labels(protocol) for label in escalation.labels)
    ended = escalation.done or any(turn.done and turn.at >= put for turn in escalation.history.turns)
    return escalation.record.standing and asked and not ended and not escalation.evaluations


def shut_in(escalation: Escalation, protocol: Protocol) -> str:
    """The project in which the decision in the record was made, if by its rules the grade releases nothing in business
    hours; "" else. Who moves a ticket to where more may be released does not get it released."""
    decision = escalation.record.decision
    if decision is None:
        return ""
    project = escalation.history.project_at(decision.graded_at, escalation.project)
    grades = protocol.for_project(project).grades
    released = any(grade.name == decision.grade and grade.releases_in_business_hours for grade in grades)
    return "" if released else project


# -- what overrules


def is_overruled(escalation: Escalation, protocol: Protocol, decision: Decision) -> bool:
    """Whether the changelog tells of a later decision: a request that was put on after this one and that we took off,
    another grade's label that we put on, or that was put on by somebody who may and is gone again."""
    later = [change for change in escalation.history.labels if change.at > decision.graded_at]
    own = _labels_of(protocol, decision.grade)
    return (
        _has_answered(escalation, protocol, later)
        or any(change.by == escalation.us and _names_another(change, protocol, own) for change in later)
        or any(_is_regraded(escalation, protocol, change, own) for change in later)
    )


def _has_answered(escalation: Escalation, protocol: Protocol, later: list[LabelChange]) -> bool:
    requests, asked = request_labels(protocol), False
    for change in later:
        if asked and change.ends(requests) and change.by == escalation.us:
            return True
        asked = change.begins(requests) or (asked and not change.ends(requests))
    return False


def _names_another(change: LabelChange, protocol: Protocol, own: frozenset[str]) -> bool:
    return bool(change.added & severity_labels(protocol) - own)


def _is_regraded(escalation: Escalation, protocol: Protocol, change: LabelChange, own: frozenset[str]) -> bool:
    by_hand = change.by in escalation.authority
    gone = (label for label in change.added & severity_labels(protocol) - own if not escalation.has(label))
    return by_hand and any(gone)


def _labels_of(protocol: Protocol, grade: str) -> frozenset[str]:
    """The labels of that grade in every project."""
    every = (protocol, *protocol.by_project.values())
    return frozenset(each.label.lower() for rules in every for each in rules.grades if each.name == grade)


# -- what bears it out


def is_replayed(escalation: Escalation, protocol: Protocol, now: datetime) -> bool:
    """Whether all rounds, replayed in order, come to the very decision and promise that the record has."""
    found, record = replayed(escalation, protocol, now), escalation.record
    return found is not None and found.decision == record.decision and found.promise == record.promise


def replayed(escalation: Escalation, protocol: Protocol, now: datetime) -> Stood | None:
    """What stands by the votes and the changelog alone; None where nothing was ever decided."""
    stood: Stood | None = None
    for decision in sorted(_decisions(escalation, protocol, now), key=lambda each: each.graded_at):
        stood = _next(_rules_of(escalation, protocol, decision, now), stood, decision)
    return stood


def _decisions(escalation: Escalation, protocol: Protocol, now: datetime) -> Iterator[Decision]:
    panel = [found for number in rounds.numbers(escalation) if (found := _of(escalation, protocol, number, now))]
    yield from panel
    yield from _afterwards(escalation, protocol, panel)


def _of(escalation: Escalation, protocol: Protocol, round: int, now: datetime) -> Decision | None:
    """What a round came to: by the label of somebody who may grade, else by its votes."""
    return _by_hand(escalation, protocol, round, now) or _of_panel(escalation, protocol, round, now)


def _of_panel(escalation: Escalation, protocol: Protocol, round: int, now: datetime) -> Decision | None:
    """What the votes of a round came to before it was ended, by the rules of the project where that was."""
    end = rounds.end_of(escalation, protocol, round)
    found = verdict(*_then(escalation, protocol, round, end, now))
    if not isinstance(found, Decision) or (end and (found.graded_at > end.at or end.how == UNSERVED)):
        return None
    return replace(found, drill=escalation.is_drilled(round))


def _then(
    escalation: Escalation, protocol: Protocol, round: int, end: End | None, now: datetime
) -> tuple[Escalation, Protocol, int, datetime]:
    at = end.at if end else now
    known = rounds.as_of(escalation, round, at) if end else escalation
    return known, _rules_at(escalation, protocol, at), round, at


def _rules_at(escalation: Escalation, protocol: Protocol, instant: datetime) -> Protocol:
    return protocol.for_project(escalation.history.project_at(instant, escalation.project))


def _by_hand(escalation: Escalation, protocol: Protocol, round: int, now: datetime) -> Decision | None:
    """The label that somebody who may grade put on while the round was under way."""
    end, opened = rounds.end_of(escalation, protocol, round), rounds.opened_at(escalation, round)
    until = end.at if end else now
    asked = max((put.at for put in _asked(escalation, protocol) if opened and put.at <= opened), default=opened)
    puts = [each for each in _put_by_authority(escalation, protocol) if asked and asked <= each.graded_at <= until]
    chosen = max(puts, key=lambda each: each.graded_at, default=None)
    if chosen is None:
        return None
    votes = votes_at(*_then(escalation, protocol, round, End(chosen.graded_at, ""), now))
    return replace(chosen, round=round, votes=votes, drill=escalation.is_drilled(round))


def _asked(escalation: Escalation, protocol: Protocol) -> Iterator[LabelChange]:
    requests = request_labels(protocol)
    yield from (change for change in escalation.history.labels if change.begins(requests))


def _put_by_authority(escalation: Escalation, protocol: Protocol) -> Iterator[Decision]:
    """Every label of a grade that somebody who may grade put on, as the decision that it would be."""
    authority = escalation.authority
    for change in escalation.history.labels:
        rules = _rules_at(escalation, protocol, change.at)
        if change.by in authority:
            for grade in rules.grades:
                if grade.label.lower() in change.added:
                    yield Decision(0, grade.name, change.at, how="authority")


def _afterwards(escalation: Escalation, protocol: Protocol, panel: list[Decision]) -> Iterator[Decision]:
    """The grades that somebody who may put on by hand after a decision, each a round of its own without a panel."""
    before = sorted(panel, key=lambda each: each.graded_at)
    for put in _put_by_authority(escalation, protocol):
        earlier = [each for each in before if each.graded_at < put.graded_at]
        within = any(each.graded_at == put.graded_at for each in before)
        if earlier and not within and earlier[-1].grade != put.grade:
            opened = (n for n in rounds.numbers(escalation) if _is_opened(escalation, n, put.graded_at))
            found = replace(put, round=max(earlier[-1].round, *opened) + 1)
            before.append(found)
            yield found


def _is_opened(escalation: Escalation, round: int, by: datetime) -> bool:
    opened = rounds.opened_at(escalation, round)
    return opened is not None and opened <= by


def _rules_of(escalation: Escalation, protocol: Protocol, decision: Decision, now: datetime) -> Protocol:
    """The rules of the project in which the ticket was when the round was ended by its decision."""
    end = rounds.end_of(escalation, protocol, decision.round)
    opened = rounds.opened_at(escalation, decision.round)
    return _rules_at(escalation, protocol, end.at if end else now if opened else decision.graded_at)


def _next(rules: Protocol, before: Stood | None, decision: Decision) -> Stood:
    """The decision in its place after the one that stood: which grade it follows, and the promise since then."""
    real = before.decision if before and not before.decision.drill else None
    decision = replace(decision, previous=real.grade if real else None)
    return Stood(decision, before.promise if before and decision.confirms else promised_by(rules, decision))


def doubt(decision: Decision | None) -> Failure:
    """What is noted of a record that is not acted on."""
    if decision is None:
        said = "The record says that the request on this ticket asks for nothing. Nobody is known to have set it aside"
        mend = "To have it evaluated, take the request label off and put it on again."
    else:
        said = f"The record says that round {decision.round} decided {decision.grade}. That is not borne out by the "
        said += "votes and the history in Jira as the decision that stands"
        mend = (
            "If somebody has edited the issue property 'escalation' by hand, delete it. "
            "For a grade, ask for a new round."
        )
    return Failure(TRUST_STEP, f"{said}, so nothing is done about it.", mend)
