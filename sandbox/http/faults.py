"""Bad days on demand: a busy Jira, broken connections, late answers or none.

Connections break before or after the work was done. A fault says which calls it hits and what happens to them; nothing
goes wrong that nobody asked for.
"""

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from time import monotonic
from typing import Any, Literal

from sandbox.http.call_log import Record

Action = Literal["answer", "answer-after", "reset-before", "reset-after", "slow", "hang", "hang-after"]


@dataclass(slots=True)
class Fault:
    """Which calls (`method`, `path` regex, `says` regex of the body, `account` nick; after `skip` of them, `times` of
    them, None for ever) meet which `action`.

    `answer`, `answer-after`: `status`, `headers`, `body` (JSON; bytes are an HTML page) instead of doing the work, or
    in place of the answer once it is done · `reset-before`, `reset-after`: the connection breaks before or after the
    work is done · `slow`: `seconds` late · `hang`, `hang-after`: no answer at all, without or after the work.
    """

    action: Action
    method: str = "*"
    path: str = ""
    says: str = ""
    account: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    hits: int = 0
    """How often it struck."""

    def wants(self, record: Record) -> bool:
        if self.method not in ("*", record.method) or (self.account and self.account != record.account):
            return False
        if self.says and not re.search(self.says, json.dumps(record.body)):
            return False
        return re.search(self.path, record.path) is not None and self.times != 0

    def strike(self) -> bool:
        """Count a call that matched; True when this is one to hit."""
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times = self.times if self.times is None else self.times - 1
        self.hits += 1
        return True

    def describe(self) -> str:
        return f"{self.action} {self.status}" if self.action.startswith("answer") else self.action


def too_many(
    retry_after: int | float | str | datetime | None = 1,
    reason: str | None = "jira-burst-based",
    reset: str | int | None = None,
    **which: Any,
) -> Fault:
    """429. `retry_after`: seconds, an instant (sent as an HTTP date), any text, or None for none. `reset`: what
    `X-RateLimit-Reset` says; ISO 8601 and Unix seconds were both seen (jira-facts §10)."""
    headers = {"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "0"}
    headers |= {"RateLimit-Reason": reason} if reason else {}
    headers |= {"X-RateLimit-Reset": str(reset)} if reset is not None else {}
    return Fault(
        "answer", status=429, headers=headers | _after(retry_after), body=_sorry("Rate limit exceeded."), **which
    )


def unavailable(retry_after: int | float | str | datetime | None = None, **which: Any) -> Fault:
    """503, with or without `Retry-After`."""
    return Fault("answer", status=503, headers=_after(retry_after), body=_sorry("Service Unavailable"), **which)


def broken(status: int = 500, **which: Any) -> Fault:
    """500 or any other status, with Jira's error shape."""
    return Fault("answer", status=status, body=_sorry("Internal server error"), **which)


def page(status: int = 404, **which: Any) -> Fault:
    """A page that is not Jira's: of a proxy, a starting node, a suspended site; with 200, of a login."""
    return Fault("answer", status=status, body=b"<html>Your site is currently unavailable.</html>", **which)


def lost_answer(**which: Any) -> Fault:
    """The work is done, the connection breaks before the answer."""
    return Fault("reset-after", **which)


def refused(**which: Any) -> Fault:
    """The connection breaks before anything is done."""
    return Fault("reset-before", **which)


def _after(value: int | float | str | datetime | None) -> dict[str, str]:
    if value is None:
        return {}
    text = format_datetime(value.astimezone(UTC), usegmt=True) if isinstance(value, datetime) else str(value)
    return {"Retry-After": text}


def _sorry(text: str) -> dict[str, Any]:
    return {"errorMessages": [text], "errors": {}}


class Faults:
    """The faults that are switched on, the latency of every call, and the per-issue write limit."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self.latency = 0.0
        """Seconds every call waits before it is worked on."""
        self.write_limit = False
        """Whether Jira's limit of 20 writes in 2 s and 100 in 30 s for one issue holds."""
        self._writes: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.rules.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.rules.clear()
            self.latency, self.write_limit = 0.0, False

    def hit(self, record: Record) -> Fault | None:
        """The fault this call meets, if any."""
        with self._lock:
            struck = next((rule for rule in self.rules if rule.wants(record) and rule.strike()), None)
            return struck or self._over_limit(record)

    def _over_limit(self, record: Record) -> Fault | None:
        found = re.search(r"/issue/([^/]+)", record.path)
        if not (self.write_limit and record.write and found) or found[1] == "bulk":
            return None
        now, recent = monotonic(), self._writes.setdefault(found[1], deque(maxlen=100))
        if sum(at > now - 2 for at in recent) >= 20:
            return too_many(2, "jira-per-issue-on-write")
        if len(recent) == 100 and recent[0] > now - 30:
            return too_many(30, "jira-per-issue-on-write")
        recent.append(now)
        return None
