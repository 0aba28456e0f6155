"""Which tickets are at rest: a look found nothing to do, so the next one that is shown the same needs no thought.

A plan depends on what was read and on the time alone, and says when it wants to be made again; so what is shown the
same before that instant gives the same plan: none. It is a memory of one process, of a few minutes, and is asked only
where Redis still knows what the last look left there. What decides is always what Jira shows now.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

REMEMBERED_SECONDS = 300.0  # after so long whatever is remembered elsewhere (groups, projects) may have changed
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done before `look_again_at` (None: whenever), as long as nothing changes."""

    look_again_at: datetime | None


class AtRest:
    """The tickets at rest, by id, with the print of what was read of them. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[bytes, Rest, float]] = OrderedDict()
        self._lock = Lock()

    def of(self, ticket: str, shown: bytes, now: datetime) -> Rest | None:
        """Its rest, if it is still at rest when this is what was read of it."""
        found = self._known.get(ticket)
        if found is None or found[0] != shown or self._clock() >= found[2]:
            return None
        rest = found[1]
        return rest if rest.look_again_at is None or now < rest.look_again_at else None

    def note(self, ticket: str, shown: bytes, again_at: datetime | None) -> None:
        """A look that was shown this found nothing to do."""
        with self._lock:
            self._known[ticket] = shown, Rest(again_at), self._clock() + REMEMBERED_SECONDS
            self._known.move_to_end(ticket)
            while len(self._known) > MOST:
                self._known.popitem(last=False)

    def forget(self, ticket: str) -> None:
        """A look found something to do."""
        with self._lock:
            self._known.pop(ticket, None)
