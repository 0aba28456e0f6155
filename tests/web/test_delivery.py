"""What a delivery hints at, whatever shape it has."""

import copy
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.web.delivery import Hint, duplicate_keys, hint
from worker.web.event import read
from worker.web.signature import is_signed

EVALUATION = "escalation-evaluation"
LABELS = frozenset({"escalation-requested", "sev-1", "sev-2", "sev-other", "sla-at-risk", EVALUATION})
CAPTURED = Path(__file__).parents[3] / "shared" / "webhooks"

SECRET = b"It's a Secret to Everybody"
SIGNATURE = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def issue_event(labels: list[str], **more: Any) -> dict[str, Any]:
    event = {
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_updated",
        "user": {"accountId": "anna"},
        "issue": {"id": "10040", "key": "SUP-41", "fields": {"labels": labels}},
    }
    return event | more


def lost(before: str, after: str, **names: str) -> dict[str, Any]:
    return {"items": [{**(names or {"fieldId": "labels"}), "fromString": before, "toString": after}]}


def talk(name: str = "comment_created", **more: Any) -> dict[str, Any]:
    author = {"accountId": "anna"}
    comment = {"self": "https://x/rest/api/2/issue/10013/comment/7", "id": "7", "author": author, "updated": "u1"}
    return {"webhookEvent": name, "comment": comment} | more


def hinted(event: object, us: str | None = "bot") -> Hint | None:
    """What it hints at, the same whether all of it was read or only what an event usually has."""
    found, sent = (
        hint(each, LABELS, frozenset({EVALUATION}), us) for each in (event, read(json.dumps(event).encode()))
    )
    assert found == sent
    return found


def test_a_request_label_in_any_case_is_for_us() -> None:
    assert hinted(issue_event(["vip", "Escalation-Requested"])) == Hint("10040")


def test_other_labels_are_not() -> None:
    assert hinted(issue_event(["vip"])) is None
    assert hinted(issue_event([])) is None


def test_a_label_just_taken_off_is_for_us_with_and_without_field_id() -> None:
    assert hinted(issue_event([], changelog=lost("vip SEV-1", "vip"))) == Hint("10040")
    assert hinted(issue_event([], changelog=lost("sev-1", "", field="labels"))) == Hint("10040")
    assert hinted(issue_event([], changelog=lost("sev-1", "", field="summary"))) is None


def test_a_label_that_only_the_change_names_is_for_us() -> None:
    event = issue_event([], changelog=lost("vip", "escalation-requested vip"))
    assert hinted(event) == Hint("10040")
    for sent in ({}, {"summary": "x"}, {"labels": None}, {"labels": "vip"}):
        event["issue"]["fields"] = sent
        assert hinted(event) == Hint("10040")
    event["changelog"] = lost("vip", "vip vop")
    assert hinted(event) is None


def test_an_evaluation_leads_to_its_parent_where_the_delivery_names_it() -> None:
    event = issue_event([EVALUATION])
    assert hinted(event) == Hint("10040")
    event["issue"]["fields"]["parent"] = {"id": "10001"}
    assert hinted(event) == Hint("10001")


@pytest.mark.parametrize("name", ["jira:issue_created", "jira:issue_deleted", "jira:issue_moved"])
def test_all_issue_events_count(name: str) -> None:
    assert hinted(issue_event(["sev-2"], webhookEvent=name))


@pytest.mark.parametrize("name", ["issuelink_created", "worklog_updated", "sprint_closed", "user_created", ""])
def test_other_events_do_not(name: str) -> None:
    assert hinted(issue_event(["sev-2"], webhookEvent=name)) is None


def test_our_own_echo_is_dropped_once_we_know_who_we_are() -> None:
    event = issue_event(["sev-2"], user={"accountId": "bot"})
    assert hinted(event) is None
    assert hinted(event, us=None) == Hint("10040")
    assert hinted(issue_event(["sev-2"], user={"name": "bot", "key": "JIRAUSER1"})) is None


def test_talk_is_uncertain_and_its_issue_is_found_either_way() -> None:
    assert hinted(talk()) == Hint("10013", certain=False, talk="comment:7:u1")
    assert hinted(talk(issue={"id": "10040", "fields": {}})) == Hint("10040", certain=False, talk="comment:7:u1")


def test_the_author_of_talk_is_who_changed_it_last() -> None:
    ours = talk()
    ours["comment"]["author"] = {"accountId": "bot"}
    assert hinted(ours) is None
    ours["comment"]["updateAuthor"] = {"accountId": "anna"}
    assert hinted(ours), "somebody edited our comment"


def test_the_twin_of_a_comment_is_a_duplicate_and_its_deletion_is_not() -> None:
    twin = talk("jira:issue_updated", issue_event_type_name="issue_commented", issue={"id": "10013", "fields": {}})
    first, second, deleted = hinted(talk()), hinted(twin), hinted(talk("comment_deleted"))
    assert first and second and deleted
    assert first.talk == second.talk
    assert deleted.talk is None


def test_talk_on_a_ticket_is_uncertain_even_where_it_carries_our_label() -> None:
    commented = issue_event(["sev-2"], issue_event_type_name="issue_commented")
    assert hinted(commented) == Hint("10040", certain=False)
    commented["issue"]["fields"] = {"labels": [EVALUATION], "parent": {"id": "10001"}}
    assert hinted(commented) == Hint("10001")


def test_the_identifier_or_the_body_makes_a_duplicate() -> None:
    assert duplicate_keys(b"{}", "abc", Hint("1")) == ("id:abc",)
    assert duplicate_keys(b"{}", None, Hint("1", talk="comment:7:u1"))[1] == "comment:7:u1"
    assert duplicate_keys(b"{}", None, Hint("1")) != duplicate_keys(b"{ }", None, Hint("1"))


def test_the_documented_signature() -> None:
    assert is_signed(b"Hello World!", SIGNATURE, [b"other", SECRET])
    assert is_signed(b"Hello World!", SIGNATURE.upper(), [SECRET])


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_all_methods_that_jira_may_use(method: str) -> None:
    signature = hmac.new(SECRET, b"{}", getattr(hashlib, method)).hexdigest()
    assert is_signed(b"{}", f"{method}={signature}", [SECRET])
    assert not is_signed(b"{ }", f"{method}={signature}", [SECRET])


@pytest.mark.parametrize("signature", ["", "=", "sha256", "sha256=", "sha1=00", "md5=00", "sha256=ü", "sha256=\ud800"])
def test_what_is_no_signature(signature: str) -> None:
    assert not is_signed(b"Hello World!", signature, [SECRET])
    assert not is_signed(b"Hello World!", SIGNATURE, [])


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured deliveries are not beside this checkout")
def test_captured_deliveries() -> None:
    events = {path.stem: read(path.read_bytes()) for path in sorted(CAPTURED.glob("*.json"))}
    assert len(events) >= 10
    found = {
        name: hint(event, LABELS | {"test-label", "s"}, frozenset({EVALUATION}), None) for name, event in events.items()
    }
    certain = {name for name, one in found.items() if one and one.certain}
    assert certain == {
        "mm__webhook-issue-created",
        "mm__webhook-issue-updated-labels",
        "mm__webhook-issue-updated-resolved",
        "mm__webhook-server-issue-updated-many-fields",
    }
    assert {one.issue for name, one in found.items() if one and name not in certain} == {"10040", "10013"}
    assert found["mm__webhook-issue-deleted"] is None and found["mm__webhook-issue-assigned-empty-changelog"] is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in places(one, (*path, name)))]


@given(st.data())
def test_no_shape_makes_it_raise(data: st.DataObject) -> None:
    whole = issue_event(
        ["sev-1", EVALUATION], changelog=lost("sev-1", ""), **talk(issue_event_type_name="issue_commented")
    )
    name = data.draw(st.sampled_from(["jira:issue_updated", "comment_created", "comment_deleted"]))
    event = copy.deepcopy({"root": whole | {"webhookEvent": name}})
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from([place for place in places(event) if place]))
        target: Any = event
        for step in path:
            target = target[step]
        target[last] = data.draw(ANYTHING)
    found = hinted(event["root"])
    assert found is None or found.issue.isdigit()


def test_a_label_that_only_looks_like_the_request_is_a_hint_while_it_is_new() -> None:
    def alike(label: str) -> bool:
        return label == "escalation_request"

    def seen(event: object) -> Hint | None:
        return hint(event, LABELS, frozenset({EVALUATION}), "bot", alike)

    put_on = {"items": [{"field": "labels", "fromString": "", "toString": "escalation_request"}]}
    assert seen(issue_event(["escalation_request"], changelog=put_on)) == Hint("10040")
    assert seen(issue_event(["escalation_request"]) | {"webhookEvent": "jira:issue_created"}) == Hint("10040")
    assert seen(issue_event(["escalation_request"])) is None


LINK = {"id": 10100, "sourceIssueId": 10040, "destinationIssueId": 10041, "issueLinkType": {"name": "Duplicate"}}


@pytest.mark.parametrize("name", ["issuelink_created", "issuelink_deleted"])
def test_a_link_hints_at_both_of_its_ends(name: str) -> None:
    event = {"webhookEvent": name, "issueLink": LINK, "timestamp": 1}
    assert hinted(event) == Hint("10040", certain=False, linked="10041")
    assert hinted(event | {"issueLink": LINK | {"sourceIssueId": "10040"}}) == Hint("10040", False, None, "10041")


@pytest.mark.parametrize("link", [None, 7, [], {}, {"sourceIssueId": 1}, LINK | {"destinationIssueId": "x"}])
def test_an_odd_link_is_not_for_us(link: object) -> None:
    assert hinted({"webhookEvent": "issuelink_created", "issueLink": link}) is None
