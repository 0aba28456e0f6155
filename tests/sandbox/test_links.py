"""Links as Jira has them: both ends show them, a reader sees none that leads where they may not look, and their event
names two ids and nothing else."""

from sandbox import Sandbox
from tests.sandbox.conftest import Client, Receiver


def linked(jira: Sandbox) -> tuple[str, str]:
    request, bug = jira.create_ticket("SUP", "Broken", reporter="carl"), jira.create_ticket("OPS", "Broken below")
    jira.link(request, bug)
    return request, bug


def ends(call: Client, key: str) -> list[str]:
    found = call("GET", f"issue/{key}", fields="issuelinks").json()["fields"]["issuelinks"]
    return [(link.get("inwardIssue") or link["outwardIssue"])["key"] for link in found]


def test_both_ends_show_it_once_and_in_their_own_words(jira: Sandbox) -> None:
    request, bug = linked(jira)
    jira.link(request, bug)
    call = Client(jira)
    assert ends(call, request) == [bug] and ends(call, bug) == [request]
    assert jira.issue(bug).changelog[-1].new == f"This issue is duplicated by {request}"
    assert jira.issue(request).changelog[-1].new == f"This issue duplicates {bug}"


def test_it_goes_with_either_end(jira: Sandbox) -> None:
    request, bug = linked(jira)
    jira.unlink(bug, request)
    assert ends(Client(jira), bug) == []
    jira.link(request, bug)
    jira.delete(request)
    assert ends(Client(jira), bug) == []


def test_a_link_to_what_may_not_be_seen_is_not_shown(jira: Sandbox) -> None:
    request, bug = linked(jira)
    jira.deny("BROWSE_PROJECTS", "SUP")
    assert ends(Client(jira), bug) == []
    assert ends(Client(jira, "sam"), bug) == [request]


def test_a_request_shows_whose_it_is(jira: Sandbox) -> None:
    request, bug = linked(jira)
    fields = {each["id"]: each for each in Client(jira)("GET", "field").json()}
    [field] = [id for id, each in fields.items() if each["schema"].get("custom", "").endswith("organizations")]
    there = Client(jira)("GET", f"issue/{request}", fields=field).json()["fields"]
    assert [each["name"] for each in there[field]] == ["Harbour Animal Hospital"]
    assert field not in Client(jira)("GET", f"issue/{bug}", fields=field).json()["fields"]


def test_data_center_searches_past_what_is_gone_if_it_is_told_not_to_mind(jira: Sandbox) -> None:
    if jira.flavour == "cloud":
        return
    request, _ = linked(jira)
    wish = {"jql": f"id in ({jira.issue(request).id}, 99999)", "fields": ["summary"]}
    assert Client(jira)("POST", "search", wish).status_code == 400
    found = Client(jira)("POST", "search", wish | {"validateQuery": False}).json()
    assert [each["key"] for each in found["issues"]] == [request]


def test_a_link_is_told_of_by_two_numbers(jira: Sandbox, receiver: Receiver) -> None:
    jira.add_webhook(receiver.url, "s", ("issuelink_created", "issuelink_deleted"))
    request, bug = linked(jira)
    jira.unlink(request, bug)
    assert jira.drain() and receiver.events == ["issuelink_created", "issuelink_deleted"]
    for body in receiver.bodies:
        link = body["issueLink"]
        assert (link["sourceIssueId"], link["destinationIssueId"]) == tuple(
            int(jira.issue(k).id) for k in (request, bug)
        )
        assert link["issueLinkType"]["name"] == "Duplicate" and {"user", "issue"}.isdisjoint(body)
