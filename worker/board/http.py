"""The board over HTTP: `GET /`, the report of what it knows at `/report`, style and script below `/board/`.

It is read only and asks Jira nothing. Whoever asks has to show GATE_TOKEN where one is set; without one, nobody's name
is shown. Pages are made in a thread, and at most one a second, so that deliveries never wait for readers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import config
from worker.board import report_page
from worker.board.access import CHALLENGE, SAFE, is_known
from worker.board.filters import Wanted, wanted
from worker.board.page import HERE, page
from worker.board.view import BoardView, Sources, view
from worker.threads import Once

FRESH = 1.0
STYLE = Path(config.__file__).parent / "style.css"
NO_REDIS = "Redis does not answer, so there is nothing to report from. `escalation report` asks Jira.\n"
ASKED = "This page asks for GATE_TOKEN: as the password (any user name), or as a Bearer token.\n"
PLAIN = {
    "Content-Security-Policy": SAFE["Content-Security-Policy"].replace("style-src 'self'", "style-src 'unsafe-inline'")
}
FILES = {
    "style.css": (STYLE, "text/css"),
    "board.css": (HERE / "board.css", "text/css"),
    "board.js": (HERE / "board.js", "text/javascript"),
    "board.svg": (HERE / "board.svg", "image/svg+xml"),
}


@dataclass
class BoardHttp:
    """The handlers; `link` gives a ticket's address in Jira, `names` says whether names may be shown."""

    sources: Sources
    link: Callable[[str], str]
    token: SecretStr | None
    clock: Callable[[], datetime]
    names: bool = False
    _seen: tuple[float, BoardView | None] = (float("-inf"), None)
    _pages: dict[Wanted | str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._once = Once(self._view)

    def routes(self) -> list[BaseRoute]:
        """For the web process."""
        files = [Route(f"/board/{name}", _file(name), methods=["GET"]) for name in FILES]
        pages = [Route("/", self.show, methods=["GET"]), Route("/report", self.report, methods=["GET"])]
        return [*pages, *files]

    async def show(self, request: Request) -> Response:
        """200; 401 without the token; 503, with what is known, while Redis does not answer. What the address asks for
        (`project`, `state`, `person`) is the part that is shown."""
        if not is_known(request, self.token):
            return PlainTextResponse(ASKED, 401, {**SAFE, **CHALLENGE, "Cache-Control": "no-store"})
        seen = await self._once()
        asked = wanted(request.query_params, seen, names=self.names)
        text = self._pages.get(asked) or await run_in_threadpool(self._page, seen, asked)
        return HTMLResponse(text, 200 if seen.engine else 503, {**SAFE, "Cache-Control": "no-store"})

    async def report(self, request: Request) -> Response:
        """The report of what the board knows; answers as the board."""
        if not is_known(request, self.token):
            return PlainTextResponse(ASKED, 401, {**SAFE, **CHALLENGE, "Cache-Control": "no-store"})
        seen = await self._once()
        text = self._pages.get("report") or await run_in_threadpool(self._report, seen)
        return HTMLResponse(text, 200 if seen.figures else 503, {**SAFE, **PLAIN, "Cache-Control": "no-store"})

    def _view(self) -> BoardView:
        """Seen anew, unless another reader has just had it seen."""
        at, seen = self._seen
        if seen is None or time.monotonic() - at > FRESH:
            seen = view(self.sources, self.clock())
            self._seen, self._pages = (time.monotonic(), seen), {}
        return seen

    def _page(self, seen: BoardView, asked: Wanted) -> str:
        return self._kept(asked, page(seen, self.link, asked, names=self.names))

    def _report(self, seen: BoardView) -> str:
        return self._kept("report", report_page.page(seen.figures, names=self.names) if seen.figures else NO_REDIS)

    def _kept(self, what: Wanted | str, text: str) -> str:
        """Parts of what is known are few: whatever else is asked for is the same nothing."""
        self._pages[what] = text
        return text


def _file(name: str) -> Callable[[Request], Response]:
    path, kind = FILES[name]

    def serve(_: Request) -> Response:
        return FileResponse(path, media_type=kind, headers={**SAFE, "Cache-Control": "max-age=60"})

    return serve
