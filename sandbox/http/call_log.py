"""The log of calls, as JSON lines that a checker can read: who asked what, what was answered, how long it took.

It never holds a token: headers are not kept.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(slots=True, eq=False)
class Record:
    """One call. `status` is None while it runs and when the answer was never sent."""

    number: int
    method: str
    path: str
    query: str
    started: datetime
    account: str | None = None
    body: Any = None
    raw: str | None = None
    """The body when it was no JSON."""
    status: int | None = None
    response: Any = None
    seconds: float = 0.0
    at_gateway: bool = False
    """Whether it came through Cloud's gateway."""
    fault: str | None = None
    """What the sandbox did to it on demand."""

    @property
    def write(self) -> bool:
        return self.method in ("PUT", "DELETE") or (self.method == "POST" and not self.path.endswith(READING_POSTS))

    def line(self) -> dict[str, Any]:
        out = {
            "number": self.number,
            "account": self.account,
            "started": self.started.isoformat(),
            "seconds": round(self.seconds, 4),
        }
        out |= {"method": self.method, "path": self.path, "query": self.query, "body": self.body}
        out |= {"rawBody": self.raw} if self.raw is not None else {}
        out |= {"status": self.status, "response": self.response} if self.status is not None else {}
        return out | ({"fault": self.fault} if self.fault else {})


READING_POSTS = ("/search/jql", "/search", "/bulkfetch", "/comment/list", "/jql/parse")


@dataclass(slots=True)
class CallLog:
    """Every call since the start, or since `clear()`; keeps the newest `limit`."""

    limit: int = 200_000
    records: list[Record] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def begin(self, method: str, path: str, query: str, started: datetime) -> Record:
        with self._lock:
            self._count += 1
            record = Record(self._count, method, path, query, started)
            self.records.append(record)
            if len(self.records) > self.limit:
                del self.records[: self.limit // 10]
            return record

    def of(self, account: str | None = None) -> list[Record]:
        with self._lock:
            return [r for r in self.records if account is None or r.account == account]

    def clear(self) -> None:
        with self._lock:
            self.records.clear()

    def write(self, path: Path, account: str | None = None) -> int:
        """One JSON object a line, in the documents' spelling (see `documented`); the number of lines."""
        records = self.of(account)
        lines = (json.dumps(documented(r.line()), ensure_ascii=False) for r in records)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return len(records)


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d)(\d\d)")
_SIDES = {"from", "fromString", "to", "toString"}


def documented(line: dict[str, Any]) -> dict[str, Any]:
    """A line as Atlassian's documents have it where Jira itself differs: a colon in the offset of instants, no
    nulls in the history, an empty object for the body that a 204 does not have."""
    answer = {} if line.get("status") == 204 else _documented(line.get("response"))
    return line | ({"response": answer} if "status" in line else {})


def _documented(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _documented(v) for k, v in value.items() if v is not None or k not in _SIDES}
    if isinstance(value, list):
        return [_documented(v) for v in value]
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}:{found[2]}" if found else value
