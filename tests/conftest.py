"""What many tests need: a private Redis or Valkey, found empty; a sandbox of each flavour whose clock stands still."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
import structlog
from hypothesis import settings

from sandbox import Sandbox
from tests.storytelling import MONDAY, Clock, Story
from worker.queue import store
from worker.run import embedded_redis

FLAVOURLESS = (
    "test_panel",
    "test_votes",
    "test_rounds",
    "test_client",
    "test_run",
    "test_overrides",
    "test_tracking",
    "test_drill",
    "test_life",
    "test_failures",
    "test_chair",
    "test_calls",
    "test_crash",
    "test_standing",
    "test_stories",
    "test_metrics",
    "test_limiter",
    "test_duplicates",
    "test_forgetting",
    "test_amplification",
    "test_people",
    "test_trail",
    "test_at_rest",
    "test_ticket",
    "test_queue_place",
    "test_clocks",
    "test_tickets",
    "test_rule",
    "test_between",
    "test_skew",
    "test_memory",
    "test_burst",
    "test_register",
    "test_written",
    "test_linked",
    "test_due",
    "test_held",
    "test_unreadable",
    "test_reached",
)
ON_BOTH = ("test_from_the_label_to_the_answer",)

_KEPT = TemporaryDirectory(prefix="kept-")  # for this session and the processes that it starts, never the developer's
os.environ["XDG_CACHE_HOME"] = _KEPT.name
os.environ.pop("CACHE_DIRECTORY", None)

settings.register_profile("unhurried", deadline=None)  # no test depends on what else the machine is doing
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def valkey() -> Iterator[embedded_redis.Server]:
    """A server of our own for the whole session, on a socket nobody else knows."""
    with TemporaryDirectory(prefix="kv-") as folder, embedded_redis.started(Path(folder)) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What does not know the flavour is told on Cloud; its Data Center half is for the long run."""
    for item in items:
        if "dc" in item.name and item.path.stem in FLAVOURLESS and item.name.partition("[")[0] not in ON_BOTH:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def loggers_are_not_cached() -> Iterator[None]:
    """A logger that keeps how a command of another test has set it up is out of reach for `capture_logs`."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
        yield


@pytest.fixture
def kv(valkey: embedded_redis.Server) -> Iterator[redis.Redis]:
    """A client of the emptied private server."""
    with store.connect(valkey.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def clock() -> Clock:
    """Monday morning, until the test moves it."""
    return Clock(MONDAY)


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    """The same test on both flavours."""
    with Sandbox(request.param, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def story(jira: Sandbox, clock: Clock) -> Story:
    """One ticket's story."""
    return Story(jira, clock)
