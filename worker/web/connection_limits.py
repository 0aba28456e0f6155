"""Connections, before anybody knows who speaks: how many, how slow and how much they may be.

uvicorn parses with httptools, which has no bounds of its own; these are added around it (docs/decisions/15-port.md).
Whoever is asked to go is who has kept us waiting longest: a signed delivery arrives within milliseconds. Nothing is
parsed here, and no answer to a request that was heard whole is ever decided here.
"""

import asyncio
import http
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from worker.metrics import CONNECTIONS, TALLY

try:
    import resource
except ImportError:  # no such limits on Windows
    resource = None  # type: ignore[assignment]

MOST = 2_048
TICK = 1.0
SAID_EVERY = 60.0
Refusal = tuple[str, int]
HEAD, AHEAD, INVALID = ("head", 431), ("ahead", 429), ("invalid", 400)
MIB = 1024 * 1024
MEND = (
    "Whoever kept the line open without a request was sent away. Let only Jira and your own networks reach this port, "
    "and see to it that descriptors are no scarcer than connections (LimitNOFILE, ulimit -n)."
)

log = structlog.get_logger()


def _ending(status: int) -> bytes:
    retry = "retry-after: 5\r\n" if status in (429, 503) else ""
    line = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}"
    return f"{line}\r\n{retry}content-length: 0\r\nconnection: close\r\n\r\n".encode()


ENDINGS = {status: _ending(status) for status in (400, 408, 429, 431, 503)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one web process bears. With these it stays below 256 MiB whatever strangers do.

    Attributes:
        connections: open at a time; one more sends away who has been silent longest.
        head: bytes of a request's first line and headers (and of what stands between two pieces of a body).
        headers: how many of them.
        ahead: requests that one connection may send before the first is answered.
        bodies: bytes of all bodies that are not answered yet.
        past: bytes of a body that are read past after the answer, so that it can be heard.
        head_seconds: from the first moment, or the last answer, to the end of a head.
        body_seconds: from there to the end of the body.
        answer_seconds: from there until the answer was taken.
    """

    connections: int = MOST
    head: int = 16 * 1024
    headers: int = 100
    ahead: int = 16
    bodies: int = 64 * MIB
    past: int = 32 * MIB
    head_seconds: float = 10
    body_seconds: float = 30
    answer_seconds: float = 60


def descriptors() -> int:
    """How many this process may have open: as many as the system lets us raise it to."""
    if resource is None:
        return 4_096
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return wanted if soft == resource.RLIM_INFINITY else soft


def connections_within(open_files: int) -> int:
    """How many connections so many descriptors leave room for: the rest is for Redis, Jira, files and threads."""
    return max(8, min(MOST, open_files - max(32, min(256, open_files // 4))))


class Wire:
    """All connections of one server."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.open: set[Connection] = set()
        self.silent: dict[Connection, None] = {}  # those that owe us a head, the longest silent first
        self.sending: dict[Connection, None] = {}  # those that owe us a body
        self.held = 0  # bytes of bodies
        self._ticking = False
        self._said = float("-inf")

    def protocol(self) -> Callable[..., asyncio.Protocol]:
        """What uvicorn makes connections with."""
        return partial(Connection, self)

    def opened(self, new: "Connection") -> None:
        """One more; where that is one too many, somebody goes."""
        if len(self.open) >= self.bounds.connections:
            TALLY.add(CONNECTIONS, "full")
            self._say(new.loop.time())
            goes = next(iter(self.silent), None) or next(iter(self.sending), None) or new
            goes.leave()
        self.open.add(new)
        if not self._ticking:
            self._ticking = True
            new.loop.call_later(TICK, self._tick, new.loop)

    def hold(self, bytes: int) -> None:
        """So many more bytes are kept. Beyond the bound goes who has been sending longest, among those who hold no less
        than the mean: small deliveries are never in the way."""
        self.held += bytes
        while self.held > self.bounds.bodies and self.sending:
            mean = sum(each.held for each in self.sending) / len(self.sending)
            goes = next(each for each in self.sending if each.held >= mean)
            if not goes.held:
                return
            TALLY.add(CONNECTIONS, "bodies")
            goes.end(503)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for each in [each for each in self.open if each.until < now]:
            each.too_late()
        self._ticking = bool(self.open)
        if self._ticking:
            loop.call_later(TICK, self._tick, loop)

    def _say(self, now: float) -> None:
        if now - self._said > SAID_EVERY:
            self._said = now
            log.warning("connections at their limit", limit=self.bounds.connections, mend=MEND)


class Connection(HttpToolsProtocol):
    """One connection, within the bounds.

    It owes us a head (`silent`), or a body (`sending`), or we owe it an answer; `until` is when that has to have ended.
    """

    def __init__(self, wire: Wire, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wire = wire
        self.until = float("inf")
        self.held = 0  # bytes of bodies that are not answered yet
        self.read_past = 0
        self.unanswered = 0
        self.head = 0
        self.barren = 0  # bytes since the last head began, or since the last piece of a body
        self.refusal = INVALID

    # -- what the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody calls."""
        super().connection_made(transport)
        self.wire.opened(self)
        self._owes_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is kept of it."""
        self.wire.open.discard(self)
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, in pieces that are no longer than a head may be: so nothing beyond that is kept unseen."""
        self._unset_keepalive_if_required()
        for start in range(0, len(data), self.wire.bounds.head):
            if not self.transport.is_closing():
                self._read(data[start : start + self.wire.bounds.head])

    def _read(self, data: bytes) -> None:
        self.barren += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(*self.refusal)
        except httptools.HttpParserUpgrade:  # nothing else is spoken here
            self.leave()
        if self.barren > self.wire.bounds.head and not self.transport.is_closing():
            self._refuse(*HEAD)

    # -- what the parser tells

    def on_message_begin(self) -> None:
        """A head begins."""
        self.barren = self.head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of what is asked for."""
        self._add_to_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or one that follows a body."""
        self._add_to_head(len(name) + len(value) + 4)
        if len(self.headers) >= self.wire.bounds.headers:
            self._stop(HEAD)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head was heard whole."""
        if self.unanswered >= self.wire.bounds.ahead:
            self._stop(AHEAD)
        super().on_headers_complete()
        self.unanswered += 1
        self._owes_body()

    def on_body(self, body: bytes) -> None:
        """A piece of a body; where the answer was given already, nobody waits for it."""
        self.barren = 0
        if self.cycle.response_complete:
            self.read_past += len(body)
            if self.read_past > self.wire.bounds.past:
                self.leave()
            return
        super().on_body(body)
        self.held += len(body)
        self.wire.hold(len(body))

    def on_message_complete(self) -> None:
        """A request was heard whole."""
        self.read_past = 0
        super().on_message_complete()
        if self.unanswered:
            self._owes_nothing()
            self.until = self.loop.time() + self.wire.bounds.answer_seconds
        else:
            self._owes_head()

    def on_response_complete(self) -> None:
        """A request was answered."""
        self.unanswered -= 1
        if not self.unanswered:
            self._let_go()
            if self not in self.wire.sending:
                self._owes_head()
        super().on_response_complete()

    # -- sending away

    def leave(self) -> None:
        """Go at once."""
        self._forget()
        self.transport.abort()

    def end(self, status: int) -> None:
        """Go with an answer, if one can still be heard as such."""
        if self.transport.is_closing() or not self._may_speak():
            self.leave()
            return
        self._forget()
        self.transport.write(ENDINGS[status])
        self.until = self.loop.time() + 2 * TICK  # whoever does not read it by then is sent away without
        self.transport.close()

    def too_late(self) -> None:
        """The time is over for what was owed."""
        TALLY.add(CONNECTIONS, "late")
        is_mute = self in self.wire.silent and not self.barren
        owes = self in self.wire.silent or self in self.wire.sending
        if owes and not is_mute:
            self.end(408)
        else:
            self.leave()

    def _may_speak(self) -> bool:
        """Whether what is said now would be heard as the answer to the request that it is about."""
        return not self.unanswered or (self.unanswered == 1 and not self.cycle.response_started)

    def _stop(self, refusal: Refusal) -> NoReturn:
        """Stop the parser, which then tells `_read`."""
        self.refusal = refusal
        raise ValueError(refusal)

    def _refuse(self, why: str, status: int) -> None:
        TALLY.add(CONNECTIONS, why)
        self.end(status)

    # -- who owes what

    def _add_to_head(self, bytes: int) -> None:
        self.head += bytes
        if self.head > self.wire.bounds.head:
            self._stop(HEAD)

    def _owes_head(self) -> None:
        self._owes_nothing()
        self.wire.silent[self] = None
        self.until = self.loop.time() + self.wire.bounds.head_seconds

    def _owes_body(self) -> None:
        self._owes_nothing()
        self.wire.sending[self] = None
        self.until = self.loop.time() + self.wire.bounds.body_seconds

    def _owes_nothing(self) -> None:
        self.wire.silent.pop(self, None)
        self.wire.sending.pop(self, None)

    def _let_go(self) -> None:
        self.wire.held -= self.held
        self.held = 0

    def _forget(self) -> None:
        self._owes_nothing()
        self._let_go()
