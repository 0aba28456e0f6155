"""A form in a comment: a list with a line for each grade, in which a mark says which one is meant.

Which of the lines is ticked is never guessed: what stands for a tick here is a cross, and so a no, there. So all that
is told is that the comment holds such a list, and the author is asked which grade they mean.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.escalation.comments import grade_spelling
from worker.escalation.facts.passage import Kind

BOX = rf"(?:{grade_spelling.BOX}|[☐☑☒✅❌❎✓✔✗✘✕✖⬜⬛◻◼▢■□○●◯⭕🔲🔳👍👎]\ufe0f?|:[a-z0-9_+\-]+:)"
_ANSWER = r"""(?<!\w)(?:
    x | yes | no | nope | ja | nein | oui | non | s[ií] | [ynj] | [01] | true | false | wahr | falsch | ok | on | off
  | n\W?/?\W?a | k\.?\s?a | none | empty | open | keine? | offen | leer | entfällt | (?:nicht\ )?zutreffend
  | not\ applicable | はい | いいえ
)(?!\w)"""
_MARK = re.compile(rf"{BOX}|{_ANSWER}|[\s:：;,.=…*_|→>()\[\]\-–—~/\"'`!×]", re.IGNORECASE | re.VERBOSE)
_BOXED = re.compile(BOX, re.IGNORECASE)
_BEFORE = re.compile(rf"^[\s*_|\-–—#•]*(?:{BOX}|x\b)", re.IGNORECASE)
_BOX_BEFORE = re.compile(rf"^[\s:：=*_|]*{BOX}", re.IGNORECASE)
_BEHIND = re.compile(rf"(?:{BOX}|^[\s*_]*{_ANSWER}|[:：]\s*(?:{_ANSWER})?)[\s.*_|]*$", re.IGNORECASE | re.VERBOSE)
_REASONED = re.compile(rf"^[\s*_]*(?:[:：=→]|{BOX}|{_ANSWER})", re.IGNORECASE | re.VERBOSE)
_REFUSED = re.compile(
    r"""[\s:：=\-–—(]*(?:
      [☐☒❌❎✗✘✕✖👎] | \[\s?\] | \((?:x|n|-|off)\) | :(?:cross_mark|x|negative_squared_cross_mark|thumbsdown|-1):
    | 0 | n/a | not\ applicable | nicht\ zutreffend | k\.\s?a\.
    )[\ufe0f\s.!*_)]*""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_MARK, _END = 80, 24
"""Of a line no more than its first and its last letters can be a mark."""

Names = Callable[[str], tuple[str, str] | None]
"""The grade that a line begins with ("" where it gives up the seat instead), and what follows it; None for neither."""


@dataclass(frozen=True, slots=True)
class Line:
    """One of the author's lines, and of what kind the passage is that it stands in."""

    text: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of a form: the grade, what follows it, whether a box or an answer stands beside it, or a colon behind it
    where an answer would stand, and whether it is an item of a list."""

    grade: str
    rest: str
    boxed: bool
    asking: bool
    item: bool


def is_form(lines: Sequence[Line], names: Names) -> bool:
    """Whether the first line is that of a form, and a later one is another's."""
    entries = _entries(lines, names)
    first = next(entries, None)
    return first is not None and any(_is_beside(first, other) for other in entries if other is not None)


def box_before(rest: str) -> int:
    """How many letters a box takes up at the beginning, with what stands before it; 0 where there is none."""
    box = _BOX_BEFORE.match(rest)
    return box.end() if box else 0


def is_mark(rest: str) -> bool:
    """Whether nothing stands there, or nothing but a tick, a cross, an empty box, or a yes or no."""
    return len(rest) <= _LONGEST_MARK and not _MARK.sub("", rest)


def is_refused(rest: str) -> bool:
    """Whether the mark behind a grade says that it is not meant: an empty box, a cross, a zero."""
    return len(rest) <= _LONGEST_MARK and _REFUSED.fullmatch(rest) is not None


def _entries(lines: Sequence[Line], names: Names) -> Iterator[_Entry | None]:
    """What each line is in a form; None for one that names nothing."""
    for line, below in pairwise([*lines, Line("")]):
        text = unicodedata.normalize("NFKC", line.text)
        before = _BEFORE.match(text)
        named = names(grade_spelling.undecorated(text[before.end() :] if before else text))
        yield _entry(*named, line.kind == "item", before is not None or _is_box(below.text)) if named else None


def _entry(grade: str, rest: str, item: bool, boxed: bool) -> _Entry:
    behind = _BEHIND.search(rest.rstrip()[-_END:])
    return _Entry(grade, rest, boxed or (behind is not None and _says(behind[0])), behind is not None, item)


def _is_box(text: str) -> bool:
    return _BOXED.search(text[:_LONGEST_MARK]) is not None and is_mark(text)


def _is_beside(first: _Entry, other: _Entry) -> bool:
    """Whether two lines are of one form: boxes or answers beside both, nothing but a mark behind the first, or items of
    one list.

    A bare word such as "Other:" may as well be a heading; it counts where a mark stands beside it.
    """
    if first.grade == other.grade:
        return False
    if first.boxed and (other.boxed or (other.asking and _is_numbered(other))):
        return True
    if first.asking and other.boxed:
        return True
    if not (first.grade and other.grade):
        return False
    if is_mark(first.rest) or (first.item and other.item and _begins_reason(first.rest)):
        return _is_entry(other, beside=first)
    return False


def _is_entry(other: _Entry, beside: _Entry) -> bool:
    """Whether nothing but a mark is behind the grade of a later line, or a mark and a reason."""
    if is_mark(other.rest):
        return other.boxed or _is_numbered(other)
    listed = beside.asking or (beside.item and other.item)  # below a bare grade, a line with a reason is talk
    return _begins_reason(other.rest) and (beside.boxed or (listed and _is_numbered(other)))


def _begins_reason(rest: str) -> bool:
    """Whether a mark or a colon stands between the grade and a reason for it; what denies it is talk of it."""
    return _REASONED.match(rest) is not None and not grade_spelling.is_denied(rest)


def _says(rest: str) -> bool:
    """Whether a mark stands there, and not only a colon or a full stop."""
    return bool(rest.strip(" \t:：.!*_|"))


def _is_numbered(entry: _Entry) -> bool:
    return any(letter.isdigit() for letter in entry.grade)
