"""The board over HTTP: `GET /`, and its style and script below `/board/`.

It is read only and asks Jira nothing. Whoever asks has to show GATE_TOKEN where one is set; without one, nobody's name
is shown. Pages are made in a thread, and at most one a second, so that deliveries never wait for readers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import config
from worker.board.access import CHALLENGE, SAFE, is_known
from worker.board.page import HERE, page
from worker.board.view import Sources, view
from worker.threads import Once

FRESH = 1.0
STYLE = Path(config.__file__).parent / "style.css"
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
    _made: tuple[float, int, str] = (float("-inf"), 0, "")

    def __post_init__(self) -> None:
        self._once = Once(self._page)

    def routes(self) -> list[BaseRoute]:
        """For the web process."""
        files = [Route(f"/board/{name}", _file(name), methods=["GET"]) for name in FILES]
        return [Route("/", self.show, methods=["GET"]), *files]

    async def show(self, request: Request) -> Response:
        """200; 401 without the token; 503, with what is known, while Redis does not answer."""
        if not is_known(request, self.token):
            words = "The board asks for GATE_TOKEN: as the password (any user name), or as a Bearer token.\n"
            return PlainTextResponse(words, 401, {**SAFE, **CHALLENGE, "Cache-Control": "no-store"})
        status, text = await self._once()
        return HTMLResponse(text, status, {**SAFE, "Cache-Control": "no-store"})

    def _page(self) -> tuple[int, str]:
        """Made anew, unless another reader has just had one made."""
        at, status, text = self._made
        if time.monotonic() - at > FRESH:
            seen = view(self.sources, self.clock())
            text = page(seen, self.link, names=self.names)
            status = 200 if seen.engine else 503
            self._made = (time.monotonic(), status, text)
        return status, text


def _file(name: str) -> Callable[[Request], Response]:
    path, kind = FILES[name]

    def serve(_: Request) -> Response:
        return FileResponse(path, media_type=kind, headers={**SAFE, "Cache-Control": "max-age=60"})

    return serve
