"""A ticket's own page over HTTP: `GET /ticket/SUP-1`, from what looks have left in Redis; Jira is not asked.

Whoever asks has to show GATE_TOKEN where one is set; without one, nobody's name, no vote and no text is shown. A page
is made in a thread, few at a time and at most once a second for each ticket, so that deliveries never wait for readers.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from config.keys import ISSUE_KEY
from config.protocol import Protocol
from worker.board.access import CHALLENGE, SAFE, is_known
from worker.board.ticket_page import no_answer, nothing_known, page
from worker.escalation.views.account import account, steps
from worker.look.trail import Trails
from worker.queue.store import StoreError
from worker.threads import Busy, Turns

FRESH = 1.0
MOST = 64  # pages that are kept so long
HEADERS = {**SAFE, "Cache-Control": "no-store"}

log = structlog.get_logger()

Made = tuple[float, int, str]


@dataclass
class TicketHttp:
    """The handler; `link` gives an issue's address in Jira, `names` says whether names may be shown."""

    trails: Trails
    protocol: Protocol
    link: Callable[[str], str]
    token: SecretStr | None
    clock: Callable[[], datetime]
    names: bool = False
    _made: OrderedDict[str, Made] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._turns = Turns(at_once=2, waiting=100)

    def routes(self) -> list[BaseRoute]:
        """For the web process."""
        return [Route("/ticket/{key}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """200; 401 without the token; 404 where nothing is kept of that key; 503 while Redis does not answer, or too
        many ask at once."""
        if not is_known(request, self.token):
            words = "The ticket's page asks for GATE_TOKEN: as the password (any user name), or as a Bearer token.\n"
            return PlainTextResponse(words, 401, {**HEADERS, **CHALLENGE})
        key = str(request.path_params["key"]).upper()
        if not ISSUE_KEY.fullmatch(key):
            return HTMLResponse(nothing_known(""), 404, HEADERS)
        made = self._made.get(key)
        if made is None or time.monotonic() - made[0] > FRESH:
            try:
                made = await self._turns(partial(self._make, key))
            except Busy:
                return PlainTextResponse("Too many ask at once; ask again in a moment.\n", 503, HEADERS)
        return HTMLResponse(made[2], made[1], HEADERS)

    def _make(self, key: str) -> Made:
        made = (time.monotonic(), *self._page(key))
        self._made[key] = made
        self._made.move_to_end(key)
        while len(self._made) > MOST:
            self._made.popitem(last=False)
        return made

    def _page(self, key: str) -> tuple[int, str]:
        try:
            found = self.trails.of(key)
        except (StoreError, OSError):
            return 503, no_answer(key)
        if found is None:
            return 404, nothing_known(key)
        now = self.clock()
        if not found.facts:
            return 404, nothing_known(key, tuple(steps(found.entries, self.protocol.zone, now, names=self.names)))
        try:
            told = account(found.facts, found.said, found.entries, self.protocol, now, names=self.names)
        except (KeyError, TypeError, ValueError) as error:  # of another version; the next look leaves it anew
            log.warning("not readable", ticket=key, reason=repr(error))
            return 404, nothing_known(key)
        return 200, page(told.key, told, self.link, names=self.names)
