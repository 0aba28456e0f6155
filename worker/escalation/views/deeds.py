"""What a look did, in sentences for people: from the actions that landed and what they changed in the record. Pure."""

from collections.abc import Iterator, Sequence

from config.protocol import Protocol
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import Record
from worker.escalation.plan.actions import (
    Action,
    Assign,
    CloseEvaluation,
    EditTicket,
    NewEvaluation,
    Note,
    OpenEvaluations,
    RemoveLabel,
    TellClient,
    TellClosing,
    TellReasons,
    TellRequest,
)
from worker.escalation.views.changes import Change, news
from worker.escalation.views.phrases import ENDED, HOW
from worker.escalation.views.words import Who, Words, joined

_NOTES = {
    "hint ": "why a comment is no vote",
    "second seat ": "that one person votes in one seat",
    "vote on the ticket": "where a vote belongs",
    "closed without a vote": "that it was closed without a vote",
    "remind": "a reminder",
    "substitute ": "who is asked instead",
    "chair note": "how the panel was split",
    "chair": "the question to the chair",
    "stalled": "that the round is stalled",
    "summary": "the summary of the decision",
    "draft": "the text for the client, to be sent by hand",
    "reasons asked": "the question for reasons for the client",
    "reasons": "the reasons for the client, to be sent by hand",
    "withheld ": "what may not go to the client, and why",
    "untold": "that the client could not be told",
    "late changes ": "that a late vote would change the grade",
    "late ": "that a vote came too late",
    "hand-put ": "that a label put on by hand decides nothing",
    "look-alike ": "that a label only looks like the request",
    "ended": "that the round has ended",
    "promise half-way": "that the promise is at risk",
    "promise last warning": "that the promise is at risk, the last warning",
    "promise not begun": "that work has not begun",
    "promise breach": "that the promise is broken",
    "failed ": "what could not be done, and what mends it",
    "not for the client ": "that a text may not go to the client",
    "finished ": "that nothing more is asked",
    "closed by a rule": "that a rule seems to have closed the ticket",
    "no drill": "that a graded ticket takes no drill",
    "more requests": "that more requests are linked than are told",
}


def deeds(ticket: Escalation, after: Record, done: Sequence[Action], rules: Protocol) -> Iterator[Words]:
    """What was done for this ticket, the most important first.

    Args:
        ticket: the facts as they were before.
        after: the record afterwards.
        done: the actions that landed.
        rules: the protocol of the ticket's project.
    """
    yield from filter(None, (_changed(change) for change in news(ticket.record, after)))
    closed = [each for each in done if isinstance(each, CloseEvaluation)]
    for action in done:
        if not isinstance(action, CloseEvaluation):
            yield _done(action, ticket, rules)
    if closed:
        several = "Evaluations" if len(closed) > 1 else "Evaluation"
        yield (f"{several} closed: {', '.join(each.key for each in closed)}.",)


def _changed(change: Change) -> Words:
    match change.kind:
        case "decided":
            return (f"Graded {change.grade}: {HOW.get(change.how, change.how)}.",)
        case "ended":
            return (f"Round {change.round} ended without a grade: {ENDED.get(change.how, change.how)}.",)
        case "broken":
            return (f"The promise of {change.grade} is broken.",)
        case "kept":
            return (f"The promise of {change.grade} is kept.",)
    return ()


def _done(action: Action, ticket: Escalation, rules: Protocol) -> Words:
    match action:
        case OpenEvaluations():
            seats = joined(_asked(new, ticket, rules) for new in action.evaluations)
            return (f"Round {action.round}: asked ", *seats, ".")
        case Assign():
            name = ticket.person(action.person).name
            return (f"{action.key} ({_title(rules, action.seat)}) goes to somebody else", Who(name), ".")
    return (f"{_first_big(_plain(action))}.",)


def _plain(action: Action) -> str:
    """What names nobody."""
    match action:
        case EditTicket():
            return _edited(action)
        case RemoveLabel():
            return f"label {action.label} taken off, to be put on by the decision"
        case TellClient() | TellReasons() | TellClosing():
            return _told(action)
        case TellRequest():
            return f"the client of {action.key} is told {action.what or 'the grade'}{_as_draft(action)}"
        case Note():
            return f"note for colleagues on {action.issue_key}: {_about(action.key)}"
    return str(action)


def _told(action: TellClient | TellReasons | TellClosing) -> str:
    if isinstance(action, TellClient):
        return "the client had been told: seen, and checked" if action.found else "the client is told the grade"
    return f"the client is told {'the reasons' if isinstance(action, TellReasons) else 'that it is resolved'}"


def _asked(new: NewEvaluation, ticket: Escalation, rules: Protocol) -> Words:
    return (_title(rules, new.seat), Who(ticket.person(new.ways[0].person or "").name))


def _title(rules: Protocol, seat: str) -> str:
    return next((each.title for each in rules.panel.seats if each.name == seat), seat)


def _edited(edit: EditTicket) -> str:
    parts = [f"label {label} put on" for label in edit.add] + [f"label {label} taken off" for label in edit.remove]
    parts += [f"due date set to {edit.due:%a %-d %b %Y}"] if edit.due else []
    parts += [f"priority set to {edit.priority}"] if edit.priority else []
    return "; ".join(parts) or "the record is kept"


def _first_big(text: str) -> str:
    return text[:1].upper() + text[1:]


def _as_draft(action: TellRequest) -> str:
    return ", by a draft that a person sends" if action.draft else ""


def _about(key: str) -> str:
    return next((words for start, words in _NOTES.items() if key.startswith(start)), "something to know")
