"""A decided round: label, due date and record in one edit, then the client, then colleagues; late votes are noted.

The order is a promise: nobody is told a grade that is not recorded (A21), and the client hears it before anything that
can wait. Whatever of this is done already is found in Jira and left alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from config.protocol import Protocol
from worker.escalation.comments.vote import Vote
from worker.escalation.dates.recorded import promised_by
from worker.escalation.facts.disclosed import Disclosure
from worker.escalation.facts.model import Comment, Escalation
from worker.escalation.facts.record import (
    CHAIR_NOTE,
    DECIDED,
    DRAFT,
    DUE_STEP,
    FAILED,
    LABEL_STEP,
    PRIORITY_STEP,
    REASONS,
    REASONS_ASKED,
    SUMMARY,
    WITHHELD,
    Decision,
    Failure,
    Kept,
    Record,
    Told,
)
from worker.escalation.panel.decision import combine, late
from worker.escalation.panel.record_trust import TRUST_STEP, doubt
from worker.escalation.panel.seats import Said, said_in_round
from worker.escalation.plan import linked_requests
from worker.escalation.plan.actions import EditTicket, Note, Plan, RemoveLabel, TellClient, TellReasons, TellRequest
from worker.escalation.plan.disclosure import disclose, unfit
from worker.escalation.plan.draft import Draft
from worker.escalation.plan.forewarning import forewarn
from worker.escalation.plan.missing_reasons import later_text, later_texts, wanted_until
from worker.escalation.plan.told_before import told_before
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document

LATE_LIMIT = 100  # what the record has room for; a panel that edits more often than that is known to do so


def decide(draft: Draft, decision: Decision) -> None:
    """Fixes a decision: from here on nothing flips."""
    before = draft.record
    put = draft.escalation.put(draft.request)
    stands = _standing(draft)
    decision = replace(decision, previous=stands.grade if stands else None, drill=draft.drill)
    promised = before.promise if decision.confirms and before.promise else promised_by(draft.protocol, decision)
    draft.trusted = True
    draft.record = replace(
        before.next_round(decision.round).without_decision().keeping_promise(promised),
        ended=DECIDED,
        decision=decision,
        request_at=put.at if put else None,
    )
    due = _due(draft, decision, promised)
    if due:
        draft.record = replace(draft.record, due_before=draft.escalation.due)
    taken_off = _put_on_by_hand(draft, decision)
    for label in taken_off:
        draft.do(RemoveLabel(label))
    to_add = (draft.protocol.grade(decision.grade).label,) if taken_off else _labels_to_add(draft, decision)
    to_remove = tuple(label for label in _labels_to_remove(draft, decision) if label not in taken_off)
    draft.edit(EditTicket(to_add, to_remove, due, priority=_priority(draft, decision)))
    _alert(draft, decision)


def _standing(draft: Draft) -> Decision | None:
    """The decision that stood before, if it was one."""
    return draft.record.decision if draft.trusted and draft.record.graded_for_real else None


def _alert(draft: Draft, decision: Decision) -> None:
    """Who carries a pager hears of the gravest grade, and of a chair that stayed silent (protocol 3.2.5)."""
    if draft.protocol.grade(decision.grade).timing == "immediate":
        draft.alert("graded", grade=decision.grade, due=wording.EFFECTS["immediate"])
    if decision.how == "chair-silent":
        draft.alert("chair-silent", grade=decision.grade, words=wording.HOW["chair-silent"])


def _put_on_by_hand(draft: Draft, decision: Decision) -> tuple[str, ...]:
    """The grade's label in every spelling, if somebody without authority, or a drill, put it on before: the changelog
    has to show that it is this decision's."""
    label = draft.protocol.grade(decision.grade).label
    put = draft.escalation.put(label)
    if put is None or decision.how == "authority" or decision.drill:
        return ()
    by_hand = put.by != draft.escalation.us or draft.protocol.labels.drill.lower() in put.beside
    return draft.escalation.spellings(label) if by_hand else ()


def _due(draft: Draft, decision: Decision, promised: Kept) -> date | None:
    """The due date to set, if it is not there already; a confirmed grade does not touch it."""
    different = promised.due_date != draft.escalation.due
    return promised.due_date if different and not decision.confirms else None


def _priority(draft: Draft, decision: Decision) -> str:
    """The priority to set, if the protocol moves the ticket up the queue (R3) and it is not there already; a confirmed
    grade and a drill do not touch it."""
    wanted = draft.protocol.grade(decision.grade).priority
    alike = wanted.casefold() == draft.escalation.priority.casefold()
    return "" if alike or decision.confirms or decision.drill else wanted


def _labels_to_add(draft: Draft, decision: Decision) -> tuple[str, ...]:
    """The grade's; a drill's only beside the drill's own label, because the gate goes by what the changelog shows."""
    label = draft.protocol.grade(decision.grade).label
    bare = decision.drill and not draft.escalation.has(draft.protocol.labels.drill)
    return () if bare or label in draft.escalation.labels else (label,)


def _labels_to_remove(draft: Draft, decision: Decision) -> tuple[str, ...]:
    """Request, other severity labels (exactly one stays, as the protocol spells it), our own sign that it was stalled;
    in every spelling. A real decision takes the drill's label off, too, lest its own be taken for a drill's. A request
    that was put on after the grade asks for another round, and stays."""
    other = [grade.label for grade in draft.protocol.grades if grade.name != decision.grade]
    sign = draft.escalation.put(draft.protocol.labels.stalled)
    stalled = [draft.protocol.labels.stalled] if sign and sign.by == draft.escalation.us else []
    drill = [] if decision.drill else [draft.protocol.labels.drill]
    put = draft.escalation.history.last_put({draft.request.lower()})
    request = [draft.request] if put is None or put <= decision.graded_at else []
    gone = [label.lower() for label in (*request, *other, *stalled, *drill)]
    own = draft.protocol.grade(decision.grade).label
    misspelt = {label for label in draft.escalation.spellings(own) if label != own}
    return tuple(label for label in draft.escalation.labels if label.lower() in gone or label in misspelt)


def announce(draft: Draft) -> None:
    """What still has to be said of the decision that stands in the record."""
    decision, promised = draft.record.decision, draft.record.promise
    if not draft.trusted:
        report(draft)
    if not draft.trusted or decision is None or promised is None or not is_known(draft.protocol, decision):
        return
    latest = decision.round == draft.record.round
    asks = draft.record.untold or bool(linked_requests.waiting(draft, decision)) or draft.record.without_reasons
    if asks or SUMMARY not in draft.record.said:
        _tell_everybody(draft, decision, promised)
    retry_edit(draft, decision, promised)
    if latest:
        note_late_votes(draft, decision)


def _tell_everybody(draft: Draft, decision: Decision, promised: Kept) -> None:
    """The ticket's own client, those of linked requests, then colleagues; reasons that are missing are asked for."""
    disclosed = disclose(draft.escalation, draft.protocol, decision)
    if draft.record.untold:
        known = replace(decision, previous=told_before(draft, decision))
        reasoning = disclosed.reasoning or later_text(draft.escalation, draft.protocol, decision)
        document = wording.client(draft.protocol, known, promised, reasoning)
        tell(draft, decision, document, reasons="answer" if reasoning else "no")
    linked_requests.answer(draft, decision, promised, disclosed)
    linked_requests.note_more(draft, decision)
    if SUMMARY not in draft.record.said:
        forewarn(draft, _votes(draft, decision), decided=True)
        sum_up(draft, decision, promised, disclosed)
    follow_up(draft, decision)


def follow_up(draft: Draft, decision: Decision) -> None:
    """Reasons that somebody was not given: asked for, and passed on as soon as there are some."""
    silent = decision.drill or draft.protocol.client.comment == "off" or not wording.can_follow_up(draft.protocol)
    if silent or not _after(draft).without_reasons:
        return
    until = wanted_until(decision.graded_at, draft.protocol)
    draft.look_at(until - (until - decision.graded_at) / 2, until)
    seat = wording.contact_seat(draft.protocol)
    contact = draft.escalation.seat(seat.name, decision.round)
    if contact and draft.now <= until:
        document = wording.ask_reasons(draft.escalation, draft.protocol, decision, contact, until)
        draft.ask(REASONS_ASKED, contact, document)
    _note_unfit(draft, decision)
    told, text = draft.record.told, later_text(draft.escalation, draft.protocol, decision)
    if text and told and told.round == decision.round and told.reasons == "no":
        _tell_reasons(draft, decision, wording.reasons(draft.protocol, decision, text))
    linked_requests.follow(draft, decision)


def _after(draft: Draft) -> Record:
    """The record once those were told whom the plan tells."""
    record = draft.record
    for action in draft.actions:
        if isinstance(action, TellClient | TellRequest) or (isinstance(action, Note) and action.tells):
            record = action.done(record, "")
    return record


def _note_unfit(draft: Draft, decision: Decision) -> None:
    """Whoever wrote reasons that may not go out hears why, once for each text."""
    seat = wording.contact_seat(draft.protocol)
    contact = draft.escalation.seat(seat.name, decision.round)
    for comment, text in later_texts(draft.escalation, draft.protocol, decision):
        reason = unfit(text, draft.escalation, draft.protocol, author=comment.author)
        if reason:
            document = wording.withheld(draft.escalation, draft.protocol, decision, seat, text, reason=reason)
            draft.tell_colleagues(f"{WITHHELD}{comment.id}", document, contact)


def _tell_reasons(draft: Draft, decision: Decision, document: Document) -> None:
    """To the ticket's own client: by ourselves, or by a person."""
    if draft.protocol.client.comment == "draft":
        contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
        text = wording.draft(draft.escalation, draft.protocol, decision, document, again=True)
        draft.tell_colleagues(REASONS, text, contact, reasons="later")
        return
    found = _told_already(draft, document, since=decision.graded_at)
    draft.do(TellReasons(document, found.id if found else None))


def _votes(draft: Draft, decision: Decision) -> Iterator[Said]:
    counted = {(vote.seat, vote.comment, vote.at) for vote in decision.votes}
    said = said_in_round(draft.escalation, draft.protocol, decision.round)
    return (each for each in said if (each.seat, each.comment, each.written) in counted)


def report(draft: Draft) -> None:
    """A record that nothing bears out is noted, and that is all that becomes of it; not on a ticket that is done."""
    if draft.escalation.done:
        return
    draft.wanted.add(TRUST_STEP)
    draft.record = draft.record.without_failure(TRUST_STEP).with_failure(doubt(draft.record.decision))


def is_known(protocol: Protocol, decision: Decision) -> bool:
    """Whether the protocol still has the grades and seats of a decision; of another there is nothing to say."""
    grades, seats = [grade.name for grade in protocol.grades], [seat.name for seat in protocol.panel.seats]
    return decision.grade in grades and all(vote.grade in grades and vote.seat in seats for vote in decision.votes)


def tell(draft: Draft, decision: Decision, document: Document, *, reasons: str) -> None:
    """Tells the client once: by itself, by a person (draft), or not at all (off); `reasons` says whether the text has
    any ("answer" or "no")."""
    match draft.protocol.client.comment:
        case "off":
            draft.record = replace(draft.record, told=Told(decision.round, "off"))
        case _ if decision.drill:
            contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
            draft.tell_colleagues(
                DRAFT, wording.rehearsed(draft.protocol, decision, document), contact, tells=decision.round
            )
        case "draft":
            text = wording.draft(draft.escalation, draft.protocol, decision, document)
            contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
            draft.tell_colleagues(DRAFT, text, contact, tells=decision.round, reasons=reasons)
        case _:
            found = _told_already(draft, document)
            draft.do(TellClient(decision.round, document, found.id if found else None, reasons))


def _told_already(draft: Draft, document: Document, *, since: datetime | None = None) -> Comment | None:
    claimed = draft.record.claimed()
    ours = (c for c in draft.escalation.comments if c.author == draft.escalation.us and c.id not in claimed)
    new = (c for c in ours if since is None or c.created >= since)
    return next((c for c in new if not c.restricted and wording.says(c, document)), None)


def retry_edit(draft: Draft, decision: Decision, promised: Kept) -> None:
    """Tries again what could not be edited: the labels of the decision, whatever round is asked for since then, and the
    due date as long as nobody else has set one. What a person has put on after the grade is left alone."""
    due, labels = draft.record.failure(DUE_STEP), draft.record.failure(LABEL_STEP)
    priority = draft.record.failure(PRIORITY_STEP)
    forgotten = _is_forgotten(draft, decision)
    edit = EditTicket(
        _labels_to_add(draft, decision) if labels or (forgotten and _is_label_forgotten(draft, decision)) else (),
        tuple(_still_to_remove(draft, decision)) if labels or forgotten else (),
        promised.due_date
        if (due and _is_due_open(draft, promised)) or (forgotten and _is_due_forgotten(draft, decision, promised))
        else None,
        priority=_priority(draft, decision) if priority and _is_priority_open(draft, decision) else "",
    )
    for failed, wanted in ((due, edit.due), (labels, edit.add or edit.remove), (priority, edit.priority)):
        if failed and wanted:
            draft.wanted.add(failed.step)
            draft.look_at(failed.retry_at)
    if edit != EditTicket() and not any(_is_waiting(draft, failed) for failed in (due, labels, priority)):
        draft.edit(edit)


def _still_to_remove(draft: Draft, decision: Decision) -> Iterator[str]:
    """The labels that the decision would have taken off, if they are still the same."""
    answered = draft.record.request_at if decision.round == draft.record.round else None
    refused = draft.record.failure(LABEL_STEP) is not None  # else what was put on in that very instant came after us
    for label in _labels_to_remove(draft, decision):
        put = draft.escalation.put(label)
        if label.lower() != draft.request.lower():
            if put is None or put.at < decision.graded_at or (refused and put.at == decision.graded_at):
                yield label
        elif answered and put and put.at <= answered:
            yield label


def _is_forgotten(draft: Draft, decision: Decision) -> bool:
    """Whether an edit that an earlier look made for this decision may have been forgotten: none of it failed."""
    made = draft.escalation.record.decision == decision and draft.record.ended == DECIDED
    return made and decision.round == draft.record.round


def _is_label_forgotten(draft: Draft, decision: Decision) -> bool:
    """Whether Jira took the label and shows no trace of it. One that a person took off left a trace, and stays off."""
    label = draft.protocol.grade(decision.grade).label.lower()
    traces = (draft.escalation.puts.get(label), draft.escalation.taken.get(label))
    return all(each is None or each.at < decision.graded_at for each in traces)


def _is_due_forgotten(draft: Draft, decision: Decision, promised: Kept) -> bool:
    """The same of the due date."""
    changed, due = draft.escalation.due_changed_at, draft.escalation.due
    untouched = due == draft.record.due_before and (changed is None or changed < decision.graded_at)
    return untouched and due != promised.due_date and not decision.confirms


def _is_due_open(draft: Draft, promised: Kept) -> bool:
    return draft.escalation.due in (None, draft.record.due_before) and draft.escalation.due != promised.due_date


def _is_priority_open(draft: Draft, decision: Decision) -> bool:
    changed = draft.escalation.priority_changed_at
    return changed is None or changed <= decision.graded_at


def _is_waiting(draft: Draft, failed: Failure | None) -> bool:
    return bool(failed and failed.retry_at and failed.retry_at > draft.now)


def sum_up(draft: Draft, decision: Decision, promised: Kept, disclosed: Disclosure) -> None:
    """One summary for colleagues, withheld texts for Support; the chair hears of a split panel and of its silence."""
    seat = wording.contact_seat(draft.protocol)
    contact = draft.escalation.seat(seat.name, decision.round)
    for held in disclosed.withheld:
        title = draft.protocol.panel.seat(held.seat)
        document = wording.withheld(draft.escalation, draft.protocol, decision, title, held.text, reason=held.reason)
        draft.tell_colleagues(f"{WITHHELD}{held.seat}", document, contact)
    known = replace(draft.escalation, record=draft.record)  # the due date of before stands there since the decision
    summary = wording.summary(known, draft.protocol, decision, promised, disclosed)
    draft.tell_colleagues(SUMMARY, summary, contact)
    chair = draft.escalation.seat(draft.protocol.panel.chair, decision.round)
    if chair and (decision.split or decision.how == "chair-silent"):
        _remember_on(draft, CHAIR_NOTE, chair.id, wording.chair_note(draft.escalation, draft.protocol, decision))


def _remember_on(draft: Draft, key: str, evaluation: str, document: Document) -> None:
    """Said on that evaluation, unless the record knows that it was said."""
    place = next(e for e in draft.escalation.evaluations if e.id == evaluation)
    if key not in draft.record.said:
        draft.note(key, place, document)


def complaint(escalation: Escalation, protocol: Protocol, now: datetime, failed: Failure) -> Plan:
    """Only the note that nothing can be recorded on the ticket; what is not recorded is not told to anybody else."""
    draft = Draft(escalation, protocol.for_project(escalation.project), now, escalation.record)
    draft.tell_colleagues(f"{FAILED}{failed.step}", wording.failure(escalation, draft.protocol, [failed]))
    notes = (replace(action, remember=False) for action in draft.actions if isinstance(action, Note))
    return Plan(tuple(notes), escalation.record)


def note_late_votes(draft: Draft, decision: Decision) -> None:
    """Late votes and later edits are noted where they stand; the chair hears of one that would matter (3.2.9)."""
    for said in late(draft.escalation, draft.protocol, decision):
        if _gives_reasons(draft, decision, said):
            continue
        mark = f"{said.comment}@{said.at.isoformat()}"
        evaluation = draft.escalation.seat(said.seat, decision.round)
        if mark in draft.record.late or evaluation is None or len(draft.record.late) >= LATE_LIMIT:
            continue
        draft.record = replace(draft.record, late=(*draft.record.late, mark))
        document = wording.late(
            draft.escalation, draft.protocol, decision, said.comment, at=said.at, person=said.person
        )
        draft.note(f"late {mark}", evaluation, document)
        _tell_chair(draft, decision, said)


def _gives_reasons(draft: Draft, decision: Decision, said: Said) -> bool:
    """Whether it only adds the reasons that we asked for."""
    asked = REASONS_ASKED in draft.record.said and isinstance(said.what, Vote) and said.what.client
    same = isinstance(said.what, Vote) and said.what.grade == decision.grade
    return bool(asked) and same and said.seat == wording.contact_seat(draft.protocol).name


def _tell_chair(draft: Draft, decision: Decision, said: Said) -> None:
    would = _would_be(draft, decision, said)
    chair = draft.escalation.seat(draft.protocol.panel.chair, decision.round)
    if would != decision.grade and chair:
        seat = draft.protocol.panel.seat(said.seat)
        document = wording.late_changes(
            draft.escalation, draft.protocol, decision, seat, said.comment, at=said.at, would=would
        )  # fmt: skip
        draft.note(f"late changes {said.comment}", chair, document)


def _would_be(draft: Draft, decision: Decision, said: Said) -> str:
    grades = {vote.seat: vote.grade for vote in decision.votes}
    if isinstance(said.what, Vote):
        grades[said.seat] = said.what.grade
    chair = grades.get(draft.protocol.panel.chair)
    return combine(draft.protocol, list(grades.values()), chair) or decision.grade
