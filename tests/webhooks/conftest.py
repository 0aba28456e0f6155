"""An operator at a terminal, a Jira with tickets, and a web process that Jira reaches."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from sandbox import Sandbox
from worker.commands import main
from worker.commands.webhook import first_delivery
from worker.run import embedded_redis
from worker.web import last_delivery, webhook
from worker.web import server as web

SECRET = "the secret of this test"
LABELS = webhook.OurLabels(frozenset({"escalation-requested"}), frozenset({"escalation-evaluation"}))


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Operator:
    """Runs commands with the settings of a folder."""

    capture: pytest.CaptureFixture[str]
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str) -> Said:
        Path(".env").write_text("".join(f"{name}='{value}'\n" for name, value in self.settings.items()))
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.main(words)
        printed = self.capture.readouterr()
        assert SECRET not in printed.out + printed.err
        return Said(int(ended.value.code or 0), printed.out, printed.err)


@pytest.fixture
def jira_settings(jira: Sandbox, valkey: embedded_redis.Server, kv: object) -> dict[str, str]:
    """What an operator puts into `.env`; Redis is empty."""
    settings = {
        "JIRA_URL": jira.url,
        "JIRA_TOKEN": jira.token(),
        "JIRA_WEBHOOK_SECRETS": f"{SECRET},an older one",
        "REDIS_URL": valkey.url,
    }
    return settings | ({"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {})


@pytest.fixture
def operator(
    jira_settings: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Operator:
    for name in [name for name in os.environ if name.startswith(("JIRA", "REDIS", "PUBLIC_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(last_delivery, "EVERY", 0.02)
    for name, seconds in {"BEAT": 0.02, "GRACE": 0.1, "PATIENCE": 0.2}.items():
        monkeypatch.setattr(first_delivery, name, seconds)
    return Operator(capsys, jira_settings)


@contextmanager
def serving(redis_url: str, secret: str) -> Iterator[str]:
    """A web process with that secret; gives its address."""
    app = web.create(redis_url=redis_url, secrets=[secret.encode()], labels=LABELS, probe=lambda: "bot")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def intake(valkey: embedded_redis.Server) -> Iterator[str]:
    with serving(valkey.url, SECRET) as url:
        yield url


@pytest.fixture
def somebody_edits(jira: Sandbox) -> Iterator[Callable[[], None]]:
    """Begins to edit a ticket over and over, as somebody does who was asked to edit one."""
    ended, threads = threading.Event(), []

    def edit(key: str) -> None:
        number = 0
        while not ended.wait(0.03):
            jira.label(key, f"vip-{(number := number + 1)}")

    def begin() -> None:
        threads.append(threading.Thread(target=edit, args=(jira.create_ticket("SUP", "Broken"),)))
        threads[0].start()

    yield begin
    ended.set()
    for thread in threads:
        thread.join()
