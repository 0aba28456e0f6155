"""Our documents as Jira's markup.

ADF (Cloud) is data: text in a text node is never parsed. Wiki markup (Data Center) is parsed, so every text is
neutralised first: no mention, image, link, macro or emoticon may ever come out of it, while ordinary prose stays as it
was written. Reading goes the other way: see `reading.py`.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from worker.escalation.texts.document import Block, Document, Span, words

LIMIT = 32_000
"""How long a text may get, in UTF-16 units: Jira refuses more than 32 767, and counts as Java does."""

Line = tuple[Span, ...]

_ZERO_WIDTH = "\u200b"
_ELLIPSIS = "…"

# What would be markup in text. Two renderers are meant: Atlassian's converter, and the Java one of Data Center.
_BREAKS = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_BREAK = re.compile(f"[{_BREAKS}]")
_LINE_MARK = re.compile(rf"(\A|[{_BREAKS}])([^\S{_BREAKS}]*)(?:([-*#])(?=[-*#]*(?:\s|\Z))|(bq|h[1-6])(?=\.))", re.I)
_ALWAYS = re.compile(
    r"""(?<!\\)(?:
        [\[|{}]
      | \?(?=\?) | (?<=\?)\?
      | -(?=-) | (?<=-)-
      | (?<=[:;])[()]                                                     # :) ;)
      | \((?=(?:[yni/x!+?-] | on | off | \*[rgby]? | flag | flagoff)\))   # (y) (*r) (off)
    )""",
    re.VERBOSE,
)
_PHRASE = re.compile(r"(?<!\\)(?:([*_+^~!])\1*|-)")
_UNESCAPABLE = re.compile(
    r"""
        \{(?=\w)                        # the converter looks for macros in bullets before it takes escapes off
      | (?=://)
      | (?:mailto | \b(?:file|tel|sip|skype|callto|facetime))(?=:(?:\S|\Z))
      | \bwww(?=\.)
      | :(?=[pdo](?![a-z0-9]))          # :P :D
      | &(?=\#?\w+;)                   # Data Center shows &#91; as [
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BOLD_AFTER = " \n(\"'/:;,."
_BOLD_BEFORE = " \n)\"'/:;,.!?"

_NAMEABLE = re.compile(r"[^\[\]|{}\s\\]+")  # a user name that the markup of a mention can hold
_PANELS = {"note": "info", "important": "note"}


def adf(document: Document) -> dict[str, Any]:
    """The document in Atlassian Document Format, version 1; a long one is cut with an ellipsis."""
    blocks = [node for block in _fitting(document, lambda block: _length(block.text)) for node in _adf_block(block)]
    return {"type": "doc", "version": 1, "content": blocks or [_adf_paragraph(())]}


def _adf_block(block: Block) -> Iterator[dict[str, Any]]:
    match block.kind:
        case "heading":
            yield {"type": "heading", "attrs": {"level": 3}, "content": _adf_line(_joined(block.lines))}
        case "bullets" if block.lines:
            items = [{"type": "listItem", "content": [_adf_paragraph(line)]} for line in block.lines]
            yield {"type": "bulletList", "content": items}
        case "quote":
            paragraphs = [part for line in block.lines for part in _adf_paragraphs(line)]
            yield {"type": "blockquote", "content": paragraphs or [_adf_paragraph(())]}
        case "note" | "important" as kind:
            paragraphs = [_adf_paragraph(line) for line in block.lines]
            yield {
                "type": "panel",
                "attrs": {"panelType": _PANELS[kind]},
                "content": paragraphs or [_adf_paragraph(())],
            }
        case "table":
            yield {"type": "table", "content": [_adf_row(row, head=not n) for n, row in enumerate(_rows(block))]}
        case "example":
            yield {"type": "codeBlock", "content": [{"type": "text", "text": block.text}] if block.text else []}
        case _:
            yield from (_adf_paragraph(line) for line in block.lines)


def _adf_row(row: tuple[Line, ...], *, head: bool) -> dict[str, Any]:
    cell = "tableHeader" if head else "tableCell"
    return {"type": "tableRow", "content": [{"type": cell, "content": [_adf_paragraph(line)]} for line in row]}


def _rows(block: Block) -> Iterator[tuple[Line, ...]]:
    """The rows of a table, each of them whole, also where the table was cut."""
    size = max(block.columns, 1)
    for start in range(0, max(len(block.lines), 1), size):
        row = block.lines[start : start + size]
        yield row + ((),) * (size - len(row))


def _adf_paragraphs(line: Line) -> Iterator[dict[str, Any]]:
    """A quoted text keeps its paragraphs, so that a long one stays readable."""
    for part in re.split(r"\n{2,}", "".join(span.text for span in line)):
        yield _adf_paragraph((Span(part),))


def _adf_paragraph(line: Line) -> dict[str, Any]:
    return {"type": "paragraph", "content": _adf_line(line)}


def _adf_line(line: Line) -> list[dict[str, Any]]:
    return [node for span in line for node in _adf_span(span)]


def _adf_span(span: Span) -> Iterator[dict[str, Any]]:
    if span.mentions:
        yield {"type": "mention", "attrs": {"id": span.mentions, "text": f"@{span.text}"}}
        return
    marks = {"marks": [{"type": "strong"}]} if span.strong else {}
    for number, text in enumerate(span.text.split("\n")):
        if number:
            yield {"type": "hardBreak"}
        if text:
            yield {"type": "text", "text": text, **marks}


def wiki(document: Document) -> str:
    """The document in wiki markup; a long one is cut with an ellipsis, never within markup."""
    return "\n\n".join(_wiki_block(block) for block in _fitting(document, lambda block: _length(_wiki_block(block))))


def _wiki_block(block: Block) -> str:
    lines = map(_wiki_line, block.lines)
    match block.kind:
        case "heading":
            written = f"h3. {_wiki_line(_one_line(_joined(block.lines)))}"
        case "bullets":
            written = "\n".join(f"* {_wiki_line(_one_line(line))}" for line in block.lines)
        case "quote":
            written = "\n".join(("{quote}", *lines, "{quote}"))
        case "note" | "important":
            written = "{panel}\n" + "\n\n".join(lines) + "\n{panel}"
        case "table":
            written = "\n".join(_wiki_row(row, "|" if number else "||") for number, row in enumerate(_rows(block)))
        case "example":
            written = f"{{noformat}}\n{_raw(block.text)}\n{{noformat}}"
        case _:
            written = "\n".join(lines)
    return written


def _wiki_row(row: tuple[Line, ...], mark: str) -> str:
    return mark + mark.join(_wiki_cell(line) or " " for line in row) + mark


def _wiki_cell(line: Line) -> str:
    """One line, with a fullwidth character for each bar: Atlassian's converter ends the cell at any other."""
    return _wiki_line(tuple(replace(span, text=span.text.replace("|", "\uff5c")) for span in _one_line(line)))


def _raw(text: str) -> str:
    """Text for a block in which nothing is markup but its end."""
    return text.replace("\\", "\uff3c").replace("{", f"{{{_ZERO_WIDTH}")


def _wiki_line(line: Line) -> str:
    """One line: the people it mentions, and what stands between them."""
    runs = groupby(line, lambda span: span.mentions if _NAMEABLE.fullmatch(span.mentions) else "")
    return "".join(f"[~{person}]" if person else _wiki_text(tuple(spans)) for person, spans in runs)


def _wiki_text(line: Line) -> str:
    """Text without mentions: bold where it can be, and the text around it neutralised as the whole that a renderer
    sees."""
    pieces = [
        ("".join(text for text, _ in same), bold) for bold, same in groupby(_bolded(line), lambda piece: piece[1])
    ]
    last = len(pieces) - 1
    return "".join(
        f"*{_neutralised(text, last=False)}*" if bold else _neutralised(text, first=not number, last=number == last)
        for number, (text, bold) in enumerate(pieces)
    )


def _bolded(line: Line) -> Iterator[tuple[str, bool]]:
    """The line in pieces, each with whether it is put in bold; none borders on another in bold."""
    pieces = [piece for strong, same in groupby(line, lambda span: span.strong) for piece in _trimmed(same, strong)]
    texts = ["", *(text for text, _ in pieces), ""]
    for number, (text, strong) in enumerate(pieces):
        yield text, strong and _can_be_bold(text, texts[number][-1:], texts[number + 2][:1])


def _trimmed(spans: Iterable[Span], strong: bool) -> Iterator[tuple[str, bool]]:
    text = "".join(span.text for span in spans)
    inner = text.strip() if strong else ""
    before, _, after = text.partition(inner) if inner else (text, "", "")
    yield from (piece for piece in ((before, False), (inner, True), (after, False)) if piece[0])


def _can_be_bold(text: str, before: str, after: str) -> bool:
    """Bold is within a line and between spaces or punctuation; Atlassian's converter parses its text again after taking
    the escapes off, so that a text with an escape in it must not be bold."""
    where = before in _BOLD_AFTER and after in _BOLD_BEFORE and not _BREAK.search(text)
    if not words(text):  # "*#* " would begin a list
        return False
    return where and not {"*", "\\"} & set(_neutralised(text, last=False))


def _one_line(line: Line) -> Line:
    return tuple(replace(span, text=_BREAK.sub(" ", span.text)) for span in line)


def _joined(lines: tuple[Line, ...]) -> Line:
    return tuple(span for number, line in enumerate(lines) for span in ((Span(" "),) if number else ()) + line)


def _fitting(document: Document, length: Callable[[Block], int]) -> Iterator[Block]:
    """The blocks that Jira takes, from the head on; the one that goes beyond the limit is cut and is the last."""
    room = LIMIT
    for block in document.blocks:
        size = length(block)
        if size > room:
            yield from _cut(block, room, length)
            return
        yield block
        room -= size + len("\n\n")


def _cut(block: Block, room: int, length: Callable[[Block], int]) -> Iterator[Block]:
    """As much of a block as there is room for, if any."""
    size = bisect_right(range(len(block.text)), room, key=lambda size: length(_beginning(block, size))) - 1
    if size > 0:
        yield _beginning(block, size)


def _beginning(block: Block, size: int) -> Block:
    """The first `size` characters of a block and an ellipsis."""
    lines = []
    for line in block.lines:
        if size > 0:
            lines.append(_shortened(line, size))
        size -= sum(len(span.text) for span in line) + len("\n")
    return replace(block, lines=tuple(lines))


def _shortened(line: Line, size: int) -> Line:
    spans: list[Span] = []
    for span in line:
        if len(span.text) > size:
            return (*spans, Span(span.text[:size] + _ELLIPSIS, span.strong))
        spans.append(span)
        size -= len(span.text)
    return tuple(spans)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def neutralise(text: str) -> str:
    """Text that wiki markup shows as it is, apart from a fullwidth character in place of each backslash.

    Ordinary prose is left alone. What could begin markup gets a backslash before it, or a character without width
    inside it where no backslash helps (links, `h1.`, `:D`). The places are those of Atlassian's converter
    (`@atlaskit/editor-wikimarkup-transformer`) and of Data Center's renderer (`com.atlassian.renderer.v2.components`).
    """
    text = text.replace("\\", "\uff3c")  # there is no way to write a backslash that is safe before a special character
    text = _LINE_MARK.sub(_line_mark, text)
    text = _ALWAYS.sub(r"\\\g<0>", text)
    text = _PHRASE.sub(_phrase, text)
    return _UNESCAPABLE.sub(rf"\g<0>{_ZERO_WIDTH}", text)


def _neutralised(text: str, *, first: bool = True, last: bool = True) -> str:
    """Neutralised as a part of a line that has something before or after it: what stands for it is taken off again."""
    before, after = "" if first else ".", "" if last else "."
    text = neutralise(f"{before}{text}{after}")
    return text[len(before) : len(text) - len(after)]


def _line_mark(match: re.Match[str]) -> str:
    start, space, mark, word = match.groups()
    return f"{start}{space}\\{mark}" if mark else f"{start}{space}{word}{_ZERO_WIDTH}"


def _phrase(match: re.Match[str]) -> str:
    """`*`, `_`, `!` and the like begin nothing before a space, and a single one nothing after a letter or digit."""
    before, after = _around(match)
    run = match[0]
    harmless = after in ("", " ", "\n") or (len(run) == 1 and (before.isalpha() or before.isdecimal()))
    return run if harmless else "".join(f"\\{character}" for character in run)


def _around(match: re.Match[str]) -> tuple[str, str]:
    start, end = match.span()
    return match.string[max(start - 1, 0) : start], match.string[end : end + 1]
