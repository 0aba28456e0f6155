"""A text before it is put into Jira's markup: headings, paragraphs, bullets, quotes, panels, tables, examples; bold and
line breaks.

Templates are Markdown. Whatever comes from outside the template reaches this module between two private marks and
stays literal text, whatever it contains: nothing people write can become a heading, a mention or a link (design §5.4).
A panel is a quote whose first line is `[!NOTE]` or the like, an example to copy is a fenced block, a table is a table.
How a document looks in ADF or in wiki markup is the business of `worker/jira/markup.py`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from config.messages import CLOSE, OPEN, Rendered

Kind = Literal["heading", "paragraph", "bullets", "quote", "note", "important", "table", "example"]

_MARKED = re.compile(f"{OPEN}(\\d+){CLOSE}")
_CONTROL = re.compile(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ue000\ue001\ufffe\uffff]")
_MARKDOWN = MarkdownIt("zero").enable(
    ["heading", "list", "blockquote", "fence", "table", "emphasis", "newline", "escape"]
)
_PANELS: dict[str, Kind] = {"[!NOTE]": "note", "[!IMPORTANT]": "important"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, bold or not; line breaks in it are meant."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One block: what kind, and its lines of spans: one line, except for bullets, quotes and panels (a line for each
    paragraph) and tables (a line for each cell, row by row, the first row being the head; `columns` is their number).
    """

    kind: Kind
    lines: tuple[tuple[Span, ...], ...]
    columns: int = 0

    @property
    def text(self) -> str:
        """The block without its looks."""
        return "\n".join("".join(span.text for span in line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text. Its head, the first block, is what it is recognised by when we look whether it was said."""

    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The document as plain text."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def head(self) -> str:
        """The first block as plain text."""
        return self.blocks[0].text if self.blocks else ""

    def marked(self, mark: str) -> "Document":
        """The same text with that mark in front of its first words."""
        first, *rest = self.blocks
        lines = ((Span(mark, strong=True), *first.lines[0]), *first.lines[1:])
        return Document((replace(first, lines=lines), *rest))

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not self.text.strip()


def clean(text: str) -> str:
    """Text without what Jira refuses or a screen must not show: control characters, lone surrogates, our own marks."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def parse(rendered: Rendered) -> Document:
    """The document that a filled-in template describes."""
    values = {number: clean(text) for number, text in rendered.literal.items()}
    tree = SyntaxTreeNode(_MARKDOWN.parse(rendered.markdown))
    return Document(tuple(block for node in tree.children for block in _blocks(node, values)))


def words(text: str) -> str:
    """Only the letters and digits, for comparing what was said with what would be said, whatever markup did to it."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _blocks(node: SyntaxTreeNode, values: Mapping[str, str]) -> Iterator[Block]:
    match node.type:
        case "heading":
            yield Block("heading", tuple(_lines(node, values)))
        case "bullet_list" | "ordered_list":
            yield Block("bullets", tuple(_joined(item, values) for item in node.children))
        case "blockquote":
            yield _quote(node, values)
        case "table":
            rows = [row for part in node.children for row in part.children]
            cells = tuple(_joined(cell, values) for row in rows for cell in row.children)
            yield Block("table", cells, len(rows[0].children))
        case "fence":
            yield Block("example", ((Span(_filled(node.content, values).rstrip("\n")),),))
        case _:
            line = _joined(node, values)
            if "".join(span.text for span in line).strip():
                yield Block("paragraph", (line,))


def _quote(node: SyntaxTreeNode, values: Mapping[str, str]) -> Block:
    """A quote; or a panel, if the template says so in its first words (what is filled in cannot)."""
    lines = [line for child in node.children for line in _lines(child, values)]
    first = next((inner for inner in node.walk() if inner.type == "text"), None)
    panel = _PANELS.get(first.content) if first else None
    if panel is None:
        return Block("quote", tuple(lines))
    begun = lines[0][2:]  # less the mark and the break behind it
    return Block(panel, (begun, *lines[1:]) if begun else tuple(lines[1:]))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _MARKED.sub(lambda mark: values.get(mark[1], ""), text)


def _lines(node: SyntaxTreeNode, values: Mapping[str, str]) -> Iterator[tuple[Span, ...]]:
    yield _joined(node, values)


def _joined(node: SyntaxTreeNode, values: Mapping[str, str]) -> tuple[Span, ...]:
    return tuple(span for span in _spans(node, values, strong=False) if span.text)


def _spans(node: SyntaxTreeNode, values: Mapping[str, str], *, strong: bool) -> Iterator[Span]:
    if node.type == "text":
        yield Span(_filled(node.content, values), strong)
    elif node.type == "softbreak":
        yield Span(" ", strong)
    elif node.type == "hardbreak":
        yield Span("\n", strong)
    for child in node.children:
        yield from _spans(child, values, strong=strong or node.type == "strong")
