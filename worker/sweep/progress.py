"""How far sweeps have come: when the last one that came to its end began, and whether the next must be a full one.

Kept in Redis. Without it the next sweep is a full one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from worker.queue.store import Store

KEY = "sweep:progress"
FULL_EVERY = timedelta(hours=6)
UNREAD_AGAIN = timedelta(minutes=5)
LATEST = 2e11  # seconds since 1970, in the year 8307: what is later is no instant
CALLS_AT_LEAST, FULL_CALLS_AT_LEAST = 1, 3
BEGAN, SERVER, FULL, UNREAD, CALLS, FULL_CALLS = "began", "server", "full", "unread", "calls", "full-calls"


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a sweep begins: by the worker's clock and by Redis'. Clocks may be moved, the sandbox's most of all; that
    neither was set back while both were is good enough."""

    now: datetime
    server: float

    def since(self, earlier: "Beginning") -> timedelta:
        """How long ago another one was, the longer of both readings."""
        return max(self.now - earlier.now, timedelta(seconds=self.server - earlier.server))


@dataclass(frozen=True, slots=True)
class Progress:
    """The last sweep that came to its end.

    Attributes:
        began: when it began.
        full: when the last full one began, by the worker's clock and by Redis'.
        unread: whether that one left records unread, which the next one goes on with (Data Center).
        calls, full_calls: the calls to Jira of the last one between full ones, and of the last full one.
    """

    began: Beginning
    full: Beginning
    unread: bool = False
    calls: int = CALLS_AT_LEAST
    full_calls: int = FULL_CALLS_AT_LEAST

    def wants_full(self, begins: Beginning) -> bool:
        """Whether the sweep that begins now must be a full one; also where the last one is said to be still to come."""
        is_old = begins.since(self.full) >= (UNREAD_AGAIN if self.unread else FULL_EVERY)
        return is_old or begins.since(self.began) < timedelta(0)


def begin(store: Store, now: datetime) -> Beginning:
    """A sweep begins."""
    seconds, microseconds = store.time()
    return Beginning(now, int(seconds) + int(microseconds) / 1e6)


def last(store: Store) -> Progress | None:
    """How far sweeps have come; None where Redis does not know, or what it says cannot be."""
    kept = cast(dict[str, str], store.hgetall(KEY))
    try:
        began, full = (_read(kept[name]) for name in (BEGAN, FULL))
        calls, full_calls = (int(kept.get(name, "0")) for name in (CALLS, FULL_CALLS))
    except (KeyError, ValueError):
        return None
    return Progress(began, full, kept.get(UNREAD) == "1", calls or CALLS_AT_LEAST, full_calls or FULL_CALLS_AT_LEAST)


def finished(store: Store, began: Beginning, *, full: bool, unread: bool, calls: int) -> None:
    """A sweep that began then has come to its end."""
    text = f"{began.now.isoformat()} {began.server}"
    kept = {BEGAN: text, FULL_CALLS if full else CALLS: str(calls)}
    kept |= {FULL: text} if full else {}
    kept |= {UNREAD: str(int(unread))} if full or unread else {}
    store.hset(KEY, items=[part for pair in kept.items() for part in pair])


def ask_for_full(store: Store) -> None:
    """Have the next sweep be a full one."""
    store.hdel(KEY, FULL)


def _read(text: str) -> Beginning:
    now, server = text.split(" ")
    beginning = Beginning(datetime.fromisoformat(now), float(server))
    if beginning.now.tzinfo is None or not 0 < beginning.server < LATEST:
        raise ValueError
    return beginning
