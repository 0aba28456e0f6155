"""All benches, one after the other; prints their figures and writes them to docs/speed.md.

    python -m tests.bench [--quick] [--date YYYY-MM-DD]

With `--quick` each bench only shows that it works, and nothing is written. The date is the commit's unless one is
given.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.bench import (
    beside,
    between,
    calls,
    comments,
    flood,
    footprint,
    gate,
    intake,
    latency,
    looks,
    pages,
    settled,
    sweep,
)
from tests.bench.parts.figure import commit, machine, show, table

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
BENCHES = {
    "Intake": (intake, "intake"),
    "How long people wait": (latency, "latency"),
    "Calls a round": (calls, "calls"),
    "Looks": (looks, "looks"),
    "Reading comments": (comments, "comments"),
    "Floods": (flood, "flood"),
    "The sweep": (sweep, "sweep"),
    "Sweeps between full ones": (between, "between"),
    "The gate": (gate, "gate"),
    "The pages": (pages, "pages"),
    "Memory and start-up": (footprint, "footprint"),
    "Beside an older build": (beside, "beside"),
    "Looks at settled tickets": (settled, "settled"),
}


def main() -> None:
    """Runs them."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench")
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--date")
    given = asked.parse_args()
    began, parts = time.monotonic(), [_head(given.date)]
    for title, (bench, name) in BENCHES.items():
        print(f"== {title}", flush=True)
        figures = table(show(bench.figures))
        parts.append(f"## {title}\n\n{_about(bench)}\n\n    .venv/bin/python -m tests.bench.{name}\n\n{figures}\n")
    print(f"== {time.monotonic() - began:.0f} s in all")
    if not given.quick:
        PAGE.write_text("\n".join(parts), encoding="utf-8")


def _head(date: str | None) -> str:
    short, day = commit()
    return f"""# Speed

What `make bench` measured on {machine()},
at commit {short} ({date or day}). Every figure comes from the command above its table; ratios hold elsewhere, absolute
figures only here. What it means for growth: [scale.md](scale.md).
"""


def _about(bench: object) -> str:
    """The first paragraph of a bench's own description, which says how it measures."""
    return " ".join((bench.__doc__ or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    sys.exit(main())
