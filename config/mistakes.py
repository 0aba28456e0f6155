"""Says in one line each what is wrong in something people wrote.

The line has the key, what was found, what was expected, and the near miss. Must never show the value of a secret.
"""

from collections.abc import Iterable
from datetime import date, time

_LONGEST = 60


def line(path: str, found_value: object, expected: str, near: str = "") -> str:
    """The one form of every mistake; `near` is what `did_you_mean` gave."""
    return f"{path}: found {found(found_value)}, expected {expected}{near}"


def did_you_mean(word: object, known: Iterable[str], count: int = 3) -> str:
    """The near misses of a word as the end of a sentence; empty when nothing is near. Case does not matter."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    by_fold = {one.casefold(): one for one in known}
    near = get_close_matches(str(word).casefold(), by_fold, n=count, cutoff=0.6)
    return f"; did you mean {' or '.join(by_fold[one] for one in near)}?" if near else ""


def found(value: object) -> str:
    """A value as its author would recognise it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"'{value:%H:%M}'"
    if isinstance(value, date):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
