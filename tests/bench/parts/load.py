"""A client that asks as fast as it is told to, in a process of its own: ready-made requests over N connections that
stay open, one request at a time on each. It reads no more of an answer than its status, so that it is never what is
slow."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop

CONNECTIONS = 32
END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen: how many requests a second, the answers by status, and each answer's time in milliseconds."""

    rate: float
    statuses: dict[int, int]
    times: tuple[float, ...]

    def slowest(self, share: float) -> float:
        """The time that all but `share` of the answers kept within."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * (1 - share)))]


class Crowd:
    """All connections of one run: who is free takes the next request."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.waiting: deque[tuple[bytes, float]] = deque()
        self.free: deque[Connection] = deque()
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.expected = len(requests)
        self.finished = asyncio.get_running_loop().create_future()

    def ask(self, request: bytes) -> None:
        """Ask now, or as soon as a connection is free; the time counts from now."""
        self.waiting.append((request, time.perf_counter()))
        if self.free:
            self.free.popleft().next()

    def answered(self, status: int, seconds: float) -> None:
        """Note one answer."""
        self.times.append(seconds * 1000)
        self.statuses[status] += 1
        if len(self.times) == self.expected:
            self.finished.set_result(None)


class Connection(asyncio.Protocol):
    """One of the crowd."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.transport: asyncio.Transport
        self.since = 0.0
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It may be used."""
        self.transport = transport  # type: ignore[assignment]
        self.next()

    def next(self) -> None:
        """Ask what waits, else wait."""
        if self.crowd.waiting:
            request, self.since = self.crowd.waiting.popleft()
            self.transport.write(request)
        else:
            self.crowd.free.append(self)

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of it; ours and the floor's have no body."""
        self.read += data
        if self.read.endswith(END):
            status, self.read = int(self.read[9:12]), b""
            self.crowd.answered(status, time.perf_counter() - self.since)
            self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        """A run that loses a connection is no run."""
        if not self.crowd.finished.done():
            self.crowd.finished.set_exception(exc or ConnectionError("the server hung up"))


def drive(port: int, requests: Sequence[bytes], rate: float | None = None) -> Sample:
    """Ask all of `requests`: as fast as answers come, or `rate` a second whatever the answers do."""
    return uvloop.run(_drive(port, requests, rate))


async def _drive(port: int, requests: Sequence[bytes], rate: float | None) -> Sample:
    loop, crowd = asyncio.get_running_loop(), Crowd(requests)
    opened = [await loop.create_connection(lambda: Connection(crowd), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    if rate is None:
        for request in requests:
            crowd.ask(request)
    else:
        await _paced(crowd, iter(requests), rate)
    await crowd.finished
    seconds = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    return Sample(len(requests) / seconds, dict(crowd.statuses), tuple(crowd.times))


async def _paced(crowd: Crowd, requests: Iterator[bytes], rate: float) -> None:
    began, asked = time.perf_counter(), 0
    while asked < crowd.expected:
        due = min(crowd.expected, 1 + int((time.perf_counter() - began) * rate))
        for _ in range(due - asked):
            crowd.ask(next(requests))
        asked = due
        await asyncio.sleep(0.001)
