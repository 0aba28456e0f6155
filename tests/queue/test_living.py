"""A system on a Redis that it shares, with a user who may do just what docs/deploy.md lists; and what it says where
that Redis is full, or lets its user do too little."""

import ast
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.commands.core import CoreCommands

from sandbox import Sandbox
from tests.queue.servers import server
from tests.system.conftest import System, until
from worker.alerts.outbox import _DONE, _PUT, _TAKE
from worker.look.burst import _MAY_OPEN
from worker.queue import key_prefix, workqueue
from worker.queue.retry_after import _LONGER

PREFIX, PASSWORD = "escalation:", "hunter2swordfish"
DOCS = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
RULES = [line.split()[3:] for line in DOCS.splitlines() if line.startswith("    ACL SETUSER escalation ")]
ALLOWED = {word[1:].upper().replace("|", " ") for rule in RULES for word in rule if word.startswith("+")}
OURS = key_prefix.FIRST | key_prefix.ALL | key_prefix.NO_KEY - {"CONFIG GET"} | {"EVALSHA", "MULTI", "EXEC", "SELECT"}
KOMBUS = {"BRPOP", "LPUSH", "LLEN", "SADD", "SMEMBERS", "MULTI", "EXEC", "PING"}
SCRIPTS = ("mark", "hurry", "claim", "done", "renew", "tick", "intake", "release")


def test_the_list_is_complete_and_no_longer_than_it_must_be() -> None:
    texts = [*map(workqueue.text, SCRIPTS), _PUT, _TAKE, _DONE, _LONGER, _MAY_OPEN]
    in_lua = {command for text in texts for command in re.findall(r"redis\.call\('([A-Z]+)'", text)}
    assert OURS | KOMBUS | in_lua == ALLOWED


def test_a_command_whose_keys_are_not_known_is_not_sent(kv: redis.Redis) -> None:
    client = key_prefix.client(PREFIX, unix_socket_path=kv.connection_pool.connection_kwargs["path"])
    with pytest.raises(NotImplementedError, match="LPOP"):
        client.lpop("x")


CLIENTS = {"store", "_store", "pipe", "client", "queue.store", "into or self.store"}
NO_COMMANDS = {"execute_command", "register_script"}
WORDS = {"DELETE": "DEL", "CONFIG_GET": "CONFIG GET"}


def commands_sent() -> set[str]:
    """Each command that some module of the worker sends through a client or a pipeline."""
    modules = (Path(__file__).parents[2] / "worker").rglob("*.py")
    calls = [each for module in modules for each in ast.walk(ast.parse(module.read_text())) if _is_sent(each)]
    names = {each.func.attr for each in calls} - NO_COMMANDS  # type: ignore[attr-defined]
    return {WORDS.get(name.upper(), name.upper()) for name in names}


def _is_sent(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    client = ast.unparse(node.func.value)
    return hasattr(CoreCommands, node.func.attr) and bool({client, client.rpartition(".")[2]} & CLIENTS)


def test_of_every_command_that_the_worker_sends_the_keys_are_known() -> None:
    known = key_prefix.FIRST | key_prefix.ALL | key_prefix.NO_KEY
    assert {"HGETALL", "ZADD", "GETEX", "DEL"} <= commands_sent() <= known


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[redis.Redis]:
    """A Redis of somebody else's, with our user in it; its administrator."""
    folder = tmp_path / "shared"
    folder.mkdir()
    with server(folder, "--maxmemory-policy", "noeviction") as admin:
        admin.set("reconcile", "somebody else's")
        for rule in RULES:
            admin.execute_command("ACL SETUSER", "escalation", *(PASSWORD.join(w.split("PASSWORD")) for w in rule))
        yield admin


@pytest.fixture
def system(jira: Sandbox, tmp_path: Path, shared: redis.Redis) -> Iterator[System]:
    path = shared.connection_pool.connection_kwargs["path"]
    url = f"redis+socket://escalation:{PASSWORD}@{path}"
    running = System(jira, tmp_path, REDIS_URL=url, REDIS_KEY_PREFIX=PREFIX).start()
    yield running
    assert running.stop() < 10


def said(system: System, words: str) -> int:
    return len(re.findall(words, system.log))


def ready(system: System) -> bool:
    return system.get("/readyz").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_round_on_a_shared_redis_and_one_that_is_full(system: System, shared: redis.Redis, jira: Sandbox) -> None:
    key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
    until(lambda: system.decided(key))
    until(lambda: ready(system))
    assert system.command("alive").returncode == 0
    assert [name for name in shared.scan_iter() if not name.startswith(PREFIX)] == ["reconcile"]

    shared.config_set("maxmemory", 1)
    until(lambda: said(system, "redis cannot be used") == 2)  # web and worker
    answer = system.get("/readyz")
    assert answer.status_code == 503 and answer.json()["redis"] is False and "full" in answer.json()["mend"][0]
    assert 'escalation_redis_trouble{kind="full"} 1.0' in system.get("/metrics").text
    assert "memory: it is full" in system.command("doctor").stdout
    told = system.command("reconcile", key)
    assert told.returncode == 3 and told.stderr.startswith("Redis cannot be used: it is full"), told.stderr
    time.sleep(3)
    shared.config_set("maxmemory", 0)
    until(lambda: said(system, "redis can be used again") == 2)
    until(lambda: ready(system))
    assert said(system, "redis cannot be used") == 2, "each process says it once"
    assert "Traceback" not in system.log and PASSWORD not in system.log


@pytest.mark.slow
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_worker_that_starts_over_and_over_is_not_alive(system: System, shared: redis.Redis) -> None:
    until(lambda: ready(system))
    shared.execute_command("ACL SETUSER", "escalation", "-brpop")
    shared.client_kill_filter(_type="normal", skipme=True)
    until(lambda: "starts over and over" in system.command("alive").stderr, 60)
    assert system.command("alive").returncode == 1
    assert system.get("/readyz").json()["worker"] is False
    assert "escalation_workers_starting_over 1.0" in system.get("/metrics").text
    assert f"worker: the one on {socket.gethostname()} starts over and over" in system.command("doctor").stdout
    assert "celery cannot go on: its user may not run a command that we need" in system.log
    assert "Traceback" not in system.log
