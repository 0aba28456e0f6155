"""The facts of one escalation, as read from Jira at one moment.

These are plain immutable values: a ticket, its evaluations, what people wrote. They say what is true, never what should
be done; nothing in here may reach for a clock or a network. Instants are aware datetimes, ids are Jira's own strings.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from worker.escalation.facts.history import History
from worker.escalation.facts.passage import Passage
from worker.escalation.facts.record import Record, Try

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Jira: `id` is the accountId on Cloud, the user name on Data Center.

    `customer` and `app` are what Cloud's `accountType` tells: a client of a portal, and whatever else is no colleague.
    Data Center tells neither.
    """

    id: str
    name: str = ""
    active: bool = True
    customer: bool = False
    app: bool = False

    @property
    def may_vote(self) -> bool:
        """Whether their word counts on a panel: neither an app's nor a customer's does (design §4, "Who votes")."""
        return not (self.app or self.customer)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, its body as plain text (paragraphs separated by an empty line) and as the `passages` it is made of.

    `public` is what a client of a service project can see: None where Jira does not say. `mentions` are the people it
    mentions, as they read in its text. `answers` is what a comment of ours says by a mark of its own that it answers
    ("": it has no mark; None: not known).
    """

    id: str
    author: str
    text: str
    created: datetime
    updated: datetime
    editor: str = ""
    public: bool | None = None
    restricted: bool = False
    mentions: tuple[str, ...] = ()
    answers: str | None = None
    passages: tuple[Passage, ...] = ()

    @property
    def edited_by_another(self) -> bool:
        """Whether somebody other than its author has edited it (such a comment is no vote)."""
        return bool(self.editor) and self.editor != self.author


@dataclass(frozen=True, slots=True)
class Assignment:
    """At `at` the evaluation went from one assignee to another (None: nobody)."""

    at: datetime
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One seat's sub-task of one round, created by our account.

    `closed_by_us`: the last change of its status that we made closed it; if it is open, a person wants it so.
    `closed_at` is when we changed its status last. `status` names its workflow
    status within its project (the same status has the same transitions). `drill`: it was opened for a drill.
    `reckoned` is no fact: see `reckon`.
    """

    id: str
    key: str
    round: int
    seat: str
    created: datetime
    assignee: str | None = None
    done: bool = False
    closed_by_us: bool = False
    closed_at: datetime | None = None
    status: str = ""
    drill: bool = False
    comments: tuple[Comment, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    reckoned: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def reckon(self, what: str, by: tuple[object, ...], make: Callable[[], T]) -> T:
        """What is made of the evaluation, made once where it is made by the same again: plan and pages ask for the same
        many times in a look."""
        known = self.reckoned.get(what)
        if known is None or any(one is not other for one, other in zip(known[0], by, strict=True)):
            known = self.reckoned[what] = by, make()
        found: T = known[1]
        return found

    def assignee_at(self, instant: datetime) -> str | None:
        """Who held the evaluation at that instant (a change in the same instant has happened already)."""
        later = [change for change in self.assignments if change.at > instant]
        return min(later, key=lambda change: change.at).before if later else self.assignee

    def was_assigned_by(self, instant: datetime) -> bool:
        """Whether anybody had ever held it by that instant (a change in the same instant has happened already)."""
        if not self.assignments:
            return self.assignee is not None
        first = min(self.assignments, key=lambda change: change.at).before
        return first is not None or any(change.after and change.at <= instant for change in self.assignments)

    def held_by(self, by_protocol: str) -> str | None:
        """Who holds the seat now: the assignee; while there has never been one, the holder by the protocol."""
        return self.assignee if self.holders else by_protocol

    @property
    def holders(self) -> frozenset[str]:
        """Everybody who holds it or has ever held it."""
        past = {person for change in self.assignments for person in (change.before, change.after)}
        return frozenset(person for person in past | {self.assignee} if person)


@dataclass(frozen=True, slots=True)
class LabelPut:
    """Who put a label on (or took it off), and when: the latest time, beside which others (in lower case)."""

    by: str
    at: datetime
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request in a service project, linked to the ticket by a type through which clients are told.

    `since` is when the client made it, `linked_at` when the link was made, `organisations` are the client's, all as far
    as Jira says. `comments` are those that were read: `whole` says that they are all there are and read afresh.
    `readable` is False where Jira shows the link and not the request.
    """

    id: str
    key: str
    since: datetime | None = None
    linked_at: datetime | None = None
    reporter: str | None = None
    organisations: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    whole: bool = False
    readable: bool = True

    def written_by(self, author: str) -> Iterator[Comment]:
        """The comments of one author."""
        yield from (comment for comment in self.comments if comment.author == author)


@dataclass(frozen=True, slots=True)
class Escalation:
    """A ticket with everything the protocol asks about it, at one moment.

    `us` is the worker's own account; `members` are the people who count as Support or Operations, by seat name;
    `contacts` are the people in a seat's user field, by seat name; `puts` has the latest addition of each label
    that the changelog tells of, by lower-case label, `taken` its latest removal; `history` has all that the changelog
    tells of labels, of being done and of projects; `started` says that somebody has moved
    the ticket on from where it began; `status` is the name of its status; `due_changed_at` is when the due date was
    last changed, as the changelog tells, `priority_changed_at` the same of the `priority`; `projects` are keys of
    projects that Jira was asked about and has,
    `no_projects` are what looks like the key of one and is none; `requests` are those whose clients are told with the
    ticket's own, the first fifty, and `more_requests` is how many there are beyond; `tries` are the memories of what
    was tried before, each by the keys of writes: what Redis knows, then the others.
    """

    id: str
    key: str
    project: str
    us: str
    created: datetime
    summary: str = ""
    service_project: bool = False
    subtask: bool = False
    labels: tuple[str, ...] = ()
    done: bool = False
    started: bool = False
    status: str = ""
    resolved_at: datetime | None = None
    due: date | None = None
    due_changed_at: datetime | None = None
    priority: str = ""
    priority_changed_at: datetime | None = None
    reporter: str | None = None
    assignee: str | None = None
    comments: tuple[Comment, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    record: Record = field(default_factory=Record)
    puts: Mapping[str, LabelPut] = field(default_factory=dict)
    taken: Mapping[str, LabelPut] = field(default_factory=dict)
    history: History = field(default_factory=History)
    people: Mapping[str, Person] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contacts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()
    requests: tuple[Request, ...] = ()
    more_requests: int = 0
    no_projects: frozenset[str] = frozenset()
    tries: tuple[Mapping[str, Try], ...] = ()

    def tried(self, key: str, shown: str) -> int:
        """How often that write was made while Jira showed the same of the matter."""
        return max((each.count for each in self._tries(key, shown)), default=0)

    def made(self, key: str, shown: str) -> str:
        """The comment that this write made, if one of the memories knows; "" where none does."""
        return next((each.made for each in self._tries(key, shown) if each.made), "")

    def _tries(self, key: str, shown: str) -> Iterator[Try]:
        found = (memory.get(key) for memory in self.tries)
        yield from (each for each in found if each and each.shown == shown)

    def in_order(self) -> "Escalation":
        """The same facts, comments and evaluations in the order in which they came to be."""
        evaluations = tuple(_in_order(each) for each in _by_number(self.evaluations))
        requests = tuple(_in_order(each) for each in _by_number(self.requests))
        return replace(self, comments=_by_number(self.comments), evaluations=evaluations, requests=requests)

    def spelled(self, label: str) -> str | None:
        """The label as it is written on the ticket (labels are compared without regard to case), if it is there."""
        return next(iter(self.spellings(label)), None)

    def spellings(self, label: str) -> tuple[str, ...]:
        """Every way in which the label is written on the ticket."""
        return tuple(present for present in self.labels if present.lower() == label.lower())

    def has(self, label: str) -> bool:
        """Whether the ticket carries the label, in any case."""
        return self.spelled(label) is not None

    def put(self, label: str) -> LabelPut | None:
        """The latest addition of the label; for one that was there from the start, the ticket's creation, by whomever:
        the changelog names nobody."""
        known = self.puts.get(label.lower())
        if known or not self.has(label):
            return known
        return LabelPut("", self.created)

    def person(self, id: str) -> Person:
        """What is known of somebody; an unknown id is somebody with no name."""
        return self.people.get(id) or Person(id)

    @property
    def authority(self) -> frozenset[str]:
        """Who may grade by putting a label on: never ourselves, an app or a customer, whoever allowed it."""
        allowed = self.members.get("authority", frozenset()) - {self.us}
        return frozenset(who for who in allowed if self.person(who).may_vote)

    def in_round(self, number: int) -> Iterator[Evaluation]:
        """The evaluations of that round, oldest first."""
        yield from sorted((e for e in self.evaluations if e.round == number), key=lambda e: number_of(e.id))

    def is_drilled(self, round: int) -> bool:
        """Whether that round was opened as a drill."""
        return any(evaluation.drill for evaluation in self.in_round(round))

    def seat(self, name: str, round: int) -> Evaluation | None:
        """The evaluation of a seat in a round: the oldest, if a lost answer has made two."""
        return next((e for e in self.in_round(round) if e.seat == name), None)


Numbered = TypeVar("Numbered", Comment, Evaluation, Request)
Commented = TypeVar("Commented", Evaluation, Request)


def _by_number(each: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    return tuple(sorted(each, key=lambda one: number_of(one.id)))


def _in_order(one: Commented) -> Commented:
    comments = _by_number(one.comments)
    return one if comments == one.comments else replace(one, comments=comments)


def number_of(id: str) -> int:
    """Jira's ids count upwards; this is how far one has counted (0 for what is no number)."""
    return int(id) if id.isdecimal() else 0
