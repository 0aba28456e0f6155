"""Every text we write, as a document: what it is about is given here, how it reads stands in `config/messages/`.

Sentences that are filled in are English in the code; each goes through the phrases of the protocol's language.

No text depends on when, how often or in which order we looked, so that a text found in Jira can be recognised as said
(design §4, "Telling"). Nothing here decides whether something is said.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from config import messages
from config.messages import Keywords, Mention, Messages
from config.protocol import Protocol, Seat
from worker.escalation.comments.own_texts import is_ours
from worker.escalation.comments.statements import statement
from worker.escalation.comments.vote import Botched, Recusal, Vote
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.timing import breached_at, replan
from worker.escalation.facts.disclosed import Disclosure
from worker.escalation.facts.model import Comment, Escalation, Evaluation, Request
from worker.escalation.facts.record import UNSEEN, CountedVote, Decision, Failure, Kept
from worker.escalation.release.override import Override
from worker.escalation.texts import localized
from worker.escalation.texts.document import Document, parse, words

TITLE_LIMIT = 255
DRILL = "Drill: "
QUOTE_LIMIT = 6_000
REQUESTS_SHOWN = 20
TITLE, TITLE_AGAIN = "Severity evaluation ({seat}):", "Severity evaluation, round {round} ({seat}):"
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
FOUND_LIMIT = 120
REASON_LIMIT = 300
Called = Mention | str
"""Somebody who is asked to act: mentioned, so that Jira tells them; by name or title where that reaches nobody."""
ON_TICKET = "It was written on {key}, and votes count on this sub-task only."


def says(comment: Comment, document: Document) -> bool:
    """Whether the comment says what the document says: whether it begins with its head, whatever the markup. Further
    down the same words may be a quotation."""
    head, text = words(document.key), comment.text
    for mention in comment.mentions:
        text = text.replace(mention, " ")
    return bool(head) and words(text).startswith(head)


def evaluation_title(escalation: Escalation, protocol: Protocol, seat: Seat, round: int, *, drill: bool = False) -> str:
    """The sub-task's summary: one line, at most 255 characters."""
    mark = DRILL if drill else ""
    summary = " ".join(f"{mark}{_title_of(protocol, seat, round)} {escalation.summary or escalation.key}".split())
    return summary if len(summary) <= TITLE_LIMIT else f"{summary[: TITLE_LIMIT - 1]}…"


def place_in_title(title: str, protocol: Protocol) -> tuple[int, str | None] | None:
    """Round and seat of the evaluation with this title, in whatever language of ours it was written; the seat is None
    where the protocol has none of that title (any more), all of it where the title is none of ours."""
    title = title.removeprefix(DRILL)
    found = [place for texts in _texts(protocol) if (place := _place(title, protocol, texts))]
    return next((place for place in found if place[1]), next(iter(found), None))


def _texts(protocol: Protocol) -> Iterator[Messages]:
    """The protocol's own texts, then those in every language that comes with the worker."""
    yield messages.of(protocol)
    yield from (messages.load(language) for language in messages.shipped())


def _place(title: str, protocol: Protocol, texts: Messages) -> tuple[int, str | None] | None:
    for form in (TITLE, TITLE_AGAIN):
        match = _form(texts.phrase(form)).match(title)
        if match:
            seats = {_one_line(texts.phrase(seat.title)): seat.name for seat in protocol.panel.seats}
            rest = title[match.start("seat") :]
            named = [name for name in seats if rest.startswith(f"{name}{match['end']}")]
            return int(match.groupdict().get("round") or 1), seats[max(named, key=len)] if named else None
    return None


@cache
def _form(phrase: str) -> re.Pattern[str]:
    """A title's form as a pattern: its words, the number of a round, any seat and what stands `end` after it."""
    parts = re.split(r"(\{seat\}|\{round\})", _one_line(phrase))
    places = {"{seat}": "(?P<seat>.+?)", "{round}": r"(?P<round>\d{1,6})"}
    after = parts.index("{seat}") + 1 if "{seat}" in parts else 0
    pattern = [places.get(part, re.escape(part)) for part in parts]
    pattern[after] = f"(?P<end>{pattern[after]})" if after else f"(?P<seat>)(?P<end>){pattern[after]}"
    return re.compile("".join(pattern))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _title_of(protocol: Protocol, seat: Seat, round: int) -> str:
    pattern = phrase(protocol, TITLE_AGAIN if round > 1 else TITLE)
    return _one_line(pattern.format(seat=title(protocol, seat), round=round))


def title(protocol: Protocol, seat: Seat) -> str:
    """What people call the seat, in the language of the texts."""
    return phrase(protocol, seat.title)


def phrase(protocol: Protocol, english: str) -> str:
    """A sentence that is filled in somewhere, in the language of the texts."""
    return messages.of(protocol).phrase(english)


def keywords(protocol: Protocol) -> Keywords:
    """The words that panelists are told to begin with."""
    return messages.of(protocol).keywords


def why(escalation: Escalation, protocol: Protocol, person: str, reason: str) -> str:
    """Why somebody is asked: who (an account id would tell nobody anything), and what speaks for them."""
    return f"{named(escalation, protocol, person)} {phrase(protocol, reason)}"


def drill_mark(protocol: Protocol) -> str:
    """What stands before every text of a drill."""
    return phrase(protocol, DRILL)


def evaluation(
    escalation: Escalation,
    protocol: Protocol,
    seat: Seat,
    *,
    why: str,
    by: datetime | None,
    within: timedelta | None = None,
    unassigned: bool = False,
    holder: Called = "",
) -> Document:
    """What a panelist is asked.

    Args:
        why: why it is they who are asked.
        by: until when; None where nobody knows.
        within: how much business time that is, where it is all of an evaluation's.
        unassigned: Jira takes nobody as assignee.
        holder: who is asked all the same, then ("": nobody).
    """
    grades = [
        {
            "name": grade.name,
            "definition": phrase(protocol, grade.definition),
            "effect": phrase(protocol, EFFECTS[grade.timing]),
        }
        for grade in protocol.grades
    ]
    return _text(
        protocol,
        "evaluation",
        key=escalation.key,
        title=title(protocol, seat),
        why=why,
        by=moment(by, protocol) if by else "",
        within=duration(within or protocol.panel.evaluate_within, protocol) if within or not by else "",
        gravest=protocol.grades[0].name,
        unassigned=unassigned,
        holder=holder,
        caller=_beside(escalation, protocol, seat),
        grades=grades,
        usual=_usual(protocol),
        example=_example(protocol),
        client=keywords(protocol).client,
        recused=keywords(protocol).recused,
        requests=[_request(escalation, protocol, request) for request in escalation.requests[:REQUESTS_SHOWN]],
        more=len(escalation.requests[REQUESTS_SHOWN:]) + escalation.more_requests,
    )


def _beside(escalation: Escalation, protocol: Protocol, seat: Seat) -> Called:
    """Who sees to a seat that nobody holds: the chair, or for the chair's own whoever speaks with the client."""
    others = (protocol.panel.seat(protocol.panel.chair), contact_seat(protocol), *protocol.panel.seats)
    other = next((each for each in others if each.name != seat.name), seat)
    return called(escalation, protocol, other, escalation.record.round)


def _request(escalation: Escalation, protocol: Protocol, request: Request) -> dict[str, str]:
    """A linked request, for those who judge what the problem does to its client: whose it is, and since when."""
    who = ", ".join(request.organisations) or (escalation.person(request.reporter or "").name)
    return {"key": request.key, "client": who, "since": day_of(request.since, protocol) if request.since else ""}


def _example(protocol: Protocol) -> str:
    """Of which timing the grade of the example is, so that its words fit it."""
    return protocol.grade(_usual(protocol)).timing


def client(
    protocol: Protocol, decision: Decision, promise: Kept, reasoning: str, *, since: datetime | None = None
) -> Document:
    """What the client is told: the grade, the reasoning, what happens next, with explicit dates (R10, D15).

    Here their text leaves. Whatever chose it, a text of ours is not told as somebody's reasoning.

    Args:
        since: when the client's request was linked; a promised night that was over by then is not spoken of as ahead.
    """
    reasoning = "" if is_ours(reasoning, protocol) else reasoning
    grade = protocol.grade(decision.grade)
    known = max(decision.graded_at, since) if since else decision.graded_at
    ahead = promise.window_end is not None and promise.window_end > known
    return _text(
        protocol,
        "client",
        confirmed=decision.confirms,
        previous=decision.previous or "",
        grade=grade.name,
        definition=phrase(protocol, grade.told or grade.definition),
        reasoning=_short(reasoning, protocol),
        timing=grade.timing,
        start=moment(promise.window_start, protocol) if ahead and promise.window_start else "",
        end=moment(promise.window_end, protocol) if ahead and promise.window_end else "",
        closing=protocol.client.closing and protocol.client.comment == "auto",
    )


def reasons(protocol: Protocol, decision: Decision, reasoning: str) -> Document:
    """The reasons that follow an answer which had none, for the client."""
    return _text(protocol, "reasons", grade=decision.grade, reasoning=_short(reasoning, protocol))


def can_follow_up(protocol: Protocol) -> bool:
    """Whether there are words for it in the language of the texts: a client never gets two languages."""
    return messages.of(protocol).speaks("reasons")


def ask_reasons(
    escalation: Escalation, protocol: Protocol, decision: Decision, evaluation: Evaluation, until: datetime
) -> Document:
    """For whoever speaks with the client: that the client was given no reasons, and how they get them."""
    return _text(
        protocol,
        "ask-reasons",
        key=escalation.key,
        grade=decision.grade,
        person=called(escalation, protocol, contact_seat(protocol), decision.round),
        evaluation=evaluation.key,
        client=keywords(protocol).client,
        until=moment(until, protocol),
    )


def called(escalation: Escalation, protocol: Protocol, seat: Seat, round: int) -> Called:
    """Whoever holds a seat in that round, so that Jira tells them; the seat's title where nobody is reached."""
    latest = max((evaluation.round for evaluation in escalation.evaluations), default=0)
    evaluation = escalation.seat(seat.name, round) or escalation.seat(seat.name, latest)
    person = (evaluation.held_by(seat.holder) if evaluation else None) or seat.holder
    return mention(escalation, protocol, person) if reaches(escalation, person) else title(protocol, seat)


def mention(escalation: Escalation, protocol: Protocol, person: str) -> Called:
    """Somebody, called by name in a text for colleagues: Jira tells them of it. Whom it would not reach is named."""
    name = named(escalation, protocol, person)
    return Mention(person, name) if reaches(escalation, person) else name


def reaches(escalation: Escalation, person: str) -> bool:
    """Whether a mention reaches a colleague who can act on it."""
    known = escalation.person(person)
    return bool(person) and person != escalation.us and known.active and known.may_vote


def put_by(escalation: Escalation, protocol: Protocol, label: str) -> Called:
    """Whoever put a label on, where Jira's history tells."""
    put = escalation.put(label)
    return mention(escalation, protocol, put.by) if put and put.by else phrase(protocol, "Whoever put it on")


def lead_seat(protocol: Protocol) -> Seat:
    """Whose seat sees to it that somebody works on a ticket: the engineering manager's, else the chair's."""
    named_so = (seat for seat in protocol.panel.seats if seat.name == "engineering-manager")
    return next(named_so, protocol.panel.seat(protocol.panel.chair))


def more_requests(escalation: Escalation, protocol: Protocol, round: int) -> Document:
    """That more requests are linked than are told."""
    count = escalation.more_requests
    person = called(escalation, protocol, contact_seat(protocol), round)
    known = {"key": escalation.key, "count": count, "told": len(escalation.requests), "person": person}
    return _text(protocol, "more-requests", **known)


def draft(
    escalation: Escalation, protocol: Protocol, decision: Decision, text: Document, *, again: bool = False
) -> Document:
    """The client's text, for whoever speaks with them to send; `again`: after another one."""
    contact = contact_seat(protocol)
    known = {"round": decision.round, "grade": decision.grade, "title": title(protocol, contact), "again": again}
    head = _text(protocol, "draft", **known, person=called(escalation, protocol, contact, decision.round))
    return Document((*head.blocks, *text.blocks))


def rehearsed(protocol: Protocol, decision: Decision, text: Document) -> Document:
    """What the client would have been told, had it been no drill."""
    head = _text(protocol, "rehearsed", round=decision.round, grade=decision.grade)
    return Document((*head.blocks, *text.blocks))


def no_drill(escalation: Escalation, protocol: Protocol) -> Document:
    """That a ticket with a real grade is not drilled with."""
    caller = put_by(escalation, protocol, protocol.labels.drill)
    return _text(protocol, "no-drill", key=escalation.key, drill=protocol.labels.drill, caller=caller)


def withheld(
    escalation: Escalation,
    protocol: Protocol,
    decision: Decision,
    seat: Seat,
    text: str,
    *,
    reason: str,
    keys: Sequence[str] = (),
) -> Document:
    """That a text written for the client was not sent, and why; `keys` are the linked requests it concerns, if it is
    not the ticket's own client."""
    return _text(
        protocol,
        "withheld",
        round=decision.round,
        title=title(protocol, seat),
        text=_short(text, protocol),
        reason=phrase(protocol, reason),
        keys=", ".join(keys),
        person=called(escalation, protocol, contact_seat(protocol), decision.round),
    )


def summary(
    escalation: Escalation,
    protocol: Protocol,
    decision: Decision,
    promise: Kept,
    disclosed: Disclosure,
) -> Document:
    """Everything that decided a round, for colleagues (protocol 3.2.11), and what the client was told of it."""
    told = protocol.client.comment != "off"
    contact = escalation.seat(contact_seat(protocol).name, decision.round)
    return _text(
        protocol,
        "summary",
        round=decision.round,
        grade=decision.grade,
        how=phrase(protocol, HOW[decision.how]),
        split=decision.split,
        graded_at=moment(decision.graded_at, protocol),
        rows=[_row(escalation, protocol, decision, seat) for seat in protocol.panel.seats],
        fix_by=moment(promise.fix_by, protocol) if promise.fix_by else "",
        window_start=moment(promise.window_start, protocol) if promise.window_start else "",
        window_end=moment(promise.window_end, protocol) if promise.window_end else "",
        immediate=protocol.grade(decision.grade).timing == "immediate",
        due_before=day(escalation.record.due_before, protocol) if escalation.record.due_before else "",
        no_client_text=told and not disclosed.reasoning,
        withheld=bool(disclosed.withheld),
        told=title(protocol, protocol.panel.seat(disclosed.seat)) if told and disclosed.seat else "",
        others=[
            {"title": title(protocol, protocol.panel.seat(seat)), "text": _short(text, protocol)}
            for seat, text in (disclosed.others if told else ())
        ],
        asked=contact.key if contact and not decision.drill and can_follow_up(protocol) else "",
        unheard=_is_unheard(escalation, protocol, decision),
        types=localized.either(list(protocol.client.told_through), messages.of(protocol)),
        key=escalation.key,
        person=called(escalation, protocol, contact_seat(protocol), decision.round),
        client=keywords(protocol).client,
        contact=title(protocol, contact_seat(protocol)),
    )


def _row(escalation: Escalation, protocol: Protocol, decision: Decision, seat: Seat) -> dict[str, object]:
    """A seat's line of the summary: whose vote was counted, and why; or that there was none."""
    vote = next((vote for vote in decision.votes if vote.seat == seat.name), None)
    given_up = None if vote else recusal_of(escalation, protocol, seat, decision.round)
    what = vote_in(escalation.evaluations, protocol, vote) if vote else None
    evaluation = escalation.seat(seat.name, decision.round)
    holder = evaluation.held_by(seat.holder) if evaluation else None
    person = vote.person if vote else given_up[0] if given_up else holder
    return {
        "title": title(protocol, seat),
        "person": named(escalation, protocol, person) if person else phrase(protocol, "nobody"),
        "grade": vote.grade if vote else "",
        "recused": given_up is not None,
        "reason": _in_short(what.reasoning if what else given_up[1] if given_up else ""),
    }


def recusal_of(escalation: Escalation, protocol: Protocol, seat: Seat, round: int) -> tuple[str, str] | None:
    """Who gave a seat up last in that round, and why; None where nobody did."""
    evaluation = escalation.seat(seat.name, round)
    if evaluation is None:
        return None
    held = (
        (c, statement(c, evaluation, protocol))
        for c in evaluation.comments
        if c.author in evaluation.holders or (not evaluation.holders and c.author == seat.holder)
    )
    found = [(comment.author, what.reason) for comment, what in held if isinstance(what, Recusal)]
    return found[-1] if found else None


def _in_short(text: str) -> str:
    """A reason in one line, as long as a table holds it; all of it stands where it was written."""
    line = " ".join(text.split())
    return line if len(line) <= REASON_LIMIT else f"{line[:REASON_LIMIT]}…"


def _is_unheard(escalation: Escalation, protocol: Protocol, decision: Decision) -> bool:
    """Whether no client reads what was told: it is no service project's ticket, and no request is linked to it."""
    tells = protocol.client.comment == "auto" and not decision.drill
    return tells and not escalation.service_project and not escalation.requests


def hint(protocol: Protocol, what: Botched, found: str = "", person: Called = "") -> Document:
    """What is missing in an attempt to vote, what its first line says ("" for none), and what `person` does next."""
    return _text(
        protocol,
        "hint",
        problem=phrase(protocol, what.problem),
        step=what.step,
        found=found if len(found) <= FOUND_LIMIT else f"{found[:FOUND_LIMIT]}…",
        person=person,
        grades=_names(protocol),
        usual=_usual(protocol),
        example=_example(protocol),
    )


def any_hint(protocol: Protocol) -> Document:
    """What all of these begin with, whatever was missing."""
    return hint(protocol, Botched(""))


def elsewhere(protocol: Protocol, key: str, person: Called = "") -> Document:
    """That a vote was written on the ticket, and does not count there."""
    return hint(protocol, Botched(phrase(protocol, ON_TICKET).format(key=key), "here"), person=person)


def not_for_client(protocol: Protocol, reason: str, person: Called) -> Document:
    """That a vote counts, and why its text for the client would not be told."""
    known = {"reason": phrase(protocol, reason), "client": keywords(protocol).client, "person": person}
    return _text(protocol, "not-for-client", **known)


def closed(escalation: Escalation, protocol: Protocol, evaluation: Evaluation) -> Document:
    """That closing an evaluation is no vote."""
    person = called(escalation, protocol, protocol.panel.seat(evaluation.seat), evaluation.round)
    return _text(protocol, "closed", grades=_names(protocol), person=person, evaluation=evaluation.key)


def second_seat(escalation: Escalation, protocol: Protocol, person: str, evaluation: str) -> Document:
    """That a person's vote counts in another seat already; recognised by its place, since names change."""
    return _text(
        protocol,
        "second-seat",
        name=named(escalation, protocol, person),
        person=mention(escalation, protocol, person),
        evaluation=evaluation,
        recused=keywords(protocol).recused,
    )


def remind(escalation: Escalation, protocol: Protocol, seat: Seat, evaluation: Evaluation, by: datetime) -> Document:
    """That half of the time has passed."""
    return _text(
        protocol,
        "remind",
        title=title(protocol, seat),
        person=called(escalation, protocol, seat, evaluation.round),
        evaluation=evaluation.key,
        by=moment(by, protocol),
        grades=_names(protocol),
    )


def substitute(
    escalation: Escalation, protocol: Protocol, evaluation: str, person: str, *, why: str, by: datetime
) -> Document:
    """That somebody is asked in another's place, and until when."""
    return _text(
        protocol,
        "substitute",
        name=named(escalation, protocol, person),
        person=mention(escalation, protocol, person),
        why=phrase(protocol, why),
        evaluation=evaluation,
        by=moment(by, protocol),
        grades=_names(protocol),
    )


def chair_question(
    protocol: Protocol,
    votes: tuple[tuple[str, str], ...],
    *,
    chair: Called = "",
    evaluation: str = "",
    until: datetime | None = None,
) -> Document:
    """The question to the chair; its head is the same whatever the votes (seat, grade) are.

    They are named to a chair who has voted; who has not, judges first (protocol 3.2).
    """
    less = protocol.grades[min(1, len(protocol.grades) - 1)].name
    has_voted = protocol.panel.chair in dict(votes)
    given = [f"{title(protocol, protocol.panel.seat(seat))}: {grade}" for seat, grade in votes] if has_voted else []
    return _text(
        protocol,
        "chair",
        voted=bool(votes),
        given=localized.each(given, messages.of(protocol)),
        grades=_names(protocol),
        chair=chair or title(protocol, protocol.panel.seat(protocol.panel.chair)),
        evaluation=evaluation,
        until=moment(until, protocol) if until else "",
        fallback=less,
    )


def chair_note(escalation: Escalation, protocol: Protocol, decision: Decision) -> Document:
    """For the chair: a decision that deserves a second look."""
    return _text(
        protocol,
        "chair-note",
        round=decision.round,
        grade=decision.grade,
        split=decision.split,
        reason=phrase(protocol, HOW[decision.how]),
        request=protocol.labels.request,
        key=escalation.key,
        chair=chair(escalation, protocol, decision.round),
    )


def chair(escalation: Escalation, protocol: Protocol, round: int) -> Called:
    """Whoever holds the chair's seat."""
    return called(escalation, protocol, protocol.panel.seat(protocol.panel.chair), round)


def stalled(
    escalation: Escalation,
    protocol: Protocol,
    round: int,
    missing: Sequence[str],
    count: int,
    *,
    vacant: Sequence[str] = (),
) -> Document:
    """That there is no grade, and why: which seats are `missing` a vote, and in which of them nobody is left to ask."""
    asked = [seat for seat in missing if seat not in vacant]
    return _text(
        protocol,
        "stalled",
        round=round,
        count=count,
        quorum=protocol.panel.quorum,
        key=escalation.key,
        missing=", ".join(title(protocol, protocol.panel.seat(seat)) for seat in missing) or phrase(protocol, "nobody"),
        asked=[_asked(escalation, protocol, seat, round) for seat in asked],
        vacant=", ".join(_place_of(escalation, protocol, seat, round) for seat in vacant),
        only_chair=asked == [protocol.panel.chair],
        chair=chair(escalation, protocol, round),
        grades=_names(protocol),
    )


def _asked(escalation: Escalation, protocol: Protocol, seat: str, round: int) -> dict[str, Called]:
    person = called(escalation, protocol, protocol.panel.seat(seat), round)
    return {"person": person, "evaluation": _place_of(escalation, protocol, seat, round)}


def _place_of(escalation: Escalation, protocol: Protocol, seat: str, round: int) -> str:
    """A seat's evaluation by its key; the seat's title where it is not there."""
    evaluation = escalation.seat(seat, round)
    return evaluation.key if evaluation else title(protocol, protocol.panel.seat(seat))


Finish = Literal["recorded", "recused", "counted", "given up", "without", "ended", "double", "followed"]
"""Why an evaluation is closed: its vote is recorded; its seat was given up; the round was decided with its vote, after
it was given up, without it; the round ended without a grade; another evaluation counts; another round has begun."""


def finished(
    escalation: Escalation,
    protocol: Protocol,
    evaluation: Evaluation,
    how: Finish,
    *,
    person: str = "",
    grade: str = "",
    decided: str = "",
    reason: str = "",
    other: str = "",
) -> Document:
    """That nothing more is asked on an evaluation, and why; all of them begin alike, so that only one is said."""
    seats = {seat.name: seat for seat in protocol.panel.seats}
    return _text(
        protocol,
        "finished",
        how=how,
        key=escalation.key,
        round=evaluation.round,
        title=title(protocol, seats[evaluation.seat]) if evaluation.seat in seats else evaluation.seat,
        person=named(escalation, protocol, person),
        grade=grade,
        decided=decided,
        reason=phrase(protocol, reason),
        other=other,
    )


def late(
    escalation: Escalation, protocol: Protocol, decision: Decision, comment: str, *, at: datetime, person: str
) -> Document:
    """That a vote came after the decision."""
    return _text(
        protocol,
        "late",
        grade=decision.grade,
        round=decision.round,
        comment=comment,
        at=moment(at, protocol),
        request=protocol.labels.request,
        key=escalation.key,
        person=mention(escalation, protocol, person),
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
        protocol,
        "late-changes",
        round=decision.round,
        grade=decision.grade,
        would=would,
        title=title(protocol, seat),
        comment=comment,
        at=moment(at, protocol),
        request=protocol.labels.request,
        key=escalation.key,
        chair=chair(escalation, protocol, decision.round),
    )


def hand_label(
    escalation: Escalation, protocol: Protocol, label: str, person: str, *, under_way: bool = False
) -> Document:
    """That a severity label put on by hand is no grade, and where one comes from."""
    return _text(
        protocol,
        "hand-label",
        label=label,
        person=named(escalation, protocol, person),
        request=protocol.labels.request,
        key=escalation.key,
        caller=put_by(escalation, protocol, label),
        under_way=under_way,
    )


def look_alike(escalation: Escalation, protocol: Protocol, label: str) -> Document:
    """That a label only looks like the request label."""
    caller = put_by(escalation, protocol, label)
    return _text(protocol, "look-alike", label=label, request=protocol.labels.request, caller=caller)


def ended(protocol: Protocol, round: int, reason: str) -> Document:
    """That a round ended without a grade."""
    return _text(protocol, "ended", round=round, reason=phrase(protocol, reason))


def closed_by_rule(escalation: Escalation, protocol: Protocol, by: str, until: datetime) -> Document:
    """For the chair: that a rule seems to have closed the ticket, and what comes of it."""
    return _text(
        protocol,
        "closed-by-rule",
        key=escalation.key,
        by=named(escalation, protocol, by),
        chair=chair(escalation, protocol, escalation.record.round),
        until=moment(until, protocol),
        resolved=keywords(protocol).resolved,
        label=protocol.labels.evaluation,
    )


def failure(escalation: Escalation, protocol: Protocol, failed: Sequence[Failure]) -> Document:
    """That steps could not be done, for those who can mend their one cause."""
    what, given_up = " ".join(each.what for each in failed), failed[0].step.startswith(UNSEEN)
    known = {"key": escalation.key, "project": escalation.project, "what": what, "mend": failed[0].mend}
    return _text(protocol, "failure", **known, given_up=given_up)


def overridden(protocol: Protocol, key: str, override: Override) -> Document:
    """That somebody let this ticket's fix be released against the rule, and why."""
    return _text(
        protocol,
        "override",
        key=key,
        by=override.by,
        reason=_short(override.reason, protocol),
        granted=moment(override.granted_at, protocol),
        until=moment(override.until, protocol),
    )


def at_risk(escalation: Escalation, protocol: Protocol, promise: Kept, now: datetime, *, last: bool) -> Document:
    """That a promised night comes near, or has begun, and the ticket is not resolved: who does what by when (C24). What
    is left is counted from `now`; the head does not depend on it."""
    start = promise.window_start or promise.graded_at
    end, begun = promise.window_end or start, start <= now
    by = end if begun else start
    changed = escalation.due if escalation.due != promise.due_date else None
    return _text(
        protocol,
        "at-risk",
        last=last,
        begun=begun,
        left=localized.left(elapsed(now, by), messages.of(protocol)),
        grade=promise.grade,
        graded_at=moment(promise.graded_at, protocol),
        start=moment(start, protocol),
        end=moment(end, protocol),
        by=moment(by, protocol),
        in_release=localized.either(protocol.tracking.in_release, messages.of(protocol))
        or phrase(protocol, "the next status"),
        due=day(changed, protocol) if changed else "",
        **_responsible(escalation, protocol),
    )


def breach(escalation: Escalation, protocol: Protocol, promise: Kept, at: datetime, now: datetime) -> Document:
    """That the promise was broken: who, and what the rule says of a fix that lands `now`."""
    again = replan(promise, max(at, now), protocol)
    return _text(
        protocol,
        "breach",
        grade=promise.grade,
        at=moment(at, protocol),
        next=moment(again.start, protocol) if again else "",
        contact=called(escalation, protocol, contact_seat(protocol), escalation.record.round),
        **_responsible(escalation, protocol),
    )


def not_begun(escalation: Escalation, protocol: Protocol, promise: Kept) -> Document:
    """The question whether somebody works on the gravest grade."""
    breaks_at = breached_at(protocol.grade(promise.grade), promise.graded_at, promise.window_end, protocol)
    return _text(
        protocol,
        "not-begun",
        grade=promise.grade,
        graded_at=moment(promise.graded_at, protocol),
        breaks_at=moment(breaks_at or promise.graded_at, protocol),
        **_responsible(escalation, protocol),
    )


def _responsible(escalation: Escalation, protocol: Protocol) -> dict[str, Called]:
    """Which ticket, whose it is ("" for nobody's), and who names somebody then."""
    assignee = escalation.assignee or ""
    return {
        "key": escalation.key,
        "person": mention(escalation, protocol, assignee) if reaches(escalation, assignee) else "",
        "unreached": named(escalation, protocol, assignee) if assignee else "",
        "lead": called(escalation, protocol, lead_seat(protocol), escalation.record.round),
    }


def untold(
    escalation: Escalation,
    protocol: Protocol,
    decision: Decision,
    *,
    own: bool = True,
    keys: Sequence[str] = (),
) -> Document:
    """That a client does not know the grade, for whoever speaks with them: the ticket's `own`, or those of the linked
    requests with these keys."""
    person = called(escalation, protocol, contact_seat(protocol), decision.round)
    graded_at = moment(decision.graded_at, protocol)
    known = {"round": decision.round, "grade": decision.grade, "graded_at": graded_at, "person": person}
    return _text(protocol, "untold", **known, own=own, keys=", ".join(keys))


def closing(protocol: Protocol) -> Document:
    """That the ticket was resolved, for the client."""
    return _text(protocol, "closing")


def contact_seat(protocol: Protocol) -> Seat:
    """Whose seat speaks with the client: `client-contact`, else the first seat with finders, else the first."""
    seats = protocol.panel.seats
    named_so = (seat for seat in seats if seat.name == "client-contact")
    return next(named_so, next((seat for seat in seats if seat.find), seats[0]))


def named(escalation: Escalation, protocol: Protocol, person: str) -> str:
    """A person's display name, never the id, which tells nobody anything: where no name is known, the title of the seat
    that they hold by the protocol."""
    seats = (title(protocol, seat) for seat in protocol.panel.seats if person == seat.holder)
    return escalation.person(person).name or next(seats, phrase(protocol, "somebody"))


def day(on: date, protocol: Protocol) -> str:
    """`Tuesday, November 24, 2026`."""
    return localized.day(on, messages.of(protocol))


def day_of(instant: datetime, protocol: Protocol) -> str:
    """The day of an instant on the clocks of the protocol."""
    return day(instant.astimezone(protocol.zone).date(), protocol)


def moment(instant: datetime, protocol: Protocol) -> str:
    """`Tuesday, November 24, 2026, 9:00 PM ET`: never relative, always with the zone (C25)."""
    return localized.moment(instant, protocol.zone, messages.of(protocol))


def duration(length: timedelta, protocol: Protocol) -> str:
    """`2 hours`, `15 minutes`: the largest unit that divides it."""
    return localized.duration(length, messages.of(protocol))


def vote_in(evaluations: tuple[Evaluation, ...], protocol: Protocol, vote: CountedVote) -> Vote | None:
    """What stood in a counted vote's comment; None if it was edited since, or is gone."""
    comments = ((comment, evaluation) for evaluation in evaluations for comment in evaluation.comments)
    same = next((pair for pair in comments if pair[0].id == vote.comment and pair[0].updated == vote.at), None)
    what = statement(*same, protocol) if same else None
    return what if isinstance(what, Vote) else None


def _text(protocol: Protocol, name: str, /, **values: object) -> Document:
    return parse(messages.of(protocol).render(name, **values))


def _short(text: str, protocol: Protocol) -> str:
    return text if len(text) <= QUOTE_LIMIT else f"{text[:QUOTE_LIMIT]}… {phrase(protocol, '(shortened)')}"


def _names(protocol: Protocol) -> str:
    return localized.either([grade.name for grade in protocol.grades], messages.of(protocol))


def _usual(protocol: Protocol) -> str:
    """The grade of an example: what is asked for most, if the scale has it."""
    usual = next((grade.name for grade in protocol.grades if grade.timing == "next-business-night"), None)
    return usual or protocol.grades[0].name
