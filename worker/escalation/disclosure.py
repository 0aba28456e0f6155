"""What the client may read: chosen from the `Client:` paragraphs of votes for the decided grade, and checked.

What panelists wrote for each other, their names, e-mail addresses and other tickets' keys never get through here
(design §4 "Telling", §5.3; protocol 3.3). What is held back is named with its reason; it is never repaired.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from config.protocol import Protocol
from worker.escalation.model import Escalation
from worker.escalation.record import CountedVote, Decision
from worker.escalation.vote import without_client
from worker.escalation.wording import contact_seat, vote_in

ORDER = ("client-contact", "project-manager", "engineering-manager")
OVERLAP = 40
LENGTH = 6_000
_EMAIL = re.compile(r"[\w.+\-]+\s*@\s*[\w\-]+(?:\.[\w\-]+)+")
_KEY = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9_]+)-(\d+)(?![A-Za-z0-9])")
_MENTION = re.compile(r"\[~[^\]]*\]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Withheld:
    """A text that may not go out: whose seat it is from, the text, and the reason."""

    seat: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The reasoning for the client ("" means the grade's definition must do) and what was held back."""

    reasoning: str
    withheld: tuple[Withheld, ...] = ()


def disclose(escalation: Escalation, protocol: Protocol, decision: Decision) -> Disclosure:
    """The first fit text, in the order Support, Project Manager, Engineering Manager, then the other seats."""
    withheld: list[Withheld] = []
    for vote, text in _texts(escalation, protocol, decision):
        reason = unfit(text, escalation, protocol)
        if reason is None:
            return Disclosure(text, tuple(withheld))
        withheld.append(Withheld(vote.seat, text, reason))
    return Disclosure("", tuple(withheld))


def _texts(escalation: Escalation, protocol: Protocol, decision: Decision) -> Iterator[tuple[CountedVote, str]]:
    order = [contact_seat(protocol).name, *ORDER, *(seat.name for seat in protocol.panel.seats)]
    for vote in sorted(decision.votes, key=lambda vote: order.index(vote.seat)):
        what = vote_in(escalation.evaluations, protocol.grades, vote) if vote.grade == decision.grade else None
        if what and what.client:
            yield vote, what.client


def unfit(text: str, escalation: Escalation, protocol: Protocol) -> str | None:
    """Why a text may not go to the client, as the end of a sentence that begins "because"; None if it may."""
    plain = _INVISIBLE.sub("", text)
    if len(plain) > LENGTH:
        return f"it is longer than {LENGTH} characters"
    if _EMAIL.search(plain):
        return "it holds an e-mail address"
    if _MENTION.search(plain):
        return "it mentions a person"
    if _other_keys(plain, escalation, protocol):
        return "it holds the key of another ticket"
    if _names(plain, escalation):
        return "it holds the name of a colleague"
    if _repeats(plain, internal_texts(escalation)):
        return f"it repeats {OVERLAP} or more characters of an internal text"
    return None


def _other_keys(text: str, escalation: Escalation, protocol: Protocol) -> bool:
    """Whether a key stands there that is not the ticket's own: upper case, or of a project we know, in any case."""
    grades = {grade.name.upper() for grade in protocol.grades}
    known = {escalation.project.upper()}
    for project, number in _KEY.findall(text):
        key = f"{project}-{number}".upper()
        is_key = project.isupper() or project.upper() in known
        if is_key and key not in grades | {escalation.key.upper()}:
            return True
    return False


def _names(text: str, escalation: Escalation) -> bool:
    panel = {person for evaluation in escalation.evaluations for person in evaluation.holders}
    panel |= {comment.author for evaluation in escalation.evaluations for comment in evaluation.comments}
    names = {escalation.person(person).name for person in panel - {escalation.us}}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names if len(name) > 2)


def internal_texts(escalation: Escalation) -> Iterator[str]:
    """Everything people wrote for colleagues: the evaluations less their `Client:` paragraphs, and internal comments."""
    for comment in (comment for evaluation in escalation.evaluations for comment in evaluation.comments):
        if comment.author != escalation.us:
            yield without_client(comment.text)
    for comment in escalation.comments:
        if comment.author != escalation.us and (comment.restricted or comment.public is False):
            yield comment.text


def _repeats(text: str, internal: Iterator[str]) -> bool:
    flat = _flat(text)
    pieces = {flat[start : start + OVERLAP] for start in range(len(flat) - OVERLAP + 1)}
    return bool(pieces) and any(
        source[start : start + OVERLAP] in pieces
        for source in map(_flat, internal)
        for start in range(len(source) - OVERLAP + 1)
    )


def _flat(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).casefold().split())
