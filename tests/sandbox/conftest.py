"""A sandbox of each flavour, somebody to call it, and somebody to receive its webhooks."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from sandbox import Sandbox


@dataclass
class Clock:
    """A clock that only a test moves."""

    now: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class Client:
    """Calls the sandbox as somebody; answers are `requests` responses."""

    def __init__(self, jira: Sandbox, who: str = "bot", version: int | None = None) -> None:
        self.jira = jira
        self.session = requests.Session()
        self.version = version or (3 if jira.flavour == "cloud" else 2)
        if jira.flavour == "cloud":
            self.session.auth = (jira.email(who), jira.token(who))
        else:
            self.session.headers["Authorization"] = f"Bearer {jira.token(who)}"

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        full = path if path.startswith("/") else f"/rest/api/{self.version}/{path}"
        return self.session.request(method, self.jira.url + full, json=body, params=query, timeout=10)

    def user(self, who: str) -> dict[str, str]:
        return {"accountId" if self.jira.flavour == "cloud" else "name": self.jira.id_of(who)}

    def text(self, words: str) -> Any:
        """Words as this version takes them."""
        if self.version == 2:
            return words
        return {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
        }


@dataclass
class Receiver:
    """Takes webhooks and answers what it is told, else 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for _, raw in self.got]

    @property
    def events(self) -> list[str]:
        return sorted(body["webhookEvent"] for body in self.bodies)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(request.param, clock) as running:
        yield running


@pytest.fixture
def cloud(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox("cloud", clock) as running:
        yield running


@pytest.fixture
def dc(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox("dc", clock) as running:
        yield running


@pytest.fixture
def client() -> Callable[..., Client]:
    return Client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    inbox = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.got.append((dict(self.headers), raw))
            self.send_response(inbox.answers.pop(0) if inbox.answers else 204)
            self.end_headers()

        def log_message(self, *ignored: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield inbox
    server.shutdown()
    server.server_close()
    thread.join()
