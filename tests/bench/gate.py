"""How long the gate takes to answer without Jira, as a ratio to what no answer could do without: Python's own start for
the command, the same server answering a fixed text for HTTP. Run by hand: `.venv/bin/python -m tests.bench.gate`."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from time import perf_counter

import requests
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from config import protocol_file
from tests.bench.parts.figure import Figure, show
from tests.release.conftest import Nobody, NoStore, served, unasked
from worker.release.gate import Gate
from worker.release.http import GateHttp
from worker.release.overrides import Overrides

STARTS, REQUESTS = 11, 500
NIGHT, DAY = "2026-11-24T23:00:00-05:00", "2026-11-24T10:00:00-05:00"


def command(*words: str) -> float:
    """Seconds of one start."""
    began = perf_counter()
    subprocess.run([sys.executable, *words], capture_output=True, check=False)
    return perf_counter() - began


def median(take: Callable[[], float], times: int) -> float:
    """The median of so many takes, in milliseconds."""
    take()
    return 1_000 * statistics.median(take() for _ in range(times))


class WithBareRoute(GateHttp):
    """The gate, and beside it a route that does nothing."""

    def routes(self) -> list[BaseRoute]:
        """Both."""
        return [*super().routes(), Route("/bare", _bare)]


async def _bare(_: Request) -> Response:
    return PlainTextResponse("ok")


def over_http() -> Iterator[Figure]:
    """The route against the bare one."""
    clock = datetime.fromisoformat
    for name, at in (("off-hours", NIGHT), ("in hours, no issue named", DAY)):
        gate = Gate(protocol_file.load(), unasked)
        http = WithBareRoute(gate, Overrides(NoStore()), Nobody(), clock=lambda at=at: clock(at))  # type: ignore
        with served(http) as url, requests.Session() as session:
            took = {}
            for path in ("bare", "gate"):

                def ask(path: str = path) -> float:
                    began = perf_counter()
                    session.get(f"{url}/{path}", timeout=5)
                    return perf_counter() - began

                took[path] = median(ask, REQUESTS)
        ratio = took["gate"] / took["bare"]
        value = f"{took['gate']:.2f} ms, {ratio:.1f} × the bare route ({took['bare']:.2f} ms)"
        yield Figure(f"`GET /gate`, {name}", value)


def by_command(starts: int) -> Iterator[Figure]:
    """The command against Python's start."""
    bare = median(lambda: command("-c", "pass"), starts)
    for words in (("gate", "--issue", "SUP-1", "--at", NIGHT), ("gate", "--at", DAY)):
        took = median(lambda words=words: command("-m", "worker.commands.main", *words), starts)  # type: ignore[misc]
        value = f"{took:.0f} ms, {took / bare:.1f} × Python's start ({bare:.0f} ms)"
        yield Figure(f"`escalation {' '.join(words)}`", value)


def figures(quick: bool) -> Iterator[Figure]:
    """Both."""
    yield from over_http()
    yield from by_command(3 if quick else STARTS)


if __name__ == "__main__":
    show(figures)
