"""Who sees which comment: public, internal, restricted."""

from collections.abc import Callable
from typing import Any

from sandbox import Sandbox
from sandbox.state.adf import as_adf, as_wiki, plain, valid

Calls = Callable[..., Any]
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


def test_a_comment_is_public_unless_it_says_otherwise(jira: Sandbox, client: Calls) -> None:
    key, call = jira.create_ticket("SUP", "Broken"), client(jira)
    shown = call("POST", f"issue/{key}/comment", {"body": call.text("Dear client")}).json()
    hidden = call("POST", f"issue/{key}/comment", {"body": call.text("Psst"), "properties": INTERNAL}).json()
    assert [c.public for c in jira.issue(key).comments] == [True, False]
    assert [c.get("jsdPublic") for c in (shown, hidden)] == ([True, False] if jira.flavour == "cloud" else [None, None])


def test_who_is_no_agent_writes_internally_without_a_word(jira: Sandbox, client: Calls) -> None:
    key, call = jira.create_ticket("SUP", "Broken"), client(jira)
    jira.user("bot").agent = False
    assert call("POST", f"issue/{key}/comment", {"body": call.text("Dear client")}).status_code == 201
    desk = call("POST", f"/rest/servicedeskapi/request/{key}/comment", {"body": "Dear client", "public": True})
    assert desk.json()["public"] is False
    assert jira.issue(key).public_comments == ()


def test_outside_a_service_project_everything_is_public(cloud: Sandbox, client: Calls) -> None:
    key, call = cloud.create_ticket("OPS", "Broken"), client(cloud)
    made = call("POST", f"issue/{key}/comment", {"body": call.text("Hello"), "properties": INTERNAL}).json()
    assert "jsdPublic" not in made
    assert client(cloud)("GET", f"/rest/servicedeskapi/request/{key}").status_code == 404


def test_what_a_comment_was_it_stays(jira: Sandbox, client: Calls) -> None:
    key = jira.create_ticket("SUP", "Broken")
    comment = jira.comment(key, "Psst", by="sam")
    client(jira)("PUT", f"comment/{comment}/properties/sd.public.comment", {"internal": False})
    assert not jira.issue(key).comments[0].public


def test_a_customer_sees_public_comments_of_own_requests(jira: Sandbox, client: Calls) -> None:
    key, other = jira.create_ticket("SUP", "Mine", reporter="clara"), jira.create_ticket("SUP", "Other", reporter="sam")
    jira.comment(key, "Psst", by="sam")
    jira.comment(key, "Dear client", by="sam", public=True)
    clara = client(jira, "clara")
    seen = clara("GET", f"/rest/servicedeskapi/request/{key}/comment").json()["values"]
    assert [c["body"] for c in seen] == ["Dear client"]
    assert clara("GET", f"/rest/servicedeskapi/request/{other}").status_code == 404
    assert clara("GET", f"issue/{key}").status_code == 404


def test_a_restricted_comment_is_for_its_role(jira: Sandbox, client: Calls) -> None:
    key, call = jira.create_ticket("OPS", "Broken"), client(jira)
    limit = {"type": "role", "value": "Service Desk Team"}
    assert call("POST", f"issue/{key}/comment", {"body": call.text("Psst"), "visibility": limit}).status_code == 201
    assert [client(jira, who)("GET", f"issue/{key}/comment").json()["total"] for who in ("sam", "otto")] == [1, 0]
    unknown = {"type": "role", "value": "Nobodies"}
    answer = call("POST", f"issue/{key}/comment", {"body": call.text("Psst"), "visibility": unknown})
    assert answer.status_code == 400 and "commentLevel" in answer.json()["errors"]


def test_people_edit_their_own_comments_and_it_shows(jira: Sandbox, clock: Any) -> None:
    key = jira.create_ticket("SUP", "Broken")
    comment = jira.comment(key, "SEV-1\n\nBecause.", by="petra")
    clock.forward(minutes=5)
    jira.edit_comment(key, comment, "SEV-2\n\nAfter all.", by="otto")
    view = jira.issue(key).comments[0]
    assert (view.text, view.author, view.update_author) == ("SEV-2\n\nAfter all.", "petra", "otto")
    assert (view.updated - view.created).total_seconds() == 300


def test_lists_cut_comments_and_history_but_tell_the_total(cloud: Sandbox, client: Calls) -> None:
    key, call = cloud.create_ticket("SUP", "Broken"), client(cloud)
    for n in range(25):
        cloud.comment(key, f"number {n}")
    for n in range(45):
        cloud.label(key, f"label-{n}")
    wish = {"issueIdsOrKeys": [key], "fields": ["comment"], "expand": ["changelog"]}
    issue = call("POST", "issue/bulkfetch", wish).json()["issues"][0]
    assert (len(issue["fields"]["comment"]["comments"]), issue["fields"]["comment"]["total"]) == (20, 25)
    assert (len(issue["changelog"]["histories"]), issue["changelog"]["total"]) == (40, 45)
    newest = issue["changelog"]["histories"][0]["items"][0]["toString"].split()
    oldest = call("GET", f"issue/{key}/changelog").json()["values"][0]["items"][0]["toString"].split()
    assert "label-44" in newest and oldest == ["label-0"]


def test_quotations_and_what_is_struck_out_are_the_same_in_both_versions_of_the_api() -> None:
    markup = "{quote}\nSEV-1: all is down\n{quote}\n\nSEV-2: -not all- two clinics - both in Bonn\n\nbq. said before"
    document = as_adf(markup)
    assert document is not None and valid(document)
    kinds = [block["type"] for block in document["content"]]
    assert kinds == ["blockquote", "paragraph", "blockquote"]
    struck = [node["text"] for node in document["content"][1]["content"] if node.get("marks")]
    assert struck == ["not all"]
    again = as_wiki(document)
    assert again is not None and "-not all-" in again and "{quote}\nSEV-1: all is down\n{quote}" in again
    assert plain(document).count("SEV-1") == 1
