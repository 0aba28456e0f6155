"""The whole product as its users start it: `escalation run` in a process of its own, on a sandbox over real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from config import protocol as protocols
from sandbox import Sandbox, TicketView

SECRET = "a secret of this test"
SEATS = {"project-manager": "petra", "client-contact": "sam", "engineering-manager": "erin"}


def until(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Waits until `what` is true, and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


class System:
    """`escalation run`, and the Jira it works on."""

    def __init__(self, jira: Sandbox, folder: Path, **environment: str) -> None:
        self.jira, self.folder = jira, folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.environment = {
            "JIRA_URL": jira.url,
            "JIRA_TOKEN": jira.token(),
            "JIRA_WEBHOOK_SECRETS": f"an older one,{SECRET}",
            "PROTOCOL_FILE": str(_protocol(jira, folder)),
            "PORT": str(self.port),
            "SWEEP_SECONDS": "3",
            **({"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {}),
            **environment,
        }
        if environment.get("INTAKE") == "polling":
            del self.environment["JIRA_WEBHOOK_SECRETS"]
        else:
            jira.add_webhook(f"{self.url}/webhooks/jira", SECRET)

    def start(self) -> Self:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS", "MAKE"))}
        log = (self.folder / "log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "worker.commands.main", "run"],
            env={**clean, **self.environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == f"ready {self.url}", self.log
        return self

    def stop(self, how: int = signal.SIGTERM) -> float:
        """Ends it; gives the seconds that took."""
        began = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(15)
        return time.monotonic() - began

    def kill(self) -> None:
        """As if the machine had lost its power: every process at once."""
        assert self.process is not None
        everybody = [self.process.pid, *children(self.process.pid)]
        for pid in everybody:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(5)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS"))}
        line = [sys.executable, "-m", "worker.commands.main", *words]
        return subprocess.run(
            line, env={**clean, **self.environment}, cwd=self.folder, capture_output=True, text=True, timeout=30
        )

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=5)

    # -- the story

    def evaluations(self, key: str, round: int = 1) -> dict[str, TicketView]:
        each = [self.jira.issue(child) for child in self.jira.issue(key).subtasks]
        marks = [(child, child.properties.get("escalation", {})) for child in each]
        return {mark["seat"]: child for child, mark in marks if mark.get("round") == round}

    def opened(self, key: str, round: int = 1) -> dict[str, TicketView]:
        """Waits for the round's three evaluations."""
        until(lambda: len(self.evaluations(key, round)) == 3)
        return self.evaluations(key, round)

    def vote(self, key: str, *texts: str, round: int = 1) -> None:
        for (seat, nick), text in zip(SEATS.items(), texts, strict=False):
            self.jira.comment(self.evaluations(key, round)[seat].key, text, by=nick)

    def told(self, key: str) -> list[str]:
        comments = self.jira.issue(key).comments
        return [c.text for c in comments if c.author == "bot" and c.public and not c.visibility]

    def decided(self, key: str) -> bool:
        """Whether everything that a decision sets off is there."""
        record = self.jira.issue(key).properties.get("escalation", {})
        evaluations = self.evaluations(key, record.get("round", 1)).values()
        return "told" in record and "summary" in record.get("said", {}) and all(e.status == "Done" for e in evaluations)


def children(pid: int) -> list[int]:
    """All processes below this one."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(child) for child in found.read_text().split()] if found.exists() else []
    return [*direct, *(below for child in direct for below in children(child))]


def _protocol(jira: Sandbox, folder: Path) -> Path:
    """The default protocol with this flavour's ids."""
    text = protocols.DEFAULT.read_text()
    for nick in SEATS.values():
        text = text.replace(jira.user(nick).account_id, jira.id_of(nick))
    path = folder / "protocol.toml"
    path.write_text(text)
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def system(jira: Sandbox, tmp_path: Path) -> Iterator[System]:
    running = System(jira, tmp_path).start()
    yield running
    running.stop()
