"""Reading what a panelist wrote: a vote, a recusal, a botched attempt, or talk.

A vote's first line begins with a grade in any spelling a person would use; the rest is internal reasoning, up to a
paragraph that begins `Client:`, which alone may be told to the client (design §4, "A vote"). This module looks at text
only: whether the author may vote is not its business. It must never guess between two grades.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from config.protocol import Grade

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PARAGRAPHS = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_DECORATION = re.compile(r"^[\s>*_#•·\-–—~`|\"'“”‘’(\[{]+")
_CLIENT = re.compile(r"^[\s*_]*client[\s*_]*[::]", re.IGNORECASE)
_RECUSED = re.compile(r"^(?:i\s+(?:am\s+)?)?recus(?:ed|e|al|ing)\b", re.IGNORECASE)
_ATTEMPT = re.compile(r"^(?:my\s+)?(?:sev\b|sev[\s\-_.]*\d|severity\b|vote\b|grade\b)", re.IGNORECASE)
_SEPARATOR = r"(?=\s*(?:$|[:;,.\-–—=>→()\[\]!/*_]))"
_ANOTHER = re.compile(r"^\s*(?:/|,|&|\+|-|–|or\b|and\b|to\b|bis\b|vs\.?\b)\s*(?:sev\w*[\s\-_.#:]*)?\d\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vote:
    """A grade, the reasoning for colleagues, and what may be told to the client ("" where nothing was written)."""

    grade: str
    reasoning: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Recusal:
    """The seat is given up, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Botched:
    """It looks like an attempt to vote but is none; `problem` is the sentence that says what is missing."""

    problem: str


Statement = Vote | Recusal | Botched | None


def read(text: str, grades: tuple[Grade, ...]) -> Statement:
    """What a comment says; None is talk. `text` is plain, its paragraphs separated by an empty line."""
    paragraphs = _paragraphs(text)
    if not paragraphs:
        return None
    first = _DECORATION.sub("", paragraphs[0].split("\n", 1)[0]).strip()
    if _RECUSED.match(first):
        return Recusal(_after_word(paragraphs))
    return _graded(first, paragraphs, grades) or _attempt(first, paragraphs, grades)


def without_client(text: str) -> str:
    """The text less every paragraph that begins `Client:`: what is certainly meant for colleagues only."""
    return "\n\n".join(part for part in _paragraphs(text) if not _CLIENT.match(part))


def _paragraphs(text: str) -> list[str]:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    return [part.strip() for part in _PARAGRAPHS.split(plain) if part.strip()]


def _graded(first: str, paragraphs: list[str], grades: tuple[Grade, ...]) -> Vote | Botched | None:
    grade, rest = _leading_grade(first, grades)
    if grade is None:
        return None
    if _ANOTHER.match(rest) or _mentioned(first, grades) - {grade.name}:
        return Botched("The first line names more than one grade.")
    if rest.lstrip().startswith("?"):
        return Botched("The grade is followed by a question mark, so it is not clear that it is meant.")
    return _vote(grade, rest, paragraphs)


def _vote(grade: Grade, rest: str, paragraphs: list[str]) -> Vote:
    start = next((n for n, part in enumerate(paragraphs) if n and _CLIENT.match(part)), None)
    _, _, below = paragraphs[0].partition("\n")
    opening = "\n".join(part for part in (_trimmed(rest), below.strip()) if part)
    internal = [opening, *(part for n, part in enumerate(paragraphs) if n and n != start)]
    client = _CLIENT.sub("", paragraphs[start]).strip(" *_\n\t") if start else ""
    return Vote(grade.name, "\n\n".join(part for part in internal if part), client)


def _attempt(first: str, paragraphs: list[str], grades: tuple[Grade, ...]) -> Botched | None:
    mentioned = _mentioned(first, grades)
    if len(mentioned) > 1:
        return Botched("The first line names more than one grade.")
    if mentioned:
        return Botched("The first line mentions a grade but does not begin with it.")
    if _ATTEMPT.match(first) or any(_words(grade).match(first) for grade in grades):
        return Botched("The first line does not begin with one of the grades.")
    if any(_CLIENT.match(part) for part in paragraphs):
        return Botched("There is a text for the client but no grade in the first line.")
    return None


def _leading_grade(first: str, grades: tuple[Grade, ...]) -> tuple[Grade | None, str]:
    for grade in grades:
        match = _spelling(grade).match(first)
        if match:
            return grade, first[match.end() :]
    return None, first


def _mentioned(first: str, grades: tuple[Grade, ...]) -> set[str]:
    """The grades with a number that stand anywhere in the line (a bare word such as "other" is only a word there)."""
    return {grade.name for grade in grades if _has_number(grade) and _spelling(grade).search(first)}


def _has_number(grade: Grade) -> bool:
    return any(letter.isdigit() for letter in grade.name)


@lru_cache
def _spelling(grade: Grade) -> re.Pattern[str]:
    """How a person may write the grade: `SEV-1`, `sev 1`, `Sev1`, `severity 1`; `OTHER`, `Other:`, `other –`."""
    if not _has_number(grade):
        exact = rf"{re.escape(grade.name)}\b"
        return re.compile(rf"(?:{exact}|(?i:(?:all\s+)?{re.escape(grade.name)}s?(?:\s+bugs?)?){_SEPARATOR})")
    parts = re.findall(r"[^\W\d_]+|\d+", grade.name)
    body = r"[\s\-_–—‑‐.:#]*".join(_part(part) for part in parts)
    return re.compile(rf"(?<![A-Za-z0-9]){body}(?![0-9A-Za-z_]|\.\d)", re.IGNORECASE)


def _part(part: str) -> str:
    return r"sev(?:erity)?" if part.lower() == "sev" else re.escape(part)


@lru_cache
def _words(grade: Grade) -> re.Pattern[str]:
    word = re.match(r"[^\W\d_]+", grade.name)
    return re.compile(rf"{re.escape(word[0] if word else grade.name)}\b", re.IGNORECASE)


def _trimmed(rest: str) -> str:
    return re.sub(r"^[\s:;,.\-–—=>→|*_)\]}~!\"'”’]+", "", rest).strip()


def _after_word(paragraphs: list[str]) -> str:
    text = _RECUSED.sub("", _DECORATION.sub("", "\n\n".join(paragraphs)))
    return _trimmed(text)
