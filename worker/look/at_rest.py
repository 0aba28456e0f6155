"""Which tickets are at rest: a look found nothing to do, so the next one that is shown the same needs no thought.

A plan depends on what was read, on who plans (the protocol, this build, our account) and on the time, and says when
it wants to be made again; so what is shown the same before that instant gives the same plan: none. It is a memory in
Redis, for all workers and over their restarts, and it ends after a while. What decides is always what Jira shows now.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import msgspec

import config
import worker
from config.protocol import Protocol
from worker.escalation.facts.seal import Seals
from worker.jira.read import Shown
from worker.queue.store import Store

KEPT_SECONDS = 3_600  # after so long whatever is remembered elsewhere (groups, projects, names) may have changed
NEVER = "-"
OURS = "*.[pm][yd]"


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done before `look_again_at` (None: whenever), as long as nothing changes."""

    look_again_at: datetime | None


class Prints:
    """Prints of what was shown, as this worker makes them: another protocol, build or secret makes others."""

    def __init__(self, protocol: Protocol, seals: Seals) -> None:
        self._protocol, self._seals = protocol, seals

    @cached_property
    def _key(self) -> bytes:
        rules = msgspec.json.encode(self._protocol, order="deterministic")
        return blake2b(build() + rules + self._seals.seal({}).encode()).digest()

    def of(self, shown: Shown) -> str:
        """The same for the same, and for nothing else; nobody can tell from it what was shown."""
        return blake2b(shown.bytes, digest_size=16, key=self._key).hexdigest()


def build() -> bytes:
    """A digest of the code and the texts that this worker is made of."""
    files = sorted(path for package in (worker, config) for path in Path(package.__path__[0]).rglob(OURS))
    return blake2b(b"".join(path.read_bytes() for path in files)).digest()


class AtRest:
    """The tickets at rest, in Redis under a prefix, with the print of what was read of each. What looks do here they
    can also do in a pipeline."""

    def __init__(self, store: Store, prefix: str = "rest:") -> None:
        self._store = store
        self._prefix = prefix

    def key(self, ticket: str) -> str:
        """Where it stands, for those who ask other things in the same step."""
        return f"{self._prefix}{ticket}"

    def note(self, ticket: str, shown: str, again_at: datetime | None) -> None:
        """A look that was shown this found nothing to do."""
        self._store.set(self.key(ticket), noted(shown, again_at), ex=KEPT_SECONDS)

    def forget(self, ticket: str) -> None:
        """A look found something to do."""
        self._store.delete(self.key(ticket))


def noted(shown: str, again_at: datetime | None) -> str:
    """What stands there."""
    return f"{shown} {again_at.isoformat() if again_at else NEVER}"


def rest(found: str | None, shown: str, now: datetime) -> Rest | None:
    """The rest that was noted of a ticket, if it is still at rest when this is what was read of it."""
    before, _, until = (found or "").partition(" ")
    if before != shown or not until:
        return None
    again_at = None if until == NEVER else datetime.fromisoformat(until)
    return Rest(again_at) if again_at is None or now < again_at else None
