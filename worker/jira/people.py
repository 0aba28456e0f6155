"""What people are called, whom a text names before they ever appeared on the ticket: holders, substitutes.

Names are remembered for hours, because they seldom change and each look would ask for them. A name that cannot be read
is done without: texts then say which seat somebody holds, and never an id.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Any

from config.protocol import Protocol
from worker.jira import parsing
from worker.jira.answers import listed
from worker.jira.site import Refused, Site

REMEMBERED_SECONDS = 6 * 3_600.0
MOST = 100  # of a call on Cloud


class People:
    """The names of people by id, and who may see what."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._names: dict[str, tuple[float, str]] = {}
        self._sight: dict[tuple[str, str], tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def names(self, ids: Collection[str]) -> Mapping[str, str]:
        """The display names of these people, as far as Jira tells; asked together, and at most once in a while."""
        with self._lock:
            unknown = [id for id in sorted(set(ids) - {""}) if not self._is_fresh(id)]
            for start in range(0, len(unknown), MOST):
                self._learn(unknown[start : start + MOST])
            return {id: self._names[id][1] for id in ids if id in self._names and self._names[id][1]}

    def of_panel(self, protocol: Protocol, known: Collection[str]) -> Mapping[str, str]:
        """Those of everybody who may be asked by this protocol, save who is known already."""
        asked = {person for seat in protocol.panel.seats for person in (seat.holder, *seat.substitutes)}
        return self.names(asked - set(known))

    def may_see(self, person: str, issue: str) -> bool:
        """Whether somebody may see an issue: a mention that they cannot open helps nobody. Where Jira does not tell, it
        is taken for granted; what was told is remembered for a while."""
        key = (person, issue)
        found = self._sight.get(key)
        if found is None or monotonic() >= found[0]:
            self._sight[key] = found = (monotonic() + REMEMBERED_SECONDS / 6, self._ask_sight(person, issue))
        return found[1]

    def _is_fresh(self, id: str) -> bool:
        return id in self._names and monotonic() < self._names[id][0]

    def _learn(self, ids: Sequence[str]) -> None:
        until = monotonic() + REMEMBERED_SECONDS
        found = self._ask_many(ids) if self._site.cloud else self._site.together(self._ask, ids)
        names = {parsing.person_id(raw): parsing.person(raw).name for raw in found if raw}
        self._names.update({id: (until, names.get(id, "")) for id in ids})

    def _ask_many(self, ids: Sequence[str]) -> list[Any]:
        try:
            return listed(self._site.get("/user/bulk", accountId=list(ids), maxResults=MOST), "values")
        except Refused:
            return self._site.together(self._ask, ids)

    def _ask(self, id: str) -> Any:
        try:
            return self._site.get("/user", **{"accountId" if self._site.cloud else "username": id})
        except Refused:
            return None

    def _ask_sight(self, person: str, issue: str) -> bool:
        how = {"accountId": person} if self._site.cloud else {"username": person}
        try:
            found = self._site.get_list("/user/viewissue/search", issueKey=issue, maxResults=1_000, **how)
        except Refused:
            return True
        return any(parsing.person_id(each) == person for each in found)
