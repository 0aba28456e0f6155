"""Which server web stands on: processor time for a verified delivery, and what each does with those who reach the port
and send nothing, too much, or half a body. Run by hand; the table stands in docs/decisions/15-port.md.

    python -m tests.bench.servers [--python PATH]

PATH is the Python of an environment that has granian, hypercorn and uvicorn[standard]; without it only what this
project installs is measured. The application is the same everywhere: it verifies the signature, and nothing else.
"""

import hashlib
import hmac
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

SECRET = b"a secret of this bench"
MIB = 1024 * 1024
SILENT_FOR = 15.0


async def app(scope: Any, receive: Any, send: Any) -> None:
    """204 where the signature is right, else 403."""
    if scope["type"] != "http":
        return
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    right = hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()
    status = 204 if hmac.compare_digest(right, dict(scope["headers"]).get(b"x-hub-signature", b"")[7:]) else 403
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def bounded(port: int) -> None:
    """uvicorn as web runs it, within the bounds of wire.py."""
    from worker.web import server as web

    web.serve(app, "127.0.0.1", port)  # type: ignore[arg-type]


def commands(python: str | None) -> dict[str, list[str]]:
    """How to start each on a port, which is added at the end."""
    here, there, name = sys.executable, python or sys.executable, "tests.bench.servers:app"
    uvicorn = [there, "-m", "uvicorn", name, "--log-level", "critical", "--no-access-log", "--lifespan", "off"]
    found = {
        "uvicorn, httptools, our bounds": [here, "-m", "tests.bench.servers", "--bounded"],
        "uvicorn, httptools": [*uvicorn, "--http", "httptools", "--port"],
        "uvicorn, h11": [*uvicorn, "--http", "h11", "--port"],
    }
    granian = [there, "-m", "granian", "--interface", "asginl", "--no-log", name, "--port"]
    hypercorn = [there, "-m", "hypercorn", "-k", "uvloop", name, "-b"]
    return found | ({"granian": granian, "hypercorn": hypercorn} if python else {})


def delivery(size: int = 5_000) -> bytes:
    """A signed one."""
    body = bytes(size)
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: sha256={signature}\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


def stays(port: int) -> str:
    """Whether a connection that says nothing is still there after a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=SILENT_FOR) as wire:
        began = time.monotonic()
        with suppress(TimeoutError):
            wire.recv(1)
            return f"closed after {time.monotonic() - began:.0f} s"
    return f"stays (more than {SILENT_FOR:.0f} s)"


def largest_head(port: int) -> str:
    """The largest head without an end of which all was taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as wire:
        sent = 0
        with suppress(OSError):
            wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
            while sent < 16 * MIB and not _answers(wire):
                wire.sendall(bytes(b"a" * 65_536))
                sent += 65_536
    return "no bound" if sent >= 16 * MIB else f"≤ {sent // 1024} KiB"


def _answers(wire: socket.socket) -> bool:
    wire.setblocking(False)
    try:
        wire.recv(1)
        return True
    except BlockingIOError:
        time.sleep(0.01)
        return False
    finally:
        wire.settimeout(2)


def held(port: int, pid: int) -> str:
    """MiB that twenty bodies of 24 MiB add, all but their end sent."""
    from tests.bench.parts.stage import memory

    before = memory(pid)
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {25 * MIB}\r\n\r\n".encode()
    wires = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(20)]
    for wire in wires:
        with suppress(OSError):
            wire.sendall(head)
            for _ in range(24):
                wire.sendall(bytes(MIB))
    time.sleep(1)
    added = memory(pid) - before
    for wire in wires:
        wire.close()
    return f"{added:.0f} MiB"


def measured(command: Sequence[str]) -> Iterator[str]:
    """One server's row."""
    from statistics import median
    from subprocess import DEVNULL, Popen

    from tests.bench.parts.load import drive
    from tests.bench.parts.stage import free_port, keep_to, serves, spent
    from tests.system.conftest import until

    port = free_port()
    last = f"127.0.0.1:{port}" if "hypercorn" in command else str(port)
    server = Popen([*command, last], stdout=DEVNULL, stderr=DEVNULL)
    try:
        until(lambda: serves(port))
        time.sleep(1)
        pid = _worker_of(server.pid)
        keep_to(0, pid)
        costs = []
        for _ in range(7):
            before = spent(pid)
            drive(port, [delivery()] * 3_000)
            costs.append((spent(pid) - before) / 3)
        yield f"{median(costs):.3f} ms"
        yield stays(port)
        yield largest_head(port)
        yield held(port, pid)
    finally:
        server.terminate()
        server.wait(10)


def _worker_of(pid: int) -> int:
    """The process that serves: granian and hypercorn start one below the one that was started."""
    from pathlib import Path

    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _worker_of(int(children[-1])) if children else pid


def main() -> None:
    """Prints the table."""
    if "--bounded" in sys.argv:
        bounded(int(sys.argv[-1]))
        return
    python = sys.argv[sys.argv.index("--python") + 1] if "--python" in sys.argv else None
    print("| server | a delivery of 5 kB | silent connection | head | 20 held bodies |\n|---|---|---|---|---|")
    for name, command in commands(python).items():
        print(f"| {name} | {' | '.join(measured(command))} |", flush=True)


if __name__ == "__main__":
    main()
