"""A promise that explains itself: what was asked, voted, decided and promised, by which rule, and what moved it.

Pure: from the facts and the record to plain values; no person's text is among them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from config.protocol import Protocol
from worker.escalation.dates.calendar import Calendar, elapsed
from worker.escalation.dates.formatting import stamp
from worker.escalation.dates.timing import Promise, Window, promise, replan
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import CountedVote, Decision, Kept, Told
from worker.escalation.panel.decision import awaited, votes_at
from worker.escalation.plan.plan import live_round
from worker.escalation.views.phrases import HOW

_OLD_RULE = "by the rules that held when it was promised; today's would give another date"
_NOTHING = timedelta(0)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_Local = Callable[[datetime | None], str | None]
KEPT, EARLIER, BROKEN, OVERDUE, OPEN, NONE = "kept", "earlier", "broken", "overdue", "open", "none"


@dataclass(frozen=True, slots=True)
class Fix:
    """What became of a promise (R16, protocol.md §1.4).

    `state`: "kept" (fixed in time, the promised night stands), "earlier" (fixed ahead, an earlier night is allowed, the
    promise unchanged), "broken" (fixed after the promised night was over: a new plan, the breach stays), "overdue" (not
    fixed, and the promised night is over), "open" (not fixed, still possible), "none" (no night was promised).
    """

    state: str
    fixed_at: datetime | None
    planned: Window | None


def fix(kept: Kept, fixed_at: datetime | None, protocol: Protocol, now: datetime) -> Fix:
    """What became of this promise by `now`; `fixed_at` is None as long as the ticket is open."""
    if kept.window_start is None or kept.window_end is None:
        return Fix(NONE, fixed_at, None)
    promised = Window(kept.window_start, kept.window_end)
    if fixed_at is None:
        return Fix(OVERDUE if elapsed(kept.window_end, now) >= _NOTHING else OPEN, None, promised)
    planned = replan(_as_promise(kept), fixed_at, protocol)
    if elapsed(fixed_at, kept.window_end) <= _NOTHING:
        return Fix(BROKEN, fixed_at, planned)
    same = planned is not None and elapsed(planned.start, kept.window_start) == _NOTHING
    return Fix(KEPT if same else EARLIER, fixed_at, planned)


def _as_promise(kept: Kept) -> Promise:
    dates = (kept.fix_by, kept.window_start, kept.window_end, kept.due_date)
    return Promise(kept.grade, kept.graded_at, *dates, rules=())


def explained(ticket: Escalation, protocol: Protocol, fixed_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Everything that led to a ticket's promise, as `escalation explain KEY --json` prints it.

    Args:
        ticket: the facts, read afresh.
        protocol: the rules of the ticket's own project.
        fixed_at: when it was resolved; None while it is open.
        now: an aware instant.
    """
    record, calendar = ticket.record, Calendar.of(protocol)

    def at(instant: datetime | None) -> str | None:
        return calendar.local(instant).isoformat(timespec="seconds") if instant else None

    decision, kept = record.decision, record.promise
    return {
        "key": ticket.key,
        "timezone": protocol.timezone,
        "asked": _asked(ticket, protocol, now, at),
        "votes": [_vote(ticket, protocol, vote, at(vote.at)) for vote in decision.votes] if decision else [],
        "decided": _decided(decision, at(decision.graded_at)) if decision else None,
        "promised": _promised(kept, protocol) if kept else None,
        "fix": _fix(fix(kept, fixed_at, protocol, now), at) if kept else None,
        "moved": list(_moved(ticket, protocol)),
        "told": _told(record.told) if record.told else None,
        "requests": list(_requests(ticket)),
        "beyond": record.beyond,
        "failures": [{"step": f.step, "what": f.what, "mend": f.mend} for f in record.failures],
    }


def _told(told: Told) -> dict[str, Any]:
    return {"round": told.round, "how": told.how, "comment": told.comment, "reasons": told.reasons}


def _requests(ticket: Escalation) -> Iterator[dict[str, Any]]:
    """Every linked request, told or not, and those that were told and are no longer linked."""
    linked = {request.id: request for request in ticket.requests}
    for heard in ticket.record.heard:
        key = linked[heard.request].key if heard.request in linked else heard.key
        told = {"round": heard.round, "how": heard.how, "comment": heard.comment, "reasons": heard.reasons}
        yield {"key": key, "linked": heard.request in linked, "told": told}
    known = {heard.request for heard in ticket.record.heard}
    yield from ({"key": r.key, "linked": True, "told": None} for r in ticket.requests if r.id not in known)


def _asked(ticket: Escalation, protocol: Protocol, now: datetime, at: _Local) -> dict[str, Any]:
    """The latest round. One under way is not in the record before it is decided, and is told from its evaluations."""
    record, under_way = ticket.record, live_round(ticket, protocol)
    if under_way > record.round:
        put = ticket.put(protocol.labels.request)
        requested_at, ended = put.at if put else None, ""
    else:
        requested_at, ended = record.request_at, record.ended
    round = under_way or record.round
    missing = awaited(ticket, protocol, round, now) if under_way else frozenset[str]()
    return {
        "round": round,
        "requested_at": at(requested_at),
        "ended": ended or None,
        "seats": list(_seats(ticket, protocol, round, missing, at)),
    }


def _voted_at(ticket: Escalation, protocol: Protocol, round: int) -> dict[str, datetime]:
    """When each seat voted, of those that have: by the decision, or so far. For what, nobody is told before it."""
    decision = ticket.record.decision
    until = decision.graded_at if decision and decision.round == round else _FOR_EVER
    return {vote.seat: vote.at for vote in votes_at(ticket, protocol, round, until)}


def _seats(
    ticket: Escalation,
    protocol: Protocol,
    round: int,
    missing: frozenset[str],
    at: _Local,
) -> Iterator[dict[str, Any]]:
    voted_at = _voted_at(ticket, protocol, round)
    for evaluation in ticket.in_round(round):
        holder = evaluation.assignee
        yield {
            "seat": evaluation.seat,
            "title": _title(protocol, evaluation.seat),
            "evaluation": evaluation.key,
            "asked": _name(ticket, holder) if holder else None,
            "asked_at": at(evaluation.created),
            "voted_at": at(voted_at.get(evaluation.seat)),
            "awaited": evaluation.seat in missing,
        }


def _name(ticket: Escalation, person: str) -> str:
    return ticket.person(person).name or "somebody"


def _title(protocol: Protocol, seat: str) -> str:
    """What people call the seat; its name, where the protocol has it no more."""
    return next((each.title for each in protocol.panel.seats if each.name == seat), seat)


def _vote(ticket: Escalation, protocol: Protocol, vote: CountedVote, at: str | None) -> dict[str, Any]:
    by, title = _name(ticket, vote.person), _title(protocol, vote.seat)
    return {"seat": vote.seat, "title": title, "by": by, "grade": vote.grade, "at": at}


def _decided(decision: Decision, at: str | None) -> dict[str, Any]:
    return {
        "round": decision.round,
        "grade": decision.grade,
        "graded_at": at,
        "how": decision.how,
        "words": HOW.get(decision.how, decision.how),
        "split": decision.split,
        "previous": decision.previous,
    }


def _promised(kept: Kept, protocol: Protocol) -> dict[str, Any]:
    """The promise as it stands, each date with its rule; today's rules are only named where they give that date."""
    local = Calendar.of(protocol).local
    dates: dict[str, date | datetime | None] = {
        "fix_by": local(kept.fix_by) if kept.fix_by else None,
        "window_start": local(kept.window_start) if kept.window_start else None,
        "window_end": local(kept.window_end) if kept.window_end else None,
        "due_date": kept.due_date,
    }
    rules = _rules(kept, protocol)
    printed = {name: value.isoformat() if value else None for name, value in dates.items()}
    explained = [
        {"date": name, "value": value, **rules.get((name, value), {"clause": None, "words": _OLD_RULE})}
        for name, value in printed.items()
    ]
    return {
        "grade": kept.grade,
        "graded_at": local(kept.graded_at).isoformat(timespec="seconds"),
        **printed,
        "rules": explained,
    }


def _rules(kept: Kept, protocol: Protocol) -> dict[tuple[str, str | None], dict[str, str]]:
    grade = next((grade for grade in protocol.grades if grade.name == kept.grade), None)
    today = promise(grade, kept.graded_at, protocol).rules if grade else ()
    return {(rule.date_name, rule.value): {"clause": rule.clause, "words": rule.words} for rule in today}


def _fix(found: Fix, at: _Local) -> dict[str, Any]:
    planned = found.planned
    return {
        "state": found.state,
        "fixed_at": at(found.fixed_at),
        "planned_start": at(planned.start) if planned else None,
        "planned_end": at(planned.end) if planned else None,
        "clause": "R16, D6, D8",
        "words": _WORDS[found.state],
    }


_WORDS = {
    KEPT: "fixed in time: the promised night stands",
    EARLIER: "fixed ahead of plan: an earlier night is allowed, the promise is unchanged",
    BROKEN: "fixed after the promised night was over: a new plan from the fix; the breach stays on record",
    OVERDUE: "not fixed, and the promised night is over: the promise is broken",
    OPEN: "not fixed yet: the promise can be kept",
    NONE: "no night was promised",
}


def _moved(ticket: Escalation, protocol: Protocol) -> Iterator[str]:
    """What else bears on the dates: earlier rounds, a confirmed or changed grade, a due date that a person set."""
    record = ticket.record
    for past in record.rounds:
        graded = f"graded {past.grade}" if past.grade else "no grade"
        yield f"round {past.round} ended: {past.ended or 'unknown'}, {graded}"
    decision, kept = record.decision, record.promise
    if decision and decision.confirms:
        yield f"round {decision.round} confirmed {decision.grade}: the clock was not started anew (D16)"
    elif decision and decision.previous:
        since = _minute(decision.graded_at, protocol)
        yield f"round {decision.round} changed {decision.previous} to {decision.grade}: a new clock since {since} (D16)"
    under_way = live_round(ticket, protocol)
    if under_way and decision:
        yield f"round {under_way} is under way: it may change grade and dates"
    if record.due_before:
        yield f"the due date before the decision was {record.due_before}"
    if kept and kept.due_date and ticket.due != kept.due_date and record.failure("due date") is None:
        yield f"the due date in Jira is {ticket.due or 'empty'}: a person changed it, and the promise stands (D10)"
    if protocol.labels.breached.lower() in {label.lower() for label in ticket.labels}:
        yield f"the label {protocol.labels.breached} says that a promise was broken"


def _minute(at: datetime, protocol: Protocol) -> str:
    return stamp(at, protocol.zone)
