"""What this build costs beside that of commit 548ff66 (where the history has it), in the same run: memory of the whole
system at rest, how long it takes until it is ready, commands as multiples of Python's own start, the processor time of
a look at a settled ticket by one worker with one thread.

    python -m tests.bench.beside [--quick]

Both builds run on the same Python with the same packages.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox import Sandbox
from tests.bench.between import builds, protocol
from tests.bench.events import SECRET
from tests.bench.figure import Figure, show
from tests.bench.stage import calm, free_port, memory
from tests.bench.sweep import fill
from worker.run import embedded_redis

COMMANDS = {
    "explain": ("explain", "--grade", "SEV-2", "--graded-at", "2026-11-23T10:00:00-05:00"),
    "gate off-hours": ("gate", "--at", "2026-11-23T23:00:00-05:00"),
    "failures list": ("failures", "list"),
}
WANTED = {"explain": 8, "gate off-hours": 8, "failures list": 15}
TICKETS = 60
REST_SECONDS = 6


def figures(quick: bool) -> Iterator[Figure]:
    """A line for each, the old build's first where there is one."""
    times = 2 if quick else 7
    with builds() as trees:
        yield from _beside("`escalation run`: memory of all processes at rest (PSS)", trees, _at_rest, "MB", "≤ 120 MB")
        ready = {name: min(_ready(tree) for _ in range(min(times, 4))) for name, tree in trees.items()}
        yield _figure("`escalation run`: until it says `ready`", ready, "s", "≤ 0.5 ×")
        for name, words in COMMANDS.items():
            found = {build: _multiple(tree, words, times) for build, tree in trees.items()}
            wanted = f"≤ {WANTED[name]}"
            yield _figure(f"`{name}`, processor time in multiples of Python's start", found, "", wanted)
        for flavour in ("cloud", "dc"):
            looks = _looks(flavour, trees, 2 if quick else 5)
            yield _figure(f"{flavour}: processor time of a look at a settled ticket", looks, "ms", "≤ 0.6 ×")


def _beside(
    name: str, trees: Mapping[str, Path], of: Callable[[Path], float], unit: str, wanted: str
) -> Iterator[Figure]:
    yield _figure(name, {build: of(tree) for build, tree in trees.items()}, unit, wanted)


def _figure(name: str, found: Mapping[str, float], unit: str, wanted: str) -> Figure:
    told = f"{found['new']:.2f} {unit}".strip()
    if "old" in found:
        told += f", before {found['old']:.2f} {unit}".rstrip() + f": {found['new'] / found['old']:.2f} ×"
    return Figure(name, told, wanted)


# -- the whole system


@contextmanager
def _running(tree: Path) -> "Iterator[tuple[subprocess.Popen[str], float]]":
    """`escalation run` of that build on a sandbox of its own, and the seconds until it was ready."""
    with Sandbox("cloud") as jira, tempfile.TemporaryDirectory() as folder:
        own = {"JIRA_URL": jira.url, "JIRA_USER": jira.email(), "JIRA_TOKEN": jira.token(), "PORT": str(free_port())}
        own |= {"JIRA_WEBHOOK_SECRETS": SECRET.decode(), "LOG_LEVEL": "ERROR"}
        began = time.monotonic()
        line = [sys.executable, "-m", "worker.commands.main" if (tree / "worker/commands").is_dir() else "worker.cli"]
        running = subprocess.Popen(
            [*line, "run"],
            env=_clean() | own | {"PYTHONPATH": str(tree)},
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ready ")
            yield running, time.monotonic() - began
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(15)


def _main(tree: Path) -> str:
    """The module of that build's command line."""
    return "worker.commands.main" if (tree / "worker" / "commands").is_dir() else "worker.cli"


def _clean() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JIRA", "REDIS", "MAKE", "PYTHONDONTWRITE"))
    }


def _ready(tree: Path) -> float:
    with _running(tree) as (_, seconds):
        return seconds


def _at_rest(tree: Path) -> float:
    with _running(tree) as (running, _):
        calm(REST_SECONDS)
        return sum(memory(pid) for pid in _family(running.pid))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


# -- commands


def _multiple(tree: Path, words: tuple[str, ...], times: int) -> float:
    """The processor time of a command, in multiples of Python's own start."""
    with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
        env = _clean() | {"PYTHONPATH": str(tree), "REDIS_URL": server.url}
        took = {
            what: min(_spent([sys.executable, *line], env, folder) for _ in range(times))
            for what, line in {"python": ["-c", "pass"], "command": ["-m", _main(tree), *words]}.items()
        }
    return took["command"] / took["python"]


def _spent(line: list[str], env: Mapping[str, str], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(line, env=dict(env), cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode == 0, ran.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# -- looks


def _looks(flavour: str, trees: Mapping[str, Path], rounds: int) -> dict[str, float]:
    """Milliseconds of processor time a look."""
    found = {}
    with Sandbox("dc" if flavour == "dc" else "cloud") as jira:
        fill(jira, TICKETS, 0)
        ids = ",".join(jira.issue(f"OPS-{number}").id for number in range(1, TICKETS + 1))
        for name, tree in trees.items():
            with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
                own = {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token(), "REDIS_URL": server.url, "SWEEP_LIMIT": "1000"}
                own |= {"JIRA_USER": jira.email()} if flavour == "cloud" else {}
                own |= {"PROTOCOL_FILE": str(protocol(tree, jira, Path(folder))), "PYTHONPATH": str(tree)}
                line = [sys.executable, "-P", str(Path(__file__).with_name("looks_apart.py")), ids, str(rounds)]
                said = subprocess.run(
                    line, env=_clean() | own, cwd=folder, capture_output=True, text=True, check=True, timeout=300
                )
                found[name] = float(said.stdout)
    return found


if __name__ == "__main__":
    show(figures)
