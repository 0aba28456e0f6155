"""The panel of one round: who is asked for each seat, and what each seat has said when.

Votes count by author, not by content: a comment is a vote only if its author held the evaluation at that time, nobody
else edited it, it is not ours, and no app's or customer's (design §4, "Votes", "Who votes"). One person's vote counts
in one seat. Whoever tries and is not understood hears it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from config.protocol import Protocol, Seat
from worker.escalation.comments import statements
from worker.escalation.comments.vote import Botched, Recusal, Statement, Vote, asks
from worker.escalation.facts.model import Comment, Escalation, Evaluation, Request, number_of

HOLDS, STANDS_IN = "holds the seat by the protocol", "is a substitute for the seat"
NAMED = 3  # people in a user field who are asked at most
NOT_HOLDER = Botched("This evaluation was not assigned to its author at that moment.", "seat")
EDITED = Botched("Somebody other than its author has edited it.", "author")
NO_PERSON = Botched("It is by an app or by a customer, and neither of them votes.", "person")
TALK = Botched("There is no grade in it.")
QUOTED = Botched("There is nothing in it but quoted words, or words of ours.")


@dataclass(frozen=True, slots=True)
class Said:
    """Something a panelist said for a seat: a vote or a recusal, with the comment it stands in.

    It was `written` at one instant and counts from `at` on: later, if its author had to leave another seat first.
    """

    seat: str
    person: str
    comment: str
    at: datetime
    what: Vote | Recusal
    written: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked for a seat, and the reason why it is they."""

    person: str
    why: str


def said_in_round(escalation: Escalation, protocol: Protocol, round: int) -> tuple[Said, ...]:
    """All votes and recusals of a round that count by their author, in the order in which they begin to.

    A person who votes in two seats is heard for the one in which they wrote first (an edit does not change that) until
    they give it up, or another's vote takes its place; from then on the other vote counts.
    """
    every = [said for seat in protocol.panel.seats for said in _of_seat(escalation, protocol, seat, round)]
    every.sort(key=lambda said: (said.at, number_of(said.comment)))
    return tuple(_counting(every))


def _counting(every: list[Said]) -> Iterator[Said]:
    """Goes through what was said as time went by: what stands in each seat, and the last word that waits there."""
    standing: dict[str, Said] = {}
    waiting: dict[str, Said] = {}
    for number, now in enumerate(every):
        waiting[now.seat] = now
        while free := next((each for each in waiting.values() if not _waits(each, standing, every[number:])), None):
            standing[free.seat] = waiting.pop(free.seat)
            yield replace(free, at=now.at)


def _waits(vote: Said, standing: Mapping[str, Said], to_come: list[Said]) -> bool:
    """Whether its author has a vote in another seat: one that stands, or one written before and edited since."""
    edited = (said for said in to_come if number_of(said.comment) < number_of(vote.comment))
    elsewhere = (said for said in (*standing.values(), *edited) if said.seat != vote.seat)
    return isinstance(vote.what, Vote) and any(
        said.person == vote.person and isinstance(said.what, Vote) for said in elsewhere
    )


def second_seats(escalation: Escalation, protocol: Protocol, round: int) -> Iterator[tuple[Evaluation, Said]]:
    """Where a person voted whose vote counts for another seat already: the evaluation, and their first vote there."""
    counted = {(said.seat, said.comment) for said in said_in_round(escalation, protocol, round)}
    for seat in protocol.panel.seats:
        evaluation = escalation.seat(seat.name, round)
        first: dict[str, Said] = {}
        for said in _of_seat(escalation, protocol, seat, round):
            if isinstance(said.what, Vote) and (said.seat, said.comment) not in counted:
                first.setdefault(said.person, said)
        if evaluation:
            yield from ((evaluation, said) for said in first.values())


def _of_seat(escalation: Escalation, protocol: Protocol, seat: Seat, round: int) -> tuple[Said, ...]:
    evaluation = escalation.seat(seat.name, round)
    if evaluation is None:
        return ()
    by = (escalation.people, escalation.us, protocol)
    return evaluation.reckon("said", by, lambda: tuple(_said_on(evaluation, escalation, protocol)))


def _said_on(evaluation: Evaluation, escalation: Escalation, protocol: Protocol) -> Iterator[Said]:
    for comment in evaluation.comments:
        what = _statement(escalation, protocol, evaluation, comment)
        if isinstance(what, Vote | Recusal):
            yield Said(evaluation.seat, comment.author, comment.id, comment.updated, what, written=comment.updated)


def _statement(
    escalation: Escalation, protocol: Protocol, evaluation: Evaluation | None, comment: Comment
) -> Statement:
    if evaluation is None or not speaks_for(escalation, protocol, evaluation, comment):
        return None
    return statements.statement(comment, evaluation, protocol)


def speaks_for(escalation: Escalation, protocol: Protocol, evaluation: Evaluation, comment: Comment) -> bool:
    """Whether a comment on an evaluation is said for its seat: by whoever held it then, a person, and not edited by
    others."""
    if comment.author == escalation.us or comment.edited_by_another:
        return False
    return (
        escalation.person(comment.author).may_vote
        and holder_at(protocol, evaluation, comment.updated) == comment.author
    )


def holder_at(protocol: Protocol, evaluation: Evaluation, instant: datetime) -> str | None:
    """Who held the seat at that instant: the assignee; while there has never been one, because Jira would take nobody,
    the holder by the protocol: assignment is a help, not the right to vote (design §4, "Who votes")."""
    if evaluation.was_assigned_by(instant):
        return evaluation.assignee_at(instant)
    return next((seat.holder for seat in protocol.panel.seats if seat.name == evaluation.seat), None)


def botched(escalation: Escalation, protocol: Protocol, evaluation: Evaluation) -> Iterator[tuple[Comment, Botched]]:
    """What is answered: the attempts to vote that are none; the first words of whoever holds the seat, where they are
    neither a vote nor a question; and of each other person the first vote."""
    yield from _attempts(escalation, protocol, evaluation)
    yield from _strays(escalation, protocol, evaluation)


def _attempts(escalation: Escalation, protocol: Protocol, evaluation: Evaluation) -> Iterator[tuple[Comment, Botched]]:
    """Those of holders."""
    theirs = [comment for comment in evaluation.comments if speaks_for(escalation, protocol, evaluation, comment)]
    said = [(comment, statements.statement(comment, evaluation, protocol)) for comment in theirs]
    answered = any(isinstance(what, Vote | Recusal) for _, what in said)
    begun: set[str] = set()
    for comment, what in said:
        first = None if what or comment.author in begun else _talk(comment, evaluation, protocol)
        if what or first:
            begun.add(comment.author)
        reply = what if isinstance(what, Botched) else None if answered else first
        if reply:
            yield comment, reply


def _talk(comment: Comment, evaluation: Evaluation, protocol: Protocol) -> Botched | None:
    """What is said to talk that is no question; None to a question to a colleague."""
    written = statements.written(comment, protocol, evaluation.comments)
    if not written.own:
        return QUOTED if written.parts else TALK
    return None if asks(written) else TALK


def _strays(escalation: Escalation, protocol: Protocol, evaluation: Evaluation) -> Iterator[tuple[Comment, Botched]]:
    """What reads like a vote but does not count by its author. One an author, so that two robots that answer each other
    come to an end; and not of somebody who has put it right since."""
    known = {escalation.us} | {
        comment.author
        for comment in evaluation.comments
        if isinstance(_statement(escalation, protocol, evaluation, comment), Vote | Recusal)
    }
    for comment in evaluation.comments:
        if comment.author in known or speaks_for(escalation, protocol, evaluation, comment):
            continue
        if isinstance(statements.statement(comment, evaluation, protocol), Vote | Recusal):
            known.add(comment.author)
            yield comment, _why_not(escalation, comment)


def _why_not(escalation: Escalation, comment: Comment) -> Botched:
    if not escalation.person(comment.author).may_vote:
        return NO_PERSON
    return EDITED if comment.edited_by_another else NOT_HOLDER


def on_ticket(escalation: Escalation, protocol: Protocol, evaluation: Evaluation) -> Comment | None:
    """The first vote that whoever holds this evaluation has written on the ticket, where it does not count."""
    asked = evaluation.held_by(protocol.panel.seat(evaluation.seat).holder)
    since = (c for c in escalation.comments if c.author == asked and c.created >= evaluation.created)
    people = (c for c in since if c.author != escalation.us and escalation.person(c.author).may_vote)
    votes = (c for c in people if isinstance(statements.statement(c, evaluation, protocol), Vote | Recusal))
    return next(votes, None)


def candidates(
    escalation: Escalation, protocol: Protocol, seat: Seat, taken: frozenset[str] = frozenset()
) -> Iterator[Candidate]:
    """Everybody who may be asked for a seat, in order: those who are found, the holder, the substitutes (D14, A15).

    Left out are the inactive, apps, clients, ourselves, people known to be unassignable, those who hold another
    seat by the protocol (A16), and who is `taken` by another seat (3.2.8).
    """
    elsewhere = {other.holder for other in protocol.panel.seats if other.name != seat.name} | taken
    seen: set[str] = set()
    for candidate in _in_order(escalation, protocol, seat):
        if candidate.person not in seen | elsewhere and _can_be_asked(escalation, candidate.person):
            seen.add(candidate.person)
            yield candidate


def _in_order(escalation: Escalation, protocol: Protocol, seat: Seat) -> Iterator[Candidate]:
    for finder in seat.find:
        yield from _FINDERS[finder](escalation, protocol, seat)
    yield Candidate(seat.holder, HOLDS)
    for person in seat.substitutes:
        yield Candidate(person, STANDS_IN)


def _can_be_asked(escalation: Escalation, person: str) -> bool:
    known = escalation.person(person)
    barred = person in (escalation.us, "") or person in escalation.record.unassignable
    return known.active and known.may_vote and not barred


def _from_field(escalation: Escalation, protocol: Protocol, seat: Seat) -> Iterator[Candidate]:
    """Who is named there, as far as they belong to Support or Operations, where it is known who does: anybody may be
    able to edit the field. No more than a few, since each that Jira will not take costs a call."""
    named = escalation.contacts.get(seat.name, ())
    for person in [each for each in named if not seat.members or _is_member(escalation, seat, each)][:NAMED]:
        yield Candidate(person, "is named in the ticket's field")


def _from_comment(escalation: Escalation, protocol: Protocol, seat: Seat) -> Iterator[Candidate]:
    """The authors of what a client can read, the latest first, so that the next is found when one cannot be asked."""
    why = "wrote the latest comment the client can see"
    for comments in _talks(escalation):
        for comment in sorted(comments, key=lambda comment: number_of(comment.id), reverse=True):
            if _is_member(escalation, seat, comment.author):
                yield Candidate(comment.author, why)
                why = "wrote a comment the client can see"


def _talks(escalation: Escalation) -> Iterator[Iterable[Comment]]:
    """What clients can read, talk by talk: the ticket's own, then the linked requests', the newest request first. Where
    clients do not read the ticket at all, what stands there comes last."""
    own = [comment for comment in escalation.comments if _seen_by_client(escalation, comment)]
    linked = [[c for c in request.comments if c.public is True and not c.restricted] for request in _newest(escalation)]
    yield from ([own, *linked] if escalation.service_project else [*linked, own])


def _newest(escalation: Escalation) -> list[Request]:
    return sorted(escalation.requests, key=lambda request: number_of(request.id), reverse=True)


def _from_reporter(escalation: Escalation, protocol: Protocol, seat: Seat) -> Iterator[Candidate]:
    if escalation.reporter and _is_member(escalation, seat, escalation.reporter):
        yield Candidate(escalation.reporter, "reported the ticket")
    for request in _newest(escalation):
        if request.reporter and _is_member(escalation, seat, request.reporter):
            yield Candidate(request.reporter, "reported a linked request")


def _from_label(escalation: Escalation, protocol: Protocol, seat: Seat) -> Iterator[Candidate]:
    put = escalation.put(protocol.labels.request)
    if put and _is_member(escalation, seat, put.by):
        yield Candidate(put.by, "asked for the escalation")


_FINDERS = {
    "field": _from_field,
    "last-public-comment": _from_comment,
    "reporter": _from_reporter,
    "label-adder": _from_label,
}


def _seen_by_client(escalation: Escalation, comment: Comment) -> bool:
    if comment.restricted or comment.author == escalation.us:
        return False
    return comment.public is True or (comment.public is None and not escalation.service_project)


def _is_member(escalation: Escalation, seat: Seat, person: str) -> bool:
    """Only who is known to belong to Support or Operations may be found; where `members` is empty, nobody is known."""
    return person in escalation.members.get(seat.name, frozenset())
