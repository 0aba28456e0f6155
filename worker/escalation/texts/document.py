"""A text before it is put into Jira's markup: headings, paragraphs, bullets, quotes, panels, tables, examples.

Templates are Markdown. Whatever comes from outside the template reaches this module between two private marks and
stays literal text, whatever it contains: nothing people write can become a heading, a mention or a link (design §5.4).
Only a `Mention`, which our own code makes, becomes one.
A panel is a quote whose first line is `[!NOTE]` or the like, an example to copy is a fenced block, a table is a table.
How a document looks in ADF or in wiki markup is the business of `worker/jira/text/markup.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from config.messages import CLOSE, OPEN, Mention, Rendered

Kind = Literal["heading", "paragraph", "bullets", "quote", "note", "important", "table", "example"]

_MARKED = re.compile(f"{OPEN}(\\d+){CLOSE}")
_CONTROL = re.compile(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ue000\ue001\ufffe\uffff]")
_MARKDOWN = MarkdownIt("zero").enable(
    ["heading", "list", "blockquote", "fence", "table", "emphasis", "newline", "escape"]
)
_PANELS: dict[str, Kind] = {"[!NOTE]": "note", "[!IMPORTANT]": "important"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, bold or not; line breaks in it are meant. `mentions` is the person whom it calls (an id of
    Jira's; "": nobody), and its text then their name."""

    text: str
    strong: bool = False
    mentions: str = ""


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

    @property
    def key(self) -> str:
        """The head less whom it mentions: names change, and read otherwise in each markup."""
        spans = (span for line in self.blocks[0].lines for span in line) if self.blocks else ()
        return "".join(span.text for span in spans if not span.mentions)

    @property
    def mentions(self) -> dict[str, str]:
        """Whom it calls: ids and names."""
        spans = (span for block in self.blocks for line in block.lines for span in line)
        return {span.mentions: span.text for span in spans if span.mentions}

    def without_mention(self, person: str) -> "Document":
        """The same text, in which that person is only named."""
        return Document(tuple(replace(block, lines=tuple(map(_naming(person), block.lines))) for block in self.blocks))

    def marked(self, mark: str) -> "Document":
        """The same text with that mark in front of its first words."""
        first, *rest = self.blocks
        lines = ((Span(mark, strong=True), *first.lines[0]), *first.lines[1:])
        return Document((replace(first, lines=lines), *rest))


def _naming(person: str) -> Callable[[tuple[Span, ...]], tuple[Span, ...]]:
    return lambda line: tuple(replace(span, mentions="") if span.mentions == person else span for span in line)


def clean(text: str) -> str:
    """Text without what Jira refuses or a screen must not show: control characters, lone surrogates, our own marks."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def parse(rendered: Rendered) -> Document:
    """The document that a filled-in template describes."""
    values = {number: _cleaned(value) for number, value in rendered.literal.items()}
    blocks = (_filled(block, values) for block in _skeleton(rendered.markdown))
    return Document(tuple(block for block in blocks if block.kind != "paragraph" or block.text.strip()))


def _cleaned(value: str | Mention) -> str | Mention:
    return Mention(value.id, clean(value.name)) if isinstance(value, Mention) else clean(value)


def words(text: str) -> str:
    """Only the letters and digits, for comparing what was said with what would be said, whatever markup did to it."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@lru_cache(maxsize=256)
def _skeleton(markdown: str) -> tuple[Block, ...]:
    """The blocks with their marks still in them. What is filled in is not in `markdown`, so that a template comes here
    in a few shapes only, and parsing it anew for each text would be most of what opening a round costs.
    """
    return tuple(_block(node) for node in SyntaxTreeNode(_MARKDOWN.parse(markdown)).children)


def _block(node: SyntaxTreeNode) -> Block:
    match node.type:
        case "heading":
            return Block("heading", (_joined(node),))
        case "bullet_list" | "ordered_list":
            return Block("bullets", tuple(_joined(item) for item in node.children))
        case "blockquote":
            return _quote(node)
        case "table":
            rows = [row for part in node.children for row in part.children]
            return Block("table", tuple(_joined(cell) for row in rows for cell in row.children), len(rows[0].children))
        case "fence":
            return Block("example", ((Span(node.content.rstrip("\n")),),))
        case _:
            return Block("paragraph", (_joined(node),))


def _quote(node: SyntaxTreeNode) -> Block:
    """A quote; or a panel, if the template says so in its first words (what is filled in cannot)."""
    lines = tuple(_joined(child) for child in node.children)
    first = next((inner for inner in node.walk() if inner.type == "text"), None)
    panel = _PANELS.get(first.content) if first else None
    if panel is None:
        return Block("quote", lines)
    begun = lines[0][2:]  # less the mark and the break behind it
    return Block(panel, (begun, *lines[1:]) if begun else lines[1:])


def _joined(node: SyntaxTreeNode) -> tuple[Span, ...]:
    return tuple(span for span in _spans(node, strong=False) if span.text)


def _spans(node: SyntaxTreeNode, *, strong: bool) -> Iterator[Span]:
    if node.type == "text":
        yield Span(node.content, strong)
    elif node.type == "softbreak":
        yield Span(" ", strong)
    elif node.type == "hardbreak":
        yield Span("\n", strong)
    for child in node.children:
        yield from _spans(child, strong=strong or node.type == "strong")


def _filled(block: Block, values: Mapping[str, str | Mention]) -> Block:
    return Block(block.kind, tuple(tuple(_spoken(line, values)) for line in block.lines), block.columns)


def _spoken(line: tuple[Span, ...], values: Mapping[str, str | Mention]) -> Iterator[Span]:
    """The spans that say something once they are filled in; a mention stands in one of its own."""
    for span in line:
        spoken = ""
        for number, part in enumerate(_MARKED.split(span.text)):
            value = values.get(part, "") if number % 2 else part
            if isinstance(value, Mention):
                yield from (Span(spoken, span.strong),) if spoken else ()
                yield Span(value.name, span.strong, value.id)
                spoken = ""
            else:
                spoken += value
        if spoken:
            yield Span(spoken, span.strong)
