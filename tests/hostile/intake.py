"""A door to knock at: the web process on its own, everything that can be sent to it, and how much memory it takes."""

import gzip
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hostile.intake_server import SECRETS

NEW, OLD = SECRETS
ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
LARGEST = 25 * MIB


def signed(body: bytes, secret: bytes = NEW, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret, body, method).hexdigest()}"


@dataclass
class Door:
    """The web process as whoever can reach it sees it."""

    port: int
    process: "subprocess.Popen[bytes]"

    def knock(
        self, body: bytes | Iterable[bytes], headers: dict[str, str] | None = None, *, method: str = "POST"
    ) -> int:
        """The status a delivery is answered with. A body in pieces goes without its length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, "/webhooks/jira", body, headers or {})  # type: ignore[arg-type]
            return connection.getresponse().status
        finally:
            connection.close()

    def deliver(self, body: bytes, secret: bytes = NEW, **headers: str) -> int:
        """A delivery signed with one of the secrets."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.knock(body, {"X-Hub-Signature": signed(body, secret), **named})

    def raw(self, *pieces: bytes, patience: float = 10) -> bytes:
        """What comes back for bytes that no client library would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as wire:
            try:
                for piece in pieces:
                    wire.sendall(piece)
            except OSError:
                pass  # it hung up on us, with the answer already sent
            try:
                return wire.recv(200)
            except ConnectionResetError:
                return b""

    def memory(self) -> float:
        """MiB in use."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def serves(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


@contextmanager
def opened(redis_url: str) -> Iterator[Door]:
    """The web process, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "tests.hostile.intake_server", str(port), redis_url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    door = Door(port, process)
    try:
        until = time.monotonic() + 30
        while not door.serves():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        yield door
    finally:
        process.terminate()
        process.wait(10)


def event(**changes: Any) -> dict[str, Any]:
    """A delivery that is for us."""
    fields = {"labels": ["escalation-requested"]}
    whole = {"webhookEvent": "jira:issue_updated", "user": {"accountId": "anna"}}
    return whole | {"issue": {"id": "10040", "key": "SUP-41", "fields": fields}} | changes


def body(**changes: Any) -> bytes:
    return json.dumps(event(**changes)).encode()


def of_size(size: int) -> bytes:
    """A delivery for us of exactly so many bytes."""
    bare = body(padding="")
    return body(padding="x" * (size - len(bare)))


def bomb(size: int) -> bytes:
    """So many zeros, compressed."""
    return gzip.compress(bytes(size))
