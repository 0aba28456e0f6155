"""What an answer is worth: whether Jira gave it, whether it is of the shape that was asked for, how long to wait.

Between us and Jira stand proxies, starting nodes and pages of a suspended site, and each of them answers something.
Only Jira's own words say that something is gone or not allowed; whatever else comes is tried again. Nothing of an
answer's text is shown here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from worker.errors import TryAgain

LONGEST_PAUSE = 3_600.0
ANYBODYS = frozenset({403, 404, 410})  # a proxy, a starting node or a suspended site answers so, too
NEVER_JIRAS = frozenset({407})
OF_WHAT_IS_SENT = frozenset({400, 406, 413, 415, 422})  # a firewall or a proxy may refuse what one write holds
WHO_ELSE = "perhaps a proxy, a node that is starting, or the page of a suspended site"
OLDEST_EPOCH = 1e9  # fewer seconds than that are a length of time, more are an instant (Unix)
OLDEST_IN_MILLISECONDS = 1e12


class NotJira(TryAgain):
    """Somebody answered, and not as Jira would."""

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}, and it is not Jira that says so: {WHO_ELSE}", down=True)


def is_jiras_own(status: int, body: Any) -> bool:
    """Whether Jira itself refused: its errors are a JSON object with words of its own (ErrorCollection in both
    flavours' documents; `message` with `status-code` where Data Center has no such resource)."""
    if status not in ANYBODYS:
        return True
    named = body.keys() if isinstance(body, dict) else ()
    return "errorMessages" in named or "errors" in named or {"message", "status-code"} <= set(named)


def an_object(answer: Any) -> dict[str, Any]:
    """An answer that must be a JSON object.

    Raises:
        NotJira: it is none.
    """
    if not isinstance(answer, dict):
        raise NotJira("JIRA_URL answers with what is no JSON object")
    return answer


def a_list(answer: Any) -> list[Any]:
    """An answer that must be a JSON list.

    Raises:
        NotJira: it is none.
    """
    if not isinstance(answer, list):
        raise NotJira("JIRA_URL answers with what is no JSON list")
    return answer


def listed(answer: Any, name: str) -> list[Any]:
    """The list of that name in an answer, such as the issues of a page.

    Raises:
        NotJira: there is none.
    """
    return a_list(an_object(answer).get(name))


def with_any(answer: Any, *names: str) -> dict[str, Any]:
    """An answer that must be an object with a value under one of these names.

    Raises:
        NotJira: it has none of them.
    """
    if not any(an_object(answer).get(name) for name in names):
        raise NotJira(f"JIRA_URL answers with an object that has no {' and no '.join(names)}")
    found: dict[str, Any] = answer
    return found


def an_issue(answer: Any) -> dict[str, Any]:
    """An answer that must be an issue.

    Raises:
        NotJira: it has not what every issue has.
    """
    issue = an_object(answer)
    if not isinstance(issue.get("fields"), dict) or not issue.get("id") or not issue.get("key"):
        raise NotJira("JIRA_URL answers with what is no issue")
    return issue


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait: `Retry-After` in seconds or as a date, else `X-RateLimit-Reset`, an instant (ISO 8601 or Unix
    epoch; both are seen, jira-facts §10); at most an hour. Instants are compared with Jira's own clock where the answer
    has its date."""
    now = _instant(headers.get("Date")) or now
    seconds = _seconds(headers.get("Retry-After"), now, float)
    if seconds is None:
        seconds = _seconds(headers.get("X-RateLimit-Reset"), now, lambda number: _until(number, now))
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_PAUSE)


def _seconds(text: str | None, now: datetime, meant: Callable[[float], float]) -> float | None:
    """What a header says; `meant` is what a number in it means (`Retry-After` is a length by RFC 9110)."""
    text = (text or "").strip()
    if re.fullmatch(r"-?\d{1,15}(?:\.\d+)?", text):
        return meant(float(text))
    return seconds_to(text, now)


def _until(number: float, now: datetime) -> float:
    """A number is a length of time, or an instant in seconds or milliseconds since 1970."""
    if number < OLDEST_EPOCH:
        return number
    return (number / 1_000 if number >= OLDEST_IN_MILLISECONDS else number) - now.timestamp()


def seconds_to(text: str | None, now: datetime) -> float | None:
    """Seconds from now to an instant as a header gives it; None where it is none."""
    instant = _instant(text)
    return (instant - now).total_seconds() if instant else None


def _instant(text: str | None) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = parse(text or "")
        except (ValueError, TypeError):
            continue
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return None
