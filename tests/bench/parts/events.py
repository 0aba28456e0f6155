"""Deliveries as Jira sends them, in size and structure (4 to 5 kB for an issue event), with ids and labels as a bench
wants them, and the request around each. They are made of nothing but invented text."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

SECRET = b"a secret of this bench"
SITE = "https://clinic.example"
FRESH = count(1)


def issue_event(id: int, labels: Sequence[str], *, gained: str = "") -> dict[str, Any]:
    """`jira:issue_updated` on a ticket that carries `labels`; `gained` is the one that was just put on."""
    changed = {"field": "labels", "fieldtype": "jira", "fieldId": "labels", "from": None, "to": None}
    other = {"field": "priority", "fieldtype": "jira", "fieldId": "priority", "from": "3", "to": "2"}
    said = {"fromString": "", "toString": gained} if gained else {"fromString": "Medium", "toString": "High"}
    return {
        "timestamp": 1_795_000_000_000 + id,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_updated" if gained else "issue_generic",
        "user": _person("sam"),
        "issue": {"id": str(id), "self": f"{SITE}/rest/api/2/{id}", "key": f"SUP-{id}", "fields": _fields(id, labels)},
        "changelog": {"id": str(id * 7), "items": [(changed if gained else other) | said]},
    }


def requests(events: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """One signed HTTP/1.1 request for each event, with an identifier that no other request had."""
    for event in events:
        body = json.dumps(event).encode()
        signature = hmac.digest(SECRET, body, hashlib.sha256).hex()
        yield _head(len(body), signature) + body


def _head(length: int, signature: str) -> bytes:
    lines = (
        "POST /webhooks/jira HTTP/1.1",
        "host: 127.0.0.1",
        "user-agent: Atlassian Webhook HTTP Client",
        "content-type: application/json; charset=UTF-8",
        "accept-encoding: gzip",
        f"x-hub-signature: sha256={signature}",
        f"x-atlassian-webhook-identifier: {next(FRESH):064x}",
        "x-atlassian-webhook-retry: 0",
        "x-atlassian-webhook-flow: Primary",
        f"content-length: {length}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _fields(id: int, labels: Sequence[str]) -> dict[str, Any]:
    empty = {f"customfield_{number}": None for number in range(10_000, 10_030)}
    return empty | {
        "summary": f"Check-in fails at the front desk ({id})",
        "description": "Since this morning nobody at the front desk can check a patient in. " * 8,
        "labels": list(labels),
        "issuetype": _named("issuetype", 10_001, "Bug") | {"subtask": False, "avatarId": 10_303},
        "project": _named("project", 10_000, "Support") | {"key": "SUP", "avatarUrls": _pictures("project/10000")},
        "priority": _named("priority", 2, "High"),
        "status": _named("status", 10_004, "In Progress") | {"statusCategory": _named("statuscategory", 4, "Doing")},
        "components": [_named("component", 10_000 + number, f"Part {number}") for number in range(2)],
        "creator": _person("anna"),
        "reporter": _person("clara"),
        "assignee": None,
        "created": "2026-11-20T09:14:03.123-0500",
        "updated": "2026-11-23T10:00:00.000-0500",
        "watches": {"self": f"{SITE}/rest/api/2/issue/SUP-{id}/watchers", "watchCount": 2, "isWatching": False},
        "subtasks": [],
        "issuelinks": [],
        "attachment": [],
        "duedate": None,
    }


def _person(name: str) -> dict[str, Any]:
    account = hashlib.sha256(name.encode()).hexdigest()[:24]
    return {
        "self": f"{SITE}/rest/api/2/user?accountId={account}",
        "accountId": account,
        "avatarUrls": _pictures(f"user-avatar/{account}"),
        "displayName": name.title(),
        "active": True,
        "timeZone": "America/New_York",
        "accountType": "atlassian",
    }


def _pictures(of: str) -> dict[str, str]:
    return {f"{size}x{size}": f"{SITE}/secure/{of}?size={size}" for size in (48, 24, 16, 32)}


def _named(kind: str, id: int, name: str) -> dict[str, Any]:
    return {
        "self": f"{SITE}/rest/api/2/{kind}/{id}",
        "id": str(id),
        "name": name,
        "description": "",
        "iconUrl": f"{SITE}/images/icons/{kind}/{id}.svg",
    }
