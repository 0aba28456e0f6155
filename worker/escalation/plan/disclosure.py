"""What the client may read: chosen from the `Client:` paragraphs of votes for the decided grade, and checked.

What panelists wrote for each other, their names, e-mail addresses and other tickets' keys never get through here
(design §4 "Telling", §5.3; protocol 3.3). What is held back is named with its reason; it is never repaired.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from config import messages
from config.protocol import Protocol
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import CountedVote, Decision
from worker.escalation.facts.vote import without_client
from worker.escalation.panel.seats import said_in_round
from worker.escalation.texts.wording import contact_seat, vote_in

ORDER = ("client-contact", "project-manager", "engineering-manager")
OVERLAP = 40
LENGTH = 6_000
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+\s*@\s*[\w\-]+(?:\.[\w\-]+)+")
_KEY = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9_]+)-(\d+)(?![A-Za-z0-9])")
_MENTION = re.compile(r"\[~[^\]]*\]")
_EDGES = " *_\n\t"  # what a client's paragraph loses at its end may be the end of a name
_HYPHEN = re.compile(r"[\u2010-\u2013\u2212]")
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
    order = [contact_seat(protocol).name, *ORDER, *(vote.seat for vote in decision.votes)]
    counted = {(said.seat, said.comment) for said in said_in_round(escalation, protocol, decision.round)}
    for vote in sorted(decision.votes, key=lambda vote: order.index(vote.seat)):
        speaks = vote.grade == decision.grade and (vote.seat, vote.comment) in counted  # a record could be made up
        what = vote_in(escalation.evaluations, protocol, vote) if speaks else None
        if what and what.client:
            yield vote, what.client


def unfit(text: str, escalation: Escalation, protocol: Protocol) -> str | None:
    """Why a text may not go to the client, as the end of a sentence that begins "because"; None if it may."""
    return next(_objections(_plain(text), escalation, protocol), None)


def _objections(plain: str, escalation: Escalation, protocol: Protocol) -> Iterator[str]:
    if len(plain) > LENGTH:
        yield f"it is longer than {LENGTH} characters"
    if _EMAIL.search(plain):
        yield "it holds an e-mail address"
    if _MENTION.search(plain) or _mentions(plain, escalation):
        yield "it mentions a person"
    if _other_keys(plain, escalation, protocol):
        yield "it holds the key of another ticket"
    if _names(plain, escalation):
        yield "it holds the name of a colleague"
    if _repeats(plain, internal_texts(escalation, protocol)):
        yield f"it repeats {OVERLAP} or more characters of an internal text"


def possible_projects(escalation: Escalation, protocol: Protocol, decision: Decision) -> frozenset[str]:
    """What could be the key of another project in what was written for the client: whether `ops-1` is a ticket, as
    `utf-8` is none, only Jira can tell."""
    known = _known_projects(escalation, protocol)
    texts = (_plain(text) for _, text in _texts(escalation, protocol, decision))
    projects = (project for text in texts for project in _projects(text, escalation, protocol))
    return frozenset(project.upper() for project in projects if not project.isupper()) - known


def _other_keys(text: str, escalation: Escalation, protocol: Protocol) -> bool:
    """Whether a key stands there that is not the ticket's own: upper case, or of a project we know, in any case."""
    known = _known_projects(escalation, protocol)
    return any(project.isupper() or project.upper() in known for project in _projects(text, escalation, protocol))


def _known_projects(escalation: Escalation, protocol: Protocol) -> set[str]:
    return {escalation.project.upper(), *protocol.by_project, *escalation.projects}


def _projects(text: str, escalation: Escalation, protocol: Protocol) -> Iterator[str]:
    """The first part of everything that looks like a key, as it is written; not of the ticket's own, nor of a grade."""
    harmless = {escalation.key.upper(), *(grade.name.upper() for grade in protocol.grades)}
    return (project for project, number in _KEY.findall(text) if f"{project}-{number}".upper() not in harmless)


def _mentions(text: str, escalation: Escalation) -> bool:
    """Whether the text calls somebody as a comment mentions them, or by the id of somebody the look knows (`@erin`).

    Where in its comment a mention stands does not matter: what reads like it names the same person.
    """
    written = [comment for evaluation in escalation.evaluations for comment in evaluation.comments]
    mentions = (_plain(mention).strip(_EDGES) for comment in written for mention in comment.mentions)
    return any(mention in text for mention in mentions) or _holds_any(text, {f"@{id}" for id in escalation.people})


def _names(text: str, escalation: Escalation) -> bool:
    names = {escalation.person(person).name for person in _colleagues(escalation)}
    return _holds_any(text, {name for name in names if len(name) > 2})


def _colleagues(escalation: Escalation) -> set[str]:
    """Everybody the look knows save clients, apps and ourselves; a reporter who works on it is a colleague too."""
    at_work = {person for evaluation in escalation.evaluations for person in evaluation.holders}
    at_work |= {comment.author for evaluation in escalation.evaluations for comment in evaluation.comments}
    at_work |= {escalation.assignee or "", *(person for each in escalation.members.values() for person in each)}
    seen = {person.id for person in escalation.people.values() if not (person.customer or person.app)}
    return (at_work | (seen - {escalation.reporter})) - {escalation.us}


def _holds_any(text: str, phrases: set[str]) -> bool:
    """Whether one of them stands in the text as a word of its own, in any case."""
    either = "|".join(re.escape(_plain(phrase)) for phrase in phrases)
    return bool(either) and re.search(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE) is not None


def internal_texts(escalation: Escalation, protocol: Protocol) -> Iterator[str]:
    """Everything people wrote for colleagues: the evaluations less their `Client:` paragraphs, and internal comments.

    In a service project a comment of which Jira does not say that clients see it counts as internal.
    """
    for comment in (comment for evaluation in escalation.evaluations for comment in evaluation.comments):
        if comment.author != escalation.us:
            yield without_client(comment.text, messages.of(protocol).keywords)
    for comment in escalation.comments:
        hidden = comment.public is False or (comment.public is None and escalation.service_project)
        if comment.author != escalation.us and (comment.restricted or hidden):
            yield comment.text


def _repeats(text: str, internal: Iterator[str]) -> bool:
    flat = _flat(text)
    pieces = {flat[start : start + OVERLAP] for start in range(len(flat) - OVERLAP + 1)}
    return bool(pieces) and any(
        source[start : start + OVERLAP] in pieces
        for source in map(_flat, internal)
        for start in range(len(source) - OVERLAP + 1)
    )


def _plain(text: str) -> str:
    """The text as a reader sees it: without what is invisible, look-alike letters and hyphens as the usual ones."""
    return _HYPHEN.sub("-", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))


def _flat(text: str) -> str:
    return " ".join(_plain(text).casefold().split())
