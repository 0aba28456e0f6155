"""Every call the sandbox knows, once, on both flavours; then Atlassian's published documents judge requests and
answers."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contract"


def site(call: Any) -> None:
    call("GET", "serverInfo")
    call("GET", "myself")
    call("GET", "field")
    asked = {"permissions": "BROWSE_PROJECTS,EDIT_ISSUES"} if call.jira.flavour == "cloud" else {}
    assert call("GET", "mypermissions", projectKey="SUP", **asked).json()["permissions"]["EDIT_ISSUES"][
        "havePermission"
    ]
    assert call("GET", "project/SUP").json()["projectTypeKey"] == "service_desk"
    types = call("GET", "issue/createmeta/SUP/issuetypes").json()
    kind = (types.get("issueTypes") or types["values"])[0]["id"]
    call("GET", f"issue/createmeta/SUP/issuetypes/{kind}")
    call(
        "GET",
        "user",
        **({"accountId": call.jira.id_of("sam")} if call.jira.flavour == "cloud" else {"username": "sam"}),
    )
    assert call("GET", "user/assignable/search", project="SUP").json()
    call("GET", "project/NOPE")


def issues(call: Any) -> tuple[str, str]:
    fields = {
        "project": {"key": "SUP"},
        "issuetype": {"name": "Bug"},
        "summary": "Broken",
        "description": call.text("Very."),
    }
    made = call("POST", "issue", {"fields": fields, "properties": [{"key": "escalation", "value": {"round": 1}}]})
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    sub = {"project": {"key": "SUP"}, "parent": {"key": key}, "issuetype": {"name": "Sub-task"}, "summary": "Evaluate"}
    sub |= {"assignee": call.user("petra"), "labels": ["escalation-evaluation"]}
    many = {
        "issueUpdates": [
            {"fields": sub, "properties": [{"key": "escalation", "value": {"seat": 1}}]},
            {"fields": sub | {"summary": ""}},
        ]
    }
    answer = call("POST", "issue/bulk", many)
    assert answer.status_code == 201 and answer.json()["errors"][0]["failedElementNumber"] == 1
    edit = {
        "update": {"labels": [{"add": "sev-2"}]},
        "fields": {"duedate": "2026-11-25"},
        "properties": [{"key": "escalation", "value": 2}],
    }
    assert call("PUT", f"issue/{key}", edit).status_code == 204
    assert call("PUT", f"issue/{key}/assignee", call.user("sam")).status_code == 204
    assert call("PUT", f"issue/{key}/assignee", call.user("nora")).status_code == 400
    read = call("GET", f"issue/{key}", fields="*all", properties="escalation", expand="changelog").json()
    assert read["properties"] == {"escalation": 2} and read["changelog"]["total"] == 2
    call("GET", f"issue/{key}", fields="labels,subtasks,status,parent")
    call("GET", "issue/SUP-999")
    call("GET", f"issue/{key}/editmeta")
    return key, answer.json()["issues"][0]["key"]


def comments(call: Any, key: str) -> None:
    marks = [{"key": "sd.public.comment", "value": {"internal": True}}, {"key": "escalation", "value": {"id": "a"}}]
    limit = {"type": "role", "value": "Service Desk Team"}
    made = call(
        "POST", f"issue/{key}/comment", {"body": call.text("Internal."), "properties": marks, "visibility": limit}
    ).json()
    call("POST", f"issue/{key}/comment", {"body": call.text("Dear client")})
    call("GET", f"issue/{key}/comment", startAt=0, maxResults=10, orderBy="-created", expand="properties")
    call("GET", f"issue/{key}/comment/{made['id']}")
    call("PUT", f"issue/{key}/comment/{made['id']}", {"body": call.text("Internal, corrected.")})
    call("GET", f"comment/{made['id']}/properties")
    call("GET", f"comment/{made['id']}/properties/escalation")
    call("GET", f"comment/{made['id']}/properties/nothing")
    call("PUT", f"comment/{made['id']}/properties/other", {"a": 1})
    assert call("DELETE", f"issue/{key}/comment/{made['id']}").status_code == 204
    call("GET", f"issue/{key}/comment/{made['id']}")


def properties(call: Any, key: str) -> None:
    assert call("PUT", f"issue/{key}/properties/more", {"a": [1, 2]}).status_code == 201
    assert call("PUT", f"issue/{key}/properties/more", {"a": [1]}).status_code == 200
    call("GET", f"issue/{key}/properties")
    call("GET", f"issue/{key}/properties/more")
    assert call("DELETE", f"issue/{key}/properties/more").status_code == 204
    call("GET", f"issue/{key}/properties/more")


def links(call: Any, key: str) -> None:
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Bug"}, "summary": "Broken below"}
    bug = call("POST", "issue", {"fields": fields}).json()["key"]
    kinds = [kind["name"] for kind in call("GET", "issueLinkType").json()["issueLinkTypes"]]
    assert "Duplicate" in kinds and "Problem/Incident" in kinds
    body = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": bug}}
    assert call("POST", "issueLink", body).status_code == 201
    assert call("POST", "issueLink", body | {"type": {"name": "Nothing"}}).status_code == 404
    [there] = call("GET", f"issue/{key}", fields="issuelinks").json()["fields"]["issuelinks"]
    [here] = call("GET", f"issue/{bug}", fields="issuelinks", expand="changelog").json()["fields"]["issuelinks"]
    assert there["outwardIssue"]["key"] == bug and here["inwardIssue"]["key"] == key and here["id"] == there["id"]
    assert call("GET", f"issueLink/{here['id']}").status_code == 200
    assert call("DELETE", f"issueLink/{here['id']}").status_code == 204
    call("GET", f"issueLink/{here['id']}")
    call("DELETE", f"issue/{bug}")


def workflow(call: Any, key: str) -> None:
    call.jira.project("SUP").resolution_required = True
    asked = {"expand": "transitions.fields"} if call.jira.flavour == "cloud" else {}
    call("GET", f"issue/{key}/transitions", **asked)
    assert call("POST", f"issue/{key}/transitions", {"transition": {"id": "31"}}).status_code == 400
    done = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
    assert call("POST", f"issue/{key}/transitions", done).status_code == 204


def desk(call: Any, key: str) -> None:
    base = f"/rest/servicedeskapi/request/{key}"
    assert call("GET", base).status_code == 200
    made = call("POST", f"{base}/comment", {"body": "Dear client", "public": True}).json()
    assert made["public"] is True
    call("GET", f"{base}/comment", public="true", internal="false")
    call("GET", f"{base}/comment/{made['id']}")
    call("GET", "/rest/servicedeskapi/request/NOPE-1")


def cloud_only(call: Any, key: str) -> None:
    call("GET", "project/search", maxResults=1)
    call("GET", "group/member", groupname="support")
    assert (
        call("PUT", f"issue/{key}", {"update": {"labels": [{"remove": "sev-2"}]}}, returnIssue="true").status_code
        == 200
    )
    assert call("GET", f"issue/{key}/changelog", startAt=1, maxResults=1).json()["total"] >= 2
    ids = [int(c["id"]) for c in call("GET", f"issue/{key}/comment").json()["comments"]]
    assert call("POST", "comment/list", {"ids": ids}, expand="properties").json()["total"] == len(ids)
    fetch = {
        "issueIdsOrKeys": [key],
        "fields": ["labels", "comment"],
        "properties": ["escalation"],
        "expand": ["changelog"],
    }
    assert len(call("POST", "issue/bulkfetch", fetch).json()["issues"]) == 1
    wish = {
        "jql": "project = SUP ORDER BY created",
        "maxResults": 1,
        "fields": ["summary", "labels"],
        "properties": ["escalation"],
    }
    page = call("POST", "search/jql", wish).json()
    last = call("POST", "search/jql", wish | {"nextPageToken": page["nextPageToken"], "expand": "changelog"}).json()
    assert last["isLast"] and "nextPageToken" not in last
    call("GET", "search/jql", jql='labels = "escalation-evaluation" AND statusCategory != Done', fields="*navigable")
    call("GET", "search/jql", jql="nonsense = 1")
    call("POST", "search/approximate-count", {"jql": "project = SUP"})
    call("POST", "jql/parse", {"queries": ["project = SUP", "labels = a"]}, validation="strict")


def dc_only(call: Any, key: str) -> None:
    call("GET", "project")
    assert call("GET", "search", jql="project = SUP ORDER BY created", startAt=1, maxResults=1).json()["total"] == 2
    wish = {"jql": "labels = escalation-evaluation", "startAt": 0, "maxResults": 5, "fields": ["labels", "comment"]}
    assert call("POST", "search", wish).status_code == 200
    call("GET", "search", jql="nonsense = 1")


def webhooks(call: Any) -> None:
    body: dict[str, Any] = {"name": "escalation", "url": "http://127.0.0.1:9/hook", "events": ["jira:issue_updated"]}
    cloud = call.jira.flavour == "cloud"
    path = "/rest/webhooks/1.0/webhook" if cloud else "/rest/jira-webhook/1.0/webhooks"
    body |= {"secret": "s"} if cloud else {"configuration": {"SECRET": "s"}, "active": True}
    made = call("POST", path, body)
    assert made.status_code == 201 and "s" not in made.json().get("configuration", {}).values()
    link = made.json()["self"].removeprefix(call.jira.url)
    assert call("GET", link).json()["url"] == body["url"] and len(call("GET", path).json()) == 1
    assert call("DELETE", link).status_code == 204 and call("GET", path).json() == []


def test_every_call_is_as_atlassian_documents_it(jira: Sandbox, client: Callable[..., Any], tmp_path: Path) -> None:
    call = client(jira)
    site(call)
    key, evaluation = issues(call)
    comments(call, key)
    properties(call, key)
    desk(call, key)
    links(call, key)
    (cloud_only if jira.flavour == "cloud" else dc_only)(call, key)
    workflow(call, evaluation)
    assert call("DELETE", f"issue/{key}").status_code == 400
    assert call("DELETE", f"issue/{key}", deleteSubtasks="true").status_code == 204
    judge(jira, tmp_path)
    webhooks(call)


ONE_FOR_MANY = ("/rest/api/2/field", "/rest/api/2/user/assignable/search", "/rest/api/2/project")
"""Data Center answers lists here; its document shows one element."""


def judge(jira: Sandbox, folder: Path, at_least: int = 31) -> None:
    """Atlassian's documents say nothing of webhook administration, so that is left out."""
    if not (CONTRACT / "check_requests.py").exists():
        pytest.skip("the contract checker is not beside this project")
    log = folder / "calls.jsonl"
    assert jira.write_log(log) >= at_least
    checker = [sys.executable, "-W", "ignore", str(CONTRACT / "check_requests.py"), "--json", "--responses"]
    found = subprocess.run([*checker, "--api", jira.flavour, str(log)], capture_output=True, text=True, check=False)
    assert "requests checked" in found.stderr, found.stderr
    findings = [json.loads(line) for line in found.stdout.splitlines()]
    assert [f for f in findings if f["severity"] != "WARN" and not _excused(f)] == []


def _excused(finding: dict[str, str]) -> bool:
    if finding["request"] == "POST /rest/api/3/issueLink":
        return True  # the document promises JSON, and shows none: Jira answers 201 with nothing
    if "'projectKeys' was unexpected" in finding["message"]:
        return True  # what `expand` gives by the call's own description is missing from the schema of its answer
    return finding["severity"] == "RESP" and finding["request"].removeprefix("GET ") in ONE_FOR_MANY
