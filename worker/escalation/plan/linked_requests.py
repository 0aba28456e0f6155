"""The clients behind linked requests: each hears once, on their own request, what the ticket's own client hears.

No word is among it by which one might know of another (design §4, "Telling"; protocol.md A13).

Who has heard what stands in the record; what says it in Jira is a comment of ours with a mark of its own, so that the
answers of two tickets on one request are told apart. A request that was unlinked is told nothing more, and nothing is
taken back.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from worker.escalation.facts.disclosed import Disclosure, Withheld
from worker.escalation.facts.model import Comment, Request, number_of
from worker.escalation.facts.record import WITHHELD, Decision, Heard, Kept
from worker.escalation.plan.actions import TellRequest
from worker.escalation.plan.disclosure import disclose
from worker.escalation.plan.draft import Draft
from worker.escalation.plan.missing_reasons import later_text
from worker.escalation.plan.told_before import heard_before
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document

REASONS, CLOSING = "the reasons", "that it is resolved"


def waiting(draft: Draft, decision: Decision) -> tuple[Request, ...]:
    """The linked requests whose clients have not heard of the decision that stands."""
    if decision.drill or draft.protocol.client.comment == "off":
        return ()
    return tuple(request for request in _concerned(draft) if not _has_heard(draft, request, decision))


def _has_heard(draft: Draft, request: Request, decision: Decision) -> bool:
    """Whether the record says so; where it is not known to be ours, the comment has to be there, too."""
    heard = draft.record.heard_by(request.id)
    if heard is None or heard.round != decision.round:
        return False
    unsure = not draft.before.proven and request.whole
    return not unsure or any(comment.id == heard.comment for comment in request.written_by(draft.escalation.us))


def _concerned(draft: Draft) -> Iterator[Request]:
    """Those that are linked, save those linked only once the ticket was resolved: no news is left for them."""
    resolved = draft.escalation.resolved_at if draft.escalation.done else None
    for request in draft.escalation.requests:
        if not (resolved and request.linked_at and request.linked_at > resolved):
            yield request


def answer(draft: Draft, decision: Decision, promised: Kept, own: Disclosure) -> None:
    """Each client who has not heard gets the answer: the grade, the reasons, what happens next. `own` is what the
    ticket's client reads: colleagues hear of what could not go to the others although it could to them."""
    held: dict[Withheld, list[str]] = {}
    for request in waiting(draft, decision):
        disclosed = disclose(draft.escalation, draft.protocol, decision, request)
        for withheld in disclosed.withheld:
            held.setdefault(withheld, []).append(request.key)
        reasoning = disclosed.reasoning or later_text(draft.escalation, draft.protocol, decision, request)
        _answer(draft, decision, promised, request, reasoning)
    for withheld, keys in held.items():
        if withheld not in own.withheld:
            _note_withheld(draft, decision, withheld, keys)


def _answer(draft: Draft, decision: Decision, promised: Kept, request: Request, reasoning: str) -> None:
    before = draft.record.heard_by(request.id)
    known = replace(decision, previous=heard_before(draft, before, decision))
    text = wording.client(draft.protocol, known, promised, reasoning, since=request.linked_at)
    how, reasons = draft.protocol.client.comment, "answer" if reasoning else "no"

    def heard(comment: str) -> Heard:
        return Heard(request.id, request.key, decision.round, decision.grade, how, comment, reasons)

    tell(draft, TellRequest(request.id, request.key, text, "", heard), request, decision, since=decision.graded_at)


def _note_withheld(draft: Draft, decision: Decision, withheld: Withheld, keys: list[str]) -> None:
    seat = draft.protocol.panel.seat(withheld.seat)
    document = wording.withheld(
        draft.escalation, draft.protocol, decision, seat, withheld.text, reason=withheld.reason, keys=keys
    )
    contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
    draft.tell_colleagues(f"{WITHHELD}{withheld.seat} {withheld.reason}"[:80], document, contact)


def follow(draft: Draft, decision: Decision) -> None:
    """The reasons that came after the answer, to each client who had none."""
    for request, heard in _told(draft, decision):
        text = later_text(draft.escalation, draft.protocol, decision, request) if heard.reasons == "no" else ""
        if text:
            document = wording.reasons(draft.protocol, decision, text)
            action = TellRequest(request.id, request.key, document, "", partial(_with_reasons, heard), REASONS)
            tell(draft, action, request, decision, since=decision.graded_at)


def close(draft: Draft, decision: Decision, since: datetime) -> None:
    """That the ticket was resolved, to each client who was told by us."""
    for request, heard in _told(draft, decision):
        if heard.how == "auto" and heard.closing is None:
            document = wording.closing(draft.protocol)
            action = TellRequest(request.id, request.key, document, "", partial(_with_closing, heard), CLOSING)
            tell(draft, action, request, decision, since=since)


def _with_reasons(heard: Heard, comment: str) -> Heard:
    return replace(heard, reasons=comment)


def _with_closing(heard: Heard, comment: str) -> Heard:
    return replace(heard, closing=comment)


def _told(draft: Draft, decision: Decision) -> Iterator[tuple[Request, Heard]]:
    """The linked requests whose clients have heard of this decision, with what they heard."""
    if decision.drill or draft.protocol.client.comment == "off":
        return
    for request in draft.escalation.requests:
        heard = draft.record.heard_by(request.id)
        if heard and heard.round == decision.round:
            yield request, heard


def tell(draft: Draft, action: TellRequest, request: Request, decision: Decision, *, since: datetime) -> None:
    """Wants it said on the request, once; as a draft for a person, where the protocol leaves it to one."""
    document, drafted = action.document, draft.protocol.client.comment == "draft"
    if drafted:
        document = wording.draft(draft.escalation, draft.protocol, decision, document, again=bool(action.what))
    mark = mark_of(draft.escalation.id, decision.round, action.what)
    found = said_already(draft, request, document, mark, since)
    action = replace(action, document=document, mark=mark, draft=drafted, readable=request.readable)
    draft.do(replace(action, found=found.id if found else None))


def said_already(draft: Draft, request: Request, document: Document, mark: str, since: datetime) -> Comment | None:
    """Our comment on the request that says it: later than what the record knows of, and with no other ticket's mark."""
    heard = draft.record.heard_by(request.id)
    known = [heard.comment, heard.reasons, heard.closing or ""] if heard else []
    latest, claimed = max(map(number_of, known), default=0), draft.record.claimed()
    for comment in request.written_by(draft.escalation.us):
        if comment.id in claimed:
            continue
        is_new = number_of(comment.id) > latest and comment.created >= since and not comment.restricted
        if is_new and comment.answers in (None, "", mark) and wording.says(comment, document):
            return comment
    return None


def mark_of(ticket: str, round: int, what: str) -> str:
    """What tells a comment of ours from those of other tickets and rounds. It is a digest, because whoever can read the
    comment may read its mark, and must not learn of a ticket that is not theirs."""
    return hashlib.sha256(f"{ticket}/{round}/{what}".encode()).hexdigest()[:16]


def note_more(draft: Draft, decision: Decision) -> None:
    """How many requests are linked that are more than are told: on record, and said to colleagues once."""
    more = draft.escalation.more_requests
    draft.record = replace(draft.record, beyond=more)
    if more and not decision.drill and draft.protocol.client.comment != "off":
        contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
        document = wording.more_requests(draft.escalation, draft.protocol, decision.round)
        draft.tell_colleagues("more requests", document, contact)
