"""What is known of named tickets, from Jira, remembered for at most a minute.

What could not be read is never remembered, only that a key is unknown; it is told as "cannot tell" with its reason; the
caller never sees an exception of Jira's.

Whoever asks may be a stranger, so a question costs a handful of calls (one that brings all tickets where there is one,
else a few at a time, and no more once one of them certainly does not ship), all questions together have a budget, and
nobody asks a Jira that has just not answered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Generic, TypeVar

import structlog

from config.protocol import Protocol
from worker.errors import CannotDo, EscalationError, NotOurs, TryAgain, Unauthorized
from worker.escalation.release.ticket import Standing
from worker.escalation.release.verdict import Judged, cannot_tell
from worker.jira.release_facts import Claim, Standings
from worker.jira.site import Site

REMEMBERED_SECONDS = 60.0
MOST = 2_000
HANDFUL = 4
SILENT_SECONDS = 5.0

T = TypeVar("T")

log = structlog.get_logger()


class Budget:
    """How many reads a while may cost: `most` at once, and one more every `seconds` / `most`. Safe between threads."""

    def __init__(self, most: float, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._rate, self._clock = most, most / seconds, clock
        self._left, self._at = most, clock()
        self._lock = threading.Lock()

    def spend(self, count: int) -> bool:
        """Whether so many were left; they are gone then."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            enough = self._left >= count
            self._left -= count if enough else 0
            return enough


class Remembered(Generic[T]):
    """Values by ticket key, the newest so many, each for a while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """What is remembered."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            return value if self._clock() < until else None

    def put(self, key: str, value: T, read_from: float) -> None:
        """Remember what was asked for at that moment."""
        with self._lock:
            self._kept[key] = (read_from + REMEMBERED_SECONDS, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


class Grades:
    """The standings of tickets, as one account sees them. Safe to share between threads.

    `budget` is what all questions together may cost; without one they cost what they cost.
    """

    def __init__(
        self, site: Site, protocol: Protocol, clock: Callable[[], float] = monotonic, budget: Budget | None = None
    ) -> None:
        self._site = site
        self._standings = Standings(site)
        self._protocol = protocol
        self._clock = clock
        self._budget = budget
        self._known: Remembered[Standing] = Remembered(clock)
        self._unknown: Remembered[Judged] = Remembered(clock)  # apart: nobody pushes out what is known with nonsense
        self._silent_until = float("-inf")
        self._learning = threading.Lock()

    def of(self, keys: Sequence[str]) -> list[Standing | Judged]:
        """What is known of each ticket, in this order."""
        found = {key: kept for key in keys if (kept := self._known.get(key) or self._unknown.get(key))}
        missing = [key for key in keys if key not in found]
        if len(missing) > HANDFUL:
            found |= self._settled(self._read_together(missing))
            missing = [key for key in missing if key not in found]
        while missing and (len(keys) <= HANDFUL or not any(self._stops(each) for each in found.values())):
            some, missing = missing[:HANDFUL], missing[HANDFUL:]
            found |= self._settled(dict(zip(some, self._site.together(self._read, some), strict=True)))
        found |= {key: _not_looked_at(key) for key in missing}
        return [found[key] for key in keys]

    def remembered(self, keys: Sequence[str]) -> list[Standing | Judged]:
        """The same without asking Jira."""
        why = "a rehearsal asks nothing of Jira, and nobody has asked about this ticket within the last minute"
        return [
            self._known.get(key) or self._unknown.get(key) or cannot_tell(key, "not-looked-at", why) for key in keys
        ]

    def _stops(self, known: Standing | Judged) -> bool:
        """Whether this ticket alone already keeps all from being released."""
        if isinstance(known, Judged):
            return known.verdict != "ship"
        grades = self._protocol.for_project(known.project).grades
        return not any(grade.releases_in_business_hours and known.has(grade.label) for grade in grades)

    def _read_together(self, keys: Sequence[str]) -> dict[str, "Claimed | Judged"]:
        read_from = self._clock()
        try:
            self._may_ask(1)
            read = self._standings.claimed_together(keys, self._protocol)
        except EscalationError as error:
            return {key: self._why(key, error, read_from) for key in keys}
        return {key: (read_from, claim) for key, claim in read.items()}

    def _read(self, key: str) -> tuple[float, Claim] | Judged:
        """What the ticket tells, and since when that is known."""
        read_from = self._clock()
        try:
            self._may_ask(1)
            return read_from, self._standings.claimed(key, self._protocol)
        except EscalationError as error:
            return self._why(key, error, read_from)

    def _settled(self, claims: Mapping[str, "Claimed | Judged"]) -> dict[str, Standing | Judged]:
        """What is borne out of these. Proofs cost calls, so of many no more are made than a handful once it is known
        that another one stops it; those that cost nothing come first."""
        found: dict[str, Standing | Judged] = {}
        for key, claim in sorted(claims.items(), key=lambda each: not self._stops(_as_claimed(each[1]))):
            if isinstance(claim, Judged):
                found[key] = claim
            elif len(found) >= HANDFUL and any(self._stops(each) for each in found.values()):
                found[key] = claim[1].standing if self._stops(claim[1].standing) else _not_looked_at(key)
            else:
                found[key] = self._proven(key, *claim)
        return found

    def _proven(self, key: str, read_from: float, claim: Claim) -> Standing | Judged:
        try:
            standing = self._standings.proven(claim, self._protocol)
        except EscalationError as error:
            return self._why(key, error, read_from)
        self._known.put(key, standing, read_from)
        return standing

    def _may_ask(self, calls: int) -> None:
        """Raises where Jira has just not answered (TryAgain), or everybody together has asked for too much (Asked)."""
        with self._learning:  # whose Jira this is asks one for all, and nobody who was waiting for that asks in vain
            if self._clock() < self._silent_until:
                raise TryAgain("Jira could not be reached a moment ago")
            try:
                _ = self._site.account
            except TryAgain as error:
                self._heed(error)
                raise
        if self._budget and not self._budget.spend(calls):
            raise Asked("too many questions about tickets that nobody asked about lately; set GATE_TOKEN")

    def _why(self, key: str, error: EscalationError, read_from: float) -> Judged:
        """Why nothing is known; that there is no such ticket is remembered."""
        self._heed(error)
        why = _unknown(key, error)
        if isinstance(error, NotOurs):
            self._unknown.put(key, why, read_from)
        return why

    def _heed(self, error: EscalationError) -> None:
        if isinstance(error, TryAgain) and error.unreachable:
            self._silent_until = self._clock() + SILENT_SECONDS


Claimed = tuple[float, Claim]
"""What a ticket tells by itself, and since when that is known."""


def _as_claimed(claim: "Claimed | Judged") -> Standing | Judged:
    return claim if isinstance(claim, Judged) else claim[1].standing


def _not_looked_at(key: str) -> Judged:
    return cannot_tell(key, "not-looked-at", "not looked at, since another one stops it")


class Asked(EscalationError):
    """More was asked than those without a token may."""


def _unknown(key: str, error: EscalationError) -> Judged:
    log.debug("a grade cannot be told", ticket=key, reason=str(error))
    match error:
        case Asked():
            return cannot_tell(key, "asked-too-often", str(error))
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
