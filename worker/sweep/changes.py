"""What has changed since the last sweep began: asked for in one search, whatever the number of tickets.

Asked for is somewhat more than that, because Jira's index lags behind (INDEX_LAG_SECONDS) and times are to the minute
(SWEEP_OVERLAP_SECONDS); what was seen before is passed over. Nothing is decided from the index: what it says was
changed gets a look.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from worker.jira.search import Candidate, Page, pages, pages_without
from worker.jira.site import Refused
from worker.sweep import queries
from worker.sweep.first_contacts import FirstContacts
from worker.sweep.gone_projects import GoneProjects
from worker.sweep.missed import stamps
from worker.sweep.nomination import Nomination, ids_in
from worker.sweep.result import TOGETHER

log = structlog.get_logger()

FIELDS = ("parent", "labels", "status", "subtasks", "updated")
SETTLED = 2.0  # seconds after which no other change can have the same time: some Jiras keep it to the second
QUIET = 1  # pages without news that are turned in a search: a rest must stay cheap after thousands of changes, too
WATCHED = 1_000  # issues that one search names at most


@dataclass(slots=True)
class Changes:
    """The search for what was changed within `span`. `holds` says that first contacts are held back already."""

    nomination: Nomination
    span: timedelta
    holds: bool = False

    def nominate(self) -> None:
        """Nominates the tickets that were changed, or one of whose evaluations was."""
        rounds, held = self.nomination.context.watchlist.rounds(), self.nomination.context.burst.held()
        owners = {each: ticket for ticket, evaluations in rounds.items() for each in (ticket, *evaluations)}
        owners |= {id: id for id in held}
        watched = [id for id in owners if id.isdecimal()]
        for start in range(0, len(watched) or 1, WATCHED):
            self._nominate(watched[start : start + WATCHED], owners, held)

    def _nominate(self, watched: Sequence[str], owners: Mapping[str, str], held: Collection[str]) -> None:
        now, quiet = self.nomination.now.timestamp() + self.nomination.context.site.ahead, 0
        for page in self._found(watched, owners):
            self.nomination.turn(page)
            seen = stamps(page.candidates)
            unseen = self.nomination.context.watchlist.unseen(seen)
            new = [each for each in page.candidates if each.id in unseen or each.id not in seen]
            quiet += not new
            if quiet > QUIET or (not new and self._is_old(min(seen.values(), default=now), now)):
                return
            self._take(new, held)
            self._saw({id: at for id, at in seen.items() if now - at >= SETTLED})

    def _is_old(self, changed_at: float, now: float) -> bool:
        """Whether nothing new can stand behind it, since the latest come first: the index lags behind, and so a change
        may appear behind many that are later and were seen before."""
        return changed_at < now - self.span.total_seconds()

    def _saw(self, settled: Mapping[str, float]) -> None:
        if self.nomination.marks:
            self.nomination.context.watchlist.saw(settled, self.nomination.now)

    # -- what is asked for

    def _found(self, watched: Sequence[str], owners: Mapping[str, str]) -> Iterator[Page]:
        """The pages; an issue that is watched and cannot be found is a reason for a look, too."""
        context = self.nomination.context
        named, gone = frozenset(context.protocol.by_project), GoneProjects(context)

        def search(left: Sequence[str]) -> Iterator[Page]:
            ids = [each for each in left if each in owners]
            jql = queries.changed(context.protocol, self.nomination.spellings, self._minutes, ids, named - set(left))
            return pages(context.site, jql, FIELDS)

        def missing(error: Refused, left: Sequence[str]) -> list[str]:
            if ids := ids_in(error, [each for each in left if each in owners]):
                self._not_found(ids, owners)
                return ids
            return gone.among([each for each in left if each in named]) or self._all_in_doubt(left, owners)

        return pages_without(search, [*sorted(named - gone.known), *watched], missing)

    @property
    def _minutes(self) -> int:
        """What is asked for, in minutes and never less than the span; with one more for what is stamped a moment before
        it can be found: a span may be whole minutes, and both settings 0."""
        return math.ceil(self.span.total_seconds() / 60) + 1

    def _all_in_doubt(self, left: Sequence[str], owners: Mapping[str, str]) -> list[str]:
        """Jira refuses the search and does not say for which of the issues that are watched: each is looked at, and the
        search goes on without them."""
        ids = [each for each in left if each in owners]
        if ids:
            log.warning("a search by ids was refused: all of them are looked at", many=len(ids))
            self.nomination.nominate({owners[id]: owners[id] for id in ids})
        return ids

    def _not_found(self, ids: Sequence[str], owners: Mapping[str, str]) -> None:
        self.nomination.nominate({owners[id]: owners[id] for id in ids})
        if self.nomination.marks:
            self.nomination.context.watchlist.not_found(ids)

    # -- what becomes of it

    def _take(self, new: Sequence[Candidate], held: Collection[str]) -> None:
        evaluations = frozenset(label.lower() for label in queries.evaluation_labels(self.nomination.context.protocol))
        ours = [each for each in new if not each.labels.isdisjoint(evaluations)]
        others = [each for each in new if each.labels.isdisjoint(evaluations)]
        self.nomination.nominate_parents(ours)
        requests = [each for each in others if self._is_request(each)]
        waiting = [each for each in requests if each.id in held]
        self.nomination.swept.skipped[TOGETHER] += len(waiting)
        asked = {each.id for each in requests}
        self.nomination.nominate({each.id: each.key for each in others if each.id not in asked})
        self._take_requests([each for each in requests if each.id not in held])

    def _take_requests(self, requests: Sequence[Candidate]) -> None:
        """Where changes are asked for, a request that was changed is as good as named by a webhook; else one that is
        met for the first time counts against the limit."""
        context = self.nomination.context
        if context.settings.polls:
            if self.nomination.marks:
                context.queue.name([each.id for each in requests])
            self.nomination.nominate({each.id: each.key for each in requests})
        elif requests and not self.holds:
            first = FirstContacts(context.settings.sweep_limit)
            self.nomination.take_in(requests, self.nomination.glances(requests), first)
            self.nomination.settle(first)

    def _is_request(self, candidate: Candidate) -> bool:
        rules = self.nomination.context.protocol.for_project(candidate.project)
        return rules.labels.request.lower() in candidate.labels and not candidate.done
