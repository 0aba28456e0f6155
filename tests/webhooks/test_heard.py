"""What the web process leaves in Redis about its deliveries, and that it costs next to nothing."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable

import pytest
import redis
import requests

from tests.webhooks.conftest import SECRET, serving
from worker.queue import async_store
from worker.run import embedded_redis
from worker.web import last_delivery


def post(url: str, secret: str) -> int:
    body = b'{"webhookEvent": "jira:issue_updated", "issue": {"id": "1"}}'
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return requests.post(f"{url}/webhooks/jira", body, headers={"X-Hub-Signature": signature}, timeout=5).status_code


def test_taken_and_refused_are_told_apart(
    valkey: embedded_redis.Server, kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_delivery, "EVERY", 0.01)
    assert last_delivery.last(kv) == last_delivery.Last(None, None)
    with serving(valkey.url, SECRET) as url:
        assert post(url, SECRET) == 204
        until(lambda: last_delivery.last(kv).taken)
        assert last_delivery.last(kv).refused is None
        assert post(url, "wrong") == 403
        until(lambda: last_delivery.last(kv).refused)


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_thousand_deliveries_are_written_twice_at_most(
    valkey: embedded_redis.Server, kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_delivery, "EVERY", 0.1)
    before = kv.info("commandstats").get("cmdstat_hset", {}).get("calls", 0)

    async def hear() -> None:
        client = async_store.connect(valkey.url)
        ears = last_delivery.DeliveryMarks(client)
        for _ in range(1000):
            ears("accepted")
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        await client.aclose()

    asyncio.run(hear())
    assert 1 <= kv.info("commandstats")["cmdstat_hset"]["calls"] - before <= 2


def test_a_redis_that_is_away_is_nobodys_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_delivery, "EVERY", 0.01)

    async def hear() -> bool:
        client = async_store.connect("redis://127.0.0.1:9")
        ears = last_delivery.DeliveryMarks(client)
        ears("accepted")
        await asyncio.sleep(0.1)
        await client.aclose()
        writer = ears._writer
        assert writer is not None
        return writer.done() and writer.exception() is None

    assert asyncio.run(hear())
