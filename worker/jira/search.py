"""Searching by JQL: candidates only, because the index lags behind by seconds to minutes (jira-facts §2.5).

Pages by token on Cloud and by offset on Data Center; an issue that two pages hold comes once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from worker.jira.raw import PROPERTY
from worker.jira.site import Site

PAGE = 100


def search(site: Site, jql: str, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The issues that the index has for a query; on Cloud with their `escalation` property."""
    seen: set[str] = set()
    for page in _by_token(site, jql, fields) if site.cloud else _by_offset(site, jql, fields):
        for issue in page:
            if str(issue["id"]) not in seen:
                seen.add(str(issue["id"]))
                yield issue


def _by_token(site: Site, jql: str, fields: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    body: dict[str, Any] = {"jql": jql, "fields": list(fields), "properties": [PROPERTY], "maxResults": PAGE}
    while True:
        answer = site.send("POST", "/search/jql", body)
        yield answer.get("issues") or []
        token = answer.get("nextPageToken")
        if not token or answer.get("isLast"):
            return
        body = {**body, "nextPageToken": token}


def _by_offset(site: Site, jql: str, fields: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    start, total = 0, 1
    while start < total:
        answer = site.send(
            "POST", "/search", {"jql": jql, "fields": list(fields), "startAt": start, "maxResults": PAGE}
        )
        issues = answer.get("issues") or []
        yield issues
        start += len(issues) or PAGE
        total = int(answer.get("total") or 0)


def quoted(text: str) -> str:
    """A JQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def among(field: str, values: Sequence[str]) -> str:
    """`field in ("a", "b")`."""
    return f"{field} in ({', '.join(quoted(value) for value in values)})"
