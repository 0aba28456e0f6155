"""A seal: the mark by which we know again what we wrote ourselves, made with a secret that nobody else has.

Whoever may edit a ticket may edit its issue properties, and Jira keeps no history of those. What a sealed record says
was so when we wrote it; that it is so still, only Jira's history tells (panel/record_trust.py). A seal that
cannot be read is no harm: everything is replayed from the history once more.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

PURPOSE = b"escalation record 1"


class Seals:
    """Makes seals with the first of the secrets, and knows again those of all of them. Bound to one Jira site, so that
    a record of a test site is none on the real one."""

    def __init__(self, site: str, secrets: Sequence[str]) -> None:
        self._keys = tuple(hmac.digest(secret.encode(), PURPOSE, hashlib.sha256) for secret in secrets if secret)
        self._site = site

    def seal(self, content: Mapping[str, Any]) -> str:
        """The seal of this content; "" where there is no secret."""
        return self._made(self._keys[0], content) if self._keys else ""

    def is_ours(self, seal: object, content: Mapping[str, Any]) -> bool:
        """Whether this is the seal of that content."""
        if not isinstance(seal, str):
            return False
        return any(hmac.compare_digest(seal.encode(), self._made(key, content).encode()) for key in self._keys)

    def _made(self, key: bytes, content: Mapping[str, Any]) -> str:
        whole = json.dumps([self._site, content], sort_keys=True, separators=(",", ":"))
        return hmac.digest(key, whole.encode(), hashlib.sha256).hex()
