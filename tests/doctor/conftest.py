"""A healthy set-up, over real HTTP and a real Redis, for tests to break."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import redis

from config import protocol as protocols
from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import SEATS
from worker.doctor.checks import examine
from worker.doctor.finding import Finding
from worker.escalation.views import preview
from worker.queue import queues
from worker.queue.roster import Roster
from worker.run import embedded_redis
from worker.web import last_delivery

SECRET = "the-webhooks-secret"
PORT = "9"  # where nothing answers


class SetUp:
    """A Jira, a Redis, an environment and a protocol file that go together, until a test changes one of them."""

    def __init__(self, jira: Sandbox, kv: redis.Redis, url: str, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.jira, self.kv, self.folder, self._environment = jira, kv, folder, environment
        for name in Settings.model_fields:
            environment.delenv(name.upper(), raising=False)
        environment.chdir(folder)
        self.file = folder / "protocol.toml"
        self.file.write_text(self._default_protocol())
        self.set(JIRA_URL=jira.url, JIRA_TOKEN=jira.token(), JIRA_WEBHOOK_SECRETS=SECRET, REDIS_URL=url, PORT=PORT)
        self.set(PROTOCOL_FILE=str(self.file), **({"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {}))
        self._people_have_worked()

    def _default_protocol(self) -> str:
        text = protocols.DEFAULT.read_text()
        for nick in SEATS.values():
            text = text.replace(self.jira.user(nick).account_id, self.jira.id_of(nick))
        return text

    def _people_have_worked(self) -> None:
        for project in ("SUP", "OPS"):
            ticket = self.jira.create_ticket(project, labels=["escalation-requested"])
            self.jira.create_subtask(ticket)
        self.jira.add_webhook(f"http://127.0.0.1:{PORT}/webhooks/jira", SECRET)
        self.jira.deliveries.post.paused = True
        queue = queues.tickets(self.kv)
        Roster(self.kv).alive("one@here")
        queue.sweep_finished()
        self.kv.hset(last_delivery.KEY, last_delivery.TAKEN, str(self.jira.state.now().timestamp()))

    def set(self, **variables: str) -> None:
        """Environment variables; an empty one is as good as unset."""
        for name, value in variables.items():
            self._environment.setenv(name, value)

    def rewrite(self, old: str, new: str) -> None:
        """Changes the protocol file."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new, 1))

    def holder(self, nick: str) -> None:
        """Makes somebody else the Project Manager of the protocol file."""
        self.rewrite(f'"{self.jira.id_of("petra")}"', f'"{self.jira.id_of(nick)}"')

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.jira.token(), SECRET

    def examined(self, *projects: str) -> list[Finding]:
        return list(examine(projects, self.jira.state.now(), lambda what: None))

    def mended(self, *projects: str) -> list[Finding]:
        """What is to be mended, by groups."""
        return [finding for finding in self.examined(*projects) if finding.level == "mend"]


@pytest.fixture(scope="session", autouse=True)
def texts_are_tried_once() -> Iterator[None]:
    """Trying every text takes longer than all that doctor asks, so the same protocol is not tried again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview, "every_text", cache(preview.every_text))
        yield


@pytest.fixture
def setup(
    jira: Sandbox, kv: redis.Redis, valkey: embedded_redis.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SetUp]:
    yield SetUp(jira, kv, valkey.url, tmp_path, monkeypatch)
    kv.config_set("maxmemory-policy", "noeviction")
    kv.config_set("maxmemory", 0)
    kv.config_set("appendonly", "yes")
