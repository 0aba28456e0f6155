"""A rule of Jira Automation tells of an issue, over real HTTP with a real queue behind it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.web.serving import Site, serving
from worker.queue.workqueue import WorkQueue
from worker.run import embedded_redis
from worker.web.automation import issue_named_by

PATH = "/webhooks/automation"


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    opened = WorkQueue(kv)
    opened.begin(patience=0)
    return opened


@pytest.fixture
def site(valkey: embedded_redis.Server, queue: WorkQueue) -> Iterator[Site]:
    yield from serving(valkey.url)


def post(site: Site, body: Any, authorization: str | None = "Bearer now") -> tuple[int, dict[str, Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": authorization} if authorization is not None else {}
    status, _, answer = site.ask("POST", PATH, raw, headers)
    return status, json.loads(answer) if answer else {}


NAMED = [
    ({"issue": "SUP-1"}, "SUP-1"),
    ({"key": "SUP-1"}, "SUP-1"),
    ({"issue": {"key": "SUP-1"}}, "SUP-1"),
    ({"issue": {"id": "10040"}}, "10040"),
    ({"issue": {"id": 10040, "key": "SUP-41"}}, "10040"),
    ({"id": 10040, "key": "SUP-41", "fields": {"labels": ["escalation-requested"]}}, "10040"),
    ({"self": "x", "id": 10040, "key": "SUP-41", "changelog": {"histories": None}}, "10040"),
    ({"issue": 10040}, "10040"),
    ({"issue": "10040"}, "10040"),
    ({"id": "SUP-7"}, "SUP-7"),
    ({"issue": {"id": " SUP-7 "}}, "SUP-7"),
    ({"key": "AB_C9-12"}, "AB_C9-12"),
]  # fmt: skip
NOT_NAMED: list[Any] = [
    {}, [], "SUP-1", 10040, None, {"issue": None}, {"issue": {}}, {"issue": []}, {"issue": True}, {"key": "SUP"},
    {"key": "../myself-1"}, {"key": "SUP-1?x=1"}, {"issue": {"id": 1.5}}, {"issue": {"id": -4}}, {"id": "1" * 30},
    {"key": "SUP-1/comment"}, {"issue": "{{issue.id}}"},
]  # fmt: skip


@pytest.mark.parametrize(("body", "issue"), NAMED)
def test_an_issue_is_known_by_id_or_key_in_every_form(body: Any, issue: str) -> None:
    assert issue_named_by(body) == issue


@pytest.mark.parametrize("body", NOT_NAMED)
def test_what_names_no_issue_is_said_to(body: Any) -> None:
    assert issue_named_by(body) is None


def test_what_a_rule_tells_is_in_the_queue_when_the_answer_comes(site: Site, queue: WorkQueue) -> None:
    assert post(site, {"issue": {"id": 10040}}) == (204, {})
    assert queue.claim("10040")
    assert queue.was_named(["10040"]) == {"10040"}


def test_the_same_request_again_is_another_change(site: Site, queue: WorkQueue) -> None:
    assert post(site, {"issue": "10040"})[0] == 204
    lease = queue.claim("10040")
    assert lease
    queue.done(lease)
    assert queue.sizes()["dirty"] == 0
    assert post(site, {"issue": "10040"})[0] == 204
    assert queue.sizes()["dirty"] == 1


def test_any_of_our_secrets_will_do(site: Site) -> None:
    assert post(site, {"issue": "1"}, "Bearer old")[0] == 204
    assert post(site, {"issue": "1"}, "bearer  now ")[0] == 204


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer no", "now", "Basic now", "Bearer now,old", "Bearer \xff"]
)
def test_without_the_secret_nothing_is_read(site: Site, queue: WorkQueue, shown: str | None) -> None:
    status, answer = post(site, b"no json", shown)
    assert (status, "JIRA_WEBHOOK_SECRETS" in answer["error"]) == (401, True)
    assert queue.sizes()["dirty"] == 0


@pytest.mark.parametrize(("body", "word"), [(b"", "JSON"), (b"{", "JSON"), (b"<html>", "JSON"), (b"{}", "issue.id")])
def test_a_body_that_is_no_use_is_told_so(site: Site, queue: WorkQueue, body: bytes, word: str) -> None:
    status, answer = post(site, body)
    assert (status, word in answer["error"]) == (400, True)
    assert queue.sizes()["dirty"] == 0


def test_only_posts_are_taken(site: Site) -> None:
    assert site.ask("GET", PATH)[0] == 405


def test_while_redis_is_away_it_says_so(site: Site, kv: redis.Redis, valkey: embedded_redis.Server) -> None:
    kv.client_pause(3_000)
    try:
        status, answer = post(site, {"issue": "1"})
    finally:
        kv.client_unpause()
    assert (status, answer["error"]) == (503, "Redis does not answer.")
