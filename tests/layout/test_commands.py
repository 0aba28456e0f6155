"""The tree of commands: names listed once, each in its file, loaded when it is called."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from worker.commands.main import command as root
from worker.commands.shared.tree import COMMANDS, Tree

HEAVY = {
    "celery",
    "kombu",
    "jinja2",
    "babel",
    "holidays",
    "jira",
    "starlette",
    "uvicorn",
    "pygal",
    "apprise",
    "requests",
}
FOLDER = Path(__file__).parents[2] / "worker" / "commands"


def found(path: str) -> click.Command:
    """The command as the command line finds it."""
    command: click.Command = root
    for name in path.split():
        assert isinstance(command, Tree)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


@pytest.mark.parametrize("path", COMMANDS)
def test_every_name_has_its_command(path: str) -> None:
    assert found(path).help == COMMANDS[path].help
    assert isinstance(found(path), Tree) == any(name.startswith(f"{path} ") for name in COMMANDS)


def test_every_command_has_a_name() -> None:
    modules = [
        ".".join(file.relative_to(FOLDER).with_suffix("").parts)
        for file in FOLDER.rglob("*.py")
        if file.stem not in ("__init__", "main") and "shared" not in file.parts
    ]
    having = {name for name in modules if hasattr(import_module(f"worker.commands.{name}"), "command")}
    named = {entry.module or path.replace(" ", ".") for path, entry in COMMANDS.items() if not entry.group}
    assert having == named


@pytest.mark.parametrize(
    ("words", "allowed", "code"),
    [
        ("--help", "", 0),
        ("failures --help", "", 0),
        ("failures list", "", 3),  # there is no Redis
        ("explain --grade SEV-2 --graded-at 2026-11-24T22:00:00-05:00", "holidays", 0),
        ("gate --at 2026-11-24T22:00:00-05:00", "holidays", 0),
    ],
)
def test_a_command_loads_no_more_than_it_needs(words: str, allowed: str, code: int, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom worker.commands.main import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('LOADED', *sorted(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *words.split()],
        cwd=tmp_path,
        env={"REDIS_URL": "redis://127.0.0.1:1/0", "JIRA_URL": "http://127.0.0.1:1", "JIRA_TOKEN": "none"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert HEAVY & set(ran.stdout.rpartition("LOADED")[2].split()) <= {allowed}
