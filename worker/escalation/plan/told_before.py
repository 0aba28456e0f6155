"""What a client knows already when they hear of a new decision. It tells nobody anything."""

from worker.escalation.facts.record import Decision, Heard
from worker.escalation.plan.draft import Draft


def told_before(draft: Draft, decision: Decision) -> str | None:
    """The grade that the ticket's own client knows of, as far as the new one may refer to it."""
    record = draft.record
    last = record.told.round if record.told and record.told.how != "off" else None
    known = next((past.grade for past in record.rounds if past.round == last and not past.drill), None)
    return known_grade(draft, known if draft.before.proven else decision.previous, decision)


def heard_before(draft: Draft, heard: Heard | None, decision: Decision) -> str | None:
    """The same for the client of a linked request."""
    known = heard.grade if draft.before.proven and heard else None
    return known_grade(draft, known, decision)


def known_grade(draft: Draft, grade: str | None, decision: Decision) -> str | None:
    """That grade, if the new one may refer to it: one that the protocol does not know, or that never stood on this
    ticket, is no word of ours, and a promise that was made anew since then does not stay as it was."""
    known = next((each for each in draft.protocol.grades if each.name == grade), None)
    if known is None or not (grade == decision.previous or _was_put(draft, known.label)):
        return None
    return grade if grade != decision.grade or decision.confirms else None


def _was_put(draft: Draft, label: str) -> bool:
    """Whether we ever put that label on: a record that was edited may speak of grades that nobody gave."""
    changes = draft.escalation.history.labels
    return any(change.by == draft.escalation.us and label.lower() in change.added for change in changes)
