"""`escalation report`, as an operator calls it."""

import json
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.http import faults
from tests.report.conftest import History
from tests.storytelling import Clock
from worker.commands import main

PROTOCOL = """
timezone = "America/New_York"
[panel]
seats = [
  {{ name = "project-manager", title = "Project Manager", holder = "{petra}" }},
  {{ name = "client-contact", title = "Client Contact", holder = "{sam}" }},
  {{ name = "engineering-manager", title = "Engineering Manager", holder = "{erin}" }},
]
"""


@pytest.fixture
def settings(jira: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("worker.clock.now", clock)
    monkeypatch.chdir(tmp_path)
    people = {nick: jira.id_of(nick) for nick in ("petra", "sam", "erin")}
    (tmp_path / "protocol.toml").write_text(PROTOCOL.format(**people))
    monkeypatch.setenv("JIRA_URL", jira.url)
    monkeypatch.setenv("JIRA_TOKEN", jira.token())
    monkeypatch.setenv("PROTOCOL_FILE", "protocol.toml")
    if jira.flavour == "cloud":
        monkeypatch.setenv("JIRA_USER", jira.email())


def escalation(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(["report", *arguments])
    return int(ended.value.code or 0)


def test_a_table(settings: None, history: History, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--since", "2026-11-01") == 0
    shown = capsys.readouterr().out
    assert "Who waits for whom" in shown
    assert history.gravest in shown


def test_json(settings: None, history: History, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--since", "2026-11-01", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["since"] == "2026-11-01T00:00:00-04:00"
    assert {each["key"] for each in told["graded_open"]} == {history.gravest}


def test_a_page(settings: None, history: History, jira: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--since", "2026-11-01", "--html", "report.html") == 0
    assert capsys.readouterr().out == "written to report.html\n"
    assert f'href="{jira.url}/browse/{history.gravest}"' in Path("report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
@pytest.mark.parametrize("since", ["yesterday", "2026-02-30", "20261101", "2999-01-01", "0001-01-01", "2026-W48-1"])
def test_a_bad_date_is_one_line(settings: None, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--since", since) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"--since: found {since!r}, expected a date that has begun, such as 2026-10-26"


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
def test_a_file_that_cannot_be_written_is_one_line(
    settings: None, jira: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert escalation("--html", "no/such/folder.html") == 2
    assert capsys.readouterr().err.startswith("--html: no/such/folder.html cannot be written: No such file")
    assert escalation("--html", "page.html", "--json") == 2


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
def test_jira_away_is_exit_3(settings: None, jira: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    jira.faults.add(faults.Fault("answer", status=503, headers={"Retry-After": "60"}, times=None))
    assert escalation() == 3
    assert capsys.readouterr().err.splitlines()[-1] == "Jira answered 503"
