"""Reading what a panelist wrote: a vote, a recusal, a botched attempt, or talk.

A vote's first line begins with a grade in any spelling a person would use; the rest is internal reasoning, up to a
paragraph or line that begins `Client:`, which alone may be told to the client (design §4, "A vote"). The English words
count in every language, those of the texts' language beside them, and no other language's: where nobody was told so, a
paragraph that begins `Kunde:` is for colleagues. This module looks at the words that are their author's own
(`authorship.py`): whether the author may vote is not its business. It must never guess between two grades.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Literal

from config.messages import Keywords
from config.protocol import Grade
from worker.escalation.comments import form, grade_spelling
from worker.escalation.comments.authorship import Part, Written, unread
from worker.escalation.comments.client_text import OPENING, begins_one, split
from worker.escalation.facts.passage import visible

ENGLISH = Keywords()
_RECUSED = re.compile(
    r"^(?:i\s+(?:am\s+|hereby\s+|must\s+)?|i['’]m\s+)?recus(?:ed?|al|ing)(?:\s+myself)?\b"
    r"(?=\s*(?:$|[:;,.\-–—!(*_]|(?:because|as|since|due|for|from)\b))",
    re.IGNORECASE,
)
_ATTEMPT = re.compile(
    r"^(?:(?:my|i)\s+)?(?:sev\b|sev[\s\-_.]*\d|severity\b|vote\b|grade\b|recus|[sp][\s\-]?\d\b|\d\W*$)", re.IGNORECASE
)
_QUESTION = re.compile(r"[?？؟](?=$|[\s)\]\"'”’»。、,.!])|か[。\s]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Vote:
    """A grade, the reasoning for colleagues, and what may be told to the client ("" where nothing was written).

    `untold` is why something that was probably meant for the client is not, as the end of a sentence that begins
    "because"; "" where there is no such thing.
    """

    grade: str
    reasoning: str
    client: str = ""
    untold: str = ""


@dataclass(frozen=True, slots=True)
class Recusal:
    """The seat is given up, for this reason."""

    reason: str


Step = Literal["again", "seat", "author", "person", "here"]
"""What has to be done next: vote again; get the seat first; write it oneself; let a person vote; write it on the
evaluation."""


@dataclass(frozen=True, slots=True)
class Botched:
    """It looks like an attempt to vote but is none; `problem` is the sentence that says what is missing, `step` what
    comes next."""

    problem: str
    step: Step = "again"


Statement = Vote | Recusal | Botched | None
TWO = Botched("The first line names more than one grade.")
DOUBTED = Botched("The grade is followed by a question mark, so it is not clear that it is meant.")
DENIED = Botched(
    "The first line names a grade and denies it, or leaves it open, so it is not clear which one is meant."
)
LATER = Botched("The first line mentions a grade but does not begin with it.")
NO_GRADE = Botched("The first line does not begin with one of the grades.")
FORM = Botched("The comment is a list with a line for each choice, and it is not clear which one is meant.")
ONLY_TOLD = Botched("There is a text for the client but no grade in the first line.")


def read(text: Written | str, grades: tuple[Grade, ...], keywords: Keywords = ENGLISH) -> Statement:
    """What a comment says; None is talk.

    Args:
        text: what is known of whose words it holds; plain text is taken for its author's, its paragraphs separated by
            an empty line.
        grades: the scale.
        keywords: the words that people were told to begin with, in their language.
    """
    parts = _greeted(tuple(map(_visible, (unread(text) if isinstance(text, str) else text).parts)))
    number = next((number for number, part in enumerate(parts) if part.whose == "author"), None)
    if number is None:
        return None
    first, below = _first(parts[number].text)
    filled_in = form.is_form(list(_lines(parts[number:], keywords)), lambda line: _named(line, grades, keywords))
    recused = _RECUSED.match(first) or _recused(keywords).match(first)
    if recused and filled_in:
        return FORM
    if recused:
        return Recusal(
            _joined_text([grade_spelling.trimmed(first[recused.end() :]), below, *_texts(parts[number + 1 :])])
        )
    rest = (Part(below, kind=parts[number].kind), *parts[number + 1 :])
    return _graded(first, rest, grades, keywords, filled_in=filled_in) or _attempt(first, rest, grades, keywords)


def first_line(written: Written) -> str:
    """The line that should have begun with a grade, as its author wrote it; "" where nothing is the author's."""
    return written.text.split("\n", 1)[0].strip()


def asks(written: Written) -> bool:
    """Whether the author asks something."""
    return _QUESTION.search(written.text) is not None


def internal(written: Written, keywords: Keywords = ENGLISH) -> str:
    """Everything in a comment but the text for the client: what is certainly meant for colleagues only; what is quoted
    and struck out, too."""
    parts = tuple(map(_visible, written.parts))
    others = [part.text for part in parts if part.whose != "author"]
    return "\n\n".join([*split(parts, keywords).internal, *others])


def client_text(written: Written, keywords: Keywords = ENGLISH) -> str:
    """What the author wrote for the client, whatever else the comment says; "" where there is nothing."""
    return split(tuple(map(_visible, written.parts)), keywords).text


@lru_cache
def begins(grades: tuple[Grade, ...], keywords: Keywords) -> re.Pattern[str]:
    """How a line begins that is a vote, or for the client: such a one is never taken for a sign of mail."""
    spellings = "|".join(f"(?:{grade_spelling.of(grade).pattern})" for grade in grades)
    words = "|".join(re.escape(word) for word in dict.fromkeys((ENGLISH.client, keywords.client)))
    return re.compile(rf"\W*(?:{spellings}|(?:{words})[\s*_]*[:：])", re.IGNORECASE)


@lru_cache
def _recused(keywords: Keywords) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(keywords.recused)}\b(?=\s*(?:$|[:;,.\-–—!(*_]))", re.IGNORECASE)


def _visible(part: Part) -> Part:
    """The part without what nobody sees; a text's letters are compared in their usual form."""
    if part.text.isascii():
        return part
    text = unicodedata.normalize("NFC", visible(part.text))
    return part if text == part.text else replace(part, text=text)


def _greeted(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The comment from the first line on that is more than a greeting."""
    own = next((part for part in parts if part.whose == "author"), None)
    line, _, below = own.text.partition("\n") if own else ("", "", "")
    if own is None or not grade_spelling.is_greeting(line):
        return parts
    number = parts.index(own)
    rest = (replace(own, text=below.strip()),) if below.strip() else ()
    greeted = (*parts[:number], *rest, *parts[number + 1 :])
    return greeted if any(part.whose == "author" for part in greeted) else parts


def _first(text: str) -> tuple[str, str]:
    """The first line, as it is compared (full width letters and digits as the usual ones), and what is below it."""
    line, _, below = text.strip().partition("\n")
    return grade_spelling.undecorated(line), below.strip()


def _texts(parts: Iterable[Part]) -> list[str]:
    return [part.text for part in parts if part.whose == "author"]


def _joined_text(texts: list[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _graded(
    first: str, rest: tuple[Part, ...], grades: tuple[Grade, ...], keywords: Keywords, *, filled_in: bool
) -> Vote | Botched | None:
    grade, reason = grade_spelling.leading(first, grades)
    if grade is None:
        return None
    if grade_spelling.another_follows(reason, grades) or grade_spelling.mentioned(first, grades) - {grade.name}:
        return TWO
    if filled_in or _in_one_line(reason, grades):
        return FORM if filled_in else TWO
    if grade_spelling.is_doubted(reason):
        return DOUBTED
    if grade_spelling.is_denied(reason) or form.is_refused(reason):
        return DENIED
    return _vote(grade, grade_spelling.trimmed(reason), rest, keywords)


def _lines(parts: Iterable[Part], keywords: Keywords) -> Iterator[form.Line]:
    """The author's lines, less what is for the client."""
    for part in parts:
        if part.whose == "author":
            lines = takewhile(lambda line: not begins_one(line, keywords), part.text.split("\n"))
            yield from (form.Line(line, part.kind) for line in lines)


def _named(line: str, grades: tuple[Grade, ...], keywords: Keywords) -> tuple[str, str] | None:
    """What the line of a form is for: a grade, or to give up the seat ("")."""
    grade, rest = grade_spelling.leading(line, grades)
    if grade is not None:
        return grade.name, rest
    words = [*((grade.name, grade.name) for grade in grades), ("", ENGLISH.recused), ("", keywords.recused)]
    for name, spelled in words:
        if line.lower().startswith(spelled.lower()) and form.is_mark(line[len(spelled) :]):
            return name, line[len(spelled) :]
    return None


def _in_one_line(reason: str, grades: tuple[Grade, ...]) -> bool:
    """Whether what follows a grade is a box and another grade."""
    box = form.box_before(reason)
    return bool(box) and grade_spelling.leading(grade_spelling.undecorated(reason[box:]), grades)[0] is not None


def _vote(grade: Grade, reason: str, rest: tuple[Part, ...], keywords: Keywords) -> Vote:
    """What stands in the grade's own line is never for the client."""
    below, *others = rest
    opening = replace(below, text=f"{OPENING}{reason}\n{below.text}".rstrip())
    told = split((opening, *others), keywords)
    return Vote(grade.name, _joined_text(told.internal).replace(OPENING, "").strip(), told.text, told.why_not)


def _attempt(first: str, rest: tuple[Part, ...], grades: tuple[Grade, ...], keywords: Keywords) -> Botched | None:
    mentioned = grade_spelling.mentioned(first, grades)
    if len(mentioned) > 1:
        return TWO
    if mentioned:
        return LATER
    if _ATTEMPT.match(first) or grade_spelling.begins_like_one(first, grades):
        return NO_GRADE
    told = split((Part(first), *rest), keywords)
    return ONLY_TOLD if told.text or told.stood_alone else None
