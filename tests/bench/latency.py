"""How long people wait: label → three evaluations, third vote → client told, through the whole running system, as a
ratio to the sequential round trips that are needed (two and three; the budgets are two and four, design §6).

    python -m tests.bench.latency [cloud|dc] [seconds that each call to Jira takes]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from tests.system.conftest import System, until

ROUNDS = 5
QUIET = 1.5


def seconds_until(what: Callable[[], Any]) -> float:
    """From now until it is true."""
    began = time.monotonic()
    while not what():
        time.sleep(0.002)
    return time.monotonic() - began


def a_round(system: System) -> tuple[float, float, int]:
    """Seconds to the evaluations and to the client's answer, and the calls of the whole round."""
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails")
    before = len(jira.calls())
    jira.label(key, "escalation-requested")
    opened = seconds_until(lambda: len(jira.issue(key).subtasks) == 3)
    time.sleep(QUIET)
    system.vote(key, "SEV-2: one", "SEV-2: two")
    time.sleep(2 * QUIET)
    evaluation = system.evaluations(key)["engineering-manager"]
    jira.comment(evaluation.key, "SEV-2: three", by="erin")
    told = seconds_until(lambda: system.told(key))
    until(lambda: system.decided(key))
    time.sleep(QUIET)
    return opened, told, len(jira.calls()) - before


def main(flavour: Any = "cloud", latency: str = "0.2") -> None:
    """Prints a line a round; the first one also pays for what is remembered afterwards."""
    with Sandbox(flavour) as jira, tempfile.TemporaryDirectory() as folder:
        system = System(jira, Path(folder), SWEEP_SECONDS="300", LOG_LEVEL="WARNING").start()
        try:
            until(lambda: system.get("/readyz").status_code == 200)
            jira.faults.latency = one = float(latency)
            for _ in range(ROUNDS):
                opened, told, calls = a_round(system)
                trips = f"{opened / (2 * one):.2f} × 2 trips", f"{told / (3 * one):.2f} × 3 trips"
                print(f"label → evaluations {opened * 1000:.0f} ms ({trips[0]})", end="; ")
                print(f"third vote → client {told * 1000:.0f} ms ({trips[1]}); {calls} calls", flush=True)
        finally:
            system.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
