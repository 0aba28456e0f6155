"""Rich text: checking Atlassian documents, and turning them, wiki strings and plain text into each other.

It renders nothing and follows no link; what a person wrote stays text.
"""

import re
from typing import Any

from sandbox.state.model import Body

LIMIT = 32_767
BLOCKS = frozenset(
    [
        "blockquote",
        "blockCard",
        "bulletList",
        "bodiedExtension",
        "codeBlock",
        "decisionList",
        "embedCard",
        "expand",
        "extension",
        "heading",
        "layoutSection",
        "mediaGroup",
        "mediaSingle",
        "orderedList",
        "panel",
        "paragraph",
        "rule",
        "table",
        "taskList",
    ]
)
INLINES = frozenset(
    [
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "inlineCard",
        "date",
        "status",
        "mediaInline",
        "inlineExtension",
        "placeholder",
    ],
)
INNER = frozenset(
    [
        "listItem",
        "tableRow",
        "tableCell",
        "tableHeader",
        "media",
        "caption",
        "taskItem",
        "decisionItem",
        "nestedExpand",
        "layoutColumn",
    ],
)
TEXT_BLOCKS = frozenset({"paragraph", "heading", "codeBlock", "taskItem", "decisionItem", "caption"})
MARKS = frozenset(
    [
        "strong",
        "em",
        "code",
        "link",
        "strike",
        "underline",
        "subsup",
        "textColor",
        "backgroundColor",
        "alignment",
        "indentation",
        "border",
    ],
)
_QUOTE = re.compile(r"(\{quote\}.*?\{quote\}|^bq\. [^\n]*$)", re.DOTALL | re.MULTILINE)
_STRIKE = re.compile(r"((?<![\w\\-])-(?![\s-])[^\n]+?(?<![\s-])-(?![\w-]))")
_ESCAPED = re.compile(r"\\([-#*_+?^~|%{}\[\]()!@])")


def valid(document: object) -> bool:
    """Whether Jira would take this as an ADF document: the structure, not every attribute."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return False
    content = document.get("content")
    return (
        isinstance(content, list)
        and set(document) <= {"type", "version", "content"}
        and all(_block(node) for node in content)
    )


def _block(node: object) -> bool:
    return isinstance(node, dict) and node.get("type") in BLOCKS and _node(node)


def _node(node: object) -> bool:
    if not isinstance(node, dict) or node.get("type") not in BLOCKS | INLINES | INNER:
        return False
    if node["type"] == "text":
        return _text(node)
    if node["type"] == "mention" and not isinstance((node.get("attrs") or {}).get("id"), str):
        return False
    return _content(node)


def _content(node: dict[str, Any]) -> bool:
    content = node.get("content", [])
    if not isinstance(content, list) or not set(node) <= {"type", "attrs", "content", "marks"}:
        return False
    inline = node["type"] in TEXT_BLOCKS
    return all(_node(child) and (child["type"] in INLINES) == inline for child in content)


def _text(node: dict[str, Any]) -> bool:
    text, marks = node.get("text"), node.get("marks", [])
    if not isinstance(text, str) or not text or not set(node) <= {"type", "text", "marks"}:
        return False
    return isinstance(marks, list) and all(isinstance(m, dict) and m.get("type") in MARKS for m in marks)


def document(text: str) -> dict[str, Any]:
    """Plain text as a document: a blank line ends a paragraph, a line end is a hard break."""
    paragraphs = [p for p in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if p.strip()]
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": _lines(p.strip("\n"))} for p in paragraphs],
    }


def _lines(paragraph: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for number, line in enumerate(paragraph.split("\n")):
        nodes += [{"type": "hardBreak"}] if number else []
        nodes += [{"type": "text", "text": line}] if line else []
    return nodes


def plain(body: Body | None) -> str:
    """What a reader sees, without any formatting."""
    if body is None:
        return ""
    if isinstance(body, str):
        return _ESCAPED.sub(r"\1", body.replace("\r\n", "\n"))
    return _flat(body).strip("\n")


def _flat(node: dict[str, Any]) -> str:
    kind, attrs = node.get("type"), node.get("attrs") or {}
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind in INLINES:
        return str(attrs.get("text") or attrs.get("shortName") or attrs.get("url") or "")
    inner = "".join(_flat(child) for child in node.get("content") or [])
    return inner + "\n\n" if kind in TEXT_BLOCKS else inner


def as_adf(body: Body | None) -> dict[str, Any] | None:
    """As v3 answers it; an empty text is null. Of wiki markup, quotations and what is struck out become what they are;
    of the rest only the words stay."""
    if body is None or isinstance(body, dict):
        return body
    return {"type": "doc", "version": 1, "content": [block for part in _QUOTE.split(body) for block in _quoted(part)]}


def _quoted(part: str) -> list[dict[str, Any]]:
    said = _QUOTE.fullmatch(part)
    paragraphs = document(plain(part.replace("{quote}", "").removeprefix("bq. ")))["content"]
    struck = [{**paragraph, "content": _struck(paragraph["content"])} for paragraph in paragraphs]
    return [{"type": "blockquote", "content": struck}] if said and struck else struck


def _struck(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parts = [(node, part) for node in nodes for part in (_STRIKE.split(node["text"]) if "text" in node else [""])]
    return [_marked(node, part) for node, part in parts if part or "text" not in node]


def _marked(node: dict[str, Any], part: str) -> dict[str, Any]:
    if "text" not in node:
        return node
    gone = _STRIKE.fullmatch(part)
    return {"type": "text", "text": part[1:-1], "marks": [{"type": "strike"}]} if gone else {**node, "text": part}


def as_wiki(body: Body | None) -> str | None:
    """As v2 answers it: quotations and what is struck out as markup has them, mentions as mentions; of the rest only
    the words stay."""
    return body if body is None or isinstance(body, str) else _wiki(body).strip("\n")


def _wiki(node: dict[str, Any]) -> str:
    if node.get("type") == "mention":
        return f"[~accountid:{node['attrs']['id']}]"
    if "content" not in node:
        gone = any(mark.get("type") == "strike" for mark in node.get("marks") or ())
        return f"-{_flat(node)}-" if gone else _flat(node)
    inner = "".join(_wiki(child) for child in node["content"])
    if node.get("type") == "blockquote":
        return f"{{quote}}\n{inner.strip()}\n{{quote}}\n\n"
    return inner + "\n\n" if node.get("type") in TEXT_BLOCKS else inner
