"""What a comment is made of, before anybody asks who wrote it: paragraphs, headings and list items, as Jira marks them.

Only what the markup itself says is here: that a passage stands in a block quote, and which words are struck out.
Whether a passage is its author's own is told in `authorship.py`.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "heading", "item"]

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BETWEEN = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph, heading or list item: `text` as it reads, `kept` less what is struck out (the same number of
    lines); `quoted` if it stands in a block quote."""

    text: str
    kept: str
    quoted: bool = False
    kind: Kind = "text"


def passages(text: str) -> tuple[Passage, ...]:
    """Plain text as passages: an empty line is between two of them."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return tuple(Passage(part, part) for part in map(str.strip, _BETWEEN.split(plain)) if part)


def visible(text: str) -> str:
    """The text without what nobody sees: soft hyphens, joiners, marks of direction."""
    return text if text.isascii() else _INVISIBLE.sub("", text)
