"""`escalation explain KEY` prints what the ticket's page shows: the state, what clients were told, the audit trail."""

import json
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.board.conftest import Watched
from worker import clock, log
from worker.commands import explain
from worker.run import embedded_redis


@pytest.fixture(autouse=True)
def here(
    story: Watched, jira: Sandbox, valkey: embedded_redis.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command's settings: this Jira, this Redis."""
    monkeypatch.chdir(tmp_path)
    values = {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token(), "JIRA_USER": jira.email(), "REDIS_URL": valkey.url}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(log, "set_up", lambda *_: None)
    monkeypatch.setattr(clock, "now", story.clock)
    monkeypatch.setattr(explain.protocol_file, "load", lambda *path: story.protocol)


def explained(key: str, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    capsys.readouterr()
    assert explain.ticket(key, as_json=as_json) == 0
    return capsys.readouterr().out


def test_it_prints_what_the_page_shows(story: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    story.request()
    story.say("engineering-manager", "SEV-1 - it is down", by="petra")
    story.vote("SEV-2: slow for all", "SEV-2: slow\n\nClient: The export stops at night.", "SEV-2: slow")
    told = explained(story.key, capsys)
    for words in (
        "Check-in fails for all doctors",
        "[SEV-2] Graded SEV-2 today, 10:03 ET; the fix goes out in the night of Tue 24 Nov, 21:00 ET until",
        f"On {story.key}: the answer, today, 10:03 ET",
        "| Reasoning: The export stops at night.",
        "trace 0000abcd)",
        "* Graded SEV-2: the panel has voted.",
        "(Petra Project): its author does not hold the seat.",
        "* Escalation asked for (Sam Support).",
    ):
        assert words in told, words
    assert "slow for all" not in told, "what panelists wrote for each other is nobody else's"


def test_as_json(story: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    printed = explained(story.key, capsys, as_json=True)
    told = json.loads(printed[printed.index("{\n") :])  # behind what tests log
    assert told["state"]["sentence"].startswith("Graded SEV-2 today") and told["state"]["marks"] == []
    assert [each["to"] for each in told["said"]] == [story.key] and "Severity: SEV-2" in told["said"][0]["text"]
    assert told["trail"][0]["did"][0] == "Graded SEV-2: the panel has voted." and told["trail"][0]["look"]


@pytest.mark.parametrize(
    ("url", "words"),
    [("redis://127.0.0.1:1", "which does not answer"), ("", "REDIS_URL is not set here")],
)
def test_without_redis_it_says_so_and_tells_what_jira_knows(
    story: Watched, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    monkeypatch.setenv("REDIS_URL", url)
    told = explained(story.key, capsys)
    assert words in told and "* Graded SEV-2: the panel has voted." in told and "Severity: SEV-2" in told
