"""Stands between a worker and Redis and passes commands on one by one, so that a test may act at any of them.

For each command its hook is told three moments: `before` Redis has it, `processed` before the answer is passed on,
`answered` after that. A hook that says True has killed the worker: nothing more of this connection is passed on.
"""

import hashlib
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from worker.queue import workqueue

Hook = Callable[[str, str], bool]
READS = frozenset({"PTTL", "GET", "MGET", "SMEMBERS", "EXISTS", "TIME", "HELLO", "CLIENT", "PING", "ZSCORE"})
"""Commands that leave Redis as it is: whoever dies before one might as well have died after it."""
SCRIPTS = ("mark", "claim", "done", "renew", "tick", "intake", "release")
NAMES = {hashlib.sha1(workqueue.text(name).encode()).hexdigest(): name for name in SCRIPTS}


class Proxy:
    """A Redis address that leads to another one."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.hook: Hook = lambda moment, label: False
        self._upstream = upstream.removeprefix("unix://")
        self._lines: set[socket.socket] = set()
        path = folder / "proxy.sock"
        self.url = f"unix://{path}"
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(128)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="redis-proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._upstream)
            self._lines.add(server)
            self._pass_on(client, server)

    def cut(self) -> None:
        """Cut every line, as the kernel does for a process that died: no answer waits for the dead."""
        while self._lines:
            with suppress(OSError):
                self._lines.pop().shutdown(socket.SHUT_RDWR)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        asked, answered = client.makefile("rb"), server.makefile("rb")
        last = ""
        while command := read_value(asked):
            label = label_of(command)
            if label == last and label in READS:  # the same read once more is no new point
                server.sendall(command)
                client.sendall(read_value(answered))
                continue
            last = label
            if self.hook("before", label):
                return
            server.sendall(command)
            answer = read_value(answered)
            if self.hook("processed", label):
                return
            client.sendall(answer)
            if self.hook("answered", label):
                return


def read_value(stream: IO[bytes]) -> bytes:
    """One value of Redis' protocol (RESP2 or RESP3) as it stands on the wire; empty at the end of the stream."""
    head = stream.readline()
    kind, length = head[:1], head[1:-2]
    if kind in (b"$", b"=", b"!"):
        return head + (stream.read(int(length) + 2) if int(length) >= 0 else b"")
    if kind in (b"*", b"~", b">", b"%", b"|"):
        count = max(0, int(length)) * (2 if kind in (b"%", b"|") else 1)
        return head + b"".join(read_value(stream) for _ in range(count))
    return head


def label_of(command: bytes) -> str:
    """What a command is called: its name, for the queue's scripts theirs with the queue's."""
    words = [word.decode(errors="replace") for word in command.split(b"\r\n")[2::2]]
    if words[0].upper() == "EVALSHA":
        return f"{NAMES[words[1]]} {words[3]}" if words[1] in NAMES else "script"
    if words[0].upper() == "BRPOP":
        return f"BRPOP {words[1]}"
    return words[0].upper()
