"""Pauses that all processes keep together, so that one `Retry-After` from Jira quiets every worker.

A pause belongs to a scope, a plain string such as "site", "endpoint:GET issue" or "issue:10040". It is kept in Redis
under the server's clock and can only grow; it must never be needed for correctness, only for politeness.
"""

from collections.abc import Iterable
from typing import cast

import redis

_LONGER = """
local left = redis.call('PTTL', KEYS[1])
if left < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1]) end
"""


PREFIX = "pause:"


def is_login_refused(store: redis.Redis) -> bool:
    """Whether a worker has lately been told by Jira that it does not know us (401), after which all pause."""
    return str(store.get(f"{PREFIX}site")) == "unauthorized"


class Pauses:
    """The pauses under way at one Jira site."""

    def __init__(self, store: redis.Redis, prefix: str = PREFIX) -> None:
        self._store = store
        self._prefix = prefix
        self._longer = store.register_script(_LONGER)

    def pause(self, scope: str, seconds: float, reason: str = "") -> None:
        """Ask everybody to leave `scope` alone for `seconds`; a longer pause under way stays."""
        milliseconds = round(seconds * 1000)
        if milliseconds > 0:
            self._longer(keys=[self._prefix + scope], args=[milliseconds, reason])

    def remaining(self, scopes: Iterable[str]) -> float:
        """Seconds until all of `scopes` may be used again; 0.0 where none is paused."""
        names = [self._prefix + scope for scope in scopes]
        if not names or not self._store.exists(*names):  # nearly always, and less to ask than how long each lasts
            return 0.0
        pipe = self._store.pipeline(transaction=False)
        for name in names:
            pipe.pttl(name)
        return max([0, *cast(list[int], pipe.execute())]) / 1000


class Heeded:
    """Pauses that are kept, and added to by nobody."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses

    def pause(self, scope: str, seconds: float, reason: str = "") -> None:
        """Is asked of nobody else."""

    def remaining(self, scopes: Iterable[str]) -> float:
        """As of the pauses that are shared."""
        return self._pauses.remaining(scopes)
