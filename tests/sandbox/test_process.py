"""`escalation sandbox`: it says where it is and how to use it, and shows no token that somebody chose."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests


@contextmanager
def started(*options: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.commands.main", "sandbox", "--port", "0", *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def said(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Where it is, once it serves, and what it tells people."""
    assert process.stdout and process.stderr
    url = process.stdout.readline().strip().removeprefix("ready ")
    words = "".join(process.stderr.readline() for _ in range(5))
    return url, words


@pytest.mark.parametrize(("flavour", "user"), [("cloud", "JIRA_USER=bot@vendor.example "), ("dc", "")])
def test_what_it_says_is_enough_to_work_on_it(flavour: str, user: str) -> None:
    with started("--flavour", flavour) as process:
        url, words = said(process)
        assert f"JIRA_URL={url} {user}JIRA_TOKEN=sandbox-token-bot\n" in words
        assert f"workers follow it with SANDBOX_CLOCK={url}\n" in words
        assert "petra, sam, erin" in words and "SANDBOX_WEBHOOK_SECRET" in words
        as_petra = {"auth": ("petra@vendor.example", "sandbox-token-petra")} if user else {}
        bearer = {} if user else {"Authorization": "Bearer sandbox-token-petra"}
        answer = requests.get(f"{url}/rest/api/2/myself", headers=bearer, timeout=5, **as_petra)  # type: ignore[arg-type]
        assert answer.json()["displayName"] == "Petra Project"


def test_a_token_of_ones_own_is_not_shown() -> None:
    with started(SANDBOX_TOKEN="hunter2") as process:
        _, words = said(process)
        assert "hunter2" not in words and "that of SANDBOX_TOKEN" in words


def test_a_port_that_is_none_is_refused() -> None:
    start = [sys.executable, "-m", "worker.commands.main", "sandbox", "--port", "99999"]
    ended = subprocess.run(start, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1 and "0<=x<=65535" in ended.stderr
