"""A promise until it is kept or broken: warnings on the way, labels that tell how it stands, the breach, the end.

Warnings are for colleagues, each said once; what they never are is told to the client, who hears at most that the
ticket was resolved. A breach stays in the record for good. When everything is due follows from `now` alone
(protocol.md §4, C24–C29; D8, D9; local policy where the vendor's text is silent).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config import messages
from config.protocol import Grade
from worker.escalation.dates.calendar import Calendar, elapsed, later
from worker.escalation.dates.timing import breached_at
from worker.escalation.facts.model import Comment
from worker.escalation.facts.record import PROMISE, REQUEST_STEP, STATE_STEP, UNTOLD, Breach, Kept
from worker.escalation.plan import linked_requests
from worker.escalation.plan.actions import CLOSING, TELL_STEP, EditTicket, TellClosing
from worker.escalation.plan.decided_round import is_known
from worker.escalation.plan.draft import Draft
from worker.escalation.texts import localized, wording
from worker.escalation.texts.document import Document

HALF, LAST, NOT_BEGUN, BROKEN = "half-way", "last warning", "not begun", "breach"
CLOSING_WITHIN = timedelta(days=7)  # later than that it would be news to nobody


@dataclass(frozen=True, slots=True)
class Tracked:
    """A promise and how it stands: when it is broken, and since when somebody would have heard nothing of it."""

    grade: Grade
    promise: Kept
    breaks_at: datetime | None
    quiet_since: datetime | None

    def is_quiet(self, now: datetime) -> bool:
        """Whether no colleague has written on the ticket within a business day."""
        return self.quiet_since is None or self.quiet_since <= now


def track(draft: Draft) -> None:
    """What the promise that stands in the record needs now."""
    decision, promise = draft.record.decision, draft.record.promise
    if decision is None or promise is None:
        return
    remember_end(draft)
    if not draft.trusted or decision.drill or not is_known(draft.protocol, decision):
        return
    grade = draft.protocol.grade(decision.grade)
    breaks_at = breached_at(grade, promise.graded_at, promise.window_end, draft.protocol)
    tracked = Tracked(grade, promise, breaks_at, quiet_since(draft, promise))
    breached = judge(draft, tracked)
    at_risk = False
    if not draft.escalation.done:
        draft.look_at(breaks_at)
        at_risk = warn(draft, tracked) if not breached and not is_in_release(draft) else False
    show(draft, draft.protocol.labels.at_risk, wanted=at_risk)
    show(draft, draft.protocol.labels.breached, wanted=breached and not draft.escalation.done)
    notice_untold(draft)
    tell_closing(draft)


def remember_end(draft: Draft) -> None:
    """When the ticket was resolved; nothing of it stays when it is opened again."""
    ticket = draft.escalation
    ended = (ticket.resolved_at or draft.record.resolved_at or draft.now) if ticket.done else None
    draft.record = replace(draft.record, resolved_at=ended)


def is_in_release(draft: Draft) -> bool:
    """Whether the fix is there and only waits to go out."""
    names = {name.casefold() for name in draft.protocol.tracking.in_release}
    return draft.escalation.status.casefold() in names


def quiet_since(draft: Draft, promise: Kept) -> datetime | None:
    """When a business day has passed since a colleague wrote on the ticket; None where none has since the grade."""
    words = [c.created for c in draft.escalation.comments if _is_word(draft, c) and c.created > promise.graded_at]
    if not words:
        return None
    calendar = Calendar.of(draft.protocol)
    day = calendar.first_business_day(calendar.local(max(words)).date())
    return calendar.add_business_time(max(words), elapsed(calendar.opens_at(day), calendar.closes_at(day)))


def _is_word(draft: Draft, comment: Comment) -> bool:
    """Whether a colleague wrote it: neither we, nor an app, nor a client who asks how things stand."""
    ticket, person = draft.escalation, draft.escalation.person(comment.author)
    colleagues = frozenset[str]().union(*ticket.members.values()) | {ticket.assignee}
    is_client = ticket.service_project and comment.author == ticket.reporter and comment.author not in colleagues
    return comment.author != ticket.us and not person.app and not person.customer and not is_client


def judge(draft: Draft, tracked: Tracked) -> bool:
    """Whether the promise is broken; the first look that finds it so puts it on record and says it."""
    until = draft.record.resolved_at or draft.now
    if tracked.breaks_at is None or tracked.breaks_at > until:
        return False
    breach = Breach(draft.record.decision.round if draft.record.decision else 0, tracked.grade.name, tracked.breaks_at)
    known, draft.record = draft.record, draft.record.breaking(breach)
    if not draft.escalation.done:
        if draft.record != known:
            due = wording.moment(tracked.breaks_at, draft.protocol)
            draft.alert(
                "breach", grade=tracked.grade.name, due=due, words="The promise is broken: not resolved by then."
            )
        say(
            draft,
            BROKEN,
            wording.breach(draft.escalation, draft.protocol, tracked.promise, tracked.breaks_at, draft.now),
        )
    return True


def warn(draft: Draft, tracked: Tracked) -> bool:
    """Warns of what may go wrong; gives whether the promise is at risk."""
    if tracked.grade.timing == "immediate":
        remind(draft, tracked)
    if tracked.promise.window_start is None:
        return False
    half, last = _thresholds(draft, tracked.promise.graded_at, tracked.promise.window_start)
    draft.look_at(half, last)
    stage = LAST if last <= draft.now else HALF
    at_risk = min(half, last) <= draft.now
    if at_risk and tracked.is_quiet(draft.now):
        say(
            draft,
            stage,
            wording.at_risk(draft.escalation, draft.protocol, tracked.promise, draft.now, last=stage == LAST),
        )
    elif at_risk and f"{PROMISE}{stage}" not in draft.record.said:
        draft.look_at(tracked.quiet_since)
    return at_risk


def _thresholds(draft: Draft, graded_at: datetime, start: datetime) -> tuple[datetime, datetime]:
    """Half of the way from the grade to the night, and the last warning before it."""
    half = later(graded_at, elapsed(graded_at, start) / 2)
    return half, max(later(start, -draft.protocol.tracking.at_risk_before), graded_at)


def remind(draft: Draft, tracked: Tracked) -> None:
    """The gravest grade: once, on the ticket, whether work has begun; then at a steady pace to those with a pager."""
    every, graded_at = draft.protocol.tracking.remind_every, tracked.promise.graded_at
    count = max(elapsed(graded_at, draft.now) // every, 0)
    draft.look_at(later(graded_at, every * (count + 1)))
    if not count or not tracked.is_quiet(draft.now):
        return
    if not draft.escalation.started:
        say(draft, NOT_BEGUN, wording.not_begun(draft.escalation, draft.protocol, tracked.promise))
    due = later(graded_at, every * count)
    seen_until = draft.escalation.record.look_again_at  # whoever looked before would have come back for this one
    if seen_until is None or seen_until <= due:
        words = f"Not resolved {localized.duration(every * count, messages.load())} after its grade."
        draft.alert("reminder", grade=tracked.grade.name, words=words, at=due.isoformat())


def say(draft: Draft, key: str, document: Document) -> None:
    """Says it to colleagues, once for this promise."""
    contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, draft.record.round)
    draft.tell_colleagues(f"{PROMISE}{key}", document, contact)


def show(draft: Draft, label: str, *, wanted: bool) -> None:
    """Puts a label on once, and takes it off when it is no longer true, if it is ours (C29)."""
    key, present, put = f"{PROMISE}label {label}", draft.escalation.spelled(label), draft.escalation.put(label)
    if not wanted:
        draft.record = draft.record.unsaying(key)
        if present and put and put.by == draft.escalation.us:
            draft.edit(EditTicket(remove=(present,), label_steps=(STATE_STEP,)))
    elif not present and (key not in draft.record.said or draft.record.failure(STATE_STEP)):
        draft.record = draft.record.saying(key, "")
        draft.edit(EditTicket(add=(label,), label_steps=(STATE_STEP,)))


def notice_untold(draft: Draft) -> None:
    """The one unconditional duty (R10): if the client cannot be told, colleagues hear of it soon (A22)."""
    decision = draft.record.decision
    failed = [each for each in draft.record.failures if each.step.startswith(REQUEST_STEP)]
    failed = [each for each in failed if each.step in draft.wanted]
    own = draft.record.failure(TELL_STEP) if draft.record.untold else None
    if decision is None or not (own or failed):
        return
    by = later(decision.graded_at, draft.protocol.tracking.tell_within)
    draft.look_at(by)
    if by <= draft.now:
        contact = draft.escalation.seat(wording.contact_seat(draft.protocol).name, decision.round)
        if UNTOLD not in draft.record.said:
            draft.alert("operator", grade=decision.grade, words="Graded, and the client cannot be told.", at="untold")
        keys = tuple(each.step.removeprefix(REQUEST_STEP) for each in failed)
        document = wording.untold(draft.escalation, draft.protocol, decision, own=bool(own), keys=keys)
        draft.tell_colleagues(UNTOLD, document, contact)


def tell_closing(draft: Draft) -> None:
    """The client hears once, where the protocol wants it, that a graded ticket was resolved."""
    client, record = draft.protocol.client, draft.record
    if not (client.closing and client.comment == "auto" and record.decision and record.resolved_at):
        return
    if elapsed(record.resolved_at, draft.now) > CLOSING_WITHIN:
        return
    linked_requests.close(draft, record.decision, record.resolved_at)
    told = record.told is not None and record.told.how == "auto" and not record.untold
    if told and CLOSING not in record.said:
        document = wording.closing(draft.protocol)
        found = _closed_already(draft, document, record.resolved_at)
        draft.do(TellClosing(document, found.id if found else None))


def _closed_already(draft: Draft, document: Document, since: datetime) -> Comment | None:
    claimed = draft.record.claimed()
    ours = (c for c in draft.escalation.comments if c.author == draft.escalation.us and c.id not in claimed)
    return next((c for c in ours if not c.restricted and c.created >= since and wording.says(c, document)), None)
