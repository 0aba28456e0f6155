"""The tree of commands: names listed once, each in its file, loaded when it is called."""

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from worker.commands.main import command as root
from worker.commands.main import main
from worker.commands.shared.tree import COMMANDS, Tree
from worker.run import embedded_redis

HEAVY = {
    "celery",
    "kombu",
    "jinja2",
    "babel",
    "holidays",
    "jira",
    "starlette",
    "uvicorn",
    "apprise",
    "requests",
}
HEAVY_FOR_REDIS = HEAVY | {"pydantic", "structlog", "redis.asyncio.client", "email.message"}
CHECKING = {
    "pydantic",
    "pydantic_core",
    "tomllib",
    "redis",
    "structlog",
    "asyncio",
    "ssl",
    "hashlib",
    "difflib",
    "logging",
}
FOLDER = Path(__file__).parents[2] / "worker" / "commands"
OPERATE = Path(__file__).parents[2] / "docs" / "operate.md"


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


def said(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 0, words
    return capsys.readouterr().out


@pytest.mark.parametrize("group", ["", "gate", "webhook", "failures", "notify"])
def test_a_list_shows_every_command_and_cuts_nothing(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed = " ".join(said(f"{group} --help", capsys).partition("Commands:")[2].split())
    entries = {name: entry for name, entry in COMMANDS.items() if name.rpartition(" ")[0] == group}
    assert entries
    for name, entry in entries.items():
        assert f"{name.rpartition(' ')[2]} {entry.first_sentence}" in listed


@pytest.mark.parametrize("path", [path for path, entry in COMMANDS.items() if not entry.group])
def test_each_help_tells_every_exit_code_that_the_docs_have(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    codes = {int(code) for code in re.findall(r"(?m)^    (\d+) ", said(f"{path} --help", capsys))}
    table = OPERATE.read_text(encoding="utf-8").partition("## Commands")[2].partition("\n## ")[0]
    rows = [row.split(" | ") for row in table.splitlines() if re.search(named(path), row)]
    documented = {int(code) for row in rows for code in re.findall(r"(?:^|; )(\d+)\b", row[-1])}
    assert rows and codes == set(COMMANDS[path].all_exits) == documented | {2}, "2 is said of all above the table"


def named(path: str) -> str:
    """How the table of the docs begins a row on that command; the processes share one."""
    path = "web" if path in ("worker", "beat") else path
    return rf"^\| `escalation {path}[` ](?!explain|override)"


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("--version", capsys) == f"escalation {version('escalation-worker')}\n"


def test_a_misspelled_command_is_answered_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explian"])
    found = capsys.readouterr().err
    assert ended.value.code == 2
    assert found == "escalation: found 'explian', expected a command; did you mean explain? (see escalation --help)\n"


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
    loaded, ended, said = ran(words, "redis://127.0.0.1:1/0", tmp_path)
    assert ended == code, said
    assert HEAVY & loaded <= {allowed}


@pytest.mark.parametrize(
    ("words", "allowed", "code"),
    [
        ("alive", "", 1),  # no worker listens
        ("failures list", "", 0),
        ("failures list --json", "", 0),
        ("failures retry", "", 0),
        ("failures drop SUP-1", "", 2),  # not on the list
        ("gate overrides", "pydantic email.message", 0),  # reads the protocol file
    ],
)
def test_a_command_that_wants_redis_alone_loads_little_else(
    words: str, allowed: str, code: int, valkey: embedded_redis.Server, tmp_path: Path
) -> None:
    loaded, ended, said = ran(words, valkey.url, tmp_path)
    assert ended == code, said
    assert HEAVY_FOR_REDIS & loaded <= {*allowed.split()}


def ran(words: str, redis_url: str, folder: Path, **own: str) -> tuple[set[str], int, str]:
    """What the command has loaded by its end, its exit code, and what it said on stderr."""
    script = (
        "import sys\nfrom worker.commands.main import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('LOADED', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words.split()],
        cwd=folder,
        env={
            "REDIS_URL": redis_url,
            "JIRA_URL": "http://127.0.0.1:1",
            "JIRA_TOKEN": "none",
            "XDG_CACHE_HOME": str(folder),
            **own,
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return set(done.stdout.rpartition("LOADED")[2].split()), done.returncode, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "explain --grade SEV-2 --graded-at 2026-12-31T22:00:00-05:00",  # two years of the calendar
        "explain --grade SEV-1 --graded-at 2026-11-24T22:00:00-05:00 --json",
        "gate --at 2026-11-24T22:00:00-05:00",
    ],
)
def test_the_second_time_an_answer_by_the_clock_alone_loads_next_to_nothing(words: str, tmp_path: Path) -> None:
    protocol = (Path(__file__).parents[2] / "config" / "protocol.toml").read_text(encoding="utf-8")
    own = protocol.replace("ignored_holidays = []", 'ignored_holidays = ["Columbus Day"]')
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    first, again = (ran(words, "redis://127.0.0.1:1/0", tmp_path, PROTOCOL_FILE="own.toml") for _ in range(2))
    assert first[1:] == again[1:] == (0, "")
    assert {"pydantic", "holidays"} & first[0] and not (HEAVY | CHECKING) & again[0]
