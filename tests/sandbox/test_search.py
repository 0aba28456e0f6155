"""Searching: the language, the pages, and an index that lags behind."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from sandbox import Sandbox

Calls = Callable[..., Any]


@pytest.fixture
def tickets(cloud: Sandbox, clock: Any) -> Sandbox:
    """SUP-1 open with a request, SUP-2 its sub-task, SUP-3 done, OPS-1 due and assigned; filed a day apart."""
    cloud.create_ticket("SUP", "Export fails", labels=["escalation-requested", "vip"], assignee="petra")
    cloud.create_subtask("SUP-1", "Evaluate", by="bot")
    clock.forward(days=1)
    cloud.create_ticket("SUP", "Logo is cut", labels=["sev-2"])
    cloud.close("SUP-3")
    clock.forward(days=1)
    cloud.create_ticket("OPS", "Disk is full", duedate=date(2026, 11, 26), by="sam")
    clock.forward(hours=1)
    return cloud


def found(jira: Sandbox, client: Calls, query: str) -> list[str]:
    answer = client(jira)("POST", "search/jql", {"jql": query, "fields": ["key"]})
    assert answer.status_code == 200, answer.text
    return [issue["key"] for issue in answer.json()["issues"]]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("project = SUP ORDER BY key", "SUP-1 SUP-2 SUP-3"),
        ("project = SUP ORDER BY key DESC", "SUP-3 SUP-2 SUP-1"),
        ("project in (SUP, OPS) AND NOT issuetype = Sub-task ORDER BY created ASC", "SUP-1 SUP-3 OPS-1"),
        ('labels = "escalation-requested" AND statusCategory != Done', "SUP-1"),
        ("labels in (sev-2, vip) ORDER BY id", "SUP-1 SUP-3"),
        ("labels not in (vip) ORDER BY id", "SUP-3"),
        ("labels is empty ORDER BY key", "OPS-1 SUP-2"),
        ("labels is not empty AND (status = Done OR key = SUP-1) ORDER BY key", "SUP-1 SUP-3"),
        ("parent = SUP-1", "SUP-2"),
        ("parent in (SUP-1, SUP-3)", "SUP-2"),
        ("creator = currentUser()", "SUP-2"),
        ("assignee is empty AND project = SUP ORDER BY key", "SUP-2 SUP-3"),
        ("resolution = Unresolved AND project = SUP ORDER BY key", "SUP-1 SUP-2"),
        ("resolution is not empty", "SUP-3"),
        ("created >= -24h ORDER BY key", "OPS-1"),
        ('created < "2026-11-24" ORDER BY key', "SUP-1 SUP-2"),
        ("created >= startOfDay() ORDER BY key", "OPS-1"),
        ("updated <= -1d AND resolved is not empty", "SUP-3"),
        ("due <= 2026-11-26", "OPS-1"),
        ("duedate < now()", ""),
        ("duedate <= startOfDay(1d)", "OPS-1"),
        ('summary ~ "export"', "SUP-1"),
        ("text ~ logo", "SUP-3"),
    ],
)
def test_the_language(tickets: Sandbox, client: Calls, query: str, keys: str) -> None:
    assert found(tickets, client, query) == keys.split()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ORDER BY created",
        "nonsense = 1",
        "project = NOPE",
        "project = = SUP",
        "labels = two words",
        "labels > a",
        "labels ~ a",
        "status = Dreaming",
        "key = SUP-99",
        "created > yesterday",
        "created > tomorrow()",
        "project = SUP AND",
        "(project = SUP",
        "project = SUP ORDER BY nonsense",
        "issue.property[escalation].round = 1",
    ],
)
def test_what_it_cannot_read_it_refuses(tickets: Sandbox, client: Calls, query: str) -> None:
    answer = client(tickets)("POST", "search/jql", {"jql": query})
    assert answer.status_code == 400 and answer.json()["errorMessages"]


def test_data_center_takes_unbounded_queries(dc: Sandbox, client: Calls) -> None:
    dc.create_ticket("SUP", "Broken")
    assert client(dc)("GET", "search", jql="").json()["total"] == 1


def test_cloud_gives_ids_unless_asked_for_more_and_takes_no_unknown_keys(tickets: Sandbox, client: Calls) -> None:
    call = client(tickets)
    answer = call("POST", "search/jql", {"jql": "key = SUP-1"}).json()
    assert list(answer["issues"][0]) == ["id"] and answer["isLast"] is True
    for odd in ({"startAt": 0}, {"properties": list("abcdef")}, {"reconcileIssues": list(range(51))}):
        assert call("POST", "search/jql", {"jql": "project = SUP"} | odd).status_code == 400


def test_pages_hang_together_by_their_token(tickets: Sandbox, client: Calls) -> None:
    call, seen, token = client(tickets), [], {}
    for _ in range(4):
        page = call("POST", "search/jql", {"jql": "created > -9d", "maxResults": 1, "fields": ["key"]} | token).json()
        seen += [issue["key"] for issue in page["issues"]]
        token = {"nextPageToken": page["nextPageToken"]} if "nextPageToken" in page else {}
    assert sorted(seen) == ["OPS-1", "SUP-1", "SUP-2", "SUP-3"] and page["isLast"] and not token
    assert call("POST", "search/jql", {"jql": "created > -9d", "nextPageToken": "made-up"}).status_code == 400


def test_the_index_lags_and_reading_does_not(cloud: Sandbox, client: Calls, clock: Any) -> None:
    key, call = cloud.create_ticket("SUP", "Broken"), client(cloud)
    cloud.index_lag = 30
    cloud.label(key, "escalation-requested")
    cloud.set_property(key, "escalation", {"round": 1})
    query = "labels = escalation-requested"
    assert found(cloud, client, query) == []
    assert call("GET", f"issue/{key}", fields="labels").json()["fields"]["labels"] == ["escalation-requested"]
    wish = {"jql": query, "reconcileIssues": [int(cloud.issue(key).id)]}
    assert len(call("POST", "search/jql", wish).json()["issues"]) == 1
    stale = {"jql": f"key = {key}", "fields": ["labels"], "properties": ["escalation"]}
    old = call("POST", "search/jql", stale).json()["issues"][0]
    assert old["fields"]["labels"] == [] and old["properties"] == {}
    clock.forward(seconds=30)
    assert found(cloud, client, query) == [key]


def test_a_moved_ticket_answers_to_its_old_key(jira: Sandbox, client: Calls) -> None:
    key = jira.create_ticket("SUP", "Broken")
    new = jira.move(key, "OPS")
    assert client(jira)("GET", f"issue/{key}").json()["key"] == new == "OPS-1"
    assert [(line.field, line.new) for line in jira.issue(new).changelog] == [
        ("project", "Operations"),
        ("Key", "OPS-1"),
    ]
