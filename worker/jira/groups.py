"""Who counts as Support or Operations, and who may grade by hand: people named in the protocol, groups resolved.

Members are remembered for a while, because they seldom change and each look would ask for them.
"""

import threading
from collections.abc import Iterable, Mapping
from time import monotonic

import structlog

from config.protocol import Protocol
from worker.jira.answers import listed
from worker.jira.parsing import person_id
from worker.jira.site import Refused, Site

log = structlog.get_logger()

REMEMBERED_SECONDS = 600.0
PAGE = 50
PREFIX = "group:"
AUTHORITY = "authority"


class Groups:
    """The members of Jira's groups, as far as the protocol names them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def members(self, protocol: Protocol) -> Mapping[str, frozenset[str]]:
        """The people who count for each seat, by seat name, and those with authority under "authority"."""
        named = {seat.name: seat.members for seat in protocol.panel.seats if seat.members}
        return {name: self._people(who) for name, who in {**named, AUTHORITY: protocol.panel.authority}.items()}

    def authority(self, protocol: Protocol) -> Mapping[str, frozenset[str]]:
        """Only those with authority, under "authority"."""
        return {AUTHORITY: self._people(protocol.panel.authority)}

    def _people(self, named: Iterable[str]) -> frozenset[str]:
        parts = [self._group(who.removeprefix(PREFIX)) if who.startswith(PREFIX) else {who} for who in named]
        return frozenset[str]().union(*parts)

    def _group(self, name: str) -> frozenset[str]:
        with self._lock:
            until, people = self._known.get(name, (0.0, frozenset()))
            if monotonic() >= until:
                people = frozenset(self._ask(name))
                self._known[name] = (monotonic() + REMEMBERED_SECONDS, people)
            return people

    def _ask(self, name: str) -> Iterable[str]:
        """A group that cannot be read has no members we know of: the fallback holder is asked, and doctor says why."""
        found: list[str] = []
        try:
            last = False
            while not last:
                page = self._site.get("/group/member", groupname=name, startAt=len(found), maxResults=PAGE)
                values = listed(page, "values")
                found += [person_id(member) for member in values if member.get("active") is not False]
                last = bool(page.get("isLast", True)) or not values
        except Refused as error:
            log.warning("group unreadable", group=name, status=error.status)
        return found
