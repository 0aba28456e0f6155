"""What a client knows already when they hear of a new decision. It tells nobody anything."""

from config.protocol import Protocol
from worker.escalation.facts.record import Decision, Heard
from worker.escalation.plan.draft import Draft


def told_before(draft: Draft, decision: Decision) -> str | None:
    """The grade that the ticket's own client knows of, as far as the new one may refer to it."""
    record = draft.record
    last = record.told.round if record.told and record.told.how != "off" else None
    known = next((past.grade for past in record.rounds if past.round == last and not past.drill), None)
    return known_grade(draft.protocol, known if draft.before.proven else decision.previous, decision)


def heard_before(draft: Draft, heard: Heard | None, decision: Decision) -> str | None:
    """The same for the client of a linked request."""
    known = heard.grade if draft.before.proven and heard else None
    return known_grade(draft.protocol, known, decision)


def known_grade(protocol: Protocol, grade: str | None, decision: Decision) -> str | None:
    """That grade, if the new one may refer to it: one that the protocol does not know is no word of ours, and a promise
    that was made anew since then does not stay as it was."""
    if grade not in [each.name for each in protocol.grades]:
        return None
    return grade if grade != decision.grade or decision.confirms else None
