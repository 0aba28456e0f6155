"""What everything that we wrote in Jira is made of, read without our own reader: node by node, by what an unescaped
sign would mean, and by Atlassian's own converter where `MARKUP_CONVERTER` names it.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storytelling import SEATS, Story

NODES = {
    "doc", "paragraph", "text", "hardBreak", "heading", "bulletList", "listItem", "blockquote", "panel", "codeBlock",
    "table", "tableRow", "tableHeader", "tableCell",
}  # fmt: skip
CONVERTER = Path(__file__).parents[1] / "jira" / "converter.cjs"
LIVE = re.compile(
    r"(?<!\\)\[(?:~|\^|[^\]\n]*\||https?:)"  # mentions, files, links
    r"|(?<!\\)!\S+\.\w+!"  # images
    r"|(?<!\\)\{(?!quote\}|panel\}|noformat\}|\*\}|\\|\u200b)[a-z]+"  # macros but ours
    r"|https?://\S|^h[1-24-6]\.|^bq\.|^\|(?!\|)\[|^----",
    re.MULTILINE | re.IGNORECASE,
)
ZERO_WIDTH = "\u200b"


def bodies(story: Story) -> list[Any]:
    """Every text of ours, as it was sent: comments everywhere and what the evaluations ask."""
    issues = [story.jira.state.find(key) for key in (story.key, *story.now.subtasks)]
    comments = [c.body for issue in issues if issue for c in issue.comments if c.author.nick == "bot"]
    return comments + [issue.description for issue in issues[1:] if issue and issue.creator.nick == "bot"]


def called(story: Story, written: list[Any]) -> list[Any]:
    """The same without the mentions that we make: of who holds a seat of the panel, and of the stranger who tried to
    vote, by their ids."""
    ids = [story.jira.id_of(nick) for nick in (*SEATS.values(), "otto")]
    return [_without(body, ids) for body in written]


def _without(body: Any, ids: list[str]) -> Any:
    if isinstance(body, str):
        return re.sub("|".join(re.escape(f"[~{id}]") for id in ids), "somebody", body)
    if isinstance(body, dict) and body.get("type") == "mention" and body["attrs"]["id"] in ids:
        return {"type": "text", "text": body["attrs"]["text"]}
    if isinstance(body, dict):
        return {name: _without(part, ids) for name, part in body.items()}
    return [_without(part, ids) for part in body] if isinstance(body, list) else body


def assert_inert(written: list[Any]) -> None:
    """Nothing in these but text, and the few things that our own texts are made of."""
    assert written
    wiki = [body for body in written if isinstance(body, str)]
    for body in (body for body in written if isinstance(body, dict)):
        assert set(kinds(body)) <= NODES | {"strong"}, body
    for body in wiki:
        assert not LIVE.search(body), LIVE.findall(body)
    for body in written:
        text = body if isinstance(body, str) else seen(body)
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\ud800-\udfff]", text)
        assert len(text.encode("utf-16-le")) // 2 <= 32_767


def assert_nothing_but_ours(written: list[Any]) -> None:
    """The same by Atlassian's own reading: One call for many texts: it is slow to start."""
    for node in converted([body for body in written if isinstance(body, str)]):
        assert set(kinds(node)) <= NODES | {"strong"}, node


def converted(texts: list[str]) -> list[dict[str, Any]]:
    """Wiki markup as Atlassian's converter reads it; the test is passed over where there is none."""
    if not (os.environ.get("MARKUP_CONVERTER") and shutil.which("node")):
        pytest.skip("MARKUP_CONVERTER does not name a folder with Atlassian's converter, or there is no node")
    done = subprocess.run(["node", CONVERTER], input=json.dumps(texts), capture_output=True, text=True, check=True)
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def leads_home(node: dict[str, Any], mark: dict[str, Any]) -> bool:
    """Whether it is the one link that we make: a ticket's key that leads to that ticket."""
    is_key = re.fullmatch(r"(?:SUP|OPS)-\d+", node.get("text", ""))
    return bool(is_key) and mark.get("attrs", {}).get("href", "").endswith(f"/browse/{node['text']}")


def kinds(node: dict[str, Any]) -> Iterator[str]:
    """Every type of node and mark."""
    yield node["type"]
    yield from (mark["type"] for mark in node.get("marks", ()) if not leads_home(node, mark))
    for child in node.get("content", ()):
        yield from kinds(child)


def seen(node: dict[str, Any]) -> str:
    """All text in a node."""
    return node.get("text", "") + "".join(seen(child) for child in node.get("content", ()))


def letters(text: str) -> str:
    """Only letters and digits: what no markup changes."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
