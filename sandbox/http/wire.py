"""JSON as it goes over the wire, quickly where that can be had."""

import json
from typing import Any

import msgspec


def encoded(value: Any) -> bytes:
    """As JSON in UTF-8; numbers of any size and broken text, which people and attackers do send, included."""
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError):
        return json.dumps(value).encode()
