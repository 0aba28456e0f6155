"""JSON as it goes over the wire, quickly where that can be had."""

import json
from typing import Any

import msgspec


def encoded(value: Any) -> bytes:
    """As JSON in UTF-8; numbers of any size and broken text, which people and attackers do send, included. Bytes go out
    as they are: a page of somebody who is no Jira."""
    if isinstance(value, bytes):
        return value
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError):
        return json.dumps(value).encode()
