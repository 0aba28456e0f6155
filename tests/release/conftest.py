"""The gate as a pipeline meets it: by function, by command line and over real HTTP, with a clock that moves when the
story says so and a sandbox for Jira."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from config import protocol as protocols
from config.checking.parser import parse
from config.protocol import Protocol
from sandbox import Sandbox
from tests.storytelling import Clock, Story
from worker import log
from worker.commands import main
from worker.jira.issue_memory import NoIssueMemory
from worker.jira.override_note import Notices
from worker.release.gate import Answer, Gate
from worker.release.grades import Grades
from worker.release.http import GateHttp
from worker.release.overrides import Overrides
from worker.release.question import Question

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00-05:00")
SEATS = [{"name": name, "title": name, "holder": name} for name in ("a", "b", "engineering-manager")]
TOKEN, OVERRIDE_TOKEN = "who may ask", "who may override"


def rules(timezone: str = "America/New_York", projects: Any = None, **business: Any) -> Protocol:
    """The default protocol in this zone, with these keys of [business]."""
    given = {"timezone": timezone, "business": business, "panel": {"seats": SEATS}}
    return parse(given | ({"projects": projects} if projects else {}))


class Ticking:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@contextmanager
def served(http: GateHttp) -> Iterator[str]:
    """The gate on a port of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=http.routes()), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class Nobody:
    """Notes that must not be needed."""

    def find(self, key: str) -> Any:
        raise AssertionError(f"{key} was looked for")

    def leave(self, ticket: Any, words: Any) -> Any:
        raise AssertionError("a note was written")


class NoStore:
    """A Redis that must not be needed."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"Redis was asked: {name}")


def unasked(keys: Any) -> Any:
    """Grades that must not be needed."""
    raise AssertionError(f"Jira was asked about {keys}")


@dataclass
class Shop:
    """A vendor with its Jira, its gate, and its releases."""

    jira: Sandbox
    clock: Clock
    story: Story
    kv: redis.Redis
    seconds: Ticking = field(default_factory=Ticking)

    def __post_init__(self) -> None:
        self.rules()

    def rules(self, **changes: Any) -> None:
        """From now on this protocol."""
        self.story.rules(**changes)
        protocol, site = self.story.protocol, self.story.site
        self.overrides = Overrides(self.kv)
        self.gate = Gate(protocol, Grades(site, protocol, self.seconds).of, self.overrides.known)
        self.http = GateHttp(
            self.gate,
            self.overrides,
            Notices(site, protocol, NoIssueMemory()),
            override_token=SecretStr(OVERRIDE_TOKEN),
            clock=self.clock,
        )

    def graded(self, grade: str, project: str = "SUP") -> str:
        """A ticket that the panel has graded so, by the whole story."""
        self.story.key = ""
        self.story.request(project)
        self.story.vote(f"{grade}: one", f"{grade}: two", f"{grade}: three")
        return self.story.key

    def ask(self, *keys: str, at: str | None = None) -> Answer:
        if at:
            self.clock.at = datetime.fromisoformat(at)
        return self.gate.answer(Question(tuple(keys)), self.clock())

    def says(self, *keys: str, at: str | None = None) -> tuple[str, str]:
        answer = self.ask(*keys, at=at)
        return answer.verdict, answer.reason_code

    def writes(self) -> int:
        return sum(call.write for call in self.jira.calls())


BOTH = pytest.mark.parametrize("jira", ["cloud", "dc"], indirect=True)
"""For what may differ between the flavours; all else is told on Cloud alone."""


@pytest.fixture
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(getattr(request, "param", "cloud"), clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture
def shop(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Shop:
    return Shop(jira, clock, Story(jira, clock), kv)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was said as JSON; the log of other threads of this test is no part of it."""
        return json.loads(
            "\n".join(line for line in self.out.splitlines() if not re.match(r"[\d-]{10} [\d:]{8}", line))
        )


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command line in this process, in an empty folder, with nothing set but what the test sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log, "set_up", lambda *_: None)  # the other tests of this process want theirs
    for name in ("JIRA_URL", "JIRA_USER", "JIRA_TOKEN", "REDIS_URL", "GATE_OVERRIDE_TOKEN", "PROTOCOL_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.main(words)
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 1, said.out, said.err)

    return run


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Writes a protocol file, the default with these lines exchanged, and names it in the environment."""

    def write(**lines: str) -> Path:
        text = protocols.DEFAULT.read_text()
        for name, value in lines.items():
            old = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
            text = text.replace(old, f"{name} = {value}")
        path = tmp_path / "protocol.toml"
        path.write_text(text)
        monkeypatch.setenv("PROTOCOL_FILE", str(path))
        return path

    return write


def get(url: str, **how: Any) -> requests.Response:
    return requests.get(f"{url}/gate", timeout=10, **how)
