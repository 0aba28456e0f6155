"""Whether Jira signed a delivery: `X-Hub-Signature: method=hex`, an HMAC over the raw body."""

import hmac
from collections.abc import Iterable

from worker.web.event import Body

METHODS = frozenset({"sha256", "sha384", "sha512"})


def may_sign(signature: str) -> bool:
    """Whether `signature` (X-Hub-Signature: method=hex) is by a method we know, so that a body is worth reading."""
    return _method_and_value(signature)[0] in METHODS


def is_signed(body: Body, signature: str, secrets: Iterable[bytes]) -> bool:
    """Whether `signature` is the HMAC of the raw `body` under one of `secrets`."""
    method, given = _method_and_value(signature)
    if method not in METHODS:
        return False
    shown = given.encode(errors="replace")
    return any(hmac.compare_digest(hmac.digest(secret, body, method).hex().encode(), shown) for secret in secrets)


def _method_and_value(signature: str) -> tuple[str, str]:
    method, _, given = signature.strip().lower().partition("=")
    return method, given.strip()
