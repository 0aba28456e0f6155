"""A command started beside `escalation run` finds what that system uses, and its time; nothing else is guessed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings, load
from sandbox import Sandbox
from worker import clock, running_system
from worker.commands import main

TOLD_ALONE = "of the sandbox"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "_sandbox", clock.Follower())
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_what_nobody_has_set_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "127.0.0.2")
    with running_system.noted({"REDIS_URL": "redis://127.0.0.1:7001/0", "HOST": "127.0.0.1", "PORT": "7002"}):
        found = running_system.settings()
    assert (found.host, found.port) == ("127.0.0.2", 7002)
    assert found.require_redis().port == 7001


def test_what_was_set_for_the_system_alone_reaches_the_commands_but_for_secrets() -> None:
    path = r"it's ${HERE}\protocol.toml"
    of_run = load(dry_run=True, protocol_file=path, sweep_seconds=7, jira_url="https://x.example", jira_token="t")
    with running_system.noted(of_run.plain()):
        found = running_system.settings()
        assert (found.dry_run, str(found.protocol_file), found.sweep_seconds) == (True, path, 7)
        assert (found.jira_url, found.jira_token) == ("https://x.example", None)
        assert str(running_system.protocol_file()) == path
    assert str(running_system.protocol_file()) != path


def test_the_commands_own_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRY_RUN", "false")
    with running_system.noted({"DRY_RUN": "True", "SWEEP_LIMIT": "3"}):
        assert (running_system.settings().dry_run, running_system.settings().sweep_limit) == (False, 3)


def test_of_another_jira_nothing_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "https://example.atlassian.net/")
    with running_system.noted(
        {"JIRA_URL": "http://127.0.0.1:7003", "JIRA_TOKEN": TOLD_ALONE, "REDIS_URL": "redis://r/0"}
    ):
        found = running_system.settings()
        assert found.jira_token is None and found.redis_url is None
    with running_system.noted({"JIRA_URL": "https://example.atlassian.net", "REDIS_URL": "redis://r/0"}):
        assert running_system.settings().redis_url is not None, "the same Jira, however it is written"


def test_when_it_has_ended_nothing_is_left(tmp_path: Path) -> None:
    with running_system.noted({"PORT": "7002"}):
        assert running_system.NOTE.stat().st_mode & 0o077 == 0
    assert not running_system.NOTE.exists()
    assert running_system.settings().port == 8080


def test_a_killed_system_is_no_longer_followed() -> None:
    with running_system.noted({"PORT": "7002"}):
        left = running_system.NOTE.read_text()
    running_system.NOTE.write_text(left)
    assert running_system.settings().port == 8080
    with running_system.noted({"PORT": "7003"}) as told:
        assert told and running_system.settings().port == 7003


def test_the_first_of_two_systems_stays_the_one_that_is_found() -> None:
    with running_system.noted({"PORT": "7002"}) as first:
        with running_system.noted({"PORT": "7003"}) as second:
            assert (first, second) == (True, False)
            assert running_system.settings().port == 7002
        assert running_system.settings().port == 7002


def note_of(jira: Sandbox) -> dict[str, str]:
    return {"JIRA_URL": jira.url, "JIRA_TOKEN": TOLD_ALONE, clock.SANDBOX: jira.url}


def hours_ahead() -> int:
    return round((clock.now() - datetime.now(UTC)).total_seconds() / 3600)


def test_beside_the_sandbox_it_is_the_sandboxs_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox("cloud") as jira, running_system.noted(note_of(jira)):
        jira.forward(hours=50)
        with pytest.raises(SystemExit):
            main.main(["gate", "--json"])
        said = datetime.fromisoformat(json.loads(capsys.readouterr().out)["evaluated_at"])
        assert round((said - datetime.now(UTC)).total_seconds() / 3600) == 50
        jira.forward(hours=1)
        running_system.settings()
        assert hours_ahead() == 51


def test_of_a_sandbox_that_stands_alone_a_command_tells_the_time_where_it_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "_sandbox", clock.Follower())
    with Sandbox("cloud") as jira:
        jira.forward(hours=3)
        monkeypatch.setenv("JIRA_URL", jira.url)
        running_system.settings()
        assert hours_ahead() == 0
        monkeypatch.setenv(clock.SANDBOX, jira.url)
        running_system.settings()
        assert hours_ahead() == 3


def test_for_another_jira_it_is_the_walls_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox("cloud") as jira, running_system.noted(note_of(jira)):
        jira.forward(hours=50)
        monkeypatch.setenv("JIRA_URL", "https://example.atlassian.net")
        running_system.settings()
        assert hours_ahead() == 0


def test_a_sandbox_that_does_not_answer_stops_no_command() -> None:
    gone = "http://127.0.0.1:9"
    with running_system.noted({"JIRA_URL": gone, clock.SANDBOX: gone}):
        assert running_system.settings().jira_url == gone
    assert hours_ahead() == 0
