"""How long a ticket's own page takes to answer, as a ratio to a bare route of the same server.

The bare route answers a fixed text of the same length. Read again and again, and each of many tickets once. Run by
hand: `.venv/bin/python -m tests.bench.pages`.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import requests
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import Sandbox
from tests.bench.parts.figure import Figure, show
from tests.board.conftest import Watched, served
from tests.storytelling import MONDAY, Clock
from worker.board.ticket_http import TicketHttp
from worker.look.trail import Trails
from worker.queue import store
from worker.run import embedded_redis

REQUESTS, TICKETS = 400, 200


class WithBareRoute(TicketHttp):
    """The pages, and beside them a route that does nothing."""

    bare = ""

    def routes(self) -> list[BaseRoute]:
        """Both."""
        return [*super().routes(), Route("/bare", self._bare)]

    async def _bare(self, _: Request) -> Response:
        return HTMLResponse(self.bare)


@contextmanager
def pages() -> Iterator[tuple[str, str, WithBareRoute]]:
    """A graded ticket with a trail; the server's address, the ticket's key, and what serves it."""
    clock = Clock(MONDAY)
    with (
        TemporaryDirectory() as folder,
        embedded_redis.started(Path(folder)) as server,
        Sandbox("cloud", clock=clock) as jira,
    ):
        client = store.connect(server.url)
        story = Watched(jira, clock, client)
        story.request()
        story.vote("SEV-2: slow", "SEV-2: slow\n\nClient: The export stops.", "SEV-2: slow")
        story.forward(hours=52)
        http = WithBareRoute(Trails(client), story.protocol, str, None, clock, names=True)
        with served(http) as url:
            yield url, story.key, http


def figures(quick: bool) -> Iterator[Figure]:
    """Gives each figure."""
    many, tickets = (20, 5) if quick else (REQUESTS, TICKETS)
    with pages() as (url, key, http), requests.Session() as session:
        http.bare = session.get(f"{url}/ticket/{key}", timeout=5).text
        again = _ratio(lambda: _asked(session, f"{url}/ticket/{key}"), lambda: _asked(session, f"{url}/bare"), many)
        yield Figure(
            "`GET /ticket/KEY`, against a bare route with an answer of the same length", f"{again:.2f} ×", "≤ 1.5 ×"
        )
        _copies(http.trails, key, tickets)
        first = iter([f"{url}/ticket/SUP-{number}" for number in range(1_000, 1_000 + 2 * tickets + 1)])
        cold = _ratio(lambda: _asked(session, next(first)), lambda: _asked(session, f"{url}/bare"), tickets)
        yield Figure("the same, each of many tickets asked for once", f"{cold:.2f} ×")


def _copies(trails: Trails, key: str, many: int) -> None:
    """So many more tickets that look like that one."""
    kept = trails._store
    id = kept.get(f"ticket:key:{key}")
    for number in range(1_000, 1_000 + 2 * many + 1):
        kept.set(f"ticket:key:SUP-{number}", str(id))


def _ratio(take: Callable[[], float], bare: Callable[[], float], many: int) -> float:
    """Of the medians, taken in turns."""
    pairs = [(take(), bare()) for _ in range(many)]
    return statistics.median(one for one, _ in pairs) / statistics.median(other for _, other in pairs)


def _asked(session: requests.Session, url: str) -> float:
    began = perf_counter()
    assert session.get(url, timeout=5).status_code == 200
    return perf_counter() - began


if __name__ == "__main__":
    show(figures)
