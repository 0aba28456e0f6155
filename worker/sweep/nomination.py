"""Nominating: page by page, which tickets are due for a look.

What a page says is due is marked before the next one is asked for, and of the others nothing is kept but their number.
Search results are stale, so nothing is decided here: a look at a ticket that needs none costs a call and does no harm.
"""

import heapq
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from worker.escalation.facts import record as records
from worker.jira import parsing
from worker.jira.parsing import PROPERTY
from worker.jira.read import GONE
from worker.jira.search import Candidate, Page, ahead, in_projects, pages, pages_without
from worker.jira.site import PARALLEL, Refused
from worker.look.context import SPELLINGS, Context
from worker.look.due import DueState
from worker.look.snapshot import at_a_glance
from worker.look.trail import Glimpse
from worker.sweep import queries
from worker.sweep.first_contacts import FirstContacts, say_held
from worker.sweep.gone_projects import GoneProjects
from worker.sweep.missed import Missed, stamps
from worker.sweep.result import NO_TICKET, NOT_DUE, NOT_OURS, RESTS, TOGETHER, UNREAD, SweepResult

READS = 200  # records that one sweep reads on Data Center, of tickets Redis knows nothing of
NEVER = "9999"


@dataclass(slots=True)
class Nomination:
    """One sweep's nominating. `marks` is False on a dry run: then nothing is written, not even to Redis."""

    context: Context
    now: datetime
    marks: bool = True
    swept: SweepResult = field(default_factory=SweepResult)
    reads: int = READS
    missed: Missed = field(default_factory=Missed)

    def searches(self) -> Mapping[str, Callable[[], None]]:
        """The three searches of a full sweep, each to be worked through; their first pages are asked for together."""
        site, every = self.context.site, queries.open_evaluations(self.context.protocol)
        evaluations = ahead(site, self._search(every, ["parent"]))
        requests = ahead(site, self._in_projects(self._open_requests))
        graded = ahead(site, self._in_projects(self._graded))
        return {
            "open evaluations": lambda: self.evaluations(evaluations),
            "open requests": lambda: self.requests(requests),
            "graded tickets": lambda: self.graded(graded),
        }

    # -- what is asked for

    def _open_requests(self, gone: Collection[str]) -> Iterator[Page]:
        jql = queries.open_requests(self.context.protocol, self.spellings, gone)
        return self._search(jql, ["subtasks", "status"])

    def _graded(self, gone: Collection[str]) -> Iterator[Page]:
        jql = queries.graded(self.context.protocol, gone)
        return self._search(jql, ["status", "duedate", "issuelinks", "summary", "assignee"])

    def _search(self, jql: str, fields: Sequence[str]) -> Iterator[Page]:
        return pages(self.context.site, jql, [*fields, "updated"])

    def _in_projects(self, search: Callable[[Collection[str]], Iterator[Page]]) -> Iterator[Page]:
        gone = GoneProjects(self.context)
        return in_projects(search, self.context.protocol.by_project, gone.among, gone.known)

    def search_requests(self) -> Iterator[Page]:
        """Open requests, for themselves."""
        return self._in_projects(self._open_requests)

    @property
    def spellings(self) -> list[str]:
        """How people spell the request label."""
        found: list[str] = self.context.store.zrange(SPELLINGS, 0, -1)  # type: ignore[assignment]
        return found

    # -- the three searches

    def evaluations(self, found: Iterator[Page]) -> None:
        """Tickets with open evaluations, each time anew: whoever votes while webhooks are lost is heard within a
        sweep, and so is a request that was withdrawn."""
        for candidates in self._pages(found):
            self.nominate_parents(candidates)
            self._saw(candidates)

    def nominate_parents(self, evaluations: Sequence[Candidate]) -> None:
        """The tickets of these evaluations; each evaluation is remembered, for its comment events."""
        families: dict[str, list[str]] = {}
        tickets: dict[str, str] = {}
        for each in evaluations:
            id, key = _parent(each)
            self.swept.skipped[NO_TICKET] += not id
            tickets |= {id: key} if id else {}
            families.setdefault(id, []).append(each.id)
        for id in tickets if self.marks else ():
            self.context.queue.remember_evaluations(id, families[id])
        self.nominate(tickets)

    def requests(self, found: Iterator[Page]) -> None:
        """Open requests, each time anew, too: the label put on again, or a round that a crash has left half open, may
        be known from nothing else. Not those that rest, unless they were changed; and first contacts only to the
        limit, once the search has come to its end."""
        first, held = FirstContacts(self.context.settings.sweep_limit), dict(self.context.burst.held())
        self.swept.together = dict(held)
        for candidates in self._pages(found):
            waiting = [each for each in candidates if each.id not in held]
            gone = [held.pop(each.id) for each in candidates if each.id in held]
            self.swept.skipped[TOGETHER] += len(gone)
            self.take_in(waiting, self.glances(waiting), first)
            self._saw(candidates)
        self.nominate(held)  # no request any more, as far as the index knows: a look knows better
        self.settle(first)

    def graded(self, found: Iterator[Page]) -> None:
        """Graded tickets whose record wants a look; on Data Center the records that Redis does not know are read,
        those first that are most likely to want one."""
        unread = Unread(self.reads)
        for candidates in self._pages(found):
            glances = self.glances(candidates)
            self._nominate_due(candidates, glances)
            self._nominate_linked(candidates, glances)
            self._tell_board((each, each.kept) for each in candidates)
            self.nominate({each.id: each.key for each in self._saw(candidates)})
            unread.add([each for each in candidates if each.id not in glances])
        chosen = unread.chosen
        self._nominate_due(chosen, self._read(chosen))
        self.swept.skipped[UNREAD] += unread.count - len(chosen)
        if self.marks:
            self.context.board.tidy(self.now)
            self.context.trails.tidy(self.now)
            self.context.watchlist.tidy(self.now)

    def fallen_due(self) -> None:
        """Whatever Redis knows to have fallen due."""
        self.nominate({id: id for id in self.context.watchlist.fallen_due(self.now)})

    # -- requests

    def take_in(self, candidates: Sequence[Candidate], glances: Mapping[str, DueState], first: FirstContacts) -> None:
        """Nominates those that are known, unless they rest, and counts the others."""
        known = self._known(candidates, glances)
        resting = self._resting(candidates, glances)
        awake = [each for each in candidates if each.id in known and each.id not in resting]
        self.swept.skipped[RESTS] += len(resting)
        self.nominate({each.id: each.key for each in awake})
        if self.marks:
            self.context.due_states.nominated(
                [each for each in awake if each.id in glances and glances[each.id].standing]
            )
        strange = [each for each in candidates if each.id not in known]
        first.add([each for each in strange if each.id in glances])
        first.put_off([each for each in strange if each.id not in glances])

    def _known(self, candidates: Sequence[Candidate], glances: Mapping[str, DueState]) -> set[str]:
        """Who is no first contact: it has a record or evaluations, or a webhook has named it."""
        ours = {each.id for each in candidates if each.id in self.swept.due}
        ours |= {id for id, glance in glances.items() if glance.ours}
        others = [each for each in candidates if each.id not in ours]
        ids = [each.id for each in others]
        ours |= self.context.queue.was_named(ids) | self.context.queue.with_evaluations(ids)
        return ours | self._with_evaluations([e.id for e in others if e.id not in ours and e.fields.get("subtasks")])

    def _with_evaluations(self, tickets: Collection[str]) -> set[str]:
        """Which of these have evaluations already, all of them closed maybe."""
        if not tickets:
            return set()
        found = pages_without(lambda left: self._evaluations_of(left) if left else iter(()), list(tickets), ids_in)
        return {_parent(each)[0] for candidates in self._pages(found) for each in candidates}

    def _evaluations_of(self, tickets: Collection[str]) -> Iterator[Page]:
        return self._search(queries.evaluations_of(self.context.protocol, tickets), ["parent"])

    def _resting(self, candidates: Sequence[Candidate], glances: Mapping[str, DueState]) -> frozenset[str]:
        """Requests left over from a round that ended, whose label asks for nothing until it is put on again, and that
        nobody has changed since they were looked at."""
        known = [(each, glances[each.id]) for each in candidates if each.id in glances]
        standing = [each for each, glance in known if glance.standing and not glance.is_due(done=False, now=self.now)]
        return frozenset(each.id for each in standing) - self.context.due_states.changed(standing)

    def settle(self, first: FirstContacts) -> None:
        """Beyond the limit none is touched. Nor while records are still to be read: they may be too many in all."""
        if first.count + first.unknown <= first.limit:
            first.add(first.unread)
            left = 0
        else:
            left = self._find_out(first)
        held = first.count + left if first.count > first.limit else 0
        if held:
            self.swept.held, self.swept.held_back = dict(first.kept), held
        elif left:
            self.swept.skipped[UNREAD] += first.count + left
        else:
            self.nominate(first.kept)
        if self.marks:
            say_held(self.context, held, self.now)

    def _find_out(self, first: FirstContacts) -> int:
        """Reads the records of some that may be first contacts; gives how many are left."""
        some = first.unread[: READS // 2]
        self.take_in(some, self._read(some), first)
        return first.unknown - len(some)

    # -- graded tickets

    def _nominate_due(self, candidates: Sequence[Candidate], glances: Mapping[str, DueState]) -> None:
        known = [(each, glances[each.id]) for each in candidates if each.id in glances]
        due = {each.id: each.key for each, glance in known if glance.is_due(done=each.done, now=self.now)}
        for each, glance in known:
            if each.id not in due and each.id not in self.swept.due:
                self.swept.skipped[NOT_DUE if glance.ours else NOT_OURS] += 1
        self.nominate(due)
        later = {each.id: glance.again_at for each, glance in known if glance.again_at}
        self.swept.missed |= self.missed.by_the_clock(later)
        if self.marks:
            self.context.watchlist.learn_due(later)

    def _nominate_linked(self, candidates: Sequence[Candidate], glances: Mapping[str, DueState]) -> None:
        """Graded tickets to which a client's request was linked that has not heard of the grade."""
        told = {id: glance.told for id, glance in glances.items() if glance.told is not None}
        open_ones = [each for each in candidates if each.id in told and not each.done]
        self.nominate({each.id: each.key for each in open_ones if self._has_waiting(each, told[each.id] or ())})

    def _has_waiting(self, candidate: Candidate, told: Collection[str]) -> bool:
        rules = self.context.protocol.for_project(candidate.key.rpartition("-")[0])
        linked = parsing.linked({"fields": candidate.fields}, rules) if rules.client.told_through else ()
        return any({each.id, each.key}.isdisjoint(told) and self._is_service(each) for each in linked)

    def _is_service(self, linked: parsing.Linked) -> bool:
        try:
            return self.context.reconciler.projects.is_service(linked.project)
        except Refused:
            return True  # the look tells what cannot be read

    # -- records

    def glances(self, candidates: Sequence[Candidate]) -> Mapping[str, DueState]:
        """What their records say, as far as that costs nothing: from the search (Cloud), from Redis (Data Center)."""
        if self.context.site.cloud:
            return {each.id: DueState.at(each.kept, each.id) for each in candidates}
        return self.context.due_states.known([each.id for each in candidates], renew=self.marks)

    def _read(self, candidates: Sequence[Candidate]) -> Mapping[str, DueState]:
        """Their records, a few at a time, so that looks under way need not wait for all of them."""
        self.reads -= len(candidates)
        self.swept.calls += len(candidates)
        found: dict[str, DueState] = {}
        for start in range(0, len(candidates), PARALLEL):
            part = candidates[start : start + PARALLEL]
            kept = self.context.site.together(self._record, [each.id for each in part])
            found |= {each.id: DueState.at(value, each.id) for each, value in zip(part, kept, strict=True)}
            self._tell_board(zip(part, kept, strict=True))
        for id, glance in found.items() if self.marks else ():
            self.context.due_states.learn(id, glance)
        return found

    def _tell_board(self, read: Iterable[tuple[Candidate, Any]]) -> None:
        """What a search or a read brings along is enough for tickets that board and pages do not know."""
        pairs, protocol = list(read) if self.marks else [], self.context.protocol
        found = [(candidate, kept, seen) for candidate, kept in pairs if (seen := at_a_glance(candidate, kept))]
        self.context.board.learn([seen for _, _, seen in found], protocol)
        shown = [
            Glimpse(each, records.load(kept, each.id)) for each, kept, seen in found if not seen.is_settled(protocol)
        ]
        if shown:
            self.context.trails.learn(shown, protocol, self.now)

    def _record(self, id: str) -> Any:
        """The property's value; None where there is none."""
        try:
            answer: Any = self.context.site.get(f"/issue/{id}/properties/{PROPERTY}")
        except Refused as error:
            if error.status not in GONE:
                raise
            return None
        return answer.get("value") if isinstance(answer, dict) else None

    # -- pages in, marks out

    def _pages(self, found: Iterator[Page]) -> Iterator[Sequence[Candidate]]:
        for page in found:
            self.turn(page)
            yield page.candidates

    def turn(self, page: Page) -> None:
        """Counts a page."""
        self.swept.calls += 1
        self.swept.looked_at += len(page.candidates) + len(page.nonsense)
        self.swept.skipped.update(page.nonsense)

    def _saw(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The sweeps to come know these as they are; gives those that were changed since a sweep saw them last."""
        seen = stamps(candidates)
        unseen = self.context.watchlist.unseen(seen) if self.missed.is_known else frozenset[str]()
        by_our_clock = {id: seen[id] - self.context.site.ahead for id in unseen}
        self.swept.missed |= {id: "changed" for id in unseen if self.missed.is_missed(by_our_clock[id])}
        if self.marks:
            self.context.watchlist.saw(seen, self.now)
        return [each for each in candidates if each.id in unseen and self.missed.is_asked_for(by_our_clock[each.id])]

    def nominate(self, found: Mapping[str, str]) -> None:
        """These are due: id to key."""
        new = {id: key for id, key in found.items() if id not in self.swept.due}
        self.swept.due |= new
        if self.marks:
            self.context.queue.mark(list(new))


def _parent(evaluation: Candidate) -> tuple[str, str]:
    """Id and key of an evaluation's ticket; "" where the index does not know it."""
    parent = evaluation.fields.get("parent")
    id = str(parent.get("id") or "") if isinstance(parent, dict) else ""
    return id, str(parent.get("key") or id) if isinstance(parent, dict) else ""


def ids_in(error: Refused, ids: Sequence[str]) -> list[str]:
    """Those of these ids that Jira's refusal names."""
    named = set(re.findall(r"\d+", " ".join(error.messages)))
    return [id for id in ids if id in named]


@dataclass(slots=True)
class Unread:
    """Tickets of whose record nothing is known, and which of them, `room` at most, are read: of those that are due
    soonest and of those that were changed last (a client may still wait there) one each in turn."""

    room: int
    count: int = 0
    soonest: list[Candidate] = field(default_factory=list)
    latest: list[Candidate] = field(default_factory=list)

    def add(self, found: Sequence[Candidate]) -> None:
        """These, too."""
        self.count += len(found)
        self.soonest = heapq.nsmallest(self.room, chain(self.soonest, found), key=_soonest)
        self.latest = heapq.nlargest(self.room, chain(self.latest, found), key=_latest)

    @property
    def chosen(self) -> list[Candidate]:
        """Those that are read."""
        in_turn = chain.from_iterable(zip(self.soonest, self.latest, strict=True))
        return list({each.id: each for each in in_turn}.values())[: self.room]


def _soonest(candidate: Candidate) -> tuple[str, int]:
    return str(candidate.fields.get("duedate") or NEVER), int(candidate.id)


def _latest(candidate: Candidate) -> tuple[float, int]:
    changed = candidate.changed_at
    return changed.timestamp() if changed else 0.0, int(candidate.id)
