"""A ticket that a webhook names and that our account may not read is said, once; what was deleted is not."""

import json

import pytest
import redis
from structlog.testing import capture_logs

from sandbox import Sandbox
from tests.board.conftest import Watched
from tests.board.test_trail import turn
from tests.storytelling import Clock
from worker.queue.workqueue import Notice
from worker.web.delivery import duplicate_keys, hint


def told(story: Watched, id: str, event: str, *, labels: tuple[str, ...] = ("escalation-requested",)) -> None:
    """What a delivery of Jira's leaves in the queue; the site of these settings has no name."""
    issue = {"id": id, "fields": {"labels": list(labels)}}
    body = {"webhookEvent": event, "issue": issue, "changelog": {"items": []}, "comment": {"id": "7", "updated": "u"}}
    found = hint(body, story.protocol.ours, frozenset({"escalation-evaluation"}), None)
    assert found
    keys = tuple(f":{key}" for key in duplicate_keys(json.dumps(body).encode(), None, found))
    story.context.queue.open()
    story.context.queue.intake([Notice(found.issue, keys, found.certain, "cafe0001")])


@pytest.fixture
def hidden(story: Watched, jira: Sandbox) -> Watched:
    """A ticket in a project that our account may not browse."""
    story.ticket()
    jira.label(story.key, "escalation-requested")
    jira.project("SUP").denied.add(("bot", "BROWSE_PROJECTS"))
    return story


def test_it_is_said_once_and_is_forgotten_once_it_can_be_read(hidden: Watched, jira: Sandbox) -> None:
    id = jira.issue(hidden.key).id
    with capture_logs() as logs:
        told(hidden, id, "jira:issue_updated")
        turn(hidden)
        turn(hidden)
    assert [entry["ticket"] for entry in logs if entry["event"] == "may not be read"] == [id]
    [(key, [failed])] = hidden.context.failures.listed().values()
    assert key == id and "may not read" in failed.what and "Browse Projects" in failed.mend
    jira.project("SUP").denied.clear()
    turn(hidden)
    assert hidden.context.failures.listed() == {}


def test_a_comment_on_a_strangers_ticket_is_no_request(hidden: Watched, jira: Sandbox) -> None:
    told(hidden, jira.issue(hidden.key).id, "comment_created", labels=())
    turn(hidden)
    assert hidden.context.failures.listed() == {}


def test_a_ticket_that_was_deleted_is_gone(story: Watched, jira: Sandbox, kv: redis.Redis, clock: Clock) -> None:
    story.ticket()
    id = jira.issue(story.key).id
    told(story, id, "jira:issue_updated")
    told(story, id, "jira:issue_deleted")
    jira.project("SUP").denied.add(("bot", "BROWSE_PROJECTS"))  # as if it were not there
    turn(story)
    assert story.context.failures.listed() == {}
