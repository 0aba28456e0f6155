"""What the sweep's stories need: a worker's context on a sandbox, and many graded tickets at little cost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from config import protocol as protocols
from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import MONDAY, SEATS, Clock, Story
from worker.escalation.facts import record as records
from worker.escalation.facts.record import Decision, Kept, Record, Told
from worker.escalation.plan.alert import Alert
from worker.jira import search
from worker.look.context import Context
from worker.look.failures import Failures
from worker.queue import queues
from worker.run import embedded_redis
from worker.sweep import sweep

NOW = MONDAY.astimezone(UTC)
FRIDAY = NOW - timedelta(days=3)
TOLD = Record(
    round=1,
    ended="decided",
    decision=Decision(1, "SEV-2", FRIDAY),
    promise=Kept("SEV-2", FRIDAY),
    told=Told(1, "auto", "1"),
)
"""Graded on Friday, the client was told, nothing to do."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that failed is asked for again at once."""
    monkeypatch.setattr(search, "PAUSES", (0.0, 0.0))


def built(jira: Sandbox, clock: Clock, kv: redis.Redis, *, limit: int = 25, tell: Any = None, **rules: Any) -> Context:
    """What a worker works with."""
    story = Story(jira, clock, **rules)
    settings = Settings(sweep_limit=limit, protocol_file=Path("unused"))
    queue = queues.tickets(kv)
    given = {"tell": tell} if tell else {}
    return Context(settings, story.protocol, kv, queue, Failures(kv), story.reconciler, **given)


@pytest.fixture
def context(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Context:
    return built(jira, clock, kv)


@pytest.fixture
def told() -> list[Alert]:
    """What the operator was told."""
    return []


def graded(jira: Sandbox, record: Record = TOLD, **values: Any) -> str:
    """A ticket graded SEV-2 with that record; its key."""
    key = jira.create_ticket("OPS", labels=["sev-2"], **values)
    keep(jira, key, record)
    return key


def keep(jira: Sandbox, key: str, record: Record) -> None:
    """That is the ticket's record from now on."""
    jira.set_property(key, "escalation", records.dump(record, jira.issue(key).id))


def due(context: Context, now: datetime = NOW) -> set[str]:
    """The keys that a sweep nominates."""
    return set(sweep.sweep(context, now).due.values())


def paths(jira: Sandbox, what: Callable[[], object]) -> list[str]:
    """The calls that it takes: method and the end of the path."""
    before = len(jira.calls())
    what()
    return [f"{call.method} {call.path.split('/rest/api/')[-1].split('/', 1)[-1]}" for call in jira.calls()[before:]]


def as_operator(jira: Sandbox, redis_url: str, folder: Path) -> Settings:
    """The settings of somebody who runs this on that Jira, with the default protocol."""
    text = protocols.DEFAULT.read_text()
    for nick in SEATS.values():
        text = text.replace(jira.user(nick).account_id, jira.id_of(nick))
    (folder / "protocol.toml").write_text(text)
    given: dict[str, Any] = {"jira_url": jira.url, "jira_token": jira.token(), "redis_url": redis_url}
    given |= {"jira_user": jira.email()} if jira.flavour == "cloud" else {}
    return Settings(**given, protocol_file=folder / "protocol.toml", sweep_limit=25)


@pytest.fixture
def settings(jira: Sandbox, valkey: embedded_redis.Server, kv: redis.Redis, tmp_path: Path) -> Settings:
    """As an operator has them, for the commands."""
    return as_operator(jira, valkey.url, tmp_path)
