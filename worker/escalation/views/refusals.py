"""What a look left undone, and why: votes that do not count, dates left alone, labels not obeyed, clients not told.

Each is a sentence that stays the same for as long as it is true, so that whoever keeps them keeps each once. Pure.
"""

from collections.abc import Iterator
from datetime import date

from config.protocol import Protocol
from worker.escalation.comments.vote import Botched, Recusal, Vote
from worker.escalation.facts.model import Escalation, Evaluation
from worker.escalation.facts.record import DECIDED, DUE_STEP, REASONS_ASKED, WITHHELD, Decision, Record
from worker.escalation.panel.decision import late
from worker.escalation.panel.seats import Said, botched, on_ticket, said_in_round, second_seats
from worker.escalation.plan.plan import live_round
from worker.escalation.texts.wording import contact_seat
from worker.escalation.views.words import Who, Words

_WHY = {
    "seat": "its author does not hold the seat",
    "author": "somebody other than its author has edited it",
    "person": "it is by an app or by a customer",
}
HAND_PUT, LOOK_ALIKE, NO_DRILL = "hand-put ", "look-alike ", "no drill"


def refusals(ticket: Escalation, after: Record, rules: Protocol) -> Iterator[Words]:
    """What stays undone for this ticket, and why.

    Args:
        ticket: the facts as they were before the look wrote anything.
        after: the record as the look left it.
        rules: the protocol of the ticket's project.
    """
    round = live_round(ticket, rules) or after.round
    if round:
        yield from _votes(ticket, rules, round)
    yield from _late(ticket, after, rules)
    yield from _dates(ticket, after)
    yield from _labels(ticket, after, rules)
    yield from _clients(after)
    yield from _failures(after)


# -- votes


def _votes(ticket: Escalation, rules: Protocol, round: int) -> Iterator[Words]:
    last = {said.seat: said for said in said_in_round(ticket, rules, round)}
    for seat in rules.panel.seats:
        evaluation = ticket.seat(seat.name, round)
        if evaluation:
            yield from _not_counted(ticket, rules, evaluation)
            yield from () if seat.name in last else _unsaid(ticket, rules, evaluation)
        if seat.name in last and isinstance(last[seat.name].what, Recusal):
            who = Who(ticket.person(last[seat.name].person).name)
            yield (f"No vote for the seat {seat.title}: it was given up", who, ".")
    for evaluation, said in second_seats(ticket, rules, round) if _write_twice(ticket, round) else ():
        yield (
            *_not(evaluation),
            ": its author",
            Who(ticket.person(said.person).name),
            " has voted in another seat, and one person's vote counts in one.",
        )


def _write_twice(ticket: Escalation, round: int) -> bool:
    """Whether somebody wrote on two evaluations of the round: else nobody can have voted twice, which costs more to
    find out."""
    authors = [{c.author for c in e.comments} - {ticket.us} for e in ticket.in_round(round)]
    return sum(map(len, authors)) > len(frozenset().union(*authors))


def _not_counted(ticket: Escalation, rules: Protocol, evaluation: Evaluation) -> Iterator[Words]:
    for comment, what in botched(ticket, rules, evaluation):
        yield *_not(evaluation), Who(ticket.person(comment.author).name), f": {_why(what)}."


def _not(evaluation: Evaluation) -> Words:
    return (f"Vote not counted on {evaluation.key}",)


def _why(what: Botched) -> str:
    words = _WHY.get(what.step, what.problem).rstrip(".")
    return words[:1].lower() + words[1:]


def _unsaid(ticket: Escalation, rules: Protocol, evaluation: Evaluation) -> Iterator[Words]:
    if on_ticket(ticket, rules, evaluation):
        yield (f"Vote not counted: it stands on {ticket.key} itself, and counts on {evaluation.key} only.",)
    if evaluation.done and not evaluation.closed_by_us:
        yield (f"No vote on {evaluation.key}: it was closed without an answer.",)


def _late(ticket: Escalation, after: Record, rules: Protocol) -> Iterator[Words]:
    """Of the decision that stands; it never flips."""
    decision = after.decision
    if decision is None or after.ended != DECIDED or not _anything_since(ticket, decision):
        return
    for said in late(ticket, rules, decision):
        evaluation = ticket.seat(said.seat, decision.round)
        if evaluation and not _gives_reasons(said, after, rules):
            yield *_not(evaluation), Who(ticket.person(said.person).name), ": it came after the decision, which stands."


def _anything_since(ticket: Escalation, decision: Decision) -> bool:
    """Whether anybody wrote anything on an evaluation after the decision."""
    written = (c for e in ticket.in_round(decision.round) for c in e.comments if c.author != ticket.us)
    return any(comment.updated > decision.graded_at for comment in written)


def _gives_reasons(said: Said, after: Record, rules: Protocol) -> bool:
    """Whether it only adds the reasons for the client that were asked for."""
    if not isinstance(said.what, Vote) or not said.what.client or after.decision is None:
        return False
    asked = REASONS_ASKED in after.said and said.seat == contact_seat(rules).name
    return asked and said.what.grade == after.decision.grade


# -- dates and labels


def _dates(ticket: Escalation, after: Record) -> Iterator[Words]:
    promise, decision = after.promise, after.decision
    if promise is None or decision is None or decision.drill:
        return
    if promise.due_date is None:
        yield (f"No due date set: the protocol states no timing for {promise.grade} (R18, D10).",)
    elif ticket.record.decision == decision and after.failure(DUE_STEP) is None and ticket.due != promise.due_date:
        found = _day(ticket.due) if ticket.due else "empty"
        promised = _day(promise.due_date)
        yield (f"Due date left alone: changed by a person, it is {found}; the promise of {promised} stands (D10).",)
    if decision.confirms:
        yield (f"Clock not started anew: round {decision.round} confirmed {decision.grade} (D16).",)


def _day(day: date) -> str:
    return f"{day:%a %-d %b %Y}"


def _labels(ticket: Escalation, after: Record, rules: Protocol) -> Iterator[Words]:
    for key in after.said:
        if key.startswith(HAND_PUT):
            yield (f"Label {key.removeprefix(HAND_PUT)} not obeyed: whoever put it on may not grade by hand (D17).",)
        elif key.startswith(LOOK_ALIKE):
            yield ("A label that only looks like the request starts nothing.",)
        elif key == NO_DRILL:
            yield ("No drill: the ticket has a real grade.",)
    if after.standing and ticket.has(rules.labels.request):
        yield (
            f"No new round: {rules.labels.request} was left over from the last one, and asks for nothing until it is "
            "taken off and put on again.",
        )


# -- clients, and what failed


def _clients(after: Record) -> Iterator[Words]:
    told, decision = after.told, after.decision
    if told and decision and told.round == decision.round and told.how == "off":
        yield ("Client not told by the worker: the protocol file says [client] comment = off.",)
    if told and decision and told.round == decision.round and told.how == "draft" and not decision.drill:
        yield ("Client not told by the worker: the text was left for a person to send.",)
    if any(key.startswith(WITHHELD) for key in after.said):
        yield ("A text for the client was withheld: it holds what a client may not read. Colleagues have the reason.",)
    if after.beyond:
        yield (f"{after.beyond} more linked requests are not told: there are more than are told.",)


def _failures(after: Record) -> Iterator[Words]:
    for each in after.failures:
        yield (f"Not done: {each.step}.", Who(f"{each.what} {each.mend}"))
