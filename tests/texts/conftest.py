"""The shipped texts, in every language they come in."""

from dataclasses import replace
from pathlib import Path

import pytest

from config import messages, protocol_file
from config.protocol import Protocol
from sandbox import Sandbox
from tests.storytelling import Clock

LANGUAGES = messages.shipped()


@pytest.fixture(params=LANGUAGES)
def rules(request: pytest.FixtureRequest) -> Protocol:
    """The default protocol, its texts in one of the languages."""
    return replace(protocol_file.load(), language=request.param)


@pytest.fixture
def german() -> Protocol:
    return replace(protocol_file.load(), language="de")


PROTOCOL = """
[panel]
seats = [
  {{ name = "project-manager", title = "Project Manager", holder = "{petra}" }},
  {{ name = "client-contact", title = "Client Contact", holder = "{sam}" }},
  {{ name = "engineering-manager", title = "Engineering Manager", holder = "{erin}" }},
]
"""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A fresh machine: no Jira, no Redis, no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("JIRA_URL", "JIRA_USER", "JIRA_TOKEN", "REDIS_URL", "PROTOCOL_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(alone: None, jira: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("worker.clock.now", clock)
    people = {nick: jira.id_of(nick) for nick in ("petra", "sam", "erin")}
    (tmp_path / "protocol.toml").write_text(PROTOCOL.format(**people))
    environment = {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token(), "PROTOCOL_FILE": "protocol.toml"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if jira.flavour == "cloud":
        monkeypatch.setenv("JIRA_USER", jira.email())
