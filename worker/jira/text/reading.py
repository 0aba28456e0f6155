"""Jira's markup as passages of plain text: what a person wrote, whichever flavour and editor it comes from.

Whatever came is flattened to paragraphs, and with each goes what only the markup tells: block quotes, words struck out,
headings, list items (jira-facts: Enter, Shift-Enter, cards, expands). It never raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

import msgspec

from worker.escalation.facts.passage import Kind, Passage

_ZERO_WIDTH = "\u200b"

# What people write in wiki markup. Escaped characters wait as code points that no text holds until the rest is done;
# others of them stand for what markup means.
_ESCAPABLE = "-#*_+?^~|%{}[]()!@.\\"
_SHIELDS = {ord(character): 0xFDD0 + number for number, character in enumerate(_ESCAPABLE)}
_UNSHIELD = {shield: character for character, shield in _SHIELDS.items()}
_MENTION, _END = "\ufdee", "\ufdef"
_QUOTE, _UNQUOTE, _STRUCK, _UNSTRUCK, _HEADING, _ITEM = "\ufde4", "\ufde5", "\ufde6", "\ufde7", "\ufde8", "\ufde9"
_KINDS: dict[str, Kind] = {_HEADING: "heading", _ITEM: "item"}
_NEVER_TEXT = dict.fromkeys(range(0xFDD0, 0xFDF0))

# between two pairs of braces a macro's name is a word in typewriter's letters: {{code}}
_RAW = re.compile(
    r"(?<![\\{])\{(noformat|code)(?::[^{}\n]*)?\}(?!\})(.*?)(?<!\{)\{\1\}(?!\})", re.DOTALL | re.IGNORECASE
)
_ESCAPED = re.compile(r"(?<!\\)\\([-#*_+?^~|%{}\[\]()!@])")
_QUOTED = re.compile(
    r"(?<!\{)\{quote(?::[^{}\n]*)?\}(?!\})(.*?)(?:(?<!\{)\{quote\}(?!\})|\Z)", re.DOTALL | re.IGNORECASE
)
_QUOTED_LINE = re.compile(r"^[^\S\n]*bq\.[^\S\n]*([^\n]*)$", re.MULTILINE | re.IGNORECASE)
_DECORATIONS = (
    (re.compile(r"\\\\(?!\S{0,99}\\)"), "\n"),
    (re.compile(r"\{expand:(?:title=)?([^{}\n|]+)(?:\|[^{}\n]*)?\}", re.IGNORECASE), r"\n\n\1\n\n"),
    # the title of a panel that begins a comment stays out: what is in it has always been a vote
    (
        re.compile(r"(\S\s*)\{panel:(?:[^{}\n]*\|)?title=([^{}\n|]+)(?:\|[^{}\n]*)?\}", re.IGNORECASE),
        r"\1\n\n\2\n\n",
    ),
    (re.compile(r"(?<!\{)\{(?:panel|noformat|code|expand)(?::[^{}\n]*)?\}(?!\})", re.IGNORECASE), "\n\n"),
    (re.compile(r"\{status:(?:[^{}\n]*\|)?title=([^{}\n|]*)(?:\|[^{}\n]*)?\}", re.IGNORECASE), r"\1"),
    (re.compile(r"\{(?:color|anchor|status)(?::[^{}\n]*)?\}", re.IGNORECASE), ""),
    (re.compile(r"\{-\}([^\n]{1,300}?)\{-\}"), rf"{_STRUCK}\1{_UNSTRUCK}"),
    (re.compile(r"\{(?:[-*_+^~]|\?\?)\}"), ""),
    (re.compile(r"\{\{([^\n]{1,500}?)\}\}"), r"\1"),
    (re.compile(r"\[~(?:accountid:)?([^\[\]\n|]+)\]", re.IGNORECASE), rf"{_MENTION}@\1{_END}"),
    (re.compile(r"\[([^\[\]\n|]+)\|~[^\[\]\n|]+\]"), rf"{_MENTION}@\1{_END}"),
    (re.compile(r"\[\^[^\[\]\n]+\]"), ""),
    (re.compile(r"\[([^\[\]\n|]+)\|[^\[\]\n]+\]"), r"\1"),
    (re.compile(r"\[((?:mailto:|\w+://)[^\[\]\n|]+)\]"), lambda link: _card(link[1])),
    (re.compile(r"(?<![^\W_])![^\s!|][^!\n|]{0,500}\.[A-Za-z0-9]{2,5}(?:\|[^!\n]{0,500})?!"), ""),
    (re.compile(r"^[^\S\n]*h[1-6]\.[^\S\n]*([^\n]*)$", re.MULTILINE), rf"\n\n{_HEADING}\1\n\n"),
    (re.compile(r"^[^\S\n]*-{4,5}[^\S\n]*$", re.MULTILINE), "\n\n"),
    (re.compile(r"^[^\S\n]*[-*#]+[^\S\n]+(?=\S)", re.MULTILINE), rf"\n\n{_ITEM}"),
)
_ROW = re.compile(r"^[^\S\n]*\|[^\n|]*\|[^\n]*$", re.MULTILINE)
_MARKED = re.compile(r"(?<![^\W_])([*_+^~-]|\?\?)(?!\1|\s)([^\n]{1,300}?)(?<!\s)\1(?![^\W_])")
_NESTING = 3
_MENTIONED = re.compile(rf"{_MENTION}([^{_END}]*){_END}")
_ADDRESS = re.compile(rf"\A(?:\s*{_MENTION}[^{_END}]*{_END}[\s,:]*)+")
_PARAGRAPHS = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_TAKEN_BACK = re.compile(rf"([^\S\n]*){_STRUCK}[^{_UNSTRUCK}\n]*{_UNSTRUCK}(?:(?=([\s.,;:!?…)]|\Z)))?")
_TICKET = re.compile(r"\A\w+://\S+/browse/([A-Za-z][A-Za-z0-9_]*-\d+)(?:[/?#]\S*)?\Z")

_PARAGRAPH_LIKE = ("paragraph", "heading", "codeBlock", "caption", "taskItem", "decisionItem")
_MARKS = {"heading": _HEADING, "taskItem": _ITEM, "decisionItem": _ITEM}
_INLINE = ("text", "hardBreak", "mention", "emoji", "status", "date", "inlineCard", "mediaInline", "inlineExtension")
_CARDS = ("inlineCard", "blockCard", "embedCard")
_TITLED = ("expand", "nestedExpand")


@dataclass(frozen=True, slots=True)
class Body:
    """A comment's body: its passages, and the mentions as they read in them."""

    passages: tuple[Passage, ...] = ()
    mentions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as plain text, an empty line between paragraphs."""
        return "\n\n".join(passage.text for passage in self.passages)


def plain(body: Any) -> str:
    """A comment's body, ADF or wiki markup, as plain text with an empty line between paragraphs. Never raises."""
    return read(body).text


def read(body: Any) -> Body:
    """A comment's body, ADF or wiki markup. Never raises.

    Mentions read `@Name`; those that a comment begins with only say whom it answers, and are left out.
    """
    try:
        return _read(body if isinstance(body, str) else msgspec.json.encode(body))
    except (RecursionError, UnicodeEncodeError):  # nested deeper than any editor makes it, or no text: no person's
        return Body()


@lru_cache(maxsize=1_024)
def _read(body: str | bytes) -> Body:
    """Of wiki markup, or of ADF as JSON: a look at a ticket reads again what most of its comments said before."""
    text = _marked_wiki(body) if isinstance(body, str) else _marked_adf(msgspec.json.decode(body))
    text = _ADDRESS.sub("", text)
    mentions = tuple(dict.fromkeys(_MENTIONED.findall(text))) if _MENTION in text else ()
    return Body(tuple(_passages(text)), mentions)


def _passages(text: str) -> Iterator[Passage]:
    """The marked text, taken apart at its empty lines; how deep it stands in block quotes is counted."""
    depth = 0
    for part in _PARAGRAPHS.split(text):
        depth += part.count(_QUOTE) - part.count(_UNQUOTE)
        whole = part.translate(_NEVER_TEXT).strip()
        if whole:
            yield Passage(whole, _kept(part) if _STRUCK in part else whole, depth > 0, _kind(part))


def _kind(part: str) -> Kind:
    return next((kind for mark, kind in _KINDS.items() if mark in part), "text")


def _kept(part: str) -> str:
    """The text less what is struck out, and less the space that it leaves behind; the same lines as the whole has."""
    lines = part.split("\n")
    there = [number for number, line in enumerate(lines) if line.translate(_NEVER_TEXT).strip()]
    return "\n".join(map(_kept_line, lines[there[0] : there[-1] + 1]))


def _kept_line(line: str) -> str:
    return _TAKEN_BACK.sub(_gap, line).translate(_NEVER_TEXT).strip()


def _gap(struck: re.Match[str]) -> str:
    return "" if struck[2] is not None else struck[1]


def _marked_adf(body: Any) -> str:
    return "\n\n".join(part for part in _paragraphs(body) if part.strip()) if isinstance(body, dict) else ""


def _paragraphs(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind in _PARAGRAPH_LIKE:
        text = "".join(_inline(node))
        yield f"{_MARKS.get(kind, '')}{text}"
        return
    if kind in _TITLED:
        yield _string(node, "title")
    for inline, children in groupby(_children(node), lambda child: child.get("type") in _INLINE):
        if inline:
            yield "".join(part for child in children for part in _inline_node(child))
        else:
            yield from (part for child in children for part in _block_node(child))


def _block_node(node: dict[str, Any]) -> Iterator[str]:
    match node.get("type"):
        case "inlineCard" | "blockCard" | "embedCard":
            yield _card(_string(node, "url"))
        case "blockquote":
            yield from (_QUOTE, *_paragraphs(node), _UNQUOTE)
        case "listItem":
            first, *others = [*_paragraphs(node), ""]
            yield from (f"{_ITEM}{first}", *others)
        case _:
            yield from _paragraphs(node)


def _inline(node: dict[str, Any]) -> Iterator[str]:
    return (part for child in _children(node) for part in _inline_node(child))


def _inline_node(node: dict[str, Any]) -> Iterator[str]:
    match node.get("type"):
        case "text":
            text = node.get("text")
            text = _without_marks(text) if isinstance(text, str) else ""
            yield _strike(text) if node.get("marks") and _is_struck(node) else text
        case "hardBreak":
            yield "\n"
        case "mention":
            name = " ".join((_string(node, "text") or _string(node, "id")).split()).removeprefix("@")
            yield f"{_MENTION}@{name}{_END}" if name else ""
        case "emoji" | "status":
            yield _string(node, "text") or _string(node, "shortName")
        case "date":
            yield _date(node)
        case "inlineCard" | "blockCard" | "embedCard":
            yield _card(_string(node, "url"))
        case _:
            yield from _inline(node)


def _is_struck(node: dict[str, Any]) -> bool:
    marks = node["marks"]
    return isinstance(marks, list) and any(isinstance(mark, dict) and mark.get("type") == "strike" for mark in marks)


def _strike(text: str) -> str:
    """Struck out, line by line."""
    return "\n".join(f"{_STRUCK}{line}{_UNSTRUCK}" for line in text.split("\n"))


def _card(url: str) -> str:
    """A link as it is shown: a ticket's by its key."""
    ticket = _TICKET.match(url)
    return ticket[1] if ticket else url


def _string(node: dict[str, Any], name: str) -> str:
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return _without_marks(value) if isinstance(value, str) else ""


def _date(node: dict[str, Any]) -> str:
    try:
        return datetime.fromtimestamp(int(_string(node, "timestamp")) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _children(node: dict[str, Any]) -> list[dict[str, Any]]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []


def _marked_wiki(text: str) -> str:
    text = _without_marks(text).replace("\r\n", "\n").replace("\r", "\n")
    text = _RAW.sub(lambda raw: f"\n\n{raw[2].translate(_SHIELDS)}\n\n", text)
    text = _ESCAPED.sub(lambda escaped: chr(_SHIELDS[ord(escaped[1])]), text)
    for quotation in (_QUOTED, _QUOTED_LINE):
        text = quotation.sub(rf"\n\n{_QUOTE}\n\n\1\n\n{_UNQUOTE}\n\n", text)
    for pattern, instead in _DECORATIONS:
        text = pattern.sub(instead, text)
    text = _ROW.sub(_cells, text)
    for _ in range(_NESTING):
        text = _MARKED.sub(_phrase, text)
    return text.translate(_UNSHIELD).replace(_ZERO_WIDTH, "")


def _phrase(phrase: re.Match[str]) -> str:
    """What is decorated, without its decoration; between single hyphens it is struck out."""
    start, end = phrase.span()
    dashes = phrase.string[max(start - 1, 0) : start] == "-" or phrase.string[end : end + 1] == "-"
    return phrase[2] if phrase[1] != "-" or dashes else f"{_STRUCK}{phrase[2]}{_UNSTRUCK}"


def _cells(row: re.Match[str]) -> str:
    return "\n\n".join(["", *(cell.strip() for cell in row[0].split("|")), ""])


def _without_marks(text: str) -> str:
    return text.translate(_NEVER_TEXT)
