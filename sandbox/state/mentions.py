"""Whom a text mentions, and who therefore hears of it: Jira notifies those who are there, and who may see the issue."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.state.model import Body

_WIKI = re.compile(r"\[~(?:accountid:)?([^\]\s]+)\]")


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody was told that they are mentioned on an issue: their nick, the issue's key."""

    nick: str
    issue: str


def mentioned(body: Body | None) -> Iterator[str]:
    """The ids of everybody whom a text mentions, in its order."""
    if isinstance(body, str):
        yield from _WIKI.findall(body)
    elif isinstance(body, dict):
        yield from _in_node(body)


def _in_node(node: dict[str, Any]) -> Iterator[str]:
    if node.get("type") == "mention":
        yield str((node.get("attrs") or {}).get("id") or "")
    for child in node.get("content") or ():
        yield from _in_node(child)
