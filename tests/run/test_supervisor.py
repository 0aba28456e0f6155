"""`escalation run`: one line says that it is ready, what dies is started again, and nothing is left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from dotenv import dotenv_values

from config import protocol_file
from config.protocol import DEFAULT
from config.protocol_path import DEFAULT as DEFAULT_PATH
from config.settings import Settings
from worker.run import supervisor

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of a parent's death")
OURS = ("JIRA_", "REDIS_", "MAKE", "HOST", "PORT", "PROTOCOL_FILE", "NOTIFY_")
WITHOUT_OURS = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


@dataclass
class Running:
    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def children(self) -> dict[str, int]:
        """The processes of the system by name."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {name_of(int(pid)): int(pid) for pid in listed}

    def ready_line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


def name_of(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words[3] if words[1:3] == ["-m", "worker.commands.main"] else "redis"


def exists(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(true: Callable[[], bool], patience: float = 10) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    yield from started([sys.executable, "-m", "worker.commands.main", "run"], tmp_path)


@pytest.fixture
def under_make(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} -m worker.commands.main run\n")
    yield from started(["make", "run"], tmp_path)


def _hear_interrupts() -> None:
    """What a shell starts in the background ignores interrupts, make too, and these tests may have been."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(command: list[str], tmp_path: Path) -> Iterator[Running]:
    port, log = free_port(), tmp_path / "log"
    env = WITHOUT_OURS | {"PORT": str(port), "SWEEP_SECONDS": "7"}
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=_hear_interrupts,
        )
    try:
        yield Running(process, port, log)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(12)
        print(log.read_text()[-3000:])


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_alone_ends_everything(under_make: Running, how: signal.Signals) -> None:
    assert under_make.ready_line().startswith("ready ")
    [supervisor] = under_make.children().values()
    under_make.process.send_signal(how)
    under_make.process.wait(10)
    eventually(lambda: not exists(supervisor))


@LINUX
@pytest.mark.slow
def test_a_whole_life(running: Running) -> None:
    assert running.ready_line() == f"ready http://127.0.0.1:{running.port}\n"
    assert urllib.request.urlopen(f"http://127.0.0.1:{running.port}/healthz").status == 200
    eventually(lambda: "press Request escalation" in running.log.read_text())
    children = running.children()
    assert set(children) == {"redis", "sandbox", "worker", "web"}

    for name in ("worker", "redis", "web"):
        os.kill(children[name], signal.SIGKILL)
    eventually(lambda: set(running.children()) == set(children) and not killed(children) & alive(running))

    everybody = {*children.values(), *running.children().values()}
    asked = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert time.monotonic() - asked < 10
    assert not [pid for pid in everybody if exists(pid)]
    assert running.process.stdout and running.process.stdout.read() == "", "one line on stdout, and no more"


def killed(children: dict[str, int]) -> set[int]:
    return {children[name] for name in ("worker", "redis", "web")}


def alive(running: Running) -> set[int]:
    return {pid for pid in running.children().values() if exists(pid)}


@LINUX
@pytest.mark.slow
def test_a_command_beside_it_means_the_same_system_and_the_same_time(running: Running) -> None:
    assert running.ready_line().startswith("ready ")
    note = dotenv_values(running.log.parent / ".state" / "running.env")
    assert note["PORT"] == str(running.port) and note["SWEEP_SECONDS"] == "7", "set for that process alone"
    jump = requests.post(f"{note['JIRA_URL']}/sandbox/api/settings", json={"forward": 50 * 3600}, timeout=5)
    assert jump.ok
    command = [sys.executable, "-m", "worker.commands.main", "gate", "explain", "--json"]
    said = json.loads(subprocess.check_output(command, cwd=running.log.parent, env=WITHOUT_OURS, text=True))
    ahead = datetime.fromisoformat(said["evaluated_at"]) - datetime.now(UTC)
    assert round(ahead.total_seconds() / 3600) == 50


@LINUX
@pytest.mark.slow
def test_nothing_outlives_a_killed_supervisor(running: Running) -> None:
    assert running.ready_line().startswith("ready ")
    children = running.children()
    running.process.kill()
    eventually(lambda: not [pid for pid in children.values() if exists(pid)])


def refused(tmp_path: Path, *options: str, **environment: str) -> list[str]:
    """The lines with which a start with these settings is refused."""
    env = WITHOUT_OURS | environment
    command = [sys.executable, "-m", "worker.commands.main", "run", *options]
    ended = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=20)
    assert (ended.returncode, ended.stdout) == (2, "")
    return ended.stderr.splitlines()


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        [line] = refused(tmp_path, PORT=str(listening.getsockname()[1]))
    assert line.startswith("PORT: found ")


def test_so_is_a_port_of_the_sandbox_that_another_program_has(tmp_path: Path) -> None:
    """Else the worker would speak to that program, and show it a token."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = str(listening.getsockname()[1])
        [line] = refused(tmp_path, "--sandbox-port", taken, PORT=str(free_port()))
    assert line.startswith(f"--sandbox-port: found {taken}, which another program has")
    [line] = refused(tmp_path, "--sandbox-port", taken, PORT=taken)
    assert line == f"--sandbox-port: found {taken}, expected another port than PORT has"


def test_what_a_child_would_refuse_stops_the_start_with_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "protocol.toml").write_text(DEFAULT.read_text().replace('opens = "07:00"', 'opens = "soon"'))
    lines = refused(
        tmp_path,
        JIRA_URL="https://example.atlassian.net",
        PROTOCOL_FILE="protocol.toml",
        NOTIFY_URLS="nowhere://x",
        HOST="192.0.2.1",
    )
    named = ["JIRA_TOKEN", "JIRA_USER", "JIRA_WEBHOOK_SECRETS", "protocol.toml", "NOTIFY_URLS", "HOST"]
    assert [line.partition(":")[0] for line in lines] == named


def test_a_text_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "remind.md").write_text("{{ nobody_knows_this }}")
    for name, wrong, named in (("messages", "texts", "nobody_knows_this"), ("language", "fr", "'fr'")):
        text = re.sub(f'(?m)^{name} = "[^"]*"', f'{name} = "{wrong}"', DEFAULT.read_text())
        (tmp_path / "protocol.toml").write_text(text)
        [line] = refused(tmp_path, PROTOCOL_FILE="protocol.toml")
        assert named in line


NO_JIRA = ("JIRA_URL", "JIRA_TOKEN")


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("worker", (*NO_JIRA, "REDIS_URL")),
        ("beat", ("REDIS_URL",)),
        ("web", (*NO_JIRA, "REDIS_URL", "JIRA_WEBHOOK_SECRETS")),
    ],
)
def test_a_process_refuses_to_start_without_its_settings_and_names_all(
    tmp_path: Path, command: str, missing: tuple[str, ...]
) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA_", "REDIS_"))}
    start = [sys.executable, "-m", "worker.commands.main", command]
    ended = subprocess.run(start, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert [line.partition(": not set")[0] for line in ended.stderr.splitlines()] == list(missing)


def test_on_a_sandbox_data_center_the_shipped_protocol_names_people_by_user_name(tmp_path: Path) -> None:
    settings = Settings(protocol_file=DEFAULT_PATH)
    copied = supervisor._on_data_center(settings, tmp_path)
    rules = protocol_file.load(copied["PROTOCOL_FILE"])
    assert [seat.holder for seat in rules.panel.seats] == ["petra", "sam", "erin"]
    own = settings.model_copy(update={"protocol_file": tmp_path / "own.toml"})
    assert supervisor._on_data_center(own, tmp_path) == {}, "a protocol of one's own is taken as it is"
