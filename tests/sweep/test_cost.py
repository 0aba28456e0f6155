"""What a sweep over many graded tickets costs: counted, not timed."""

from pathlib import Path

import pytest
import redis

from sandbox import Sandbox
from tests.bench.sweep import Cost, cost, fill
from tests.storytelling import Clock
from tests.sweep.conftest import NOW, as_operator
from worker.run import embedded_redis


def spent(many: int, due: int, valkey: embedded_redis.Server, folder: Path) -> Cost:
    with Sandbox("cloud", clock=Clock(NOW)) as jira:
        fill(jira, many, due)
        return cost(jira, as_operator(jira, valkey.url, folder), memory=True)


@pytest.mark.slow
def test_two_thousand_tickets_of_which_ten_are_due(
    valkey: embedded_redis.Server, kv: redis.Redis, tmp_path: Path
) -> None:
    few = spent(200, 10, valkey, tmp_path)
    kv.flushall()
    many = spent(2_000, 10, valkey, tmp_path)
    assert many.searches <= 2_000 / 100 + 3
    assert many.looks == few.looks == 10
    assert many.others <= 2, "who we are and what Jira this is"
    assert many.peak < 1.5 * few.peak, "memory does not grow with the tickets that are not due"
