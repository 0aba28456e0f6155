"""`escalation alive`, as a container's probe asks it."""

import socket
from pathlib import Path

import pytest
import redis

from config import redis_address
from worker.commands import alive
from worker.queue.roster import Roster
from worker.run import embedded_redis


def ask(url: str) -> int:
    return alive.here(redis_address.read(url))


def test_a_worker_that_listens_and_one_that_fell_silent(valkey: embedded_redis.Server, kv: redis.Redis) -> None:
    roster, name = Roster(kv), f"1@{socket.gethostname()}"
    roster.alive(name)
    assert ask(valkey.url) == 0
    kv.zrem("tickets:workers", name)  # as it goes by itself after fifteen seconds
    assert ask(valkey.url) == 1


def test_another_hosts_worker_says_nothing_of_ours(valkey: embedded_redis.Server, kv: redis.Redis) -> None:
    Roster(kv).alive("1@another-host")
    assert ask(valkey.url) == 1


def test_among_many_keys(valkey: embedded_redis.Server, kv: redis.Redis) -> None:
    kv.mset({f"tickets:kin:{number}": "-" for number in range(5000)})
    Roster(kv).alive(f"77@{socket.gethostname()}")
    assert ask(valkey.url) == 0


def test_a_redis_that_is_away_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(f"unix://{tmp_path}/nobody.sock") == 3
    assert (
        "cannot tell. Redis cannot be used: it does not answer (no such file or directory). " in capsys.readouterr().err
    )
