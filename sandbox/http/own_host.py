"""Only who calls this machine by its own name gets the page.

A name of somebody else's that leads here (DNS rebinding) would let their web site read and press everything in a
reader's browser.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MISDIRECTED = "This sandbox is called by the address that it printed, by localhost, or by a number. It was called {}.\n"


class OwnHost:
    """Refuses calls under another's name with 421."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._own = {"localhost", host.lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one call on."""
        named = dict(scope.get("headers") or ()).get(b"host", b"").decode("latin-1")
        if scope["type"] == "http" and not scope["path"].startswith("/rest/") and not self._is_own(named):
            scope = {**scope, "method": "GET"}
            await PlainTextResponse(MISDIRECTED.format(named[:100] or "by no name"), 421)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_own(self, named: str) -> bool:
        try:
            name = urlsplit(f"//{named}").hostname or ""
            return name in self._own or bool(ipaddress.ip_address(name))
        except ValueError:
            return False
