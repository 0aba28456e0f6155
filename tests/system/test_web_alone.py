"""The web process by itself, as a unit or a container starts it: how it ends, and whom it takes for the asker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sandbox import Sandbox
from tests.system.conftest import System, until
from worker.run import embedded_redis

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("jira", ["cloud"], indirect=True)]


Running = tuple[System, subprocess.Popen[bytes]]
NEEDED = {
    "web": ("JIRA_URL", "JIRA_TOKEN", "REDIS_URL", "JIRA_WEBHOOK_SECRETS"),
    "worker": ("JIRA_URL", "JIRA_TOKEN", "REDIS_URL"),
}


@contextmanager
def web(jira: Sandbox, valkey: embedded_redis.Server, folder: Path, **more: str) -> Iterator[Running]:
    system = System(jira, folder, REDIS_URL=valkey.url, LOG_FORMAT="json", **more)
    line = [sys.executable, "-m", "worker.commands.main", "web"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, env={**os.environ, **system.environment}, cwd=folder, stderr=log)
    try:
        until(lambda: _answers(system))
        yield system, process
    finally:
        process.kill()
        process.wait(5)


def _answers(system: System) -> bool:
    try:
        return system.get("/healthz").ok
    except requests.ConnectionError:
        return False


def test_sigterm_is_how_it_is_meant_to_end(jira: Sandbox, valkey: embedded_redis.Server, tmp_path: Path) -> None:
    with web(jira, valkey, tmp_path) as (_, process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("trusted", "asker"), [("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1")]
)
def test_who_asks_the_gate_behind_a_proxy(
    jira: Sandbox, valkey: embedded_redis.Server, tmp_path: Path, trusted: str, asker: str
) -> None:
    with web(jira, valkey, tmp_path, TRUSTED_PROXIES=trusted) as (system, _):
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
        requests.get(f"{system.url}/gate", params={"issue": "SUP-1"}, headers=forged, timeout=5)
        [line] = until(lambda: [each for each in system.log.splitlines() if "gate asked" in each])
        assert f'"address": "{asker}"' in line or f'"address":"{asker}"' in line, line


@pytest.mark.parametrize("process", NEEDED)
def test_everything_that_is_missing_is_named_at_once(tmp_path: Path, jira: Sandbox, process: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS"))}
    line = [sys.executable, "-m", "worker.commands.main", process]
    done = subprocess.run(line, env=clean, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and all(name in done.stderr for name in NEEDED[process]), done.stderr
    assert "Traceback" not in done.stderr
