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
from secrets import token_bytes

import msgspec

import config
import worker
from config.protocol import Protocol
from worker.jira.read import Shown
from worker.jira.site import Site

NEVER = "-"
OURS = "*.[pm][yd]"


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done before `look_again_at` (None: whenever), as long as nothing changes."""

    look_again_at: datetime | None


class Prints:
    """Prints of what was shown, as this worker makes them: another protocol, build, account or secret makes others."""

    def __init__(self, protocol: Protocol, site: Site) -> None:
        self._protocol, self._site = protocol, site

    @cached_property
    def key(self) -> bytes:
        """What they are keyed with; known once, and worth some looks."""
        rules = msgspec.json.encode(self._protocol, order="deterministic")
        us = f"{self._site.seals.seal({})} {self._site.account}"
        return blake2b(build() + rules + us.encode()).digest()

    def of(self, shown: Shown) -> str:
        """The same for the same, and for nothing else; nobody can tell from it what was shown."""
        return blake2b(shown.bytes, digest_size=16, key=self.key).hexdigest()


def build() -> bytes:
    """A digest of the code and the texts that this worker is made of; another one each time where they cannot be read,
    so that nobody takes it for theirs."""
    files = sorted(path for package in (worker, config) for path in Path(package.__path__[0]).rglob(OURS))
    try:
        whole = b"".join(path.read_bytes() for path in files)
    except OSError:
        whole = b""
    return blake2b(whole or token_bytes(32)).digest()


def noted(shown: str, again_at: datetime | None) -> str:
    """What a look leaves for the next one that was shown this and found nothing to do."""
    return f"{shown} {again_at.isoformat() if again_at else NEVER}"


def rest(found: str, shown: str, now: datetime) -> Rest | None:
    """The rest that was noted of a ticket, if it is still at rest when this is what was read of it; what is no note of
    ours counts for nothing."""
    before, _, until = found.partition(" ")
    if before != shown:
        return None
    if until == NEVER:
        return Rest(None)
    again_at = _instant(until)
    return Rest(again_at) if again_at and now < again_at else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
