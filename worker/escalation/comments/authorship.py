"""Whose words a comment holds: its author's own, and what they quote, took back, signed with, or copied from us.

Only what the author wrote is a vote or meant for the client (design §4, "What is the author's own"). The markup tells
of block quotes and words struck out; marks, headers and attribution lines tell of an answered mail; a paragraph of
ours, or of a colleague's earlier comment, is known by its words. Above an unmarked quotation everything counts, below
it nothing: that cannot be told apart, and is asked about. The vote reader, the guard of the client's text, the summary
and the preview all use what is read here, and nothing else does it again.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from worker.escalation.comments import quoted_mail
from worker.escalation.comments.own_texts import Pattern, Stream, Texts, letters
from worker.escalation.facts.passage import Kind, Passage, passages, visible

Whose = Literal["author", "quotation", "struck", "signature", "ours"]

_QUOTE_MACRO, _QUOTED_LINE = "{quote", "bq."
SHORTEST = 13
"""A colleague's paragraph of fewer letters could as well be one's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a passage that are of one kind: whose they are, as they read.

    `marked`: a quotation that says itself that it is one, or is known by its words; one that is not is only taken for
    one because it stands below a sign.
    """

    text: str
    whose: Whose = "author"
    kind: Kind = "text"
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, read: its parts in the order in which they stand."""

    parts: tuple[Part, ...]

    @property
    def own(self) -> tuple[Part, ...]:
        """What the author wrote, and let stand."""
        return tuple(part for part in self.parts if part.whose == "author")

    @property
    def text(self) -> str:
        """The author's own words, an empty line between paragraphs."""
        return "\n\n".join(part.text for part in self.own)

    @property
    def foreign(self) -> tuple[Part, ...]:
        """What somebody else wrote, ourselves left out."""
        return tuple(part for part in self.parts if part.whose == "quotation")


@dataclass(slots=True)
class _Line:
    """One line: as it reads, less what is struck out, the number of its passage; whether it is marked as a quotation,
    and what else is found out: whose it is, by its words or not, and whether below it nothing can be told apart."""

    text: str
    kept: str
    passage: int
    quoted: bool
    whose: Whose = "author"
    shadows: bool = False
    known: bool = False


def unread(text: str) -> Written:
    """Plain text of which nothing is known to be anybody else's."""
    return Written(tuple(Part(passage.kept, kind=passage.kind) for passage in passages(text)))


@lru_cache(maxsize=2_048)
def read(
    written: tuple[Passage, ...],
    texts: Texts,
    begins: re.Pattern[str],
    colleagues: tuple[str, ...] = (),
    openings: tuple[str, ...] = (),
) -> Written:
    """Tells apart what a comment is made of.

    Args:
        written: its passages.
        texts: our own texts.
        begins: how a line begins that is a vote or for the client: no sign of mail is looked for in such a one.
        colleagues: paragraphs that others wrote before, where this author could quote them.
        openings: the first paragraphs of this author's own earlier comments: one that stands anywhere but at the
            beginning is quoted.
    """
    lines = list(_lines(written))
    while _tell_apart(lines, begins, texts, _known(colleagues), _known(openings)):
        pass  # a line was taken apart where a quotation begins in it
    return Written(tuple(_parts(lines, written)))


def _known(paragraphs: tuple[str, ...]) -> Texts | None:
    found = (letters(paragraph) for paragraph in paragraphs)
    patterns = [Pattern((row,)) for row in found if len(row) >= SHORTEST]
    return Texts(patterns) if patterns else None


def _lines(written: Sequence[Passage]) -> Iterator[_Line]:
    """All lines that hold something. A macro of quotation that was typed as text still means one."""
    open = False
    for number, passage in enumerate(written):
        kept = passage.kept.split("\n") if passage.kept != passage.text else None
        for row, text in enumerate(passage.text.split("\n")):
            macros = text.lower().count(_QUOTE_MACRO) if "{" in text else 0
            quoted = passage.quoted or open or macros > 0 or text.lstrip().startswith(_QUOTED_LINE)
            open = open ^ (macros % 2 == 1)
            if text.strip():
                yield _Line(text, kept[row] if kept else text, number, quoted or quoted_mail.is_marked(text))


def _tell_apart(
    lines: list[_Line], begins: re.Pattern[str], texts: Texts, colleagues: Texts | None, openings: Texts | None
) -> bool:
    """Goes down the lines: what is marked is quoted; what follows a sign of an unmarked quotation is, to the end.

    Gives True where a line had to be taken apart, and nothing is told yet.
    """
    stream = Stream([quoted_mail.unmarked(line.text) if line.quoted else line.text for line in lines])
    ours = texts.within(stream)
    others = colleagues.within(stream) if colleagues else []
    others += [found for found in openings.within(stream) if found[0] > 0] if openings else []
    if any(_taken_apart(lines, stream, start) for start, _ in (*ours, *others)):
        return True
    _mark(lines, stream, others, "quotation")
    _mark(lines, stream, ours, "ours")
    below = next((number for number, line in enumerate(lines) if line.shadows), len(lines))
    below = min(below, _quoted_from(lines, begins))
    for number, line in enumerate(lines):
        if line.whose == "author" and (line.quoted or number >= below):
            line.whose = "quotation"
    _sign(lines, begins)
    return False


def _taken_apart(lines: list[_Line], stream: Stream, start: int) -> bool:
    """Takes an unmarked line apart where in the middle of it a quotation begins: two lines were joined there."""
    number = bisect_right(stream.starts, start) - 1
    line, size = lines[number], start - stream.starts[number]
    if not size or line.quoted or size >= len(stream.rows[number]):
        return False
    at = next(at for at in range(len(line.text)) if len(letters(line.text[: at + 1])) > size)
    before = replace(line, text=line.text[:at], kept=line.text[:at] if line.kept == line.text else line.kept)
    lines[number : number + 1] = [before, replace(line, text=line.text[at:], kept=line.text[at:])]
    return True


def _mark(lines: list[_Line], stream: Stream, found: Sequence[tuple[int, int]], whose: Whose) -> None:
    """The unmarked lines that these ranges of letters reach into; what begins in one of them casts its shadow."""
    for start, end in found:
        first = bisect_right(stream.starts, start) - 1
        last = bisect_left(stream.starts, end)
        lines[first].shadows = lines[first].shadows or not lines[first].quoted
        for line in lines[first:last]:
            if not line.quoted:
                line.whose, line.known = whose, True


def _quoted_from(lines: list[_Line], begins: re.Pattern[str]) -> int:
    """From which line on an answered mail is quoted without marks. Where marks follow its head, they tell the rest."""
    texts = [visible(line.text) for line in lines]
    for at, line in enumerate(lines):
        if line.quoted or line.whose != "author":
            continue
        size = quoted_mail.quotation_head(texts, at)
        if size and begins.match(line.text):
            continue
        if size and at + size < len(lines) and lines[at + size].quoted:
            for head in lines[at : at + size]:
                head.whose = "quotation"
        elif size:
            return at
    return len(lines)


def _sign(lines: list[_Line], begins: re.Pattern[str]) -> None:
    """What is a signature, in each stretch of the author's lines."""
    for whose, stretch in groupby(lines, lambda line: line.whose):
        own = list(stretch)
        texts = [line.text for line in own] if whose == "author" else []
        for at in range(len(texts)):
            if quoted_mail.is_signed(texts, at) and not any(map(begins.match, texts[at:])):
                for line in own[at:]:
                    line.whose = "signature"
                break


def _parts(lines: Sequence[_Line], written: Sequence[Passage]) -> Iterator[Part]:
    for (number, whose, marked), same in groupby(lines, _belongs):
        rows, kind = list(same), written[number].kind
        whole = "\n".join(line.text for line in rows).strip()
        kept = "\n".join(line.kept for line in rows if line.kept.strip()).strip()
        if whose != "author":
            yield Part(whole, whose, kind, marked)
            continue
        if kept:
            yield Part(kept, kind=kind)
        if kept != whole:
            yield Part(whole, "struck", kind)


def _belongs(line: _Line) -> tuple[int, Whose, bool]:
    return line.passage, line.whose, line.quoted or line.known
