"""What was tried already: how often a write was made that Jira answered with success, and that is still wanted.

A rule may delete what we open, a security level hide it, a Jira forget it: then a look finds nothing of what the look
before has done. Such a write is made once more, and then left, noted and listed (design §5.2). Two writes are the same
as long as Jira shows the same of the matter: a label that was seen to be put on and taken off again is another story.
Pure; where the counts are kept is no business of this module.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from worker.escalation.facts import record as records
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import FAILED, UNSEEN, Failure, Try
from worker.escalation.panel.lost import MOST, OPEN, opening
from worker.escalation.plan.actions import (
    Action,
    Assign,
    CloseEvaluation,
    EditTicket,
    Note,
    OpenEvaluations,
    RemoveLabel,
    ReopenEvaluation,
    TellClient,
    TellClosing,
    TellReasons,
    TellRequest,
)

RECORD = "record"
TELL, NOTE = "tell ", "note "
ADD, REMOVE, DUE, PRIORITY = "add the label ", "remove the label ", "set the due date", "set the priority"

DELETED = (
    "Look whether an automation rule, an app or a person deletes it, or an issue security level hides it from our "
    "account. Once that is mended, run `escalation failures retry`."
)
REVERTED = (
    "Look whether an automation rule, an app or a workflow takes it back at once. Once that is mended, run "
    "`escalation failures retry`, or do it by hand."
)
RETOLD = "Look whether the client has the answer; if not, run `escalation failures retry`, and it is given once more."
UNKEPT = (
    "Look whether an automation rule or an app deletes the issue property 'escalation'. Until that is mended, nothing "
    "is remembered on the ticket."
)


def shown(action: Action, ticket: Escalation) -> dict[str, str]:
    """The writes that an action makes, and what Jira shows of each matter before it."""
    match action:
        case OpenEvaluations():
            return {opening(new.seat): f"{action.round} {action.asked}" for new in action.evaluations}
        case EditTicket():
            return _edits(action, ticket)
        case TellClient() | TellReasons() | TellClosing() | TellRequest() if action.found:
            return {}  # only looks whether it is public
        case _:
            key, sight = _one(action, ticket)
            return {key: sight}


def _edits(action: EditTicket, ticket: Escalation) -> dict[str, str]:
    put_on = {f"{ADD}{label}": label_stamp(ticket, label) for label in action.add}
    taken_off = {f"{REMOVE}{label}": label_stamp(ticket, label) for label in action.remove}
    due = {DUE: f"{ticket.due} {action.due}"} if action.due else {}
    priority = {PRIORITY: f"{ticket.priority} {action.priority}"} if action.priority else {}
    return {**put_on, **taken_off, **due, **priority}


def _one(action: Action, ticket: Escalation) -> tuple[str, str]:
    match action:
        case RemoveLabel():
            sight = label_stamp(ticket, action.label)
        case Assign():
            sight = f"{action.evaluation} {action.person} {_hands(ticket, action.evaluation)}"
        case CloseEvaluation() | ReopenEvaluation():
            sight = action.status
        case Note():
            return f"{NOTE}{action.key} on {action.issue_key}", f"{_round(ticket)} {_short(action.document.head)}"
        case TellClient():
            sight = str(action.round)
        case TellReasons():
            sight = str(_round(ticket))
        case TellRequest():
            sight = action.mark
        case TellClosing():
            sight = str(ticket.resolved_at)
        case _:
            sight = ""
    return action.step, sight


def label_stamp(ticket: Escalation, label: str) -> str:
    """What Jira shows of a label: whether it is there, and when it was last put on and taken off."""
    known = (ticket.puts.get(label.lower()), ticket.taken.get(label.lower()))
    return " ".join([str(ticket.has(label)), *(each.at.isoformat() if each else "-" for each in known)])


def record_stamp(ticket: Escalation) -> str:
    """What Jira shows of the record."""
    return _short(json.dumps(records.dump(ticket.record, ticket.id), sort_keys=True))


def is_unkept(ticket: Escalation) -> bool:
    """Whether the record was written as often as it may be, and Jira shows what it showed before."""
    often = any(memory[RECORD].count >= MOST for memory in ticket.tries if RECORD in memory)  # the stamp costs more
    return often and ticket.tried(RECORD, record_stamp(ticket)) >= MOST


def spent(action: Action, ticket: Escalation) -> tuple[str, ...]:
    """The writes of an action that were made as often as they may be, and are not seen."""
    return tuple(key for key, sight in shown(action, ticket).items() if ticket.tried(key, sight) >= MOST)


def counted(key: str, sight: str, ticket: Escalation, made: str = "") -> Try:
    """One try more. A client is never told twice on the suspicion that the first time was forgotten."""
    return Try(ticket.tried(key, sight) + (MOST if key.startswith(TELL) else 1), sight, made)


def once_more(memory: Mapping[str, Try]) -> Mapping[str, Try]:
    """The same memory, in which what was given up may be tried once more."""
    return {key: replace(each, count=min(each.count, MOST - 1)) for key, each in memory.items()}


def is_durable(key: str, tried: Try, ticket: Escalation) -> bool:
    """Whether the record has to know: what is opened, because that sends mail to people; what was done twice; and all
    where Redis knows nothing of the ticket, because it may have lost its memory."""
    return key != RECORD and (key.startswith(OPEN) or tried.count >= MOST or not any(ticket.tries[:1]))


def without(action: Action, gone: Collection[str]) -> Action | None:
    """The action less those of its writes; None where nothing is left."""
    if not gone:
        return action
    left: Any = None
    if isinstance(action, OpenEvaluations):
        left = replace(action, evaluations=tuple(n for n in action.evaluations if opening(n.seat) not in gone))
        return left if left.evaluations else None
    if isinstance(action, EditTicket):
        left = EditTicket(
            tuple(label for label in action.add if f"{ADD}{label}" not in gone),
            tuple(label for label in action.remove if f"{REMOVE}{label}" not in gone),
            None if DUE in gone else action.due,
            action.label_steps,
            "" if PRIORITY in gone else action.priority,
        )
        return left if left != EditTicket(label_steps=left.label_steps) else None
    return None


def unseen(key: str) -> Failure | None:
    """The failure of a write that is not seen; a note on a failure is not worth a failure of its own."""
    if key.startswith(f"{NOTE}{FAILED}"):
        return None
    what = f"What was done cannot be seen, and is not done again by itself: {key}."
    return Failure(f"{UNSEEN}{key}", what, _mend(key), tries=MOST)


def _mend(key: str) -> str:
    if key.startswith(TELL):
        return RETOLD
    if key == RECORD:
        return UNKEPT
    return DELETED if key.startswith((OPEN, NOTE)) else REVERTED


def _round(ticket: Escalation) -> int:
    """The latest round that Jira shows anything of."""
    return max(ticket.record.round, *(each.round for each in ticket.evaluations), 0)


def _hands(ticket: Escalation, evaluation: str) -> int:
    return next((len(each.assignments) for each in ticket.evaluations if each.id == evaluation), 0)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
