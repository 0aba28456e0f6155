"""What this build costs beside that of commit 548ff66 (where the history has it), in the same run: memory of the whole
system at rest, how long it takes until it is ready, commands as multiples of Python's own start (what a command has
kept for the next is there from the second time on; the first time is told apart), the processor time of a look at a
settled ticket by one worker with one thread.

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox import Sandbox
from tests.bench import settled
from tests.bench.between import builds
from tests.bench.parts.events import SECRET
from tests.bench.parts.figure import Figure, show
from tests.bench.parts.stage import calm, free_port, memory, stage
from tests.bench.sweep import fill
from worker.run import embedded_redis

COMMANDS = {
    "explain": ("explain", "--grade", "SEV-2", "--graded-at", "2026-11-23T10:00:00-05:00"),
    "gate off-hours": ("gate", "--at", "2026-11-23T23:00:00-05:00"),
    "failures list": ("failures", "list"),
}
WANTED = {"explain": 8, "gate off-hours": 8, "failures list": 15}
STARTS = {
    "again": "processor time in multiples of Python's start, from the second time on",
    "wall": "the same by the clock on the wall",
    "first": "processor time the first time, when nothing is kept yet",
}
TICKETS = 60
REST_SECONDS = 6


def figures(quick: bool) -> Iterator[Figure]:
    """A line for each, the old build's first where there is one."""
    times = 2 if quick else 7
    with builds() as trees:
        yield from _memory(trees)
        ready = {name: min(_ready(tree) for _ in range(min(times, 4))) for name, tree in trees.items()}
        yield _figure("`escalation run`: until it says `ready`", ready, "s", "≤ 0.5 ×")
        for name, words in COMMANDS.items():
            starts = {build: _starts(tree, words, times) for build, tree in trees.items()}
            for which, said in STARTS.items():
                found = {build: each[which] for build, each in starts.items()}
                yield _figure(f"`{name}`: {said}", found, "", "" if which == "first" else f"≤ {WANTED[name]}")
        for flavour in ("cloud", "dc"):
            looks = _looks(flavour, trees, 2 if quick else 5)
            yield _figure(f"{flavour}: processor time of a look at a settled ticket", looks, "ms", "≤ 0.6 ×")


def _memory(trees: Mapping[str, Path]) -> Iterator[Figure]:
    """At rest, in PSS."""
    run = "`escalation run`: memory of all processes at rest (PSS)"
    for what, bare in ((run, False), (f"{run}, without redis-server: the wheel's Valkey", True)):
        yield _figure(what, {build: _at_rest(tree, bare=bare) for build, tree in trees.items()}, "MB", "≤ 120 MB")
    for name in ("web", "worker", "beat"):
        alone = {build: _alone(tree, name) for build, tree in trees.items()}
        yield _figure(f"`escalation {name}` alone: memory at rest (PSS)", alone, "MB", "")


def _figure(name: str, found: Mapping[str, float], unit: str, wanted: str) -> Figure:
    told = f"{found['new']:.2f} {unit}".strip()
    if "old" in found:
        told += f", before {found['old']:.2f} {unit}".rstrip() + f": {found['new'] / found['old']:.2f} ×"
    return Figure(name, told, wanted)


# -- the whole system


@contextmanager
def _running(tree: Path, *, bare: bool = False) -> "Iterator[tuple[subprocess.Popen[str], float]]":
    """`escalation run` of that build on a sandbox of its own, and the seconds until it was ready. `bare`: no server of
    the system's is found."""
    with Sandbox("cloud") as jira, tempfile.TemporaryDirectory() as folder:
        own = {"JIRA_URL": jira.url, "JIRA_USER": jira.email(), "JIRA_TOKEN": jira.token(), "PORT": str(free_port())}
        own |= {"JIRA_WEBHOOK_SECRETS": SECRET.decode(), "LOG_LEVEL": "ERROR", **({"PATH": folder} if bare else {})}
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


def _at_rest(tree: Path, *, bare: bool = False) -> float:
    with _running(tree, bare=bare) as (running, _):
        calm(REST_SECONDS)
        return sum(memory(pid) for pid in _family(running.pid))


def _alone(tree: Path, name: str) -> float:
    """MB of a process of the Procfile."""
    own = {"LOG_LEVEL": "ERROR", "PYTHONPATH": str(tree), "PORT": str(free_port()), "PROTOCOL_FILE": ""}
    with stage(**own) as on:
        env = _clean() | on.environment
        running = subprocess.Popen(
            [sys.executable, "-m", _main(tree), name], env=env, cwd=on.folder, stderr=subprocess.DEVNULL
        )
        try:
            calm(REST_SECONDS)
            return memory(running.pid)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(15)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


# -- commands


def _starts(tree: Path, words: tuple[str, ...], times: int) -> dict[str, float]:
    """What a command takes in multiples of Python's own start, the least of several tries in turns."""
    python, command = [sys.executable, "-c", "pass"], [sys.executable, "-m", _main(tree), *words]
    took: dict[str, list[tuple[float, float]]] = {"python": [], "first": [], "again": []}
    with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
        env = _clean() | {"PYTHONPATH": str(tree), "REDIS_URL": server.url}
        _spent(command, env, folder)  # compiles the build, if nobody has
        for _ in range(times):
            with tempfile.TemporaryDirectory() as caches:
                kept = env | {"XDG_CACHE_HOME": caches}
                for what, line in (("python", python), ("first", command), ("again", command)):
                    took[what].append(_spent(line, kept, folder))
    processor, wall = ({what: min(column) for what, column in _column(took, at)} for at in (0, 1))
    return {
        "again": processor["again"] / processor["python"],
        "wall": wall["again"] / wall["python"],
        "first": processor["first"] / processor["python"],
    }


def _column(took: Mapping[str, list[tuple[float, float]]], at: int) -> Iterator[tuple[str, list[float]]]:
    return ((what, [each[at] for each in tries]) for what, tries in took.items())


def _spent(line: list[str], env: Mapping[str, str], folder: str) -> tuple[float, float]:
    """Seconds of processor time, and on the wall."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(line, env=dict(env), cwd=folder, capture_output=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode == 0, ran.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


# -- looks


def _looks(flavour: str, trees: Mapping[str, Path], rounds: int) -> dict[str, float]:
    """Milliseconds of processor time a look; settled.py has other tickets and other ways of looking."""
    found = {}
    with Sandbox("dc" if flavour == "dc" else "cloud") as jira:
        fill(jira, TICKETS, 0)
        ids = [jira.issue(f"OPS-{number}").id for number in range(1, TICKETS + 1)]
        for name, tree in trees.items():
            with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
                found[name] = settled.looks(ids, rounds, settled.environment(jira, tree, Path(folder), server.url))
    return found


if __name__ == "__main__":
    show(figures)
