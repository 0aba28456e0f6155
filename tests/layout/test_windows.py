"""What runs beside the services needs nothing that only Unix has (docs/windows.md)."""

import subprocess
import sys

import pytest

UNIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios")
WITHOUT = f"""
import os, sys
for name in {UNIX_ONLY!r}:
    sys.modules[name] = None
for name in ("fork", "geteuid", "getuid", "killpg", "setsid"):
    delattr(os, name)
from worker.commands.main import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("gate explain", 0, "Zone: America/New_York"),
        ("gate --at 2026-11-24T23:00:00-05:00", 0, "may ship"),
        ("explain --grade SEV-2 --graded-at 2026-11-24T12:00:00-05:00", 0, "SEV-2"),
        ("failures list", 2, "REDIS_URL: not set"),
        ("report", 2, "JIRA_URL: not set"),
        ("webhook list", 2, "JIRA_URL: not set"),
    ],
)
def test_a_command_runs_without_what_only_unix_has(
    words: str, code: int, says: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, *words.split()],
        capture_output=True, text=True, timeout=50, cwd=empty, env={"PATH": "", "XDG_CACHE_HOME": str(empty)},
    )  # fmt: skip
    assert ran.returncode == code and says in ran.stdout + ran.stderr, ran.stdout + ran.stderr
