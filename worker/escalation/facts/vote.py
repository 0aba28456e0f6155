"""Reading what a panelist wrote: a vote, a recusal, a botched attempt, or talk.

A vote's first line begins with a grade in any spelling a person would use; the rest is internal reasoning, up to a
paragraph that begins `Client:`, which alone may be told to the client (design §4, "A vote"). The English words count in
every language, those of the texts' language beside them, and no other language's: where nobody was told so, a paragraph
that begins `Kunde:` is for colleagues. This module looks at text only: whether the author may vote is not its business.
It must never guess between two grades.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from config.messages import Keywords
from config.protocol import Grade

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PARAGRAPHS = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_SIGNS = "\u203c\u2611\u26a0\u2705\u2714\u2757\ufe0f\U0001f525\U0001f534\U0001f6a8\U0001f7e0-\U0001f7e9"
_DECORATION = re.compile(rf"^[\s>!/)*_#•·\-–—~`|\"'“”‘’(\[{{{_SIGNS}]+")
ENGLISH = Keywords()
_RECUSED = re.compile(
    r"^(?:i\s+(?:am\s+|hereby\s+|must\s+)?|i['’]m\s+)?recus(?:ed?|al|ing)(?:\s+myself)?\b"
    r"(?=\s*(?:$|[:;,.\-–—!(*_]|(?:because|as|since|due|for|from)\b))",
    re.IGNORECASE,
)
_ATTEMPT = re.compile(
    r"^(?:(?:my|i)\s+)?(?:sev\b|sev[\s\-_.]*\d|severity\b|vote\b|grade\b|recus|[sp][\s\-]?\d\b|\d\W*$)", re.IGNORECASE
)
_SEPARATOR = r"(?=\s*(?:$|[:;,.\-–—=>→()\[\]!/*_]))"
_JOINED = r"\s*(?:/|&|\+|\b(?:or|and|to|bis|vs)\b\.?)\s*"
_ANOTHER = re.compile(
    rf"""
    {_JOINED}(?:sev\w*[\s\-_.\#:]*)?\d\b                   # SEV-1/2, SEV-1 or SEV-3
    | [,\-–—]\d\b                                          # SEV-1-2
    | \s*[,\-–—]\s*sev\w*[\s\-_.\#:]*\d\b                  # SEV-1, SEV 3
    | \s*[,\-–—]\s*\d\s*(?:$|[:;,.?!–—])(?!\d)             # SEV-1 – 2: …, but not SEV-1 – 2 clinics are down
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DOUBT = re.compile(r"^[\s!(\[]*[?？]")
_NUMBERS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}


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


def read(text: str, grades: tuple[Grade, ...], keywords: Keywords = ENGLISH) -> Statement:
    """What a comment says; None is talk. `text` is plain, its paragraphs separated by an empty line; `keywords` are the
    words that people were told to begin with, in their language."""
    paragraphs = _paragraphs(text)
    if not paragraphs:
        return None
    first = _first(paragraphs)
    recused = _RECUSED.match(first) or _recused(keywords).match(first)
    if recused:
        return Recusal(_after_word(paragraphs, recused.re))
    client = _client(keywords)
    return _graded(first, paragraphs, grades, client) or _attempt(first, paragraphs, grades, client)


def first_line(text: str) -> str:
    """The line that should have begun with a grade, as it was written."""
    return "".join(_paragraphs(text)[:1]).split("\n", 1)[0].strip()


def without_client(text: str, keywords: Keywords = ENGLISH) -> str:
    """The text less every paragraph that begins `Client:`: what is certainly meant for colleagues only."""
    client = _client(keywords)
    return "\n\n".join(part for part in _paragraphs(text) if not client.match(part))


def client_text(text: str, keywords: Keywords = ENGLISH) -> str:
    """What the first paragraph says that begins `Client:`, wherever it stands; "" where there is none."""
    client = _client(keywords)
    found = next((part for part in _paragraphs(text) if client.match(part)), "")
    return client.sub("", found).strip(" *_\n\t")


@lru_cache
def _client(keywords: Keywords) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in dict.fromkeys((ENGLISH.client, keywords.client)))
    return re.compile(rf"^[\s*_>#•\-–]*(?:{words})[\s*_]*[:：]", re.IGNORECASE)


@lru_cache
def _recused(keywords: Keywords) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(keywords.recused)}\b(?=\s*(?:$|[:;,.\-–—!(*_]))", re.IGNORECASE)


def _first(paragraphs: list[str]) -> str:
    return _DECORATION.sub("", paragraphs[0].split("\n", 1)[0]).strip()


def _paragraphs(text: str) -> list[str]:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    return [part.strip() for part in _PARAGRAPHS.split(plain) if part.strip()]


def _graded(
    first: str, paragraphs: list[str], grades: tuple[Grade, ...], client: re.Pattern[str]
) -> Vote | Botched | None:
    grade, rest = _leading_grade(first, grades)
    if grade is None:
        return None
    if _another_follows(rest, grades) or _mentioned(first, grades) - {grade.name}:
        return Botched("The first line names more than one grade.")
    if _DOUBT.match(rest):
        return Botched("The grade is followed by a question mark, so it is not clear that it is meant.")
    return _vote(grade, rest, paragraphs, client)


def _vote(grade: Grade, rest: str, paragraphs: list[str], client: re.Pattern[str]) -> Vote:
    start = next((n for n, part in enumerate(paragraphs) if n and client.match(part)), None)
    _, _, below = paragraphs[0].partition("\n")
    opening = "\n".join(part for part in (_trimmed(rest), below.strip()) if part)
    internal = [opening, *(part for n, part in enumerate(paragraphs) if n and n != start)]
    told = client.sub("", paragraphs[start]).strip(" *_\n\t") if start else ""
    return Vote(grade.name, "\n\n".join(part for part in internal if part), told)


def _attempt(first: str, paragraphs: list[str], grades: tuple[Grade, ...], client: re.Pattern[str]) -> Botched | None:
    mentioned = _mentioned(first, grades)
    if len(mentioned) > 1:
        return Botched("The first line names more than one grade.")
    if mentioned:
        return Botched("The first line mentions a grade but does not begin with it.")
    if _ATTEMPT.match(first) or any(_words(grade).match(first) for grade in grades):
        return Botched("The first line does not begin with one of the grades.")
    if any(client.match(part) for part in paragraphs):
        return Botched("There is a text for the client but no grade in the first line.")
    return None


def _leading_grade(first: str, grades: tuple[Grade, ...]) -> tuple[Grade | None, str]:
    """The grade at the beginning: the longest, should one name begin like another."""
    found = [(match.end(), grade) for grade in grades if (match := _spelling(grade).match(first))]
    end, grade = max(found, key=lambda each: each[0], default=(0, None))
    return grade, first[end:]


def _another_follows(rest: str, grades: tuple[Grade, ...]) -> bool:
    """Whether a second grade is joined to the first: `SEV-1/2`, `SEV-2 or other`; not `SEV-2 – 3 clinics`."""
    return bool(_ANOTHER.match(rest)) or any(_joined(grade).match(rest) for grade in grades)


@lru_cache
def _joined(grade: Grade) -> re.Pattern[str]:
    return re.compile(rf"{_JOINED}{re.escape(grade.name)}{_SEPARATOR}", re.IGNORECASE)


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
    body = r"[\s\-_‐-―−.:#]*".join(_part(part) for part in parts)
    return re.compile(rf"(?<![A-Za-z0-9]){body}(?![0-9A-Za-z]|_\w|\.\d)", re.IGNORECASE)


def _part(part: str) -> str:
    if part.lower() == "sev":
        return r"sev(?:erity)?(?:\s+level)?"
    return rf"(?:{part}|{_NUMBERS[part]}(?!-\w))" if part in _NUMBERS else re.escape(part)


@lru_cache
def _words(grade: Grade) -> re.Pattern[str]:
    word = re.match(r"[^\W\d_]+", grade.name)
    return re.compile(rf"{re.escape(word[0] if word else grade.name)}\b", re.IGNORECASE)


def _trimmed(rest: str) -> str:
    return re.sub(r"^[\s:;,.\-–—=>→|*_`)\]}~!\"'”’]+", "", rest).strip()


def _after_word(paragraphs: list[str], word: re.Pattern[str]) -> str:
    text = word.sub("", _DECORATION.sub("", "\n\n".join(paragraphs)))
    return _trimmed(text)
