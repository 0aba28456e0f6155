"""The whole product with several workers, each process started by the test, so that each can be killed on its own.

`escalation worker`, `web` and `beat` are what users start; a private Valkey stands beside them. `Town.keep` does a
supervisor's work: what died is started again.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from redis.exceptions import RedisError

from sandbox import Sandbox
from tests.faults.places.house import protocol_file
from worker.queue import store
from worker.run import child_processes, embedded_redis
from worker.run.supervisor import Child

SECRET = "a secret of this test"


@dataclass
class Town:
    """The processes, by name, and the Jira they work on."""

    jira: Sandbox
    folder: Path
    processes: dict[str, Child]
    port: int

    def keep(self) -> None:
        """Starts again what died."""
        for child in self.processes.values():
            child.see_to_it(time.monotonic())

    def kill(self, name: str) -> None:
        """With -9, the whole process group."""
        process = self.processes[name].process
        if process and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def wipe(self) -> bool:
        """Redis forgets everything; False where it is away."""
        try:
            store.connect(f"unix://{self.folder / 'kv.sock'}", patience=1).flushall()
        except RedisError:
            return False
        return True

    def is_ready(self) -> bool:
        """Whether the web process says so."""
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).status_code == 200
        return False

    def stop(self) -> None:
        """Ends everything by force."""
        for name in reversed(self.processes):
            self.kill(name)

    @property
    def log(self) -> str:
        """What all of them said."""
        return (self.folder / "log").read_text()


@contextmanager
def town(jira: Sandbox, folder: Path, *, workers: int = 3, sabotage: str = "", **environment: str) -> Iterator[Town]:
    """A town that is ready; nothing of it is left afterwards."""
    with ExitStack() as stack:
        log, port = stack.enter_context((folder / "log").open("a")), _free_port()
        settings = _environment(jira, folder, port) | environment
        names = [*(f"worker {number}" for number in range(1, workers + 1)), "web", "beat"]
        launches = {"redis": lambda: embedded_redis.start(folder).process}
        launches |= {name: _launch(name.split()[0], settings, log.fileno(), sabotage) for name in names}
        built = Town(jira, folder, {name: Child(name, launch) for name, launch in launches.items()}, port)
        stack.callback(built.stop)
        for child in built.processes.values():
            child.start()
        jira.add_webhook(f"http://127.0.0.1:{port}/webhooks/jira", SECRET)
        end = time.monotonic() + 30
        while not built.is_ready():
            assert time.monotonic() < end, built.log
            built.keep()
            time.sleep(0.1)
        yield built


def _environment(jira: Sandbox, folder: Path, port: int) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS", "MAKE"))}
    return {
        **clean,
        "JIRA_URL": jira.url,
        "JIRA_TOKEN": jira.token(),
        "JIRA_WEBHOOK_SECRETS": SECRET,
        "PROTOCOL_FILE": str(protocol_file(jira, folder)),
        "REDIS_URL": f"unix://{folder / 'kv.sock'}",
        "PORT": str(port),
        "SWEEP_LIMIT": "1000",
        "LOG_FORMAT": "console",
        **({"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {}),
    }


def _launch(
    command: str, environment: dict[str, str], log: int, sabotage: str, on: Sequence[str] = ()
) -> Callable[[], "subprocess.Popen[bytes]"]:
    module = (
        ["tests.faults.machinery.saboteur", sabotage] if sabotage and command == "worker" else ["worker.commands.main"]
    )
    line = [*on, sys.executable, "-m", *module, command]
    die_with_us = child_processes._die_with_us()
    return lambda: subprocess.Popen(
        line, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        preexec_fn=die_with_us,
    )  # fmt: skip


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
