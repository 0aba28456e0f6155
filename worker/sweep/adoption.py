"""Adopting: taking on what the limit held back (`escalation adopt`), as far as it is wanted; the rest is set aside.

When a request was made is when its label was put on, as a fresh read of the ticket tells. A request that is set aside
has a record that says so: it asks for nothing until the label is put on again, or until it is adopted after all.
Nobody is notified, and a round that is under way is never touched.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from config.protocol import Protocol
from worker.errors import CannotDo, NotOurs
from worker.escalation.facts.model import Escalation, LabelPut
from worker.escalation.facts.record import SET_ASIDE, Record
from worker.escalation.plan.actions import Plan
from worker.jira.groups import Groups
from worker.jira.issue_memory import NoIssueMemory
from worker.jira.read import Elsewhere, Reader
from worker.jira.search import Candidate, Page, in_projects, pages
from worker.jira.write import Writer
from worker.look.context import SPELLINGS, Context
from worker.look.due import DueState
from worker.look.tries import Own
from worker.sweep import queries
from worker.sweep.first_contacts import say_held
from worker.sweep.gone_projects import GoneProjects

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Request:
    """An open request that is a first contact, or was set aside: the ticket as read, and when its label was put on."""

    ticket: Escalation
    at: datetime
    candidate: Candidate

    @property
    def is_aside(self) -> bool:
        """Whether it was set aside before."""
        return not self.ticket.record.empty


@dataclass(slots=True)
class Adoption:
    """What is to become of the requests: taken on, set aside (oldest first), and keys that cannot be, with why."""

    taken_on: list[Request] = field(default_factory=list)
    set_aside: list[Request] = field(default_factory=list)
    cannot: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        cannot = f", {len(self.cannot)} could not be" if self.cannot else ""
        return f"{len(self.taken_on)} taken on, {len(self.set_aside)} set aside{cannot}"


def candidates(context: Context) -> list[Candidate]:
    """Open requests that may be first contacts or set aside; the others have a record that tells.

    Raises:
        TryAgain, Unauthorized, Refused: Jira cannot be searched now.
    """
    spellings: list[str] = context.store.zrange(SPELLINGS, 0, -1)  # type: ignore[assignment]

    def search(gone: Collection[str]) -> Iterator[Page]:
        return pages(context.site, queries.open_requests(context.protocol, spellings, gone), ["updated"])

    gone = GoneProjects(context)
    pages_found = in_projects(search, context.protocol.by_project, gone.among, gone.known)
    found = {each.id: each for page in pages_found for each in page.candidates}
    return [each for each in found.values() if not _is_under_way(each)]


def _is_under_way(candidate: Candidate) -> bool:
    glance = DueState.at(candidate.kept, candidate.id)
    return glance.ours and not glance.standing


def read(context: Context, found: Sequence[Candidate]) -> Iterator[Request | str | None]:
    """Each of these, fresh and in order: the request, a key with why it cannot be read, or None for no first contact.

    Raises:
        TryAgain, Unauthorized: Jira cannot be asked now.
    """
    reader = Reader(context.site, NoIssueMemory(), Groups(context.site), context.reconciler.projects)
    with ThreadPoolExecutor(AT_ONCE) as pool:  # of our own: a reader that makes its calls together waits for the site's
        yield from pool.map(lambda one: _read(reader, context, one), found)


def _read(reader: Reader, context: Context, candidate: Candidate) -> Request | str | None:
    try:
        ticket = reader.escalation(candidate.id, context.protocol)
    except (NotOurs, Elsewhere):
        return None
    except CannotDo as error:
        return f"{candidate.key}: {error}"
    put = ticket.put(context.protocol.for_project(ticket.project).labels.request)
    return Request(ticket, put.at, candidate) if put and is_waiting(ticket, put, context.protocol) else None


def is_waiting(ticket: Escalation, put: LabelPut, protocol: Protocol) -> bool:
    """Whether it is an open request of which nothing of ours is there, but that this very one was set aside."""
    record, label = ticket.record, protocol.for_project(ticket.project).labels.request
    aside = record.ended == SET_ASIDE and record.standing and record.request_at == put.at
    asks = ticket.has(label) and not ticket.done and protocol.serves(ticket.project)
    return asks and (record.empty or aside) and not ticket.evaluations


def sort(found: Iterator[Request | str | None], since: datetime, named: Callable[[str], bool]) -> Adoption:
    """Who is taken on: whose label was put on since then, or whom a webhook has named. The others are set aside."""
    adoption = Adoption()
    for each in found:
        if isinstance(each, str):
            key, _, why = each.partition(": ")
            adoption.cannot[key] = why
        elif each and (each.at >= since or (named(each.ticket.id) and not each.is_aside)):
            adoption.taken_on.append(each)
        elif each and not each.is_aside:
            adoption.set_aside.append(each)
    adoption.taken_on.sort(key=lambda each: each.at)
    adoption.set_aside.sort(key=lambda each: each.at)
    return adoption


def adopt(context: Context, adoption: Adoption, now: datetime) -> None:
    """Does it; what cannot be done is added to `adoption.cannot`, and stays held back.

    Raises:
        TryAgain, Unauthorized, RedisError: the rest is done by the same command, given again.
    """
    for request in list(adoption.set_aside):
        aside = Record(ended=SET_ASIDE, standing=True, request_at=request.at, proven=True)
        if not _save(context, request, aside, adoption.cannot, now):
            adoption.set_aside.remove(request)
    context.burst.forget([request.ticket.id for request in adoption.set_aside])
    for request in list(adoption.taken_on):
        if request.is_aside and not _save(context, request, Record(), adoption.cannot, now):
            adoption.taken_on.remove(request)
        else:
            context.burst.adopt([request.ticket.id])
            context.queue.name([request.ticket.id])
    left = len(adoption.cannot)
    say_held(context, left if left > context.settings.sweep_limit else 0, now)


def _save(context: Context, request: Request, record: Record, cannot: dict[str, str], now: datetime) -> bool:
    """The record goes into Jira and what the sweep must know of it into Redis; False where Jira refuses it."""
    ticket = request.ticket
    try:
        writer = Writer(context.site, context.reconciler.projects, NoIssueMemory(), Own())
        writer.apply(ticket, Plan((), record, save=True), now, lambda: None)
    except CannotDo as error:
        cannot[ticket.key] = str(error)
        return False
    context.due_states.remember(ticket.id, replace(DueState.of(record), ours=True))
    context.due_states.nominated([request.candidate])
    return True


def named(context: Context, found: Sequence[Candidate]) -> Mapping[str, bool]:
    """Which of these a webhook has named and nothing holds back: they go on by themselves."""
    ids = [each.id for each in found]
    known = context.queue.was_named(ids) - set(context.burst.held())
    return {id: id in known for id in ids}
