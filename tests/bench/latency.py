"""How long people wait: label → three evaluations, third vote → client told, through the whole running system, as a
ratio to the sequential round trips that are needed (two and three; the budgets are two and four, design §6).

    python -m tests.bench.latency [cloud|dc] [seconds that each call to Jira takes]

Prints one line a round; `figures` gives the medians at three latencies.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from sandbox import Sandbox
from tests.bench.parts.figure import Figure
from tests.system.conftest import System, until

ROUNDS = 4
LATENCIES = (0.0, 0.05, 0.2)
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


def rounds(flavour: Any, latency: float, many: int) -> Iterator[tuple[float, float, int]]:
    """So many rounds of a system of their own; the first one also pays for what is remembered afterwards."""
    with Sandbox(flavour) as jira, tempfile.TemporaryDirectory() as folder:
        system = System(jira, Path(folder), SWEEP_SECONDS="300", LOG_LEVEL="WARNING").start()
        try:
            until(lambda: system.get("/readyz").status_code == 200)
            jira.faults.latency = latency
            for _ in range(many):
                yield a_round(system)
        finally:
            system.stop()


def figures(quick: bool) -> Iterator[Figure]:
    """Medians on Cloud, against the round trips that are needed and against the budget."""
    for one in LATENCIES[1:2] if quick else LATENCIES:
        _, *warm = rounds("cloud", one, 2 if quick else ROUNDS)
        opened, told = (median(each[part] for each in warm) for part in (0, 1))
        name = f"Jira {one * 1000:.0f} ms"
        yield Figure(f"{name}: label → three evaluations", in_trips(opened, 2, one), f"≤ {2000 * one + 100:.0f} ms")
        yield Figure(f"{name}: third vote → client told", in_trips(told, 3, one), f"≤ {4000 * one + 200:.0f} ms")


def in_trips(seconds: float, trips: int, one: float) -> str:
    """Milliseconds, and how often the round trips that are needed one after the other would fit in."""
    return f"{seconds * 1000:.0f} ms" + (f", {seconds / (trips * one):.2f} × {trips} trips" if one else "")


def main(flavour: Any = "cloud", latency: str = "0.2") -> None:
    """Prints a line a round."""
    one = float(latency)
    for opened, told, calls in rounds(flavour, one, ROUNDS):
        print(f"label → evaluations {in_trips(opened, 2, one)}", end="; ")
        print(f"third vote → client {in_trips(told, 3, one)}; {calls} calls", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
