"""Who may see the pages of the web process, and what a browser may do with them."""

import base64
import hmac

from pydantic import SecretStr
from starlette.requests import Request

CHALLENGE = {"WWW-Authenticate": 'Basic realm="escalation board", charset="UTF-8"'}
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


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
