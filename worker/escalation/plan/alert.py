"""What colleagues who do not sit in Jira should hear of: a value, told by whoever delivers notifications.

It holds our own words only, never a ticket's text, so that it may leave Jira.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["graded", "reminder", "at-risk", "breach", "stalled", "chair-silent", "digest", "operator", "test"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell: `key` makes it the same one when it comes up again; `due` is a phrase with an absolute
    instant and its zone, `words` a sentence of ours; what does not apply is empty."""

    kind: Kind
    key: str
    ticket: str = ""
    grade: str = ""
    due: str = ""
    words: str = ""
