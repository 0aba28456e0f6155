"""What Jira tells others: signed, repeated on Cloud, in the shapes of real deliveries."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from sandbox import Sandbox

Calls = Callable[..., Any]


def told(jira: Sandbox, receiver: Any, event: str, type_name: str | None = None) -> dict[str, Any]:
    """The one delivery of that kind."""
    assert jira.drain()
    (found,) = [b for b in receiver.bodies if _is(b, event, type_name)]
    return found


def _is(body: dict[str, Any], event: str, type_name: str | None) -> bool:
    return body["webhookEvent"] == event and type_name in (None, body.get("issue_event_type_name"))


def test_every_delivery_is_signed_over_its_raw_body(jira: Sandbox, receiver: Any) -> None:
    jira.add_webhook(receiver.url, "s3cret")
    jira.create_ticket("SUP", "Ümläut ✓")
    assert jira.drain()
    headers, raw = receiver.got[0]
    assert headers["X-Hub-Signature"] == "sha256=" + hmac.new(b"s3cret", raw, hashlib.sha256).hexdigest()
    assert ("X-Atlassian-Webhook-Identifier" in headers) == (jira.flavour == "cloud")
    assert "X-Atlassian-Webhook-Retry" not in headers


def test_the_documented_signature() -> None:
    from sandbox.webhooks.deliveries import Webhook

    signed = Webhook("1", "http://127.0.0.1", "It's a Secret to Everybody").signature(b"Hello World!")
    assert signed["X-Hub-Signature"] == "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_cloud_tries_again_with_the_same_identifier(cloud: Sandbox, receiver: Any) -> None:
    cloud.add_webhook(receiver.url, "s")
    cloud.deliveries.post.back_off = 0.01
    receiver.answers = [503, 429]
    cloud.create_ticket("SUP", "Broken")
    assert cloud.drain()
    headers = [h for h, _ in receiver.got]
    assert [h.get("X-Atlassian-Webhook-Retry") for h in headers] == [None, "1", "2"]
    assert len({h["X-Atlassian-Webhook-Identifier"] for h in headers}) == 1
    assert cloud.deliveries.log[0].outcome == "delivered"


def test_cloud_gives_up_after_five_retries_and_at_once_on_a_refusal(cloud: Sandbox, receiver: Any) -> None:
    cloud.add_webhook(receiver.url, "s")
    cloud.deliveries.post.back_off = 0.001
    receiver.answers = [500] * 6 + [403]
    cloud.create_ticket("SUP", "Broken")
    assert cloud.drain()
    cloud.create_ticket("SUP", "Broken too")
    assert cloud.drain()
    assert [d.outcome for d in cloud.deliveries.log] == ["lost", "refused"] and len(receiver.got) == 7


def test_data_center_tries_once(dc: Sandbox, receiver: Any) -> None:
    dc.add_webhook(receiver.url, "s")
    receiver.answers = [503]
    dc.create_ticket("SUP", "Broken")
    assert dc.drain()
    assert len(receiver.got) == 1 and dc.deliveries.log[0].outcome == "lost"


def test_a_label_tells_who_and_what(jira: Sandbox, receiver: Any) -> None:
    key = jira.create_ticket("SUP", "Broken", labels=["vip"])
    jira.add_webhook(receiver.url, "s")
    jira.label(key, "escalation-requested", by="sam")
    body = told(jira, receiver, "jira:issue_updated", "issue_updated")
    (item,) = body["changelog"]["items"]
    assert (item["fromString"], item["toString"]) == ("vip", "vip escalation-requested")
    assert ("fieldId" in item) == (jira.flavour == "cloud")
    assert body["user"]["accountId" if jira.flavour == "cloud" else "name"] == jira.id_of("sam")
    assert body["issue"]["key"] == key and body["timestamp"] == int(jira.state.now().timestamp() * 1000)


def test_a_creation_with_labels_has_no_labels_in_its_changelog(cloud: Sandbox, receiver: Any) -> None:
    cloud.add_webhook(receiver.url, "s")
    cloud.create_ticket("SUP", "Broken", labels=["escalation-requested"])
    body = told(cloud, receiver, "jira:issue_created")
    assert body["issue"]["fields"]["labels"] == ["escalation-requested"]
    assert "labels" not in [item["field"] for item in body["changelog"]["items"]]


def test_cloud_comments_name_no_user_and_carry_a_slim_issue(cloud: Sandbox, receiver: Any) -> None:
    key = cloud.create_ticket("SUP", "Broken")
    cloud.add_webhook(receiver.url, "s")
    cloud.comment(key, "SEV-1", by="petra")
    body = told(cloud, receiver, "comment_created")
    assert "user" not in body and body["comment"]["jsdPublic"] is False
    assert set(body["issue"]["fields"]) == {"summary", "issuetype", "project", "assignee", "priority", "status"}
    assert told(cloud, receiver, "jira:issue_updated", "issue_commented")["comment"]["id"] == body["comment"]["id"]


def test_data_center_comments_carry_no_issue(dc: Sandbox, receiver: Any) -> None:
    key = dc.create_ticket("SUP", "Broken")
    dc.add_webhook(receiver.url, "s")
    comment = dc.comment(key, "SEV-1", by="petra")
    body = told(dc, receiver, "comment_created")
    assert set(body) == {"timestamp", "webhookEvent", "comment"}
    assert body["comment"]["self"].endswith(f"/rest/api/2/issue/{dc.issue(key).id}/comment/{comment}")
    dc.delete_comment(key, comment)
    assert "user" in told(dc, receiver, "comment_deleted")


def test_closing_is_generic_on_cloud_and_resolved_on_data_center(jira: Sandbox, receiver: Any) -> None:
    key = jira.create_ticket("SUP", "Broken")
    jira.add_webhook(receiver.url, "s")
    jira.close(key)
    body = told(jira, receiver, "jira:issue_updated")
    assert body["issue_event_type_name"] == ("issue_generic" if jira.flavour == "cloud" else "issue_resolved")
    assert {item["field"] for item in body["changelog"]["items"]} == {"status", "resolution"}


def test_property_writes_are_told_on_cloud_alone(jira: Sandbox, receiver: Any) -> None:
    key = jira.create_ticket("SUP", "Broken")
    jira.add_webhook(receiver.url, "s")
    jira.set_property(key, "escalation", {"round": 1})
    jira.delete(key)
    assert jira.drain()
    expected = ["issue_property_set", "jira:issue_deleted"] if jira.flavour == "cloud" else ["jira:issue_deleted"]
    assert receiver.events == expected


def test_the_workers_own_writes_echo_and_empty_writes_do_not(jira: Sandbox, client: Calls, receiver: Any) -> None:
    key, call = jira.create_ticket("SUP", "Broken"), client(jira)
    jira.add_webhook(receiver.url, "s")
    for _ in range(2):
        assert call("PUT", f"issue/{key}", {"update": {"labels": [{"add": "sev-1"}]}}).status_code == 204
    body = told(jira, receiver, "jira:issue_updated")
    assert body["user"]["displayName"] == "Escalation Worker"


def test_the_post_can_be_held_doubled_and_lost(cloud: Sandbox, receiver: Any) -> None:
    cloud.add_webhook(receiver.url, "s", events=("jira:issue_created",))
    post = cloud.deliveries.post
    cloud.deliveries.pause()
    post.duplicate = 1
    for n in range(3):
        cloud.create_ticket("SUP", f"number {n}")
    assert not cloud.drain(0.05) and receiver.got == []
    cloud.deliveries.release(shuffle=True)
    assert cloud.drain() and len(receiver.got) == 6
    post.drop = lambda body: body["issue"]["fields"]["summary"] == "lost"
    cloud.create_ticket("SUP", "lost")
    assert cloud.drain() and len(receiver.got) == 6
    assert cloud.deliveries.log[-1].outcome == "dropped"


def test_a_registration_has_its_filter_and_its_secret_in_the_right_place(
    cloud: Sandbox, dc: Sandbox, client: Calls, receiver: Any
) -> None:
    hook = {"name": "n", "url": receiver.url, "events": ["jira:issue_created"], "secret": "s"}
    filters = {"filters": {"issue-related-events-section": "project = OPS"}}
    made = client(cloud)("POST", "/rest/webhooks/1.0/webhook", hook | filters).json()
    assert made["isSigned"] is True and "secret" not in made
    cloud.create_ticket("SUP", "Broken")
    assert cloud.drain() and receiver.got == []
    assert client(dc)("POST", "/rest/webhooks/1.0/webhook", hook).status_code == 404
    assert client(dc)("POST", "/rest/jira-webhook/1.0/webhooks", hook).status_code == 201
    dc.create_ticket("SUP", "Broken")
    assert dc.drain() and "X-Hub-Signature" not in receiver.got[0][0]
    dc.user("bot").admin = False
    assert client(dc)("GET", "/rest/jira-webhook/1.0/webhooks").status_code == 403
