"""A notification target that is a real HTTP server, and an outbox that sends to it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import redis
import structlog
from pydantic import SecretStr
from structlog.testing import LogCapture

from tests.storytelling import Clock
from worker.alerts import outbox as notify
from worker.alerts.outbox import Outbox
from worker.alerts.targets import targets
from worker.queue import queues

SECRET = "s3cret-token"


class Receiver:
    """What arrived; `answers` are the statuses to give first, then 200; `delay` seconds before each."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.before: Callable[[], None] = lambda: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://robot:{SECRET}@127.0.0.1:{self.server.server_port}/hook/{SECRET}"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.before()
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.got.append(message)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the outbox has written to the log."""
    capture = LogCapture()
    monkeypatch.setattr(notify, "log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    pytest.importorskip("apprise")
    found = Receiver()
    yield found
    found.stop()


@pytest.fixture
def outbox(kv: redis.Redis, clock: Clock, receiver: Receiver) -> Outbox:
    return an_outbox(kv, clock, receiver.url)


def an_outbox(kv: redis.Redis, clock: Clock, *urls: str, **how: Any) -> Outbox:
    found = targets([SecretStr(url) for url in urls])
    return Outbox(kv, queues.chores(kv), found, clock=clock, link=lambda key: f"https://jira.test/browse/{key}", **how)
