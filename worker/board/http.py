"""The board over HTTP: `GET /`, and its style and script below `/board/`.

It is read only and asks Jira nothing. Whoever asks has to show GATE_TOKEN where one is set; without one, nobody's name
is shown. Pages are made in a thread, and at most one a second, so that deliveries never wait for readers.
"""

import base64
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from worker.board.page import HERE, page
from worker.board.view import Sources, view
from worker.threads import Once

FRESH = 1.0
CHALLENGE = {"WWW-Authenticate": 'Basic realm="escalation board", charset="UTF-8"'}
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}
FILES = {"board.css": "text/css", "board.js": "text/javascript", "board.svg": "image/svg+xml"}


@dataclass
class BoardHttp:
    """The handlers; `link` gives a ticket's address in Jira."""

    sources: Sources
    link: Callable[[str], str]
    token: SecretStr | None
    clock: Callable[[], datetime]
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
            text = page(seen, self.link, names=self.token is not None)
            status = 200 if seen.engine else 503
            self._made = (time.monotonic(), status, text)
        return status, text


def _file(name: str) -> Callable[[Request], Response]:
    def serve(_: Request) -> Response:
        return FileResponse(HERE / name, media_type=FILES[name], headers={**SAFE, "Cache-Control": "max-age=60"})

    return serve


def is_known(request: Request, token: SecretStr | None) -> bool:
    """Whether the reader has shown the token, as Bearer or as the password of Basic; compared in constant time."""
    if token is None:
        return True
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    shown = _password(given.strip()) if scheme.lower() == "basic" else given.strip().encode("latin-1")
    same = hmac.compare_digest(shown, token.get_secret_value().encode())
    return same and scheme.lower() in ("basic", "bearer")


def _password(credentials: str) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except ValueError:
        return b""
