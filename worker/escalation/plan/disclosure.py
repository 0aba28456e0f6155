"""What the client may read: chosen from the `Client:` paragraphs of votes for the decided grade, and checked.

What panelists wrote for each other, their names, e-mail addresses, other tickets' keys and texts of ours never get
through here (design §4 "Telling", §5.3; protocol 3.3), nor does anything by which one client might know of another.
What is held back is named with its reason; it is never repaired. Who reads is the ticket's own client, or a linked
request's.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from config import messages
from config.protocol import Protocol
from worker.escalation.comments.colleagues import are_named
from worker.escalation.comments.own_texts import is_ours, letters
from worker.escalation.comments.statements import statement, written
from worker.escalation.comments.vote import Vote, internal
from worker.escalation.comments.votes_told import tells_of_votes
from worker.escalation.facts.disclosed import Disclosure, Withheld
from worker.escalation.facts.model import Comment, Escalation, Evaluation, Request
from worker.escalation.facts.passage import visible
from worker.escalation.facts.record import CountedVote, Decision
from worker.escalation.panel.seats import said_in_round
from worker.escalation.plan.other_clients import tells_of_others
from worker.escalation.texts.wording import contact_seat, vote_in

ORDER = ("client-contact", "project-manager", "engineering-manager")
OVERLAP = 40
LENGTH = 6_000
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+\s*@\s*[\w\-]+(?:\.[\w\-]+)+")
_KEY = re.compile(r"(?<![A-Za-z0-9])((?=[0-9]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_]+)-(\d+)(?![A-Za-z0-9])")
_MENTION = re.compile(r"\[~[^\]]*\]")
_DASHED = re.compile(r"(?<![\w-])-(?![\s-])[^\n]{1,300}?(?<![\s-])-(?![\w-])")
_EDGES = " *_\n\t"  # what a client's paragraph loses at its end may be the end of a name
_HYPHEN = re.compile(r"[\u2010-\u2013\u2212]")
_TICKET = "the ticket"  # its own client, among those whose words are compared


def disclose(escalation: Escalation, protocol: Protocol, decision: Decision, to: Request | None = None) -> Disclosure:
    """The first fit text, in the order Support, Project Manager, Engineering Manager, then the other seats.

    Args:
        to: the linked request whose client reads it; left out, the ticket's own client does.
    """
    withheld: list[Withheld] = []
    texts = list(_texts(escalation, protocol, decision))
    for number, (vote, text) in enumerate(texts):
        seat, reason = vote.seat, unfit(text, escalation, protocol, to, author=vote.person)
        if reason is None:
            others = tuple((vote.seat, text) for vote, text in texts[number + 1 :])
            return Disclosure(text, tuple(withheld), seat, others)
        withheld.append(Withheld(seat, text, reason))
    return Disclosure("", tuple(withheld))


def _texts(escalation: Escalation, protocol: Protocol, decision: Decision) -> Iterator[tuple[CountedVote, str]]:
    order = [contact_seat(protocol).name, *ORDER, *(vote.seat for vote in decision.votes)]
    counted = {(said.seat, said.comment) for said in said_in_round(escalation, protocol, decision.round)}
    for vote in sorted(decision.votes, key=lambda vote: order.index(vote.seat)):
        speaks = vote.grade == decision.grade and (vote.seat, vote.comment) in counted  # a record could be made up
        what = vote_in(escalation.evaluations, protocol, vote) if speaks else None
        if what and what.client:
            yield vote, what.client


def texts_for_client(escalation: Escalation, protocol: Protocol) -> Iterator[str]:
    """Everything in the votes of the latest round that its authors wrote for the client."""
    latest = max((evaluation.round for evaluation in escalation.evaluations), default=0)
    for evaluation, comment in _on_evaluations(escalation):
        what = statement(comment, evaluation, protocol) if evaluation.round == latest else None
        if isinstance(what, Vote) and what.client:
            yield what.client


def unfit(
    text: str, escalation: Escalation, protocol: Protocol, to: Request | None = None, *, author: str
) -> str | None:
    """Why a text may not go to the client, as the end of a sentence that begins "because"; None if it may. Its author's
    own words for colleagues are no reason: whose they are may say them to whom they like."""
    return next(_objections(_plain(text), escalation, protocol, to, author), None)


def _objections(
    plain: str, escalation: Escalation, protocol: Protocol, to: Request | None, author: str
) -> Iterator[str]:
    if len(plain) > LENGTH:
        yield f"it is longer than {LENGTH} characters"
    if _EMAIL.search(plain):
        yield "it holds an e-mail address"
    if _MENTION.search(plain) or _mentions(plain, escalation):
        yield "it mentions a person"
    if _other_keys(plain, escalation, protocol, to):
        yield "it holds the key of another ticket"
    if _names(plain, escalation, to):
        yield "it holds the name of a colleague"
    if tells_of_votes(plain):
        yield "it may tell who judged the report, and how"
    if _names_of_others(plain, escalation, to):
        yield "it holds the name of another client"
    if escalation.requests and tells_of_others(plain):
        yield "it may tell one client of others"
    repeated = _repeated(plain, tuple(_sources(escalation, protocol, author))) - {to.id if to else _TICKET}
    if "" in repeated or (_TICKET in repeated and not escalation.service_project):
        yield f"it repeats {OVERLAP} or more characters of an internal text"
    elif repeated:
        yield f"it repeats {OVERLAP} or more characters that another client wrote"
    if is_ours(plain, protocol):
        yield "it repeats a text of ours"
    if _DASHED.search(plain):
        yield "a part of it stands between hyphens, as what is struck out does"


def possible_projects(escalation: Escalation, protocol: Protocol, texts: Iterable[str]) -> frozenset[str]:
    """What could be the key of another project in texts for the client: whether `ops-1` is a ticket, as `UTF-8` is
    none, only Jira can tell."""
    projects = (project for text in texts for project in _projects(_plain(text), escalation.key, protocol))
    return frozenset(project.upper() for project in projects) - _known_projects(escalation, protocol)


def _other_keys(text: str, escalation: Escalation, protocol: Protocol, to: Request | None) -> bool:
    """Whether a key stands there that is not the reader's own: of a project that is known, in any case; in upper case
    also of one that Jira was not asked about."""
    known, own = _known_projects(escalation, protocol), to.key if to else escalation.key
    return any(
        project.upper() in known or (project.isupper() and project not in escalation.no_projects)
        for project in _projects(text, own, protocol)
    )


def _known_projects(escalation: Escalation, protocol: Protocol) -> set[str]:
    linked = {request.key.rpartition("-")[0].upper() for request in escalation.requests}
    return {escalation.project.upper(), *linked, *protocol.by_project, *escalation.projects}


def _projects(text: str, own: str, protocol: Protocol) -> Iterator[str]:
    """The first part of everything that looks like a key, as it is written; not of the reader's own, nor of a grade."""
    harmless = {own.upper(), *(grade.name.upper() for grade in protocol.grades)}
    return (project for project, number in _KEY.findall(text) if f"{project}-{number}".upper() not in harmless)


def _mentions(text: str, escalation: Escalation) -> bool:
    """Whether the text calls somebody as a comment mentions them, or by the id of somebody the look knows (`@erin`).

    Where in its comment a mention stands does not matter: what reads like it names the same person.
    """
    written = [comment for evaluation in escalation.evaluations for comment in evaluation.comments]
    mentions = (_plain(mention).strip(_EDGES) for comment in written for mention in comment.mentions)
    return any(mention in text for mention in mentions) or _holds_any(text, {f"@{id}" for id in escalation.people})


def _names(text: str, escalation: Escalation, to: Request | None) -> bool:
    """Whether a colleague is named: whole in any case, or as people call each other."""
    names = {_plain(escalation.person(person).name) for person in _colleagues(escalation, to)}
    return _are_named(text, names, escalation, to)


def _names_of_others(text: str, escalation: Escalation, to: Request | None) -> bool:
    """Whether a person or an organisation behind another request than the reader's is named."""
    own = to.reporter if to else escalation.reporter
    others = [request for request in escalation.requests if to is None or request.id != to.id]
    people = {request.reporter for request in others} | ({escalation.reporter} if to else set())
    names = {_plain(escalation.person(person).name) for person in people - {own, None} if person}
    organisations = {name for request in others for name in request.organisations if len(name) > 2}
    organisations -= set(to.organisations if to else _own_organisations(escalation))
    return _holds_any(text, organisations) or _are_named(text, names, escalation, to)


def _are_named(text: str, names: set[str], escalation: Escalation, to: Request | None) -> bool:
    reader = to.reporter if to else escalation.reporter
    own = _plain(escalation.person(reader).name) if reader else ""
    return are_named(text, names, own)


def _own_organisations(escalation: Escalation) -> Iterator[str]:
    """Of the ticket's own client, as far as another request of theirs shows it."""
    own = (request for request in escalation.requests if request.reporter == escalation.reporter)
    return (name for request in own for name in request.organisations)


def _colleagues(escalation: Escalation, to: Request | None) -> set[str]:
    """Everybody the look knows save clients, apps and ourselves; a reporter who works on it is a colleague too."""
    at_work = {person for evaluation in escalation.evaluations for person in evaluation.holders}
    at_work |= {comment.author for evaluation in escalation.evaluations for comment in evaluation.comments}
    at_work |= {escalation.assignee or "", *(person for each in escalation.members.values() for person in each)}
    clients = {request.reporter for request in escalation.requests}
    own = {to.reporter} if to else {escalation.reporter}
    seen = {person.id for person in escalation.people.values() if not (person.customer or person.app)}
    return (at_work | (seen - own - clients)) - {escalation.us}


def _holds_any(text: str, phrases: set[str]) -> bool:
    """Whether one of them stands in the text as a word of its own, in any case."""
    either = "|".join(re.escape(_plain(phrase)) for phrase in phrases)
    return bool(either) and re.search(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE) is not None


def internal_texts(escalation: Escalation, protocol: Protocol, author: str) -> Iterator[str]:
    """Everything others than the author wrote for colleagues: the evaluations less their texts for the client, and
    internal comments; and what the author quotes, unless it is out of a comment of their own.

    In a service project a comment of which Jira does not say that clients see it counts as internal.
    """
    for evaluation, comment in _on_evaluations(escalation):
        read = written(comment, protocol, evaluation.comments)
        if comment.author == author:
            yield from (part.text for part in read.foreign if not _is_own(part.text, escalation, author))
        elif comment.author != escalation.us:
            yield internal(read, messages.of(protocol).keywords)
    for comment in escalation.comments:
        hidden = comment.public is False or (comment.public is None and escalation.service_project)
        if comment.author not in (escalation.us, author) and (comment.restricted or hidden):
            yield comment.text


def _on_evaluations(escalation: Escalation) -> Iterator[tuple[Evaluation, Comment]]:
    return ((evaluation, comment) for evaluation in escalation.evaluations for comment in evaluation.comments)


def _is_own(quoted: str, escalation: Escalation, author: str) -> bool:
    """Whether somebody quotes a comment of their own."""
    row = letters(quoted)
    mine = (comment.text for _, comment in _on_evaluations(escalation) if comment.author == author)
    return sum(letters(text).count(row) for text in mine) > 1 if row else True


def _sources(escalation: Escalation, protocol: Protocol, author: str) -> Iterator[tuple[str, str]]:
    """Every text of somebody else's that a client might find again, with the client who may ("": none may)."""
    yield from (("", text) for text in internal_texts(escalation, protocol, author))
    if not escalation.requests:
        return
    for comment in escalation.comments:
        plain_ticket = not escalation.service_project and comment.author != escalation.us
        if plain_ticket or _is_clients(escalation, comment, escalation.reporter):
            yield _TICKET, comment.text
    for request in escalation.requests:
        for comment in request.comments:
            if _is_clients(escalation, comment, request.reporter):
                yield request.id, comment.text
            elif comment.author not in (escalation.us, author) and (comment.restricted or comment.public is not True):
                yield "", comment.text


def _is_clients(escalation: Escalation, comment: Comment, reporter: str | None) -> bool:
    return comment.author == reporter or escalation.person(comment.author).customer


@lru_cache(maxsize=32)
def _repeated(text: str, sources: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Whose texts this one repeats. Kept for a moment, because the same text is judged for each of its readers."""
    flat = _flat(text)
    pieces = {flat[start : start + OVERLAP] for start in range(len(flat) - OVERLAP + 1)}
    return frozenset(whose for whose, source in sources if pieces and _shares(_flat(source), pieces))


def _shares(source: str, pieces: set[str]) -> bool:
    return any(source[start : start + OVERLAP] in pieces for start in range(len(source) - OVERLAP + 1))


def _plain(text: str) -> str:
    """The text as a reader sees it: without what is invisible, look-alike letters and hyphens as the usual ones."""
    return _HYPHEN.sub("-", unicodedata.normalize("NFKC", visible(text)))


def _flat(text: str) -> str:
    return " ".join(_plain(text).casefold().split())
