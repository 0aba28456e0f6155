"""The worker's clock is the wall's, except beside the sandbox that it was told to follow."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import Sandbox
from worker import clock


@pytest.fixture
def follower(monkeypatch: pytest.MonkeyPatch) -> Iterator[clock.Follower]:
    made = clock.Follower()
    monkeypatch.setattr(clock, "_sandbox", made)
    monkeypatch.setattr(clock, "EVERY", 0.02)
    yield made
    made.stopped.set()


def ahead() -> float:
    return round((clock.now() - datetime.now(UTC)).total_seconds())


def test_it_follows_the_sandbox_and_says_when_that_has_jumped(
    follower: clock.Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumped = threading.Event()
    with Sandbox("cloud") as jira:
        monkeypatch.setenv(clock.SANDBOX, jira.url)
        clock.follow(jira.url, jumped.set)
        time.sleep(0.1)
        assert not jumped.is_set() and ahead() == 0
        jira.forward(hours=2)
        assert jumped.wait(5) and ahead() == 7200


@pytest.mark.parametrize("told", [None, "http://127.0.0.1:9"])
def test_it_follows_no_other_jira(follower: clock.Follower, monkeypatch: pytest.MonkeyPatch, told: str | None) -> None:
    monkeypatch.delenv(clock.SANDBOX, raising=False)
    if told:
        monkeypatch.setenv(clock.SANDBOX, told)
    with Sandbox("cloud") as jira:
        jira.forward(hours=2)
        clock.follow(jira.url)
        time.sleep(0.1)
        assert ahead() == 0 and follower.ahead == timedelta(0)


def test_a_sandbox_that_does_not_answer_changes_nothing(follower: clock.Follower) -> None:
    follower.ahead = timedelta(hours=1)
    assert not follower.ask("http://127.0.0.1:9") and follower.ahead == timedelta(hours=1)
