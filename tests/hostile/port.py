"""A whole web process with a Jira that never answers, few descriptors if wanted, and those who reach its port."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import protocol as protocols
from tests.hostile.intake import ROOT, Door, body

SECRET = b"the new secret"


@contextmanager
def mute() -> Iterator[str]:
    """The address of a Jira that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening, ExitStack() as kept:

        def take() -> None:
            with suppress(OSError):
                while True:
                    kept.enter_context(listening.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def opened(redis_url: str, folder: Path, *, descriptors: int = 1024, **env: str) -> Iterator[Door]:
    """The web process as `escalation web`, always in a freeze, so that every question to the gate is one to Jira."""
    rules = folder / "protocol.toml"
    today = datetime.now(UTC).date()
    freeze = f'freezes = ["{today - timedelta(2)}/{today + timedelta(2)}"]'
    rules.write_text(protocols.DEFAULT.read_text().replace("freezes = []", freeze))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with mute() as jira:
        own = {
            "JIRA_URL": jira, "JIRA_USER": "bot@vendor.example", "JIRA_TOKEN": "a token of this test",
            "JIRA_WEBHOOK_SECRETS": SECRET.decode(), "REDIS_URL": redis_url, "PORT": str(port),
            "PROTOCOL_FILE": str(rules), "LOG_FORMAT": "json",
        }  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker.commands.main", "web"],
                cwd=ROOT, env=os.environ | own | env, stdout=log, stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
            )  # fmt: skip
            door = Door(port, process)
            try:
                until = time.monotonic() + 30
                while not door.serves():
                    assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
                    time.sleep(0.05)
                yield door
            finally:
                process.terminate()
                process.wait(10)


def call(door: Door, *pieces: bytes) -> socket.socket | None:
    """A connection on which this was said, kept open; None where it was refused."""
    try:
        wire = socket.create_connection(("127.0.0.1", door.port), timeout=5)
        wire.settimeout(2)
        for piece in pieces:
            wire.sendall(piece)
    except OSError:
        return None
    return wire


def hang_up(wires: Sequence[socket.socket | None]) -> None:
    for wire in wires:
        if wire:
            wire.close()


def delivered_in(door: Door, number: int = 0) -> float:
    """Seconds until a signed delivery was answered with 204."""
    began = time.monotonic()
    issue = {"id": str(20_000 + number), "key": "SUP-41", "fields": {"labels": ["escalation-requested"]}}
    assert door.deliver(body(issue=issue), SECRET) == 204
    return time.monotonic() - began


def asked_in(door: Door, path: str) -> float:
    """Seconds until a page was answered, with whatever status."""
    began = time.monotonic()
    wire = call(door, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert wire and wire.recv(100).startswith(b"HTTP/1.1 ")
    wire.close()
    return time.monotonic() - began
