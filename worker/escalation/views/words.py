"""Sentences in which people are named, and the looks they tell of.

A name is a part of its own, left out for readers who may not see it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody, by name; stands in brackets behind what they are."""

    name: str


Words = tuple[str | Who, ...]


def spoken(words: Words, *, names: bool) -> str:
    """The sentence, with names or without."""
    return "".join(part if isinstance(part, str) else _named(part, names=names) for part in words)


def _named(who: Who, *, names: bool) -> str:
    return f" ({who.name})" if names and who.name else ""


def joined(parts: Iterable[Words], between: str = ", ") -> Words:
    """Several in one."""
    found: list[str | Who] = []
    for part in parts:
        found += [between, *part] if found else part
    return tuple(found)


def dump(words: Words) -> list[Any]:
    """As plain values."""
    return [part if isinstance(part, str) else {"who": part.name} for part in words]


def load(values: list[Any]) -> Words:
    """The other way. Raises KeyError, TypeError for what is no sentence."""
    return tuple(part if isinstance(part, str) else Who(str(part["who"])) for part in values)


@dataclass(frozen=True, slots=True)
class Entry:
    """One look, for the audit trail: when, what it did, what it left undone and why; the trace in the log, and how many
    calls to Jira it made."""

    at: datetime
    trace: str
    calls: int
    did: tuple[Words, ...] = ()
    left: tuple[Words, ...] = ()
