"""Every text before anybody is told: on a sample ticket, or on a real one as if it were decided now.

All of them are rendered once at start, so that a broken template stops the start. Nothing here decides anything, and
what is shown for a real ticket is what would be said with the facts of this moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from config.protocol import Grade, Protocol, Seat
from worker.escalation.comments.client_text import BELOW
from worker.escalation.comments.vote import TWO
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.recorded import promised_by
from worker.escalation.dates.timing import breached_at, business_deadline
from worker.escalation.facts.disclosed import Disclosure, Withheld
from worker.escalation.facts.model import Escalation, Evaluation, Person, Request
from worker.escalation.facts.record import CountedVote, Decision, Failure, Kept
from worker.escalation.panel.decision import votes_at
from worker.escalation.panel.seats import EDITED, NO_PERSON, NOT_HOLDER, candidates
from worker.escalation.plan.actions import (
    Note,
    OpenEvaluations,
    Plan,
    TellClient,
    TellClosing,
    TellReasons,
    TellRequest,
)
from worker.escalation.plan.disclosure import disclose
from worker.escalation.plan.missing_reasons import wanted_until
from worker.escalation.plan.plan import ENOUGH
from worker.escalation.release.override import Override
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document

SAMPLE_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_WHY = "wrote the latest comment the client can see"
_REASONING = "You cannot check in patients, and we have found no other way to do it."
_TOO = "Two other clients have it, too."
_ALSO = "Doctors cannot see who is waiting for them."
_OTHERS, _LINKED = "it may tell one client of others", "SUP-38"
_WRITTEN = "SEV-1 or SEV-2?"
_FAILED = Failure("due date", "The due date (field duedate) cannot be set.", "Put the field on the edit screen.")

Texts = Iterator[tuple[str, Document]]


@dataclass(frozen=True, slots=True)
class Case:
    """What the texts are about: a ticket, at one moment, by one protocol."""

    protocol: Protocol
    ticket: Escalation
    at: datetime

    def decision(self, grade: str, previous: str | None = None, *, split: bool = False) -> Decision:
        """The decision for this grade, with the votes that stand now; on the sample, with one of each seat."""
        number = max(self.ticket.record.round, 1)
        votes = votes_at(self.ticket, self.protocol, number, self.at) if self.ticket.evaluations else ()
        return Decision(
            number, grade, self.at, split=split, votes=votes or self._sample_votes(grade), previous=previous
        )

    def _sample_votes(self, grade: str) -> tuple[CountedVote, ...]:
        seats = self.protocol.panel.seats if not self.ticket.evaluations else ()
        return tuple(CountedVote(seat.name, seat.holder, grade, str(n), self.at) for n, seat in enumerate(seats))


def every_text(protocol: Protocol) -> dict[str, Document]:
    """All texts by name on a sample ticket, in all the cases that their templates know.

    Raises:
        ConfigError: a template is missing, broken, or uses a name that is not there.
    """
    case = Case(protocol, sample(protocol), SAMPLE_AT)
    return {name: text for texts in (_asking(case), _odd_evaluations(case), _all_decided(case)) for name, text in texts}


def shown(protocol: Protocol, ticket: Escalation | None = None, now: datetime = SAMPLE_AT) -> dict[str, Document]:
    """Each text once, by a name for people: for a sample, or for a ticket as if each grade were decided now.

    Args:
        protocol: the protocol of the ticket's project.
        ticket: the facts; left out, a sample.
        now: an aware instant.
    """
    case = Case(protocol, ticket or sample(protocol), now)
    stands = case.ticket.record.decision if case.ticket.record.graded_for_real else None
    grades = [case.decision(grade.name, stands.grade if stands else None) for grade in protocol.grades]
    texts = [*_asking(case), *(text for decision in grades for text in _decided(case, decision))]
    if not ticket:
        texts += _again(case)
    watched = (text for grade in protocol.grades for text in _watched(case, grade))
    return dict([*texts, *_colleagues(case, case.decision(_usual(protocol).name)), *watched, *_closing(case)])


def planned(plan: Plan) -> Texts:
    """What a plan would say, by where it would stand: to panelists, to colleagues, to the client."""
    for action in plan.actions:
        match action:
            case OpenEvaluations():
                yield from ((f"New evaluation, {new.title}", new.ways[0].body) for new in action.evaluations)
            case Note():
                yield f"On {action.issue_key}, to colleagues", action.document
            case TellClient(found=None) | TellReasons(found=None) | TellClosing(found=None):
                yield "To the client", action.document
            case TellRequest(found=None, draft=draft):
                yield f"{'Draft on' if draft else 'To the client of'} {action.key}", action.document


def sample(protocol: Protocol) -> Escalation:
    """A ticket as there might be one."""
    seats = protocol.panel.seats
    return Escalation(
        id="10000",
        key="SUP-41",
        project="SUP",
        us="the worker",
        created=SAMPLE_AT,
        summary="Check-in fails for all doctors",
        people={seat.holder: Person(seat.holder, f"Person {number}") for number, seat in enumerate(seats, 1)},
        contacts={seat.name: (seat.holder,) for seat in seats if seat.find},
        service_project=True,
        requests=(Request("9001", _LINKED, SAMPLE_AT - timedelta(days=3), organisations=("Northside Veterinary",)),),
    )


def _promised(case: Case, decision: Decision) -> Kept:
    """What the decision would promise; a confirmed grade keeps what was promised before."""
    stands = case.ticket.record.promise if decision.confirms else None
    return stands or promised_by(case.protocol, decision)


def _usual(protocol: Protocol) -> Grade:
    return next((grade for grade in protocol.grades if grade.timing == "next-business-night"), protocol.grades[0])


def _asking(case: Case) -> Texts:
    """What is said while a round is open."""
    protocol, ticket = case.protocol, case.ticket
    by = business_deadline(case.at, protocol.panel.evaluate_within, None, Calendar.of(protocol))
    for seat in protocol.panel.seats:
        yield f"Evaluation, {seat.title}", _evaluation(case, seat, by)
    seats, person, asked = protocol.panel.seats, protocol.panel.seats[0].holder, _sample_evaluation(case)
    yield "Reminder", wording.remind(ticket, protocol, seats[0], asked, by)
    who = wording.called(ticket, protocol, seats[0], 1)
    yield "Hint after a botched vote", wording.hint(protocol, TWO, _WRITTEN, who)
    yield "Hint to somebody who does not hold the seat", wording.hint(protocol, NOT_HOLDER, person=who)
    yield "Hint after a vote that another has edited", wording.hint(protocol, EDITED, person=who)
    yield "Hint after an app's vote", wording.hint(protocol, NO_PERSON, person=who)
    yield "Hint after a vote on the ticket", wording.elsewhere(protocol, ticket.key, who)
    yield "Text that would not be told to the client", wording.not_for_client(protocol, BELOW, who)
    yield "Closed without a vote", wording.closed(ticket, protocol, asked)
    yield "Voted for another seat", wording.second_seat(ticket, protocol, person, asked.key)
    late = "There was no answer in time."
    yield "Substitute", wording.substitute(ticket, protocol, asked.key, person, why=late, by=by)
    yield from _to_the_chair(case)
    yield (
        "Stalled, nobody left to ask",
        wording.stalled(ticket, protocol, 1, [seats[0].name], 1, vacant=[seats[0].name]),
    )
    yield from _finished(case, asked)
    yield "Stalled", wording.stalled(ticket, protocol, 1, [seat.name for seat in seats[1:]], 1)
    yield "Ended without a grade", wording.ended(protocol, 1, "the request was withdrawn")
    yield "Closed by a rule", wording.closed_by_rule(ticket, protocol, person, case.at + timedelta(days=1))
    yield "Drill on a graded ticket", wording.no_drill(ticket, protocol)
    yield (
        "Label that looks alike",
        wording.look_alike(ticket, protocol, protocol.labels.request.replace("-", "_") + "_"),
    )
    label = protocol.grades[0].label
    yield "Label put on by hand", wording.hand_label(ticket, protocol, label, person)
    yield "Label put on by hand in a round", wording.hand_label(ticket, protocol, label, person, under_way=True)


def _sample_evaluation(case: Case) -> Evaluation:
    """The first seat's evaluation, or one as there might be."""
    seat = case.protocol.panel.seats[0]
    found = case.ticket.seat(seat.name, max(case.ticket.record.round, 1))
    return found or Evaluation("10001", "SUP-42", 1, seat.name, case.at, assignee=seat.holder)


def _to_the_chair(case: Case) -> Texts:
    """The question that only the chair can answer, to one who has voted and to one who has not."""
    protocol, votes = case.protocol, _unsettled(case.protocol)
    chair, until = wording.chair(case.ticket, protocol, 1), case.at + protocol.panel.chair_within
    place = case.ticket.seat(protocol.panel.chair, max(case.ticket.record.round, 1))
    key = place.key if place else "SUP-44"
    for name, given in (("Question to the chair", votes), ("Question to the chair, who has not voted", votes[:1])):
        yield name, wording.chair_question(protocol, given, chair=chair, evaluation=key, until=until)


def _finished(case: Case, evaluation: Evaluation) -> Texts:
    """What is said on an evaluation before it is closed."""
    seat, grade = case.protocol.panel.seat(evaluation.seat), _usual(case.protocol).name
    reasons: dict[wording.Finish, str] = {"without": ENOUGH, "ended": "the request was withdrawn"}
    for how in get_args(wording.Finish):
        document = wording.finished(
            case.ticket,
            case.protocol,
            evaluation,
            how,
            person=seat.holder,
            grade=grade,
            decided=grade,
            reason=reasons.get(how, ""),
            other="SUP-43",
        )
        yield f"Evaluation closed: {how}", document


def _unsettled(protocol: Protocol) -> tuple[tuple[str, str], tuple[str, str]]:
    """Two votes that need the chair's word, where the third is missing: a lone one for the gravest grade, and the
    chair's own for the next."""
    chair, grades = protocol.panel.chair, protocol.grades
    other = next((seat.name for seat in protocol.panel.seats if seat.name != chair), chair)
    return (other, grades[0].name), (chair, grades[min(1, len(grades) - 1)].name)


def _evaluation(case: Case, seat: Seat, by: datetime) -> Document:
    protocol, ticket = case.protocol, case.ticket
    found = next(candidates(ticket, protocol, seat), None)
    person, reason = (found.person, found.why) if found else (seat.holder, _WHY)
    why = wording.why(ticket, protocol, person, reason)
    return wording.evaluation(ticket, protocol, seat, why=why, by=by, within=protocol.panel.evaluate_within)


def _odd_evaluations(case: Case) -> Texts:
    for seat in case.protocol.panel.seats:
        for holder in (wording.called(case.ticket, case.protocol, seat, 1), ""):
            text = wording.evaluation(case.ticket, case.protocol, seat, why="", by=None, unassigned=True, holder=holder)
            yield f"Evaluation, {seat.title}, nobody assigned{', nobody to ask' if not holder else ''}", text
        text = wording.evaluation(case.ticket, case.protocol, seat, why="", by=case.at)
        yield f"Evaluation, {seat.title}, a substitute's", text
    yield "Question to the chair, no votes", wording.chair_question(case.protocol, ())


def _all_decided(case: Case) -> Texts:
    for grade in case.protocol.grades:
        for previous in (None, case.protocol.grades[0].name, grade.name):
            decision = case.decision(grade.name, previous, split=previous is None)
            named = f"{grade.name} after {previous}"
            for reasoning in ("", _REASONING):
                told = wording.client(case.protocol, decision, _promised(case, decision), reasoning)
                yield f"Client, {named}{' with reasoning' if reasoning else ''}", told
            yield from ((f"{name}, {named}", text) for name, text in _colleagues(case, decision))
        yield from _watched(case, grade, always=True)
    yield from _closing(case)


def _decided(case: Case, decision: Decision) -> Texts:
    """What the client is told of a decision, and colleagues."""
    promised = _promised(case, decision)
    disclosed = _disclosed(case, decision)
    yield f"Client, {decision.grade}", wording.client(case.protocol, decision, promised, disclosed.reasoning)
    text = wording.summary(case.ticket, case.protocol, decision, promised, disclosed)
    yield f"Summary, {decision.grade}", text
    for request in case.ticket.requests if case.ticket.evaluations else ():
        theirs = disclose(case.ticket, case.protocol, decision, request)
        if theirs.reasoning != disclosed.reasoning:
            document = wording.client(case.protocol, decision, promised, theirs.reasoning, since=request.linked_at)
            yield f"Client of {request.key}, {decision.grade}", document


def _disclosed(case: Case, decision: Decision) -> Disclosure:
    """What of the votes would go out; the sample's reasoning fits one grade."""
    if case.ticket.evaluations:
        return disclose(case.ticket, case.protocol, decision)
    fits = decision.grade == _usual(case.protocol).name
    return Disclosure(wording.phrase(case.protocol, _REASONING) if fits else "")


def _reasoning(case: Case, decision: Decision) -> str:
    return _disclosed(case, decision).reasoning


def _again(case: Case) -> Texts:
    """How the client hears of a second round: another grade, the same grade."""
    worst, usual = case.protocol.grades[0].name, _usual(case.protocol).name
    for name, decision in (
        (f"{worst} after {usual}", case.decision(worst, usual)),
        (f"{usual}, confirmed", case.decision(usual, usual)),
    ):
        promised = _promised(case, decision)
        yield f"Client, {name}", wording.client(case.protocol, decision, promised, _reasoning(case, decision))


def _colleagues(case: Case, decision: Decision) -> Texts:
    """What colleagues may hear of a decision beside its summary."""
    protocol, ticket, seat = case.protocol, case.ticket, wording.contact_seat(case.protocol)
    told = wording.client(protocol, decision, _promised(case, decision), _reasoning(case, decision))
    yield "Draft for the client", wording.draft(ticket, protocol, decision, told)
    yield "Drill: what the client would be told", wording.rehearsed(protocol, decision, told)
    reason = "it holds an e-mail address"
    yield (
        "Text withheld from the client",
        wording.withheld(ticket, protocol, decision, seat, "a@clinic.example", reason=reason),
    )
    others = wording.phrase(protocol, _TOO)
    held = wording.withheld(ticket, protocol, decision, seat, others, reason=_OTHERS, keys=(_LINKED,))
    yield "Text withheld from a linked request", held
    yield "Client not told", wording.untold(ticket, protocol, decision)
    yield "Linked requests not told", wording.untold(ticket, protocol, decision, own=False, keys=(_LINKED,))
    yield (
        "More linked requests than are told",
        wording.more_requests(replace(ticket, more_requests=3), protocol, decision.round),
    )
    yield from _reasons(case, decision)
    why, also = wording.phrase(protocol, _REASONING), wording.phrase(protocol, _ALSO)
    for how, disclosed in (
        (" without a text for the client", Disclosure("")),
        (" with a text withheld", Disclosure("", (Withheld(seat.name, "a@clinic.example", reason),))),
        (", one text told", Disclosure(why, seat=seat.name)),
        (", one text of two told", Disclosure(why, (), seat.name, ((protocol.panel.chair, also),))),
    ):
        yield f"Summary{how}", wording.summary(ticket, protocol, decision, _promised(case, decision), disclosed)
    unseen = replace(ticket, service_project=False, requests=())
    text = wording.summary(unseen, protocol, decision, _promised(case, decision), Disclosure(why, seat=seat.name))
    yield "Summary, no client hears of it", text
    yield "Note to the chair", wording.chair_note(ticket, protocol, decision)
    yield "Late vote", wording.late(ticket, protocol, decision, "10100", at=case.at, person=seat.holder)
    would = protocol.grades[0].name
    text = wording.late_changes(ticket, protocol, decision, seat, "10100", at=case.at, would=would)
    yield "Late vote that would change the grade", text


def _reasons(case: Case, decision: Decision) -> Texts:
    """Reasons that were missing: asked for, and passed on."""
    seat, until = wording.contact_seat(case.protocol), wanted_until(case.at, case.protocol)
    asked = case.ticket.seat(seat.name, decision.round)
    asked = asked or Evaluation("10001", "SUP-42", decision.round, seat.name, case.at, assignee=seat.holder)
    yield "Reasons asked for", wording.ask_reasons(case.ticket, case.protocol, decision, asked, until)
    document = wording.reasons(case.protocol, decision, wording.phrase(case.protocol, _REASONING))
    yield "Client, the reasons afterwards", document
    yield "Draft of the reasons", wording.draft(case.ticket, case.protocol, decision, document, again=True)


def _watched(case: Case, grade: Grade, *, always: bool = False) -> Texts:
    """What is said while a promise is watched: what its timing knows, or (`always`) all of it."""
    protocol, ticket = case.protocol, case.ticket
    promised = promised_by(protocol, case.decision(grade.name))
    breaks = breached_at(grade, promised.graded_at, promised.window_end, protocol)
    if promised.window_start or always:
        start = promised.window_start or promised.graded_at
        for name, now, last in (
            ("At risk, half-way", start - (start - promised.graded_at) / 2, False),
            ("At risk, last warning", start - protocol.tracking.at_risk_before, True),
            ("At risk, the night has begun", start, True),
        ):
            yield f"{name}, {grade.name}", wording.at_risk(ticket, protocol, promised, now, last=last)
    if grade.timing == "immediate" or always:
        yield f"Not begun, {grade.name}", wording.not_begun(ticket, protocol, promised)
    if breaks or always:
        yield f"Breach, {grade.name}", wording.breach(ticket, protocol, promised, breaks or case.at, breaks or case.at)


def _closing(case: Case) -> Texts:
    until = case.at + timedelta(hours=2)
    override = Override("0", (case.ticket.key,), "Its fix cannot wait.", "somebody", case.at, until)
    yield "Override of the gate", wording.overridden(case.protocol, case.ticket.key, override)
    yield "Failure", wording.failure(case.ticket, case.protocol, [_FAILED])
    yield "Client, resolved", wording.closing(case.protocol)
