"""What every worker watches over by itself."""

import threading

import pytest
import redis

from worker.queue import heartbeat, queues


def test_the_watch_goes_on_whatever_becomes_of_it(kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "WATCH_SECONDS", 0.01)
    twice = threading.Semaphore(0)

    def watch() -> None:
        twice.release()
        raise redis.RedisError("away")

    beating = heartbeat.Heartbeat([queues.tickets(kv)], lambda: None, watch)
    beating.start()
    try:
        assert twice.acquire(timeout=5) and twice.acquire(timeout=5)
    finally:
        beating.stop()
