"""What a release asks of the gate, read from what people and pipelines write.

Every mistake is one line that says what was found and what would do; nothing is guessed, and nothing huge is repeated.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.keys import ISSUE_KEY
from config.mistakes import line
from config.protocol import Protocol
from config.values import duration as read_duration
from worker.escalation.dates.timing import instant as read_instant

MOST_ISSUES = 50
_LONGEST_TEXT = 100
YEARS = range(1971, 2191)  # what a business calendar can look ahead from
INSTANT = "a timestamp with its offset, such as 2026-11-25T15:00-05:00"


@dataclass(frozen=True, slots=True)
class Question:
    """May these tickets' fixes be released now, in a release that takes `duration`? `at` rehearses another instant."""

    issues: tuple[str, ...] = ()
    duration: timedelta = timedelta(0)
    at: datetime | None = None


def question(issues: Sequence[str], duration: str | None, at: str | None, *, dashes: str = "") -> Question:
    """The question in these words; `dashes` is how names of options begin ("--" on the command line).

    Raises:
        ValueError: one line: what was found, what was expected.
    """
    taking = duration_of(duration, f"{dashes}duration") if duration is not None else timedelta(0)
    rehearsed = instant_of(at, f"{dashes}at") if at is not None else None
    return Question(keys_of(issues, f"{dashes}issue"), taking, rehearsed)


def keys_of(issues: Iterable[str], name: str) -> tuple[str, ...]:
    """Issue keys, in capitals, each once, in the order given; ValueError for what is none, and for too many."""
    keys: dict[str, None] = {}
    for text in issues:
        key = text.strip().upper()
        if not ISSUE_KEY.fullmatch(key):
            several = f"; give {name} once for each" if re.search(r"[,;\s]", text.strip()) else ""
            raise ValueError(line(name, text, f"an issue key such as SUP-41{several}"))
        keys[key] = None
        if len(keys) > MOST_ISSUES:
            raise ValueError(f"{name}: found more than {MOST_ISSUES} issues, expected at most {MOST_ISSUES}")
    return tuple(keys)


def duration_of(text: str, name: str) -> timedelta:
    """How long a release takes; ValueError for what is no duration."""
    try:
        return read_duration(text)
    except ValueError as error:
        raise ValueError(line(name, text, str(error))) from None


def instant_of(text: str, name: str) -> datetime:
    """An instant; ValueError for what is none, has no offset, or is too far away for a business calendar."""
    try:
        read = read_instant(text if len(text) <= _LONGEST_TEXT else "")
    except (ValueError, OverflowError):
        raise ValueError(line(name, text, INSTANT)) from None
    if read.year not in YEARS:
        raise ValueError(line(name, text, f"a year from {YEARS.start} to {YEARS.stop - 1}"))
    return read


def rules_of(project: str | None, protocol: Protocol) -> Protocol:
    """The rules of the project that `--project` names, else those of the whole.

    Raises:
        ValueError: the protocol file does not name that project.
    """
    if not project:
        return protocol
    named = protocol.by_project
    if project.upper() not in named:
        expected = f"a project that the protocol file names: {', '.join(named)}"
        whole = "no project: the protocol file names none, so one rule holds for all; leave --project out"
        raise ValueError(line("--project", project, expected if named else whole))
    return named[project.upper()]


def with_plus(text: str) -> str:
    """A timestamp from a query in which somebody wrote `+` where `%2B` was meant: the `+` comes as a blank."""
    return re.sub(r"(T[0-9:.,]+) ([0-9]{2}:?[0-9]{2})$", r"\1+\2", text)


def project_of(key: str) -> str:
    """The project that an issue key names."""
    return key.rpartition("-")[0]
