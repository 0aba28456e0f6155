"""Everything is killed at one call of a round, before Jira has processed it or before its answer arrives, and started
again: the same Jira in the end, nothing twice (design §5.2). Real processes, real kill -9, sampled over all calls.
"""

import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.system.conftest import System, until

SEED = 20261122
SAMPLES = 8
VOTES = ("SEV-1: all is down", "SEV-2: some\n\nClient: It is slow at the moment.", "SEV-2: slow")


class Killer:
    """Kills the system at the n-th call of the worker, and has it started again."""

    def __init__(self, system: System, at: int, *, processed: bool) -> None:
        self.system, self.at, self.processed = system, at, processed
        self.calls = 0
        self.struck, self.killed = threading.Event(), False
        self.again = threading.Thread(target=self._start_again)
        system.jira.on_call(self._see)

    def _see(self, when: str, record: Any) -> None:
        if when != ("after" if self.processed else "before") or record.account != self.system.jira.user("bot").nick:
            return
        self.calls += 1
        if self.calls == self.at and not self.killed:
            self.system.kill()
            self.killed = True
            self.struck.set()
            if not self.processed:
                raise ConnectionAbortedError("the worker died before Jira had it")

    def _start_again(self) -> None:
        if self.struck.wait(60) and self.killed:
            self.system.start()


def a_round(jira: Sandbox, folder: Path, at: int = 0, *, processed: bool = True) -> tuple[dict[str, Any], int]:
    """A whole round, the system killed at call number `at` (0: never); the Jira it ends in, and the number of calls."""
    system = System(jira, folder, SWEEP_SECONDS="2").start()
    until(lambda: system.get("/readyz").status_code == 200)
    killer = Killer(system, at, processed=processed)
    killer.again.start()
    try:
        key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        system.opened(key)
        system.vote(key, *VOTES)
        until(lambda: system.decided(key), 40)
        return outcome(system, key), killer.calls
    finally:
        killer.struck.set()
        killer.again.join(30)
        system.stop()


def outcome(system: System, key: str) -> dict[str, Any]:
    """What people would see, without ids and instants."""
    ticket = system.jira.issue(key)
    ours = [comment for comment in ticket.comments if comment.author == "bot"]
    below = [
        comment.text for e in system.evaluations(key).values() for comment in e.comments if comment.author == "bot"
    ]
    return {
        "labels": ticket.labels,
        "due": ticket.duedate,
        "evaluations": sorted((seat, e.status, e.assignee) for seat, e in system.evaluations(key).items()),
        "sub-tasks": len(ticket.subtasks),
        "heads": Counter((comment.public, comment.text.split("\n")[0]) for comment in ours),
        "below": Counter(text.split("\n")[0] for text in below),
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_killed_at_a_call_and_started_again(flavour: Any, tmp_path: Path) -> None:
    def fresh(name: str, at: int = 0, *, processed: bool = True) -> tuple[dict[str, Any], int]:
        folder = tmp_path / name
        folder.mkdir()
        with Sandbox(flavour) as jira:
            return a_round(jira, folder, at, processed=processed)

    undisturbed, calls = fresh("undisturbed")
    points = [(at, processed) for at in range(1, calls + 1) for processed in (True, False)]
    for at, processed in random.Random(SEED).sample(points, SAMPLES):
        disturbed, _ = fresh(f"{at}-{processed}", at, processed=processed)
        assert disturbed == undisturbed, f"killed at call {at} of {calls}, processed: {processed}, seed {SEED}"
    print(f"{flavour}: killed at {SAMPLES} of {len(points)} points of {calls} calls")
