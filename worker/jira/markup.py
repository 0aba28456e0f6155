"""Our documents as Jira's markup, and Jira's markup as plain text.

ADF (Cloud) is data: text in a text node is never parsed. Wiki markup (Data Center) is parsed, so every piece of text is
neutralised first (jira-facts §6): no mention, image, link, macro or emoticon can come out of it. Reading goes the other
way: whatever came is flattened to plain text, paragraphs separated by an empty line.
"""

import re
from collections.abc import Iterator
from typing import Any

from worker.escalation.document import Block, Document, Span

LIMIT = 32_000
_SPECIAL = re.compile(r"[-#*_+?^~|%{}\[\]()!@]")
_SCHEME = re.compile(
    r"(https?|ftps?|irc|mailto|jamfselfservice|file|skype|callto|facetime|git|svn|sip|tel)", re.IGNORECASE
)
_LINE_START = re.compile(r"(^|\n)(\s*)(bq|h[1-6])\.", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([-#*_+?^~|%{}\[\]()!@\\])")
_MACRO = re.compile(r"\{(?:quote|color|panel|noformat|code)(?::[^}]*)?\}", re.IGNORECASE)
_WIKI_START = re.compile(r"^[^\S\n]*(?:h[1-6]\.|bq\.)[^\S\n]*", re.MULTILINE | re.IGNORECASE)
_BOLD = re.compile(r"(?<![\w\\*])([*_])(?=\S)(.+?)(?<=[^\s\\])\1(?![\w*])")
_ZERO_WIDTH = "\u200b"
_PARAGRAPH_LIKE = frozenset({"paragraph", "heading", "codeBlock", "caption", "taskItem", "decisionItem"})


def adf(document: Document) -> dict[str, Any]:
    """The document in Atlassian Document Format, version 1."""
    blocks = [node for block in document.blocks for node in _adf_block(block)]
    return {"type": "doc", "version": 1, "content": blocks or [{"type": "paragraph", "content": []}]}


def _adf_block(block: Block) -> Iterator[dict[str, Any]]:
    match block.kind:
        case "heading":
            yield {"type": "heading", "attrs": {"level": 3}, "content": _adf_line(block.lines[0])}
        case "bullets":
            items = [{"type": "listItem", "content": [_adf_paragraph(line)]} for line in block.lines]
            yield {"type": "bulletList", "content": items}
        case "quote":
            yield {"type": "blockquote", "content": [part for line in block.lines for part in _adf_paragraphs(line)]}
        case _:
            yield from (_adf_paragraph(line) for line in block.lines)


def _adf_paragraphs(line: tuple[Span, ...]) -> Iterator[dict[str, Any]]:
    """A quoted text keeps its paragraphs, so that a long one stays readable."""
    for part in re.split(r"\n{2,}", "".join(span.text for span in line)):
        yield _adf_paragraph((Span(part),))


def _adf_paragraph(line: tuple[Span, ...]) -> dict[str, Any]:
    return {"type": "paragraph", "content": _adf_line(line)}


def _adf_line(line: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [node for span in line for node in _adf_span(span)]


def _adf_span(span: Span) -> Iterator[dict[str, Any]]:
    marks = {"marks": [{"type": "strong"}]} if span.strong else {}
    for number, text in enumerate(span.text.split("\n")):
        if number:
            yield {"type": "hardBreak"}
        if text:
            yield {"type": "text", "text": text, **marks}


def wiki(document: Document) -> str:
    """The document in wiki markup."""
    return "\n\n".join(_wiki_block(block) for block in document.blocks)[:LIMIT]


def _wiki_block(block: Block) -> str:
    lines = [_wiki_line(line) for line in block.lines]
    match block.kind:
        case "heading":
            return f"h3. {_one_line(lines[0])}"
        case "bullets":
            return "\n".join(f"* {_one_line(line)}" for line in lines)
        case "quote":
            return "{quote}\n" + "\n".join(lines) + "\n{quote}"
        case _:
            return "\n".join(lines)


def _wiki_line(line: tuple[Span, ...]) -> str:
    return "".join(_bold(neutralise(span.text)) if span.strong else neutralise(span.text) for span in line)


def _bold(text: str) -> str:
    """Bold where wiki markup can be: within a line, around what is not blank."""
    inner = text.strip()
    return text.replace(inner, f"*{inner}*", 1) if inner and "\n" not in inner else text


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def neutralise(text: str) -> str:
    """Text that wiki markup leaves as it is (tried against Atlassian's own converter, jira-facts §6)."""
    text = text.replace("\\", "\uff3c")
    text = _SPECIAL.sub(lambda special: "\\" + special[0], text)
    text = _SCHEME.sub(lambda scheme: scheme[0][0] + _ZERO_WIDTH + scheme[0][1:], text)
    text = re.sub(r"([:;])", rf"\1{_ZERO_WIDTH}", text)
    return _LINE_START.sub(rf"\1\2\3{_ZERO_WIDTH}.", text)


def plain(body: Any) -> str:
    """A comment's body, ADF or wiki markup, as plain text with an empty line between paragraphs. Never raises."""
    if isinstance(body, str):
        return _plain_wiki(body)
    try:
        return "\n\n".join(part for part in _paragraphs(body) if part.strip()) if isinstance(body, dict) else ""
    except RecursionError:  # nested deeper than any editor makes it: nothing a person wrote
        return ""


def _paragraphs(node: dict[str, Any]) -> Iterator[str]:
    if node.get("type") in _PARAGRAPH_LIKE:
        yield "".join(_inline(node))
        return
    for child in _children(node):
        if child.get("type") in ("text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"):
            yield "".join(_inline({"content": [child]}))
        else:
            yield from _paragraphs(child)


def _inline(node: dict[str, Any]) -> Iterator[str]:
    for child in _children(node):
        attributes = child.get("attrs") if isinstance(child.get("attrs"), dict) else {}
        match child.get("type"):
            case "text":
                yield str(child.get("text", ""))
            case "hardBreak":
                yield "\n"
            case "mention" | "emoji" | "status":
                yield str((attributes or {}).get("text") or (attributes or {}).get("shortName") or "")
            case "inlineCard":
                yield str((attributes or {}).get("url", ""))
            case _:
                yield from _inline(child)


def _children(node: dict[str, Any]) -> list[dict[str, Any]]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []


def _plain_wiki(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_ZERO_WIDTH, "")
    text = _WIKI_START.sub("", _MACRO.sub("\n\n" if "{quote}" in text else "", text))
    text = _BOLD.sub(r"\2", text)
    return _ESCAPED.sub(r"\1", text).strip()
