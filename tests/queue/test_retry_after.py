"""Pauses that every process keeps."""

import redis

from worker.queue.retry_after import Pauses


def test_the_longer_pause_counts(kv: redis.Redis) -> None:
    mine, yours = Pauses(kv), Pauses(kv)
    mine.pause("site", 20)
    yours.pause("site", 5)
    assert 19 < yours.remaining(["site", "issue:10040"]) <= 20
    assert yours.remaining(["issue:10040"]) == 0
    assert yours.remaining([]) == 0


def test_a_pause_ends_by_the_servers_clock(kv: redis.Redis) -> None:
    pauses = Pauses(kv)
    pauses.pause("endpoint:GET issue", 0.05)
    while pauses.remaining(["endpoint:GET issue"]) > 0:
        pass
    pauses.pause("site", 0)
    assert pauses.remaining(["site"]) == 0
