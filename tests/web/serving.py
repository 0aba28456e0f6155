"""A web process inside a test, over real HTTP."""

import hashlib
import hmac
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from worker.web import server as web
from worker.web import webhook

LABELS = webhook.OurLabels(frozenset({"escalation-requested", "sev-1"}), frozenset({"escalation-evaluation"}))


@dataclass
class Site:
    port: int
    counts: dict[str, int]

    def post(self, body: bytes, secret: bytes | None = b"now", **headers: str) -> tuple[int, dict[str, str]]:
        if secret is not None:
            headers["X-Hub-Signature"] = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
        return self.ask("POST", "/webhooks/jira", body, headers)[:2]

    def ask(self, method: str, path: str, body: bytes = b"", headers: Any = ()) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


def serving(redis_url: str, probe: Callable[[], str] = lambda: "bot") -> Iterator[Site]:
    app = web.create(redis_url=redis_url, secrets=[b"old", b"now"], labels=LABELS, probe=probe)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Site(listening.getsockname()[1], app.state.counts)
        finally:
            server.should_exit = True
            thread.join()
