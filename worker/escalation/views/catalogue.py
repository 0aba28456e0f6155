"""The texts as a reader looks for them: to whom each is said, and where it differs by seat or by grade.

It takes the texts as `preview.shown` names them, whatever there is, and decides nothing. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from config.protocol import Protocol
from worker.escalation.facts.model import Comment, Escalation
from worker.escalation.plan.disclosure import disclose
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document

Audience = Literal["client", "colleagues"]
_ANSWER, _TO_CLIENT, _NOT_TOLD = "The answer", "Client", "Client not told"


@dataclass(frozen=True, slots=True)
class Variant:
    """One text, for one seat and one grade; "" where it is the same for all."""

    seat: str
    grade: str
    document: Document


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said on one occasion: its name for people, to whom, and each form that it has."""

    title: str
    audience: Audience
    variants: tuple[Variant, ...]

    @property
    def grades(self) -> frozenset[str]:
        """The grades for which it is said; empty: whatever the grade."""
        return frozenset(variant.grade for variant in self.variants if variant.grade)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of the decision that stands, beside what would be said of it now; `was` is None where the comment
    is not there any more, or cannot be seen."""

    title: str
    audience: Audience
    where: str
    was: Comment | None
    now: Document


def kinds(texts: Mapping[str, Document], protocol: Protocol) -> list[Kind]:
    """The texts, what is said to clients first; forms of one text together."""
    found: dict[tuple[str, Audience], list[Variant]] = {}
    for name, document in texts.items():
        title, seat, grade = _parts(name, protocol)
        found.setdefault((_title(title), _audience(name)), []).append(Variant(seat, grade, document))
    made = [Kind(title, audience, tuple(variants)) for (title, audience), variants in found.items()]
    return sorted(made, key=lambda kind: kind.audience != "client")


def _parts(name: str, protocol: Protocol) -> tuple[str, str, str]:
    """Title, seat and grade that a name is made of."""
    seats, grades = {seat.title for seat in protocol.panel.seats}, {grade.name for grade in protocol.grades}
    title, seat, grade = [], "", ""
    for part in name.split(", "):
        first, _, rest = part.partition(" ")
        if part in seats:
            seat = part
        elif first in grades:
            grade = first
            title += [rest] if rest else []
        else:
            title.append(part)
    return ", ".join(title), seat, grade


def _audience(name: str) -> Audience:
    return "client" if name.startswith(_TO_CLIENT) and not name.startswith(_NOT_TOLD) else "colleagues"


def _title(title: str) -> str:
    """Without the word that says to whom, where a chip says so."""
    if title == _TO_CLIENT:
        return _ANSWER
    head, _, rest = title.partition(", ")
    if head == _TO_CLIENT:
        return f"{_ANSWER}, {rest}" if rest.startswith(("after ", "confirmed")) else f"{rest[:1].upper()}{rest[1:]}"
    return title.replace("Client of ", f"{_ANSWER} on ") if title.startswith("Client of ") else title


def said(ticket: Escalation, protocol: Protocol) -> list[Said]:
    """What the decision that stands was said with, and how the same would be said now.

    Args:
        ticket: the facts, read afresh.
        protocol: the rules of the ticket's project, as they are now.
    """
    return list(_said(ticket, protocol)) if ticket.record.decision and ticket.record.promise else []


def _said(ticket: Escalation, protocol: Protocol) -> Iterator[Said]:
    record, decision, promise = ticket.record, ticket.record.decision, ticket.record.promise
    assert decision and promise
    disclosed = disclose(ticket, protocol, decision)
    told = wording.client(protocol, decision, promise, disclosed.reasoning)
    if record.told and record.told.comment and record.told.how == "auto":
        yield Said(_ANSWER, "client", ticket.key, _found(ticket.comments, record.told.comment), told)
    elif record.told and record.told.comment:
        draft = wording.draft(ticket, protocol, decision, told)
        yield Said("Draft for the client", "colleagues", ticket.key, _anywhere(ticket, record.told.comment), draft)
    requests = {request.id: request for request in ticket.requests}
    for heard in record.heard:
        request = requests.get(heard.request)
        if request and heard.comment:
            theirs = disclose(ticket, protocol, decision, request).reasoning
            now = wording.client(protocol, decision, promise, theirs, since=request.linked_at)
            yield Said(
                f"{_ANSWER} on {request.key}", "client", request.key, _found(request.comments, heard.comment), now
            )
    if "summary" in record.said:
        summary = wording.summary(ticket, protocol, decision, promise, disclosed)
        comment = _anywhere(ticket, record.said["summary"])
        yield Said("Summary", "colleagues", ticket.key, comment, summary)


def _found(comments: Sequence[Comment], id: str) -> Comment | None:
    return next((comment for comment in comments if comment.id == id), None)


def _anywhere(ticket: Escalation, id: str) -> Comment | None:
    """A comment of the ticket or of one of its evaluations."""
    every = chain(ticket.comments, *(evaluation.comments for evaluation in ticket.evaluations))
    return next((comment for comment in every if comment.id == id), None)
