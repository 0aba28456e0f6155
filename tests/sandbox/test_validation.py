"""What Jira refuses, the sandbox refuses, in the same words and with the same status."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import Sandbox

Calls = Callable[..., Any]


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    return answer.json()["errors"]


@pytest.fixture
def key(jira: Sandbox) -> str:
    return jira.create_ticket("SUP", "Broken")


def test_nobody_gets_in_without_a_token(jira: Sandbox, client: Calls) -> None:
    call = client(jira)
    call.session.auth = None
    call.session.headers.pop("Authorization", None)
    assert call("GET", "serverInfo").status_code == 200
    assert call("GET", "myself").status_code == 401
    call.session.headers["Authorization"] = "Bearer wrong"
    assert call("GET", "serverInfo").status_code == 401


def test_each_flavour_says_what_it_is(jira: Sandbox, client: Calls) -> None:
    info = client(jira)("GET", "serverInfo").json()
    expected = {"cloud": ("Cloud", 1001), "dc": ("Server", 10)}[jira.flavour]
    assert (info["deploymentType"], info["versionNumbers"][0]) == expected
    me = client(jira)("GET", "myself").json()
    assert ("accountId" in me) == (jira.flavour == "cloud") and ("name" in me) == (jira.flavour == "dc")


def test_data_center_has_no_version_three_and_cloud_no_old_search(cloud: Sandbox, dc: Sandbox, client: Calls) -> None:
    assert client(dc, version=3)("GET", "myself").status_code == 404
    assert client(dc)("GET", "search/jql", jql="project = SUP").status_code == 404
    assert client(cloud)("GET", "search", jql="project = SUP").status_code == 410


def test_labels_have_no_blanks_and_an_end(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    for label in ("two words", "x" * 256):
        assert "labels" in errors(call("PUT", f"issue/{key}", {"update": {"labels": [{"add": label}]}}))
    assert call("PUT", f"issue/{key}", {"update": {"labels": [{"add": "x" * 255}]}}).status_code == 204


def test_due_dates_are_plain_dates(jira: Sandbox, client: Calls, key: str) -> None:
    for text in ("23/11/2026", "2026-02-30", "2026-11-23T10:00:00Z"):
        assert "duedate" in errors(client(jira)("PUT", f"issue/{key}", {"fields": {"duedate": text}}))


def test_a_field_that_is_not_on_the_screen_cannot_be_set_and_nothing_else_is(
    jira: Sandbox, client: Calls, key: str
) -> None:
    jira.hide_field("duedate", "SUP")
    edit = {"fields": {"duedate": "2026-11-25"}, "update": {"labels": [{"add": "sev-1"}]}}
    told = errors(client(jira)("PUT", f"issue/{key}", edit))
    assert told == {"duedate": "Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown."}
    assert jira.issue(key).labels == ()


def test_a_field_is_in_fields_or_in_update_but_not_in_both(jira: Sandbox, client: Calls, key: str) -> None:
    both = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert "labels" in errors(client(jira)("PUT", f"issue/{key}", both))


def test_who_may_not_be_assigned_is_not(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    for who in ("nora", "ines"):
        told = errors(call("PUT", f"issue/{key}", {"fields": {"assignee": call.user(who)}}))
        assert told == {"assignee": f"User '{jira.id_of(who)}' cannot be assigned issues."}
    assert "assignee" in errors(call("PUT", f"issue/{key}/assignee", call.user("nora")))


def test_a_subtask_needs_a_parent_in_its_project(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Sub-task"}, "summary": "Evaluate"}
    for parent in ({}, {"parent": {"key": key}}, {"parent": {"key": "OPS-77"}}):
        assert "parentId" in errors(call("POST", "issue", {"fields": fields | parent}))
    jira.without_subtasks("SUP")
    told = errors(call("POST", "issue", {"fields": fields | {"project": {"key": "SUP"}, "parent": {"key": key}}}))
    known = {"cloud": "Specify a valid issue type", "dc": "valid issue type is required"}
    assert told == {"issuetype": known[jira.flavour]}


def test_a_bulk_create_of_which_nothing_succeeds_is_a_bad_request(jira: Sandbox, client: Calls) -> None:
    answer = client(jira)(
        "POST", "issue/bulk", {"issueUpdates": [{"fields": {}}, {"fields": {"project": {"id": "1"}}}]}
    )
    assert answer.status_code == 400 and answer.json()["issues"] == []
    assert [e["failedElementNumber"] for e in answer.json()["errors"]] == [0, 1]


def test_rich_text_is_a_document_in_version_three_and_a_string_in_version_two(
    cloud: Sandbox, dc: Sandbox, client: Calls
) -> None:
    key = cloud.create_ticket("SUP", "Broken")
    path = f"issue/{key}/comment"
    empty = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}
    bare = {"type": "doc", "version": 1, "content": [{"type": "text", "text": "bare"}]}
    for body in ("plain", empty, bare, {"type": "doc"}, None):
        assert client(cloud)("POST", path, {"body": body}).status_code == 400
    assert client(cloud, version=2)("POST", path, {"body": bare}).status_code == 400
    assert client(cloud, version=2)("POST", path, {"body": "wiki"}).json()["body"] == "wiki"
    assert client(cloud)("GET", path).json()["comments"][0]["body"]["type"] == "doc"
    other = dc.create_ticket("SUP", "Broken")
    assert client(dc)("POST", f"issue/{other}/comment", {"body": bare}).status_code == 400


def test_long_texts_and_large_properties_are_refused(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    assert call("POST", f"issue/{key}/comment", {"body": call.text("x" * 32_768)}).status_code == 400
    assert call("POST", f"issue/{key}/comment", {"body": call.text("x" * 32_767)}).status_code == 201
    assert call("PUT", f"issue/{key}/properties/escalation", "x" * 32_767).status_code == 400
    assert call("PUT", f"issue/{key}/properties/escalation", "x" * 32_766).status_code == 201


def test_a_ticket_with_subtasks_is_deleted_only_with_them(jira: Sandbox, client: Calls, key: str) -> None:
    child = jira.create_subtask(key)
    assert client(jira)("DELETE", f"issue/{key}").status_code == 400
    assert client(jira)("DELETE", f"issue/{key}", deleteSubtasks="true").status_code == 204
    assert not jira.exists(key) and not jira.exists(child)


def test_a_missing_permission_is_felt_as_in_jira(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    jira.deny("EDIT_ISSUES", "SUP")
    assert "labels" in errors(call("PUT", f"issue/{key}", {"fields": {"labels": ["a"]}}))
    assert call("PUT", f"issue/{key}/properties/escalation", 1).status_code == 403
    jira.deny("ADD_COMMENTS", "SUP")
    assert call("POST", f"issue/{key}/comment", {"body": call.text("Hello")}).status_code == 400
    jira.deny("BROWSE_PROJECTS", "SUP")
    assert call("GET", f"issue/{key}").status_code == 404


def test_permissions_are_asked_by_their_exact_names(cloud: Sandbox, client: Calls) -> None:
    call = client(cloud)
    cloud.deny("EDIT_ISSUES", "SUP")
    asked = call("GET", "mypermissions", projectKey="SUP", permissions="EDIT_ISSUES,ADD_COMMENTS").json()["permissions"]
    assert [asked[k]["havePermission"] for k in ("EDIT_ISSUES", "ADD_COMMENTS")] == [False, True]
    for odd in ("edit_issues", "EDIT_ISSUES,NONSENSE", ""):
        assert call("GET", "mypermissions", permissions=odd).status_code == 400


def test_done_may_ask_for_a_resolution_or_be_out_of_reach(jira: Sandbox, client: Calls, key: str) -> None:
    call, done = client(jira), {"transition": {"id": "31"}}
    jira.project("SUP").resolution_required = True
    assert errors(call("POST", f"issue/{key}/transitions", done)) == {"resolution": "Resolution is required."}
    jira.project("SUP").closable = False
    assert "31" not in [t["id"] for t in call("GET", f"issue/{key}/transitions").json()["transitions"]]
    assert call("POST", f"issue/{key}/transitions", done).status_code == 400
    assert not jira.issue(key).done
