"""The granting of an override of the release gate: what is asked for, and what becomes of it.

Whoever calls `grant` has checked the credential.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from config.mistakes import did_you_mean, line
from worker.errors import CannotDo, EscalationError, NotOurs
from worker.escalation.dates.calendar import elapsed, later
from worker.escalation.facts.model import Escalation
from worker.escalation.release.override import LONGEST, Override
from worker.escalation.texts import wording
from worker.escalation.texts.document import clean
from worker.jira.override_note import MEND, Noted
from worker.release.overrides import Overrides
from worker.release.question import INSTANT, duration_of, instant_of, keys_of

LONGEST_REASON, LONGEST_NAME = 1_000, 100
SOMEBODY = "somebody who did not say who"

log = structlog.get_logger()

_ASKED = ("issues", "reason", "for", "until", "by")


def requested(body: object, now: datetime) -> Override:
    """The override that this JSON asks for: issues, reason, `for` or `until`, and who asks (`by`).

    Raises:
        ValueError: one line: what was found, what was expected.
    """
    if not isinstance(body, dict):
        raise ValueError("expected a JSON object with issues, reason, and for or until")
    for name in body.keys() - set(_ASKED):
        raise ValueError(
            f"{name[:40]}: unknown key{did_you_mean(name, _ASKED) or '; known here: ' + ', '.join(_ASKED)}"
        )
    issues = body.get("issues")
    if not isinstance(issues, list) or not issues or not all(isinstance(each, str) for each in issues):
        raise ValueError(line("issues", issues, "a list of issue keys such as SUP-41"))
    keys, reason = keys_of(issues, "issues"), _text(body, "reason", LONGEST_REASON)
    by = _text(body, "by", LONGEST_NAME) if body.get("by") is not None else SOMEBODY
    until = _until(body, now)
    return Override(_name(body, keys, reason, by, until), keys, reason, by, now, until)


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    """Some words in one line: whoever lists overrides reads one a line."""
    text = body.get(name)
    text = " ".join(clean(text).split()) if isinstance(text, str) else text
    if not isinstance(text, str) or not any(letter.isalnum() for letter in text) or len(text) > longest:
        raise ValueError(line(name, body.get(name), f"a few words, at most {longest} characters"))
    return text


def _until(body: Mapping[str, Any], now: datetime) -> datetime:
    length, until = body.get("for"), body.get("until")
    if (length is None) == (until is None):
        raise ValueError("expected either 'for' (a duration such as 2h) or 'until' (a timestamp), and not both")
    for name in ("for", "until"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise ValueError(line(name, body[name], "a duration such as 2h" if name == "for" else INSTANT))
    end = later(now, duration_of(str(length), "for")) if length is not None else instant_of(str(until), "until")
    end = end.replace(microsecond=0)  # as it is kept
    if not timedelta(0) < elapsed(now, end) <= LONGEST:
        name, found = ("for", length) if length is not None else ("until", until)
        raise ValueError(line(name, found, "an end that lies ahead, at most 24 hours from now"))
    return end


def _name(body: Mapping[str, Any], keys: Sequence[str], reason: str, by: str, until: datetime) -> str:
    """The same request has the same name, so that asking again after a lost answer grants nothing twice.

    A length ends later each time it is asked for, so there it is the length that counts, and who asks.
    """
    if body.get("for") is None:
        asked: list[object] = [sorted(keys), reason, until.timestamp() // 60]
    else:
        asked = [sorted(keys), reason, by, "for", duration_of(body["for"], "for").total_seconds()]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


class Notes(Protocol):
    """What granting needs of Jira."""

    def find(self, key: str) -> Escalation:
        """The ticket."""

    def leave(self, ticket: Escalation, words: Any) -> Noted:
        """Says it on the ticket, internally."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An override that holds, whether it is new, and what became of the note on each ticket."""

    override: Override
    new: bool
    notes: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What the granting answers."""
        return {**self.override.to_json(), "granted": True, "new": self.new, "notes": list(self.notes)}


def grant(override: Override, overrides: Overrides, notes: Notes) -> Grant:
    """Lets it hold, notes it on each ticket, and writes it into the log.

    A ticket that does not exist grants nothing. A Jira that cannot be asked does not stop an override, since that may
    be why it is needed; the answer and the log then say which note is missing.

    Raises:
        ValueError: an issue is none.
        StoreError: it cannot be kept.
    """
    found = {key: _find(key, notes) for key in override.issues}
    before = overrides.keep(override)
    if before:
        return Grant(before, new=False)
    log.warning("gate overridden", **{**override.to_json(), "issues": ", ".join(override.issues)})
    return Grant(override, True, tuple(_note(key, found[key], override, notes) for key in override.issues))


def _find(key: str, notes: Notes) -> Escalation | EscalationError:
    try:
        return notes.find(key)
    except NotOurs as error:
        raise ValueError(f"issues: {error}") from None
    except EscalationError as error:
        return error


def _note(key: str, found: Escalation | EscalationError, override: Override, notes: Notes) -> dict[str, Any]:
    try:
        if isinstance(found, EscalationError):
            raise found
        noted = notes.leave(found, lambda rules, ticket: wording.overridden(rules, ticket, override))
    except EscalationError as error:
        problem = str(error) if isinstance(error, CannotDo) else f"{error}. {MEND}"
        log.error("an override could not be noted", override=override.id, ticket=key, problem=problem)
        return {"key": key, "noted_on": None, "problem": problem}
    return {"key": key, "noted_on": noted.issue, "comment": noted.comment, "problem": None}
