"""A command started beside `escalation run` finds what that system uses, and nothing else is guessed."""

from pathlib import Path

import pytest

from worker import running


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("JIRA_URL", "REDIS_URL", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)


def test_what_nobody_has_set_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "127.0.0.2")
    with running.noted({"REDIS_URL": "redis://127.0.0.1:7001/0", "HOST": "127.0.0.1", "PORT": "7002"}):
        found = running.settings()
    assert (found.host, found.port) == ("127.0.0.2", 7002)
    assert found.require_redis().get_secret_value() == "redis://127.0.0.1:7001/0"


def test_another_jira_is_not_mixed_with_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "https://example.atlassian.net")
    with running.noted({"JIRA_URL": "http://127.0.0.1:7003", "JIRA_TOKEN": "of the sandbox"}):
        assert running.settings().jira_token is None


def test_when_it_has_ended_nothing_is_left(tmp_path: Path) -> None:
    with running.noted({"PORT": "7002"}):
        assert running.NOTE.stat().st_mode & 0o077 == 0
    assert not running.NOTE.exists()
    assert running.settings().port == 8080
