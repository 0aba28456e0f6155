"""What the benches run on: a sandbox, a private Redis, the product's own processes on them, and what these cost in time
and memory as the kernel tells it (Linux only)."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from sandbox import Sandbox
from tests.bench.parts.events import SECRET
from tests.sweep.conftest import as_operator
from tests.system.conftest import _free_port as free_port
from tests.system.conftest import until
from worker.queue import store
from worker.run import child_processes, embedded_redis

WEB = ("-m", "worker.commands.main", "web")


@dataclass(frozen=True)
class Stage:
    """A sandbox, a Redis and a folder; `environment` is what our processes are started with."""

    jira: Sandbox
    kv: redis.Redis
    server: embedded_redis.Server
    folder: Path
    environment: dict[str, str]

    @contextmanager
    def process(self, *words: str, **more: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Run Python with these words, and end it afterwards."""
        with (self.folder / "log").open("ab") as log:
            running = subprocess.Popen(
                [sys.executable, *words], env={**os.environ, **self.environment, **more}, stdout=log, stderr=log
            )
        try:
            yield running
        finally:
            child_processes.stop(running, patience=12)

    @contextmanager
    def web(self) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
        """`escalation web`, and its port, once it serves."""
        port = free_port()
        with self.process(*WEB, PORT=str(port)) as running:
            until(lambda: serves(port))
            yield running, port


@contextmanager
def stage(flavour: Any = "cloud", **environment: str) -> Iterator[Stage]:
    """All of it, and nothing left behind."""
    with tempfile.TemporaryDirectory() as name, Sandbox(flavour) as jira, embedded_redis.started(Path(name)) as server:
        settings = as_operator(jira, server.url, Path(name))
        given = {
            "JIRA_URL": jira.url,
            "JIRA_TOKEN": jira.token(),
            "JIRA_WEBHOOK_SECRETS": SECRET.decode(),
            "REDIS_URL": server.url,
            "PROTOCOL_FILE": str(settings.protocol_file),
            "LOG_FORMAT": "json",
        } | ({"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {})
        with store.connect(server.url) as kv:
            yield Stage(jira, kv, server, Path(name), given | environment)


def serves(port: int) -> bool:
    """Whether somebody takes connections there."""
    import socket

    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def spent(pid: int) -> float:
    """Seconds of processor time that a process has had, all its threads together."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def memory(pid: int) -> float:
    """MB that a process holds, what it shares with others counted by its share (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def keep_to(core: int, *pids: int) -> None:
    """Let these processes run on one core only, so that who is measured and who measures do not push each other."""
    for pid in pids if (os.cpu_count() or 1) > 1 else ():
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def calm(seconds: float) -> None:
    """Let what was started come to rest."""
    time.sleep(seconds)
