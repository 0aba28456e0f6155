"""The doorbell rung by Redis is what Celery itself would have sent."""

import base64
import json
from typing import Any

import redis
from redis.client import NEVER_DECODE

from worker.queue.workqueue import WorkQueue
from worker.run import celery_app, embedded_redis


def test_our_doorbell_has_every_field_of_celerys(kv: redis.Redis, valkey: embedded_redis.Server) -> None:
    celery = celery_app.build(valkey.url)
    celery.send_task("escalation.look", ("10040",), ignore_result=True)
    theirs = json.loads(str(kv.rpop("reconcile")))
    WorkQueue(kv).mark(["10040"])
    ours = json.loads(str(kv.rpop("reconcile")))
    assert shape(ours) == shape(theirs)
    assert json.loads(ours["body"]) == json.loads(base64.b64decode(theirs["body"]))
    assert ours["headers"]["task"] == theirs["headers"]["task"]
    assert ours["properties"]["delivery_info"] == theirs["properties"]["delivery_info"]


def shape(value: Any) -> Any:
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else None


def test_no_two_doorbells_share_a_tag(kv: redis.Redis) -> None:
    queue = WorkQueue(kv)
    queue.mark([str(number) for number in range(100)])
    tags = {json.loads(str(kv.rpop("reconcile")))["properties"]["delivery_tag"] for _ in range(100)}
    assert len(tags) == 100


def test_a_doorbell_is_heard_past_celery_in_its_turn(kv: redis.Redis) -> None:
    queue = WorkQueue(kv)
    queue.mark(["10040", "SUP-7"])
    assert [queue.next_bell() for _ in range(3)] == ["10040", "SUP-7", None]


def test_what_is_not_ours_waits_for_celery(kv: redis.Redis, valkey: embedded_redis.Server) -> None:
    celery_app.build(valkey.url).send_task("escalation.look", ("10040",), ignore_result=True)
    queue, theirs = WorkQueue(kv), kv.lrange("reconcile", 0, -1)
    queue.mark(["10041"])
    assert [queue.next_bell() for _ in range(2)] == [None, "10041"]
    assert kv.lrange("reconcile", 0, -1) == theirs


def test_bytes_that_are_no_text_wait_for_celery_too(kv: redis.Redis) -> None:
    queue, odd = WorkQueue(kv), b"\xff\x00 not UTF-8"
    kv.lpush("reconcile", odd)
    queue.mark(["10041"])
    assert [queue.next_bell() for _ in range(2)] == [None, "10041"]
    assert kv.execute_command("RPOP", "reconcile", **{NEVER_DECODE: True}) == odd  # type: ignore[no-untyped-call]
