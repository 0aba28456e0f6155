"""What a client library asks of any Jira beside the worker's own calls: `expand`, the automatic assignee, permissions,
addresses that are too long, Basic login. The last word has Atlassian's document, where it lies beside this project."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.state import shown
from tests.sandbox.test_contract import judge

Calls = Callable[..., Any]
EVERYTHING = "renderedFields,names,schema,operations,editmeta,changelog,transitions"


@pytest.fixture
def key(jira: Sandbox) -> str:
    key = jira.create_ticket("SUP", "Broken", description="Very.\n\nReally.")
    jira.comment(key, "We look.", by="sam", public=True)
    return key


def test_an_issue_has_what_expand_asks_for_and_no_more(jira: Sandbox, client: Calls, key: str, tmp_path: Path) -> None:
    call = client(jira)
    bare = call("GET", f"issue/{key}").json()
    assert {"names", "schema", "editmeta", "renderedFields", "transitions"}.isdisjoint(bare)
    whole = call("GET", f"issue/{key}", expand=EVERYTHING).json()
    assert set(whole) == set(bare) | set(EVERYTHING.split(","))
    assert set(whole["names"]) == set(whole["schema"]) == set(whole["fields"])
    assert whole["names"]["duedate"] == "Due date" and whole["schema"]["labels"]["items"] == "string"
    assert whole["editmeta"]["fields"]["labels"]["operations"] == ["add", "set", "remove"]
    assert whole["renderedFields"]["description"] == "<p>Very.</p><p>Really.</p>"
    assert whole["renderedFields"]["comment"]["comments"][0]["body"] == "<p>We look.</p>"
    assert whole["renderedFields"]["created"] == "23/Nov/26 3:00 PM" and whole["renderedFields"]["labels"] is None
    assert [step["name"] for step in whole["transitions"]] == ["In Progress", "Done"]
    judge(jira, tmp_path, at_least=2)


def test_a_comment_is_rendered_where_that_is_asked_for(jira: Sandbox, client: Calls, key: str, tmp_path: Path) -> None:
    call = client(jira)
    [bare] = call("GET", f"issue/{key}/comment").json()["comments"]
    assert "renderedBody" not in bare
    [whole] = call("GET", f"issue/{key}/comment", expand="renderedBody").json()["comments"]
    assert whole["renderedBody"] == "<p>We look.</p>"
    one = call("GET", f"issue/{key}/comment/{bare['id']}", expand="renderedBody").json()
    assert one["renderedBody"] == "<p>We look.</p>"
    judge(jira, tmp_path, at_least=3)


def test_a_search_says_once_what_its_fields_are(jira: Sandbox, client: Calls, key: str, tmp_path: Path) -> None:
    path, cloud = ("search/jql", True) if jira.flavour == "cloud" else ("search", False)
    wish = {"jql": f"key = {key}", "fields": ["labels", "duedate"]}
    asked = wish | {"expand": "names,schema,renderedFields" if cloud else ["names", "schema", "renderedFields"]}
    call = client(jira)
    assert "names" not in call("POST", path, wish).json()
    found = call("POST", path, asked).json()
    assert found["names"] == {"labels": "Labels", "duedate": "Due date"} and set(found["schema"]) == set(found["names"])
    assert "names" not in found["issues"][0] and "renderedFields" in found["issues"][0]
    judge(jira, tmp_path, at_least=2)


def test_a_project_and_a_person_expand(jira: Sandbox, client: Calls, tmp_path: Path) -> None:
    call = client(jira)
    lists = "project/search" if jira.flavour == "cloud" else "project"
    bare, whole = call("GET", lists).json(), call("GET", lists, expand="projectKeys,lead").json()
    bare, whole = (each["values"] if jira.flavour == "cloud" else each for each in (bare, whole))
    assert all("projectKeys" not in each and "lead" not in each for each in bare)
    assert [each["projectKeys"] for each in whole] == [["SUP"], ["OPS"]] and "lead" in whole[0]
    assert "projectKeys" not in call("GET", "project/SUP").json()
    assert call("GET", "project/SUP", expand="projectKeys").json()["projectKeys"] == ["SUP"]
    assert call("GET", "myself").json()["groups"] == {"size": 1, "items": []}
    judge(jira, tmp_path, at_least=5)
    assert call("GET", "myself", expand="groups").json()["groups"]["items"][0]["name"] == "jira-users"


def test_automatic_is_the_projects_own_assignee(jira: Sandbox, client: Calls, key: str) -> None:
    call = client(jira)
    field, automatic = ("accountId", {"accountId": "-1"}) if jira.flavour == "cloud" else ("name", {"name": "-1"})

    def assigned() -> Any:
        return (call("GET", f"issue/{key}", fields="assignee").json()["fields"]["assignee"] or {}).get(field)

    call("PUT", f"issue/{key}/assignee", call.user("sam"))
    assert call("PUT", f"issue/{key}/assignee", automatic).status_code == 204 and assigned() is None
    jira.project("SUP").assigns_lead = True
    assert call("PUT", f"issue/{key}/assignee", automatic).status_code == 204 and assigned() == jira.id_of("erin")
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Bug"}, "summary": "Broken"}
    made = [call("POST", "issue", {"fields": fields | more}) for more in ({}, {"assignee": None})]
    keys = [answer.json()["key"] for answer in made]
    assert [jira.issue(one).assignee for one in keys] == ["erin", None]


def test_what_is_wrong_with_one_of_many(jira: Sandbox, client: Calls) -> None:
    """Data Center's words are those that the jira package's own suite expects of a real one."""
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Nothing"}, "summary": "Broken"}
    good = fields | {"issuetype": {"name": "Bug"}}
    answer = client(jira)("POST", "issue/bulk", {"issueUpdates": [{"fields": good}, {"fields": fields}]})
    [error] = answer.json()["errors"]
    words = {"cloud": "Specify a valid issue type", "dc": "issue type is required"}[jira.flavour]
    assert answer.status_code == 201 and error["failedElementNumber"] == 1
    assert error["elementErrors"] == {"errorMessages": [], "errors": {"issuetype": words}}


def test_an_address_that_is_too_long_never_gets_to_jira(jira: Sandbox, client: Calls, key: str) -> None:
    path, refused = ("search/jql", 414) if jira.flavour == "cloud" else ("search", 400)
    query = " or ".join(f"key={key}" for _ in range(2000))
    call = client(jira)
    assert call("GET", path, jql=query).status_code == refused
    assert len(call("POST", path, {"jql": query}).json()["issues"]) == 1


def test_a_site_has_more_than_forty_permissions(jira: Sandbox, client: Calls) -> None:
    asked = {} if jira.flavour == "dc" else {"permissions": "BROWSE_PROJECTS,BULK_CHANGE,SYSTEM_ADMIN"}
    told = client(jira)("GET", "mypermissions", **asked).json()["permissions"]
    assert len(told) > 40 if jira.flavour == "dc" else len(told) == 3
    assert (told["BROWSE_PROJECTS"]["type"], told["BULK_CHANGE"]["type"]) == ("PROJECT", "GLOBAL")
    assert len({(each["key"], each["name"]) for each in told.values()}) == len(told)


def test_data_center_takes_a_password_only_where_that_is_switched_on(dc: Sandbox) -> None:
    address = f"{dc.url}/rest/api/2/myself"
    assert requests.get(address, auth=("sam", "sandbox-password-sam"), timeout=10).status_code == 401
    dc.take_passwords()
    assert requests.get(address, auth=("sam", "sandbox-password-sam"), timeout=10).json()["name"] == "sam"
    assert requests.get(address, auth=("sam", "sandbox-password-petra"), timeout=10).status_code == 401
    assert requests.get(address, auth=("sam", dc.token("sam")), timeout=10).status_code == 401


WIKI = """h3. Head *bold*

* one
* two -gone-

||Grade||Says||
|SEV-1|[~petra] \\[not a link]|

{panel:title=x}
inner
{panel}
{noformat}
*raw* <b>
{noformat}
bq. said
plain <script> &#91;
next"""


def test_wiki_markup_is_shown_as_what_it_means() -> None:
    assert shown.html(WIKI, {"petra": "Petra Project"}.get) == (
        "<h3>Head <strong>bold</strong></h3><ul><li>one</li><li>two <s>gone</s></li></ul>"
        "<table><tbody><tr><th>Grade</th><th>Says</th></tr>"
        '<tr><td>SEV-1</td><td><span class="mention">@Petra Project</span> [not a link]</td></tr></tbody></table>'
        '<div class="panel panel"><p>inner</p></div><pre>*raw* &lt;b&gt;</pre>'
        "<blockquote><p>said</p></blockquote><p>plain &lt;script&gt; [<br/>next</p>"
    )


@pytest.mark.parametrize(
    "text", ["[x|javascript:alert(1)]", "<img src=x onerror=alert(1)>", '[a|https://x"onclick="y]', "{quote}<b>"]
)
def test_nothing_that_people_write_becomes_an_element_or_a_script(text: str) -> None:
    made = shown.html(text)
    assert "<img" not in made and "<b>" not in made and 'href="javascript' not in made and '"onclick' not in made
