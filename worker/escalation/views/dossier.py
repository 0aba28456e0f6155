"""Everything that a ticket's own page shows, as plain values: what led to its promise, and what clients were told.

Pure. Beside what `escalation explain --json` says of any ticket it holds the words that clients were told, which are
ours, and the ticket's summary and assignee; none of what panelists wrote for each other.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from config.protocol import Protocol
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import breached_at
from worker.escalation.facts.model import Comment, Escalation
from worker.escalation.facts.record import REASONS, Record
from worker.escalation.panel.decision import clocks
from worker.escalation.plan.actions import CLOSING
from worker.escalation.plan.plan import is_drill, live_round
from worker.escalation.views.explanation import explained

LONGEST = 8_000  # characters of one text that are kept


def dossier(ticket: Escalation, rules: Protocol, now: datetime, fixed_at: datetime | None = None) -> dict[str, Any]:
    """The facts of the page; instants as RFC 3339 on the clocks of the ticket's zone.

    Args:
        ticket: the facts, with the record as it stands.
        rules: the protocol of the ticket's project.
        now: an aware instant.
        fixed_at: when it was resolved, where somebody knows better than the facts.
    """
    fixed_at = fixed_at or (ticket.resolved_at if ticket.done else None)
    told = explained(ticket, rules, fixed_at, now)
    asked_by = ticket.put(rules.labels.request)
    return told | {
        "id": ticket.id,
        "project": ticket.project,
        "summary": ticket.summary,
        "assignee": ticket.person(ticket.assignee or "").name,
        "status": ticket.status,
        "done": ticket.done,
        "resolved_at": _at(fixed_at or ticket.record.resolved_at, rules) if ticket.done else None,
        "due": ticket.due.isoformat() if ticket.due else None,
        "asked_by": ticket.person(asked_by.by).name if asked_by else "",
        "labels": [name for name in ("stalled", "at_risk", "breached") if ticket.has(getattr(rules.labels, name))],
        "drill": is_drill(ticket, rules, live_round(ticket, rules) or ticket.record.round),
        "until": _until(ticket, rules),
        "breaks_at": _breaks_at(ticket, rules),
        "untold": ticket.record.untold,
        "breaches": [{"round": b.round, "grade": b.grade, "at": _at(b.at, rules)} for b in ticket.record.breaches],
        "rounds": [
            {"round": p.round, "ended": p.ended, "grade": p.grade, "at": _at(p.graded_at, rules)}
            for p in ticket.record.rounds
        ],
        "said": list(said(ticket, ticket.record)),
    }


def _at(instant: datetime | None, rules: Protocol) -> str | None:
    return Calendar.of(rules).local(instant).isoformat(timespec="seconds") if instant else None


def _until(ticket: Escalation, rules: Protocol) -> str | None:
    """Until when the panel of a round under way has time."""
    round = live_round(ticket, rules)
    clock = clocks(ticket, rules, round) if round else None
    return _at(clock.substitute, rules) if clock else None


def _breaks_at(ticket: Escalation, rules: Protocol) -> str | None:
    promise = ticket.record.promise
    grade = next((each for each in rules.grades if promise and each.name == promise.grade), None)
    if promise is None or grade is None:
        return _at(promise.window_end, rules) if promise else None
    return _at(breached_at(grade, promise.graded_at, promise.window_end, rules), rules)


def said(ticket: Escalation, record: Record) -> Iterator[dict[str, Any]]:
    """What clients were told, word for word, as far as the comments were read: on which request, what it was, when, in
    which comment."""
    own = {each.id: each for each in (*ticket.comments, *(c for e in ticket.evaluations for c in e.comments))}
    for what, comment in _own(record):
        if comment in own:
            yield _text(ticket.key, what, own[comment])
    for heard in record.heard:
        request = next((each for each in ticket.requests if each.id == heard.request), None)
        theirs = {each.id: each for each in request.comments} if request else {}
        for what, comment in (("answer", heard.comment), ("reasons", heard.reasons), ("closing", heard.closing or "")):
            if request and comment in theirs:
                yield _text(request.key, "draft" if heard.how == "draft" else what, theirs[comment])


def _own(record: Record) -> Iterator[tuple[str, str]]:
    """Our comments for the ticket's own client: what each is, and its id."""
    told = record.told
    yield from (("earlier answer", past.told) for past in record.rounds if past.told)
    if told and told.comment:
        yield ("draft" if told.how == "draft" else "answer", told.comment)
    for what, key in (("reasons", REASONS), ("closing", CLOSING)):
        if record.said.get(key):
            yield what, record.said[key]


def _text(key: str, what: str, comment: Comment) -> dict[str, Any]:
    return {"to": key, "what": what, "at": comment.created, "comment": comment.id, "text": comment.text[:LONGEST]}


def told_now(key: str, what: str, comment: str, text: str, at: datetime) -> dict[str, Any]:
    """The same of a text that has just been told."""
    return {"to": key, "what": what, "at": at, "comment": comment, "text": text[:LONGEST]}
