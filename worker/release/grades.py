"""What is known of named tickets, from Jira, remembered for at most a minute. What could not be read is never
remembered, and is told as "cannot tell" with its reason; the caller never sees an exception of Jira's."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from config.protocol import Protocol
from worker.errors import CannotDo, EscalationError, NotOurs, TryAgain, Unauthorized
from worker.escalation.release.ticket import Standing
from worker.escalation.release.verdict import Judged, cannot_tell
from worker.jira.release_facts import Claim, Standings
from worker.jira.site import Site

REMEMBERED_SECONDS = 60.0
MOST = 2_000

log = structlog.get_logger()


class Grades:
    """The standings of tickets, as one account sees them. Safe to share between threads."""

    def __init__(self, site: Site, protocol: Protocol, clock: Callable[[], float] = monotonic) -> None:
        self._site = site
        self._standings = Standings(site)
        self._protocol = protocol
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Standing]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, keys: Sequence[str]) -> list[Standing | Judged]:
        """What is known of each ticket, in this order; those not remembered are read together."""
        found: dict[str, Standing | Judged] = {key: kept for key in keys if (kept := self._remembered(key))}
        missing = [key for key in keys if key not in found]
        claims = zip(missing, self._site.together(self._read, missing), strict=True)
        found.update((key, self._proven(key, *claim) if isinstance(claim, tuple) else claim) for key, claim in claims)
        return [found[key] for key in keys]

    def _remembered(self, key: str) -> Standing | None:
        with self._lock:
            until, standing = self._kept.get(key, (0.0, None))
            return standing if self._clock() < until else None

    def _read(self, key: str) -> tuple[float, Claim] | Judged:
        """What the ticket tells, and since when that is known."""
        read_from = self._clock()
        try:
            return read_from, self._standings.claimed(key, self._protocol)
        except EscalationError as error:
            return _unknown(key, error)

    def _proven(self, key: str, read_from: float, claim: Claim) -> Standing | Judged:
        try:
            standing = self._standings.proven(claim, self._protocol)
        except EscalationError as error:
            return _unknown(key, error)
        with self._lock:
            self._kept[key] = (read_from + REMEMBERED_SECONDS, standing)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return standing


def _unknown(key: str, error: EscalationError) -> Judged:
    log.info("a grade cannot be told", ticket=key, reason=str(error))
    match error:
        case NotOurs():
            return cannot_tell(key, "unknown-issue", str(error))
        case TryAgain():
            return cannot_tell(key, "jira-unreachable", str(error))
        case Unauthorized():
            return cannot_tell(key, "jira-unauthorized", "Jira does not accept the worker's credentials")
        case CannotDo():
            return cannot_tell(key, "jira-unreachable", error.what)
        case _:
            return cannot_tell(key, "jira-refuses", str(error))
