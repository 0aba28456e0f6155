"""Whoever reaches the port without a secret: they cost memory within a bound, and keep nobody waiting."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.hostile import port
from tests.hostile.intake import LARGEST, MIB, Door
from worker.run import embedded_redis
from worker.web import connection_limits as wire

MOST_MEMORY = 256  # MiB
DESCRIPTORS = 200
HEAD = b"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: sha256=00\r\n"


@pytest.fixture(scope="module")
def door(valkey: embedded_redis.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with port.opened(valkey.url, tmp_path_factory.mktemp("port"), descriptors=DESCRIPTORS) as found:
        yield found


def unharmed(door: Door, number: int) -> None:
    """What is promised while others do their worst."""
    waits = sorted(port.delivered_in(door, 100 * number + n) for n in range(30))
    assert waits[-1] < 1.0, waits
    assert port.asked_in(door, "/readyz") < 2.0
    assert port.asked_in(door, "/metrics") < 2.0
    assert door.memory() < MOST_MEMORY


@pytest.mark.slow
def test_silent_connections_beyond_the_descriptors(door: Door) -> None:
    wires = [port.call(door) for _ in range(3 * DESCRIPTORS)]
    try:
        unharmed(door, 1)
    finally:
        port.hang_up(wires)


@pytest.mark.slow
def test_connections_that_never_end_their_head(door: Door) -> None:
    wires = [port.call(door, b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 16_000) for _ in range(3 * DESCRIPTORS)]
    try:
        unharmed(door, 2)
    finally:
        port.hang_up(wires)


@pytest.mark.slow
def test_connections_that_never_end_their_body(door: Door) -> None:
    """As many as are let in, each of them past its head."""
    wires = [port.call(door, HEAD, b"Content-Length: 10\r\n\r\n1") for _ in range(3 * DESCRIPTORS)]
    try:
        unharmed(door, 3)
    finally:
        port.hang_up(wires)


@pytest.mark.slow
def test_fifty_bodies_that_are_held_just_before_their_end(door: Door) -> None:
    length = f"Content-Length: {LARGEST}\r\n\r\n".encode()
    wires = [port.call(door, HEAD, length, *[bytes(MIB)] * 24) for _ in range(50)]
    try:
        unharmed(door, 4)
        held = [wire for wire in wires if wire and not _has_ended(wire)]
        assert 1 <= len(held) <= 3, "as many as fit into what all may hold together"
    finally:
        port.hang_up(wires)


@pytest.mark.slow
def test_two_hundred_and_forty_questions_while_jira_hangs(door: Door) -> None:
    questions = ["&".join(f"issue=SUP-{1 + asker + 1_000 * n}" for n in range(10)) for asker in range(240)]
    wires = [port.call(door, f"GET /gate?{each} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) for each in questions]
    try:
        unharmed(door, 5)
        answers = Counter(_status(wire) for wire in wires if wire)
    finally:
        port.hang_up(wires)
    assert answers[503] >= 150 and answers[200] == answers[423] == 0, answers


@pytest.mark.slow
def test_whoever_is_silent_or_slow_is_sent_away(door: Door) -> None:
    silent = port.call(door)
    dribbling = port.call(door, b"POST /webhooks/jira HTTP/1.1\r\n")
    assert silent and dribbling
    answers: Counter[str] = Counter()
    until = time.monotonic() + wire.Bounds().head_seconds + 5
    while time.monotonic() < until and answers.total() < 2:
        time.sleep(0.5)
        for name, each in (("silent", silent), ("dribbling", dribbling)):
            if not answers[name] and _has_ended(each):
                answers[name] += 1
            elif name == "dribbling" and not answers[name]:
                _say(each, b"X")
    assert answers.total() == 2, "not even one byte at a time buys more"


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * (2 * MIB),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-A: a\r\n" * 101 + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: " + b"a" * MIB,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * MIB,
    ],
    ids=["line", "header", "without end", "many", "trailer", "extension"],
)
def test_an_oversized_head(door: Door, head: bytes) -> None:
    answer = door.raw(head)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 403 ")), answer
    assert port.delivered_in(door, 600) < 5
    assert door.memory() < MOST_MEMORY


def test_the_largest_head_that_is_borne(door: Door) -> None:
    filling = b"X-A: " + b"a" * 15_000 + b"\r\n"
    assert door.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + filling + b"\r\n").startswith(b"HTTP/1.1 200 ")
    many = b"".join(f"X-{n}: a\r\n".encode() for n in range(98))
    assert door.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_requests_ahead_of_their_answers(door: Door) -> None:
    one = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
    assert door.raw(one * 3).startswith(b"HTTP/1.1 ")
    wire = port.call(door, one * 5_000)
    assert door.serves() and door.memory() < MOST_MEMORY
    port.hang_up([wire])


@pytest.mark.parametrize("path", ["/gate/", "/healthz/", "/webhooks/jira/", "//evil.example/"])
def test_no_redirect_follows_the_host_of_a_request(door: Door, path: str) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=5) as wires:
        wires.sendall(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        answer = wires.recv(2_000)
    assert b" 404 " in answer.partition(b"\r\n")[0] and b"evil.example" not in answer


def test_an_upgrade_leads_past_no_bound(door: Door) -> None:
    asks = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    answer = door.raw(b"GET /gate HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 13\r\n" + asks + b"\r\n")
    assert b" 101 " not in answer and door.serves()


def _status(wire: socket.socket) -> int:
    """What was answered; 0 for nothing, because more were connected than may be."""
    wire.settimeout(15)
    try:
        return int(wire.recv(1_000)[9:12] or 0)
    except OSError:
        return 0


def _has_ended(wire: socket.socket) -> bool:
    """Whether the other side has answered or hung up."""
    wire.settimeout(0.05)
    try:
        wire.recv(1_000)
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _say(wire: socket.socket, piece: bytes) -> None:
    with suppress(OSError):
        wire.sendall(piece)


def test_few_descriptors_mean_few_connections() -> None:
    found = [wire.connections_within(number) for number in (64, 256, 1_024, 4_096, 65_536)]
    assert found == sorted(found) and found[-1] == wire.MOST
    assert all(each <= number - 32 for each, number in zip(found, (64, 256, 1_024, 4_096), strict=False))


@pytest.mark.slow
def test_the_log_says_that_connections_ran_out(valkey: embedded_redis.Server, tmp_path: Path) -> None:
    with port.opened(valkey.url, tmp_path, descriptors=96) as few:
        wires = [port.call(few) for _ in range(150)]
        assert port.delivered_in(few) < 5
        port.hang_up(wires)
    said = (tmp_path / "log").read_text()
    assert said.count("connections at their limit") == 1 and "LimitNOFILE" in said
