"""Recognising our own texts wherever they are quoted: without marks, wrapped anew, cell by cell, or all in one line.

A text is compared by its letters and digits only (NFKC, case folded), with every template there is in any language;
what was filled in stands for anything. Nine libraries that cut quoted mail were tried, and none knows all programs in
five languages (jira-facts §11); one's own words one can know. Nothing here reads markup, or says what follows from it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from config import messages
from config.protocol import Protocol

SEED, STRIDE = 6, 4
"""How many letters two texts must share before they are compared at all; every so many letters it is asked."""
ENOUGH, LONGEST_ENOUGH = 14, 12
"""A paragraph of fewer letters of ours could be anybody's; so could one with none so long in a row, where it stands by
itself."""
FILLED, BEFORE = 240, 48
"""How many letters may have been filled in; and how many before the first of ours."""
BESIDE = 24
"""How many letters may lie between two paragraphs of ours: a grade in a cell of its own, a word of a mail program."""
CUT = 24
"""How many letters of a paragraph that was cut off must be left."""
MOST_CHOICES = 8
"""How many ways to read one paragraph of a template."""
OVERLAP, OVERLAP_WIDE = 40, 20
"""How many letters in a row nobody writes by chance; in a script that needs fewer."""

_CONTROL = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_CHOICE = re.compile(r"\{%-?\s*if\b.*?%\}(.*?)\{%-?\s*endif\s*-?%\}")
_OTHERWISE = re.compile(r"\{%-?\s*(?:elif|else)\b.*?%\}")
_HOLE = re.compile(r"\{\{.*?\}\}")
_LINE_MARK = re.compile(r"^(?:[\s>]*(?:\[!\w+\]|#{1,6}\s|[-*+]\s|\d+[.)]\s|`{3,}\w*)?)")
_ITEM = re.compile(r"^[\s>]*(?:[-*+]\s|\d+[.)]\s|#|\|)")
_TOLD = re.compile(r"^\s*\{\{\s*client\s*\}\}\s*[:：](.*)$", re.MULTILINE)
_SPACE = "\ue002"
_BETWEEN = re.compile(r"[^a-z0-9]+")


def letters(text: str) -> str:
    """Only the letters and digits of a text, whatever their width and case."""
    if text.isascii():
        return _BETWEEN.sub("", text.lower())
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def weight(text: str) -> int:
    """How much a row of letters says: one of a script without spaces counts for two."""
    return len(text) if text.isascii() else len(text) + sum(letter >= "\u2e80" for letter in text)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A paragraph of ours: its fixed parts as letters, with something filled in between any two.

    `leading`, `trailing`: something may stand before the first, after the last. `alone`: it is known by itself, and not
    only beside another of ours.
    """

    literals: tuple[str, ...]
    leading: bool = False
    trailing: bool = False
    alone: bool = True

    @property
    def longest(self) -> str:
        """The fixed part that it is looked for by."""
        return max(self.literals, key=len)


def pattern(template: str, *, alone: bool = True) -> Pattern | None:
    """The pattern of a paragraph in which `_SPACE` stands for what is filled in; None where it says too little."""
    parts = [letters(part) for part in template.split(_SPACE)]
    literals = tuple(part for part in parts if part)
    longest = max(map(weight, literals), default=0)
    if sum(map(weight, literals)) < ENOUGH or max(map(len, literals)) < SEED + STRIDE - 1:
        return None
    return Pattern(literals, not parts[0], not parts[-1], alone and longest >= LONGEST_ENOUGH)


def paragraphs(template: str) -> Iterator[str]:
    """The paragraphs, items and cells of a template, with `_SPACE` for what is filled in; a line in which something is
    chosen comes once for each choice."""
    gathered: list[str] = []
    for line in [*template.splitlines(), ""]:
        bare = _CONTROL.sub("", line).strip(" >")
        if gathered and (not bare or _ITEM.match(line)):
            yield from _chosen(" ".join(gathered))
            gathered = []
        if not bare:
            continue
        if line.lstrip(" >").startswith("|"):
            yield from (each for cell in line.split("|") for each in _chosen(cell))
        else:
            gathered.append(_LINE_MARK.sub("", line))


def _chosen(line: str, most: int = MOST_CHOICES) -> Iterator[str]:
    """The line with each of its choices taken; beyond some number of them what is chosen may be anything."""
    choice = _CHOICE.search(line)
    if choice is None or most <= 1:
        yield _CONTROL.sub(_SPACE, _HOLE.sub(_SPACE, _CHOICE.sub(_SPACE, line)))
        return
    choices = [*_OTHERWISE.split(choice[1]), *([] if "else" in choice[0] else [""])]
    for each in dict.fromkeys(choices):
        chosen = f"{line[: choice.start()]}{each}{line[choice.end() :]}"
        yield from _chosen(chosen, most // len(choices))


class Texts:
    """Some texts, made ready to be found in others."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_seed: dict[str, list[Pattern]] = defaultdict(list)
        for each in dict.fromkeys(patterns):
            for at in range(STRIDE):  # one of these stands where the text is looked into
                self._by_seed[each.longest[at : at + SEED]].append(each)

    def within(self, text: "Stream") -> list[tuple[int, int]]:
        """Where in the text paragraphs of these stand, as ranges of its letters, in order and apart from each other."""
        row = text.letters
        seeds = self._by_seed.keys() & {row[at : at + SEED] for at in range(0, len(row) - SEED + 1, STRIDE)}
        if not seeds:
            return []
        found = {
            (start, end): each.alone and whole and text.is_whole(start, end)
            for seed in seeds
            for each in self._by_seed[seed]
            for start, end, whole in _places(each, text)
        }
        return _joined(_sure(found))


def _sure(found: dict[tuple[int, int], bool]) -> list[tuple[int, int]]:
    """Those that are whole lines, and those that lie beside another."""
    ranges = sorted(found)
    beside = {each for pair in pairwise(ranges) if pair[1][0] - pair[0][1] <= BESIDE for each in pair}
    return [each for each in ranges if found[each] or each in beside]


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _places(wanted: Pattern, text: "Stream") -> Iterator[tuple[int, int, bool]]:
    """Every place where the pattern stands: from where to where, and whether in full or up to where the text ends."""
    row, longest = text.letters, wanted.longest
    number, at = wanted.literals.index(longest), row.find(longest[:SEED])
    while at >= 0:
        size = len(longest) if row.startswith(longest, at) else len(row) - at
        start = _left(wanted, number, at, text) if longest.startswith(row[at : at + size]) else None
        if start is not None and size == len(longest):
            end = _right(wanted, number, at + size, text)
            if end is not None:
                yield start, end, True
        elif start is not None and size >= CUT:
            yield start, len(row), False
        at = row.find(longest[:SEED], at + 1)


def _left(wanted: Pattern, number: int, at: int, text: "Stream") -> int | None:
    """Where the pattern begins whose literal of that number stands at that letter."""
    for literal in reversed(wanted.literals[:number]):
        at = text.letters.rfind(literal, max(0, at - FILLED - len(literal)), at)
        if at < 0:
            return None
    if not wanted.leading:
        return at
    start = text.line_start(at)
    return start if at - start <= BEFORE else at


def _right(wanted: Pattern, number: int, at: int, text: "Stream") -> int | None:
    """Where it ends."""
    for literal in wanted.literals[number + 1 :]:
        found = text.letters.find(literal, at, at + FILLED + len(literal))
        if found < 0:
            return None
        at = found + len(literal)
    if not wanted.trailing:
        return at
    end = text.line_end(at)
    return end if end - at <= FILLED else at


class Stream:
    """A text as one row of letters, with where its lines begin and end."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.rows = [letters(line) for line in lines]
        self.letters = "".join(self.rows)
        self.starts: list[int] = []
        at = 0
        for row in self.rows:
            self.starts.append(at)
            at += len(row)
        self._edges = [*self.starts, at]

    def is_whole(self, start: int, end: int) -> bool:
        """Whether nothing but whole lines is between the two."""
        return self.line_start(start) == start and self.line_end(end) == end

    def line_start(self, at: int) -> int:
        """Where the line begins in which that letter stands."""
        return self._edges[bisect_right(self._edges, at) - 1]

    def line_end(self, at: int) -> int:
        """Where the line ends that goes up to that letter."""
        return self._edges[bisect_left(self._edges, at)]


def texts(protocol: Protocol) -> Texts:
    """Our own texts: of every language, with those of the protocol's folder, and what its grades are said to be."""
    return _texts(protocol.messages, tuple(grade.definition for grade in protocol.grades))


@cache
def _texts(own: str, definitions: tuple[str, ...]) -> Texts:
    parts = [pattern(part) for template in messages.sources(own) for part in paragraphs(template)]
    parts += [pattern(sentence, alone=False) for sentence in (*messages.sentences(own), *definitions)]
    return Texts(part for part in parts if part)


def is_ours(text: str, protocol: Protocol) -> bool:
    """Whether a text for the client says what stands in a template of ours: many letters in a row, or all of the text
    of an example. It looks at nothing but the words, so that it holds wherever a quotation was not seen to be one."""
    row = letters(text)
    size = OVERLAP if weight(row) < 1.5 * len(row) else OVERLAP_WIDE
    told, everything = _everything(protocol.messages)
    return row in told or any(row[at : at + size] in everything for at in range(len(row) - size + 1))


@cache
def _everything(own: str) -> tuple[frozenset[str], str]:
    """The examples of a text for the client, and all that stands in templates, as letters."""
    sources = messages.sources(own)
    told = {letters(example) for source in sources for example in _TOLD.findall(source)}
    literals = [letters(part) for source in sources for each in paragraphs(source) for part in each.split(_SPACE)]
    return frozenset(told - {""}), "\n".join(dict.fromkeys(literals))
