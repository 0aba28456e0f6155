"""Every text, on a sample ticket: rendered once at start, so that a broken template stops the start."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from config.protocol import Protocol
from worker.escalation import wording
from worker.escalation.announcing import promised_by
from worker.escalation.document import Document
from worker.escalation.model import Escalation, Person
from worker.escalation.override import Override
from worker.escalation.record import CountedVote, Decision, Failure

SAMPLE_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_REASONING = "Nobody can check patients in, and paper forms only help for an hour."


def every_text(protocol: Protocol) -> dict[str, Document]:
    """All texts by name, for the grades, rounds and cases they know.

    Raises:
        ConfigError: a template is missing, broken, or uses a name that is not there.
    """
    return dict(_texts(protocol, sample(protocol)))


def sample(protocol: Protocol) -> Escalation:
    """A ticket as there might be one."""
    holders = {seat.holder: Person(seat.holder, f"Somebody ({seat.title})") for seat in protocol.panel.seats}
    return Escalation(
        "10000", "SUP-41", "SUP", "the worker", SAMPLE_AT, "Check-in fails for all doctors", people=holders
    )


def _texts(protocol: Protocol, ticket: Escalation) -> Iterator[tuple[str, Document]]:
    yield from _evaluation_texts(protocol, ticket)
    for grade in protocol.grades:
        for previous in (None, protocol.grades[0].name, grade.name):
            decision = _decision(protocol, grade.name, previous)
            yield from _decision_texts(protocol, ticket, decision, f"{grade.name} after {previous}")


def _evaluation_texts(protocol: Protocol, ticket: Escalation) -> Iterator[tuple[str, Document]]:
    for seat in protocol.panel.seats:
        for by, trouble in ((SAMPLE_AT, ""), (None, "nobody can be assigned")):
            text = wording.evaluation(ticket, protocol, seat, why="a sample", by=by, trouble=trouble)
            yield f"evaluation {seat.name} {trouble}".strip(), text
        yield f"remind {seat.name}", wording.remind(protocol, seat, SAMPLE_AT)
    person = protocol.panel.seats[0].holder
    seats = [seat.name for seat in protocol.panel.seats]
    yield "hint", wording.hint(protocol, "The first line names more than one grade.", "SEV-1 or SEV-2?")
    yield "closed", wording.closed(protocol)
    yield "second seat", wording.second_seat(ticket, protocol, person)
    yield "substitute", wording.substitute(ticket, protocol, person, "There was no answer in time.")
    yield "chair", wording.chair_question(ticket, protocol, ((seats[0], protocol.grades[0].name),))
    yield "chair, before any vote", wording.chair_question(ticket, protocol, ())
    yield "stalled", wording.stalled(ticket, protocol, 1, seats, 0)
    yield "ended", wording.ended(protocol, 1, "the request was withdrawn")
    yield "untold", wording.untold(ticket, protocol, _decision(protocol, protocol.grades[0].name, None), None)
    yield "closing", wording.closing(protocol)
    yield "no drill", wording.no_drill(protocol)
    yield "look-alike", wording.look_alike(protocol, "escalation_request")
    yield "hand-put label", wording.hand_label(ticket, protocol, protocol.grades[0].label, person)
    override = Override(
        "0", (ticket.key,), "Its fix cannot wait.", "somebody", SAMPLE_AT, SAMPLE_AT + timedelta(hours=2)
    )
    yield "override", wording.overridden(protocol, ticket.key, override)
    yield "failure", wording.failure(ticket, protocol, Failure("due date", "The due date cannot be set.", "Mend it."))


def _decision(protocol: Protocol, grade: str, previous: str | None) -> Decision:
    votes = tuple(
        CountedVote(seat.name, seat.holder, grade, str(number), SAMPLE_AT + timedelta(minutes=number))
        for number, seat in enumerate(protocol.panel.seats)
    )
    return Decision(1, grade, SAMPLE_AT + timedelta(hours=1), votes=votes, previous=previous)


def _decision_texts(
    protocol: Protocol, ticket: Escalation, decision: Decision, case: str
) -> Iterator[tuple[str, Document]]:
    promised = promised_by(protocol, decision)
    for last in (False, True):
        yield f"at risk {case} {last}", wording.at_risk(ticket, protocol, promised, last=last)
    yield f"breach {case}", wording.breach(ticket, protocol, promised, SAMPLE_AT)
    yield f"not begun {case}", wording.not_begun(ticket, protocol, promised)
    for reasoning in ("", _REASONING):
        text = wording.client(protocol, decision, promised, reasoning)
        yield f"client {case}{' with reasoning' if reasoning else ''}", text
    yield f"rehearsed {case}", wording.rehearsed(protocol, decision, text)
    seat = wording.contact_seat(protocol)
    yield f"draft {case}", wording.draft(protocol, decision, seat, text)
    yield f"withheld {case}", wording.withheld(protocol, decision, seat, "a@b.example", "it holds an e-mail address")
    for missing in (True, False):
        yield f"summary {case} {missing}", wording.summary(ticket, protocol, decision, promised, no_client_text=missing)
    yield f"chair note {case}", wording.chair_note(ticket, protocol, decision)
    yield f"late {case}", wording.late(ticket, protocol, decision, "10100", SAMPLE_AT)
    would = wording.late_changes(ticket, protocol, decision, seat, "10100", at=SAMPLE_AT, would=protocol.grades[0].name)
    yield f"late changes {case}", would
