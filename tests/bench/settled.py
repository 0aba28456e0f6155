"""What a look at a settled ticket costs in processor time beside the build of commit 548ff66 (where the history has
it), in the same run: one worker, one thread. Tickets that were only graded, and such whose whole round was played, with
three evaluations, talk and changes; shown as they were at the last look, the same by a process that has just started,
and looked at whole, as after a change; called directly, and by a Celery worker.

    python -m tests.bench.settled [--quick]

Both builds run on the same Python with the same packages.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis

from sandbox import Sandbox
from tests.bench.between import builds, protocol
from tests.bench.parts.figure import Figure, show
from tests.bench.parts.stage import calm, spent
from tests.bench.sweep import fill
from tests.storytelling import Clock, Story
from tests.system.conftest import until
from worker.queue import queues, store
from worker.run import embedded_redis

TICKETS = 40
TALK = 10  # comments and changes on each ticket, and comments on each of its evaluations
AT_REST, RESTARTED, WHOLE, CELERY = "at rest", "at rest, after a restart", "whole", "at rest, by a Celery worker"
AGO = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class House:
    """A Jira with settled tickets."""

    jira: Sandbox
    ids: Sequence[str]


def figures(quick: bool) -> Iterator[Figure]:
    """A line for each flavour, kind of ticket and way of looking."""
    tickets, rounds = (3, 1) if quick else (TICKETS, 6)
    with builds() as trees:
        for flavour in ("cloud",) if quick else ("cloud", "dc"):
            for name, house in (("graded", _graded), ("a whole round", _played)):
                with house(flavour, tickets) as there:
                    yield from _of(f"{flavour}, {name}", there, {"new": trees["new"]} if quick else trees, rounds)


def _of(name: str, house: House, trees: Mapping[str, Path], rounds: int) -> Iterator[Figure]:
    found = {build: _costs(house, tree, rounds) for build, tree in trees.items()}
    for way in (AT_REST, RESTARTED, WHOLE, CELERY):
        each = {build: costs[way] for build, costs in found.items()}
        told = f"{each['new']:.2f} ms"
        if "old" in each:
            told += f", before {each['old']:.2f} ms: {each['new'] / each['old']:.2f} ×"
        yield Figure(f"{name}: {way}", told, "" if way == WHOLE else "≤ 0.6 ×")


# -- the tickets


@contextmanager
def _graded(flavour: str, tickets: int) -> Iterator[House]:
    """Tickets that only have a record and a label."""
    with Sandbox("dc" if flavour == "dc" else "cloud") as jira:
        fill(jira, tickets, 0)
        yield House(jira, [jira.issue(f"OPS-{number}").id for number in range(1, tickets + 1)])


@contextmanager
def _played(flavour: str, tickets: int) -> Iterator[House]:
    """Tickets whose round was played: asked for, voted on, told; and about which people have talked since."""
    clock = Clock(datetime.now(UTC) - AGO)
    with Sandbox("dc" if flavour == "dc" else "cloud", clock=clock) as jira:
        yield House(jira, [_played_ticket(jira, clock) for _ in range(tickets)])


def _played_ticket(jira: Sandbox, clock: Clock) -> str:
    story = Story(jira, clock)
    story.request("OPS")
    story.vote("SEV-2 because nothing can be printed\n\nClient: Printing fails.", "SEV-2, I spoke with them", "SEV-2")
    for number in range(TALK):
        jira.comment(story.key, f"Number {number} of what people say about a ticket, at some length. " * 3, by="sam")
        jira.label(story.key, f"topic-{number}", by="sam")
        for evaluation in story.evaluations():
            jira.comment(evaluation.key, f"Thanks, {number}", by="petra")
    return story.now.id


# -- the looks


def _costs(house: House, tree: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of processor time a look, by the way of looking."""
    with tempfile.TemporaryDirectory() as folder, embedded_redis.started(Path(folder)) as server:
        given = environment(house.jira, tree, Path(folder), server.url)
        whole = looks(house.ids, rounds, given, "whole")
        at_rest = looks(house.ids, rounds, given)
        restarted = min(looks(house.ids, 1, given) for _ in range(min(rounds, 3)))
        with store.connect(server.url) as kv:
            return {AT_REST: at_rest, RESTARTED: restarted, WHOLE: whole, CELERY: _by_celery(house, kv, rounds, given)}


def environment(jira: Sandbox, tree: Path, folder: Path, redis_url: str) -> dict[str, str]:
    """What a worker of that build is started with."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JIRA", "REDIS", "MAKE", "PYTHONDONTWRITE"))
    }
    own = {"JIRA_URL": jira.url, "JIRA_TOKEN": jira.token(), "REDIS_URL": redis_url, "SWEEP_LIMIT": "1000"}
    own |= {"JIRA_USER": jira.email()} if jira.flavour == "cloud" else {}
    own |= {"PROTOCOL_FILE": str(protocol(tree, jira, folder)), "PYTHONPATH": str(tree), "LOG_LEVEL": "CRITICAL"}
    return clean | own


def looks(ids: Sequence[str], rounds: int, given: Mapping[str, str], *how: str) -> float:
    """Milliseconds of processor time a look, called directly in a process of its own."""
    line = [
        sys.executable,
        "-P",
        str(Path(__file__).with_name("parts") / "looks_apart.py"),
        ",".join(ids),
        str(rounds),
        *how,
    ]
    said = subprocess.run(line, env=dict(given), capture_output=True, text=True, check=True, timeout=300)
    return float(said.stdout)


def _by_celery(house: House, kv: redis.Redis, rounds: int, given: Mapping[str, str]) -> float:
    line = [sys.executable, "-P", str(Path(__file__).with_name("parts") / "worker_apart.py")]
    running, queue = subprocess.Popen(line, env=dict(given)), queues.tickets(kv)

    def settled() -> bool:
        return not any(queue.sizes()[name] for name in ("dirty", "held"))

    def spends() -> float:
        calm(0.5)
        kv.delete("tickets:hints", "tickets:began")  # many looks in a short while are no flood here
        before = spent(running.pid)
        queue.mark(house.ids)
        until(settled, 60)
        return (spent(running.pid) - before) / len(house.ids) * 1000

    try:
        kv.delete("tickets:sweep:finished")
        until(lambda: queue.sweep_age() is not None and settled(), 60)
        return min([spends() for _ in range(rounds + 1)][1:])
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(15)


if __name__ == "__main__":
    show(figures)
