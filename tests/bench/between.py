"""Sweeps that are not the first, beside the build of commit 548ff66 (where the history has it) in the same run: ten
thousand graded tickets of which ten fall due, sixty open rounds at rest, and what an idle system asks in an hour.
Jira takes 50 ms a call; looks are made by 24 threads, as in a worker.

    python -m tests.bench.between [N = 10000] [rounds = 60]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from tests.bench.parts.figure import Figure
from tests.storytelling import SEATS, Clock
from tests.sweep.conftest import NOW, TOLD, graded
from worker import log
from worker.run import embedded_redis

OLD, ROOT, LATENCY = "548ff66", Path(__file__).parents[2], 0.05
PROBES = {"old": 60, "new": 12}  # how often an hour web asks who we are


@dataclass(frozen=True, slots=True)
class Turn:
    """A sweep and its looks: searches, all calls, looks, and seconds until all was looked at that the sweep found."""

    searches: int
    calls: int
    looks: int
    seconds: float


class Worker:
    """A worker's sweeps on a sandbox, by one build."""

    def __init__(self, jira: Sandbox, clock: Clock, process: "subprocess.Popen[str]") -> None:
        self.jira, self.clock, self.process = jira, clock, process

    def turn(self, **later: float) -> Turn:
        """The next sweep, so much later."""
        self.clock.forward(**later)
        before, process = len(self.jira.calls()), self.process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{self.clock().isoformat()}\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        calls = [call.path for call in self.jira.calls()[before:]]
        return Turn(sum("search" in path for path in calls), len(calls), said["looks"], said["seconds"])


@contextmanager
def worker(tree: Path, jira: Sandbox, clock: Clock) -> Iterator[Worker]:
    """A worker of that build, with a Redis of its own."""
    with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS"))}
        user = {"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {}
        own = {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token(), "REDIS_URL": server.url, "PYTHONPATH": str(tree)}
        own |= {"PROTOCOL_FILE": str(protocol(tree, jira, Path(folder))), "SWEEP_LIMIT": "1000", **user}
        line = [sys.executable, "-P", str(Path(__file__).with_name("parts") / "sweep_apart.py")]
        process = subprocess.Popen(
            line, env=clean | own, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Worker(jira, clock, process)
        finally:
            process.kill()
            process.wait()


def protocol(tree: Path, jira: Sandbox, folder: Path) -> Path:
    """That build's default protocol, with this flavour's ids."""
    text = (tree / "config" / "protocol.toml").read_text()
    for nick in SEATS.values():
        text = text.replace(jira.user(nick).account_id, jira.id_of(nick))
    (folder / "protocol.toml").write_text(text)
    return folder / "protocol.toml"


@contextmanager
def builds() -> Iterator[dict[str, Path]]:
    """This build and, where the history has it, the old one."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", OLD], cwd=ROOT, capture_output=True, check=False)
        if packed.returncode == 0:
            subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        yield ({"old": Path(folder)} if packed.returncode == 0 else {}) | {"new": ROOT}


def due(tree: Path, tickets: int, latency: float) -> tuple[Turn, Turn, Turn]:
    """The first sweep, one at rest, and one by which ten have fallen due."""
    clock = Clock(NOW)
    with ExitStack() as stack:
        jira = stack.enter_context(Sandbox("cloud", clock=clock))
        wanting, every = replace(TOLD, look_again_at=NOW + timedelta(minutes=40)), max(1, tickets // 10)
        for number in range(tickets):
            graded(jira, wanting if number % every == 0 else TOLD)
        jira.reindex()
        jira.faults.latency = latency
        there = stack.enter_context(worker(tree, jira, clock))
        first = there.turn()
        there.turn(minutes=5)
        return first, there.turn(minutes=25), there.turn(minutes=15)


def rounds(tree: Path, flavour: Any, many: int) -> Turn:
    """A sweep over that many open rounds at rest."""
    clock = Clock(NOW)
    with ExitStack() as stack:
        jira = stack.enter_context(Sandbox(flavour, clock=clock))
        for _ in range(many):
            jira.create_ticket("OPS", labels=["escalation-requested"])
        jira.reindex()
        there = stack.enter_context(worker(tree, jira, clock))
        for _ in range(3):
            there.turn(seconds=30)
        return there.turn(minutes=5)


def figures(quick: bool) -> Iterator[Figure]:
    """Each with what the old build needed beside it."""
    yield from _figures(*((200, 3) if quick else (10_000, 60)), 0.0 if quick else LATENCY, old=not quick)


def _figures(tickets: int, many: int, latency: float, *, old: bool) -> Iterator[Figure]:
    with builds() as trees:
        chosen = {name: tree for name, tree in trees.items() if old or name == "new"}
        found = {name: due(tree, tickets, latency) for name, tree in chosen.items()}
        yield _each("searches of a sweep, not the first, 10 due", {n: f[2].searches for n, f in found.items()}, "≤ 5")
        seconds = {name: round(f[2].seconds, 2) for name, f in found.items()}
        yield _each("seconds until the 10 are looked at", seconds, "≤ a tenth")
        yield _each("looks of it", {name: f[2].looks for name, f in found.items()}, "10")
        hourly = {name: _hour(name, f, 12) for name, f in found.items()}
        yield _each("calls an hour, idle, SWEEP_SECONDS=300", hourly, "≤ 40 + a full sweep in six")
        yield _each("… polling every 20 s", {"new": _hour("new", found["new"], 180)}, "≤ 360")
        for flavour in ("cloud", "dc"):
            at_rest = {name: rounds(tree, flavour, many) for name, tree in chosen.items()}
            told = {name: f"{turn.looks} looks, {turn.calls} calls" for name, turn in at_rest.items()}
            yield _each(f"a sweep over {many} open rounds at rest, {flavour}", told, "0 looks")


def _hour(name: str, turns: tuple[Turn, Turn, Turn], sweeps: int) -> str:
    first, rest, _ = turns
    whole = f" + {first.calls} in six hours" if name == "new" else ""
    return f"{sweeps * rest.calls + PROBES[name]}{whole}"


def _each(name: str, values: dict[str, Any], wanted: str) -> Figure:
    words = {"old": f"{OLD}: ", "new": "now: "}
    return Figure(name, "; ".join(f"{words[name]}{value}" for name, value in values.items()), wanted)


def main(tickets: str = "10000", many: str = "60") -> None:
    """Prints a line for each."""
    log.set_up("console", "CRITICAL")
    for each in _figures(int(tickets), int(many), LATENCY, old=True):
        print(each.line(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
