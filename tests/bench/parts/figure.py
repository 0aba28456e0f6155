"""A figure of a bench, on what it was measured, and how it is shown: as a line on the terminal, as a row of a table."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worker import log


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what came out, and what it is held against."""

    what: str
    value: str
    target: str = ""

    def line(self) -> str:
        """For the terminal."""
        return f"{self.what}: {self.value}" + (f" (wanted: {self.target})" if self.target else "")

    def row(self) -> str:
        """For docs/speed.md."""
        return f"| {self.what} | {self.value} | {self.target} |"


Bench = Callable[[bool], Iterator[Figure]]
"""A bench gives its figures one by one; asked to be quick it only shows that it works."""


def show(bench: Bench) -> list[Figure]:
    """Runs a bench and prints each figure as soon as it is there; `--quick` on the command line makes it quick."""
    log.set_up("console", "CRITICAL")
    found = []
    for figure in bench("--quick" in sys.argv):
        print(figure.line(), flush=True)
        found.append(figure)
    return found


def table(figures: Iterable[Figure]) -> str:
    """As Markdown."""
    return "\n".join(("| what | measured | wanted |", "|---|---|---|", *(figure.row() for figure in figures)))


def machine() -> str:
    """Cores, processor, Python, and what else the machine was doing."""
    load = os.getloadavg()[0]
    cores = f"{os.cpu_count()} cores ({_processor()})"
    return f"{cores}, {platform.system()}, Python {platform.python_version()}, load {load:.1f} at the start"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def commit() -> tuple[str, str]:
    """The commit that was measured and its day; unknown outside a repository."""
    said = subprocess.run(
        ["git", "log", "-1", "--format=%h %cs"], capture_output=True, text=True, check=False
    ).stdout.split()
    return (said[0], said[1]) if len(said) == 2 else ("unknown", "unknown")
