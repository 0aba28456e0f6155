"""Every text we write, as a document: what it is about is given here, how it reads stands in `config/messages/`.

No text depends on when, how often or in which order we looked, so that a text found in Jira can be recognised as said
(design §4, "Telling"). Nothing here decides whether something is said.
"""

from datetime import date, datetime, timedelta

from config import messages
from config.protocol import Grade, Protocol, Seat
from worker.escalation.clock_words import zone_name
from worker.escalation.document import Document, parse, words
from worker.escalation.model import Comment, Escalation, Evaluation
from worker.escalation.override import Override
from worker.escalation.record import CountedVote, Decision, Failure, Kept
from worker.escalation.timing import breached_at, replan
from worker.escalation.vote import Vote, read

TITLE_LIMIT = 255
DRILL = "Drill: "
QUOTE_LIMIT = 6_000
HOW = {
    "panel": "The panel has voted.",
    "time-out": "The time was up; those who had voted decided.",
    "chair": "The chair has decided.",
    "chair-silent": "A single vote for the gravest grade needs the chair's word, and there was none.",
    "authority": "The label was put on by somebody who may grade.",
}
EFFECTS = {
    "immediate": "Worked on at once; released as soon as the fix is there, even in business hours.",
    "next-business-night": "Worked on ahead of planned work that day; released in the night of the next business day.",
    "none": "Handled with planned work; no date is promised.",
}
EXAMPLE = "SEV-2: check-in is broken for all doctors, and paper forms only help for an hour"
EXAMPLE_CLIENT = (
    "Client: Checking in patients does not work at the moment. Paper forms are a way around it for a short time."
)


def says(comment: Comment, document: Document) -> bool:
    """Whether the comment says what the document says: whether it holds the document's head, whatever the markup."""
    head = words(document.head)
    return bool(head) and head in words(comment.text)


def evaluation_title(escalation: Escalation, seat: Seat, round: int, *, drill: bool = False) -> str:
    """The sub-task's summary: one line, at most 255 characters."""
    mark = DRILL if drill else ""
    summary = " ".join(f"{mark}{_title_of(seat, round)} {escalation.summary or escalation.key}".split())
    return summary if len(summary) <= TITLE_LIMIT else f"{summary[: TITLE_LIMIT - 1]}…"


def seat_in_title(title: str, protocol: Protocol, round: int) -> str | None:
    """The seat whose evaluation of that round has this title: what tells if its property was lost."""
    title = title.removeprefix(DRILL)
    return next((seat.name for seat in protocol.panel.seats if title.startswith(_title_of(seat, round))), None)


def _title_of(seat: Seat, round: int) -> str:
    again = f", round {round}" if round > 1 else ""
    return " ".join(f"Severity evaluation{again} ({seat.title}):".split())


def evaluation(
    escalation: Escalation, protocol: Protocol, seat: Seat, *, why: str, by: datetime | None, trouble: str
) -> Document:
    """What a panelist is asked; `trouble` says why nobody is assigned, if so."""
    grades = [
        {"name": grade.name, "definition": grade.definition, "effect": EFFECTS[grade.timing]}
        for grade in protocol.grades
    ]
    return _text(
        "evaluation",
        key=escalation.key,
        title=seat.title,
        why=why,
        by=moment(by, protocol) if by else "",
        within=duration(protocol.panel.evaluate_within),
        trouble=trouble,
        grades=grades,
        example=f"{_example(protocol)}\n\n{EXAMPLE_CLIENT}",
    )


def client(protocol: Protocol, decision: Decision, promise: Kept, reasoning: str) -> Document:
    """What the client is told: the grade, the reasoning, what happens next, with explicit dates (R10, D15)."""
    grade = protocol.grade(decision.grade)
    night = promise.window_start or promise.graded_at
    return _text(
        "client",
        confirmed=decision.confirms,
        previous=decision.previous or "",
        grade=grade.name,
        definition=grade.definition,
        reasoning=_short(reasoning),
        timing=grade.timing,
        night=day(local(night, protocol).date()),
        **{"from": hour(night, protocol)},
        to=hour(promise.window_end or night, protocol),
        closing=protocol.client.closing,
    )


def draft(protocol: Protocol, decision: Decision, contact: Seat, text: Document) -> Document:
    """The client's text, for a person to send."""
    head = _text("draft", round=decision.round, grade=decision.grade, title=contact.title)
    return Document((*head.blocks, *text.blocks))


def rehearsed(decision: Decision, text: Document) -> Document:
    """What the client would have been told, had it been no drill."""
    head = _text("rehearsed", round=decision.round, grade=decision.grade)
    return Document((*head.blocks, *text.blocks))


def no_drill(protocol: Protocol) -> Document:
    """That a ticket with a real grade is not drilled with."""
    return _text("no-drill", drill=protocol.labels.drill)


def withheld(decision: Decision, seat: Seat, text: str, reason: str) -> Document:
    """That a text written for the client was not sent, and why."""
    return _text("withheld", round=decision.round, title=seat.title, text=_short(text), reason=reason)


def summary(
    escalation: Escalation, protocol: Protocol, decision: Decision, promise: Kept, *, no_client_text: bool
) -> Document:
    """Everything that decided a round, for colleagues (protocol 3.2.11)."""
    voted = {vote.seat for vote in decision.votes}
    return _text(
        "summary",
        round=decision.round,
        grade=decision.grade,
        how=HOW[decision.how],
        graded_at=moment(decision.graded_at, protocol),
        votes=[_vote(escalation, protocol, vote) for vote in decision.votes],
        silent=[seat.title for seat in protocol.panel.seats if seat.name not in voted],
        fix_by=moment(promise.fix_by, protocol) if promise.fix_by else "",
        window_start=moment(promise.window_start, protocol) if promise.window_start else "",
        window_end=moment(promise.window_end, protocol) if promise.window_end else "",
        immediate=protocol.grade(decision.grade).timing == "immediate",
        due_before=day(escalation.record.due_before) if escalation.record.due_before else "",
        no_client_text=no_client_text,
        contact=contact_seat(protocol).title,
    )


def hint(protocol: Protocol, problem: str) -> Document:
    """What is missing in an attempt to vote, and how it is done."""
    return _text("hint", problem=problem, grades=_names(protocol), example=_example(protocol))


def closed(protocol: Protocol) -> Document:
    """That closing an evaluation is no vote."""
    return _text("closed", grades=_names(protocol))


def second_seat(escalation: Escalation, person: str) -> Document:
    """That a person's vote counts in another seat already."""
    return _text("second-seat", person=named(escalation, person))


def remind(protocol: Protocol, seat: Seat, by: datetime) -> Document:
    """That half of the time has passed."""
    return _text("remind", title=seat.title, by=moment(by, protocol), grades=_names(protocol))


def substitute(escalation: Escalation, protocol: Protocol, person: str, why: str) -> Document:
    """That somebody is asked in another's place."""
    return _text("substitute", person=named(escalation, person), why=why, grades=_names(protocol))


def chair_question(escalation: Escalation, protocol: Protocol, votes: tuple[tuple[str, str], ...]) -> Document:
    """The question to the chair; its head is the same whatever the votes (seat, grade) are."""
    given = ", ".join(f"{protocol.panel.seat(seat).title}: {grade}" for seat, grade in votes)
    less = protocol.grades[min(1, len(protocol.grades) - 1)].name
    return _text(
        "chair",
        reason=f"The votes so far ({given}) do not settle it." if given else "",
        grades=_names(protocol),
        within=duration(protocol.panel.chair_within),
        fallback=less,
    )


def chair_note(escalation: Escalation, protocol: Protocol, decision: Decision) -> Document:
    """For the chair: a decision that deserves a second look."""
    return _text(
        "chair-note",
        round=decision.round,
        grade=decision.grade,
        split=decision.split,
        reason=HOW[decision.how],
        request=protocol.labels.request,
        key=escalation.key,
    )


def stalled(escalation: Escalation, protocol: Protocol, round: int, missing: list[str], count: int) -> Document:
    """That there is no grade, and why."""
    return _text(
        "stalled",
        round=round,
        count=count,
        quorum=protocol.panel.quorum,
        key=escalation.key,
        missing=", ".join(protocol.panel.seat(seat).title for seat in missing) or "nobody",
    )


def late(escalation: Escalation, protocol: Protocol, decision: Decision, comment: str, at: datetime) -> Document:
    """That a vote came after the decision."""
    return _text(
        "late",
        grade=decision.grade,
        round=decision.round,
        comment=comment,
        at=moment(at, protocol),
        request=protocol.labels.request,
        key=escalation.key,
    )


def late_changes(
    escalation: Escalation,
    protocol: Protocol,
    decision: Decision,
    seat: Seat,
    comment: str,
    *,
    at: datetime,
    would: str,
) -> Document:
    """For the chair: what a late vote would have changed."""
    return _text(
        "late-changes",
        round=decision.round,
        grade=decision.grade,
        would=would,
        title=seat.title,
        comment=comment,
        at=moment(at, protocol),
        request=protocol.labels.request,
        key=escalation.key,
    )


def hand_label(escalation: Escalation, protocol: Protocol, label: str, person: str) -> Document:
    """That a severity label put on by hand is no grade."""
    return _text(
        "hand-label", label=label, person=named(escalation, person) or "somebody", request=protocol.labels.request
    )


def look_alike(protocol: Protocol, label: str) -> Document:
    """That a label only looks like the request label."""
    return _text("look-alike", label=label, request=protocol.labels.request)


def ended(round: int, reason: str) -> Document:
    """That a round ended without a grade."""
    return _text("ended", round=round, reason=reason)


def failure(escalation: Escalation, failed: Failure) -> Document:
    """That a step could not be done, for those who can mend it."""
    return _text("failure", key=escalation.key, what=failed.what, mend=failed.mend)


def overridden(protocol: Protocol, key: str, override: Override) -> Document:
    """That somebody let this ticket's fix be released against the rule, and why."""
    return _text(
        "override",
        key=key,
        by=override.by,
        reason=_short(override.reason),
        granted=moment(override.granted_at, protocol),
        until=moment(override.until, protocol),
    )


def at_risk(escalation: Escalation, protocol: Protocol, promise: Kept, *, last: bool) -> Document:
    """That a promised night comes near and the ticket is not resolved: who, and what next (C24)."""
    start = promise.window_start or promise.graded_at
    changed = escalation.due if escalation.due != promise.due_date else None
    return _text(
        "at-risk",
        last=last,
        before=duration(protocol.tracking.at_risk_before).capitalize(),
        grade=promise.grade,
        graded_at=moment(promise.graded_at, protocol),
        start=moment(start, protocol),
        end=moment(promise.window_end or start, protocol),
        in_release=" or ".join(protocol.tracking.in_release) or "the next status",
        due=day(changed) if changed else "",
        **_responsible(escalation, protocol),
    )


def breach(escalation: Escalation, protocol: Protocol, promise: Kept, at: datetime) -> Document:
    """That the promise was broken: who, what the rule says of a fix that lands now, and that the client is not told."""
    again = replan(promise, at, protocol)
    return _text(
        "breach",
        grade=promise.grade,
        at=moment(at, protocol),
        next=day(local(again.start, protocol).date()) if again else "",
        contact=contact_seat(protocol).title,
        **_responsible(escalation, protocol),
    )


def not_begun(escalation: Escalation, protocol: Protocol, promise: Kept) -> Document:
    """The question whether somebody works on the gravest grade."""
    breaks_at = breached_at(protocol.grade(promise.grade), promise.graded_at, promise.window_end, protocol)
    return _text(
        "not-begun",
        grade=promise.grade,
        graded_at=moment(promise.graded_at, protocol),
        breaks_at=moment(breaks_at or promise.graded_at, protocol),
        **_responsible(escalation, protocol),
    )


def _responsible(escalation: Escalation, protocol: Protocol) -> dict[str, str]:
    """Which ticket, whose it is ("" for nobody's), and who names somebody then."""
    person = named(escalation, escalation.assignee) if escalation.assignee else ""
    return {"key": escalation.key, "person": person, "chair": protocol.panel.seat(protocol.panel.chair).title}


def untold(escalation: Escalation, protocol: Protocol, decision: Decision, contact: Evaluation | None) -> Document:
    """That the client does not know the grade, for whoever speaks with them."""
    person = named(escalation, contact.assignee) if contact and contact.assignee else contact_seat(protocol).title
    graded_at = moment(decision.graded_at, protocol)
    return _text("untold", round=decision.round, grade=decision.grade, graded_at=graded_at, person=person)


def closing() -> Document:
    """That the ticket was resolved, for the client."""
    return _text("closing")


def contact_seat(protocol: Protocol) -> Seat:
    """Whose seat speaks with the client: `client-contact`, else the first seat with finders, else the first."""
    seats = protocol.panel.seats
    named_so = (seat for seat in seats if seat.name == "client-contact")
    return next(named_so, next((seat for seat in seats if seat.find), seats[0]))


def named(escalation: Escalation, person: str) -> str:
    """A person's display name; the id where no name is known."""
    return escalation.person(person).name or person


def local(instant: datetime, protocol: Protocol) -> datetime:
    """The instant on the wall clock of the protocol's zone."""
    return instant.astimezone(protocol.zone)


def day(on: date) -> str:
    """`Tuesday, November 24, 2026`."""
    return f"{on:%A, %B} {on.day}, {on.year}"


def hour(instant: datetime, protocol: Protocol) -> str:
    """`9:00 PM ET`."""
    wall = local(instant, protocol)
    return f"{wall.hour % 12 or 12}:{wall:%M} {'AM' if wall.hour < 12 else 'PM'} {zone_name(wall, protocol.zone)}"


def moment(instant: datetime, protocol: Protocol) -> str:
    """`Tuesday, November 24, 2026, 9:00 PM ET`: never relative, always with the zone (C25)."""
    return f"{day(local(instant, protocol).date())}, {hour(instant, protocol)}"


def duration(length: timedelta) -> str:
    """`2 hours`, `15 minutes`: the largest unit that divides it."""
    seconds = int(length.total_seconds())
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, size = next((name, size) for name, size in units if seconds % size == 0)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"


def vote_in(evaluations: tuple[Evaluation, ...], grades: tuple[Grade, ...], vote: CountedVote) -> Vote | None:
    """What stood in a counted vote's comment; None if it was edited since, or is gone."""
    comments = (comment for evaluation in evaluations for comment in evaluation.comments)
    same = next((c for c in comments if c.id == vote.comment and c.updated == vote.at), None)
    what = read(same.text, grades) if same else None
    return what if isinstance(what, Vote) else None


def _vote(escalation: Escalation, protocol: Protocol, vote: CountedVote) -> dict[str, str]:
    what = vote_in(escalation.evaluations, protocol.grades, vote)
    return {
        "title": protocol.panel.seat(vote.seat).title,
        "person": named(escalation, vote.person),
        "grade": vote.grade,
        "at": moment(vote.at, protocol),
        "reasoning": _short(what.reasoning) if what else "",
    }


def _text(name: str, /, **values: object) -> Document:
    return parse(messages.load().render(name, **values))


def _short(text: str) -> str:
    return text if len(text) <= QUOTE_LIMIT else f"{text[:QUOTE_LIMIT]}… (shortened)"


def _names(protocol: Protocol) -> str:
    return ", ".join(grade.name for grade in protocol.grades)


def _example(protocol: Protocol) -> str:
    usual = next((grade.name for grade in protocol.grades if grade.timing == "next-business-night"), None)
    return EXAMPLE.replace("SEV-2", usual or protocol.grades[0].name)
