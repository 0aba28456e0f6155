"""The command itself, as an operator runs it: what is shown, how it ends, and beside a running system."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import protocol as protocols
from config.settings import Settings
from sandbox import Sandbox
from tests.doctor.conftest import SECRET, SetUp
from tests.system.conftest import System, until
from worker.commands import doctor


def command(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "worker.commands.main", "doctor", *words]
    root = str(protocols.DEFAULT.parent.parent)
    return subprocess.run(
        line, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_the_command_when_all_is_well(setup: SetUp) -> None:
    done = command("--json")
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr, said["ok"]) == (0, "", True)
    assert set(said["checks"][0]) == {"group", "name", "level", "found", "mend"}


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_what_people_are_shown(
    setup: SetUp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor.log, "set_up", lambda form, level: None)
    setup.jira.hide_field("duedate", "SUP")
    assert doctor.doctor(["SUP"], setup.jira.state.now(), as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    place = lines.index("  mend    SUP: Due date: not on the edit screen of SUP-1")
    assert lines[place + 1].startswith("          → Put the field Due date on the edit screen")
    assert lines[-1] == "1 to mend, 3 to consider"


@pytest.mark.slow
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_the_command_with_a_wrong_token(setup: SetUp) -> None:
    setup.set(JIRA_TOKEN="hunter2swordfish")
    done = command()
    assert done.returncode == 1 and done.stderr == ""
    assert "  mend    credentials: Jira answered 401" in done.stdout
    assert done.stdout.endswith("\n1 to mend, 4 to consider\n")
    assert "hunter2" not in done.stdout and SECRET not in done.stdout and "Traceback" not in done.stdout


@pytest.mark.slow
def test_the_command_with_wrong_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("REDIS_URL=http://:hunter2swordfish@redis\nPROTOCOL_FILE=/no/such.toml\n")
    done = command()
    assert done.returncode == 1 and done.stderr == "" and "hunter2" not in done.stdout
    assert "mend    REDIS_URL: found another scheme" in done.stdout
    assert "mend    file: cannot be read" in done.stdout


@pytest.mark.slow
def test_a_running_system_is_well(jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path).start()
    try:
        until(lambda: system.get("/readyz").status_code == 200)
        done = system.command("doctor", "--json")
    finally:
        system.stop()
    mended = [finding for finding in json.loads(done.stdout)["checks"] if finding["level"] == "mend"]
    assert (done.returncode, mended) == (0, [])


@pytest.mark.slow
def test_what_make_run_starts_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`escalation run` with nothing set: a sandbox and a Redis of its own, found from beside it."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    monkeypatch.setenv("PORT", port)
    line = [sys.executable, "-m", "worker.commands.main", "run"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True) as run,
    ):
        try:
            assert run.stdout is not None and run.stdout.readline().startswith("ready"), (tmp_path / "log").read_text()
            done = until(lambda: (found := command("--json")).returncode == 0 and found)
            assert json.loads(done.stdout)["ok"] is True
        finally:
            run.terminate()
            run.wait(15)
