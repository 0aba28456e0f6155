"""Each way for Redis to be of no use has words of its own, from real servers; and they are said once."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.queue.servers import Authority, behind_tls, free_port, needs_openssl, server
from worker.queue import redis_watch, store
from worker.queue.redis_trouble import KINDS, trouble
from worker.queue.redis_watch import SaidOnce
from worker.queue.workqueue import WorkQueue
from worker.run import celery_log

SECRET = "hunter2swordfish"


def path_of(admin: redis.Redis) -> str:
    return str(admin.connection_pool.connection_kwargs["path"])


def met(address: str, use: Callable[[redis.Redis], object] = redis_watch.probe) -> tuple[str, str]:
    """Of what kind the trouble is, and its words."""
    with store.connect(address, patience=1) as client, pytest.raises(redis.RedisError) as failure:
        use(client)
    found = trouble(failure.value)
    assert found.kind in KINDS and found.mend.endswith(".") and SECRET not in str(found)
    return found.kind, str(found)


def ring(client: redis.Redis) -> None:
    WorkQueue(client).mark(["10040"])


USES = (redis_watch.probe, ring)


def test_a_full_one(tmp_path: Path) -> None:
    with server(tmp_path, "--maxmemory-policy", "noeviction") as admin:
        admin.config_set("maxmemory", 1)
        for use in USES:
            kind, words = met(f"unix://{path_of(admin)}", use)
            assert kind == "full" and "maxmemory" in words


def test_a_replica(tmp_path: Path) -> None:
    with server(tmp_path, "--replicaof", f"127.0.0.1 {free_port()}") as admin:
        for use in USES:
            kind, words = met(f"unix://{path_of(admin)}", use)
            assert kind == "replica" and "lead to the primary" in words


@pytest.mark.parametrize("serves", [True, False])
def test_a_cluster(tmp_path: Path, serves: bool) -> None:
    with server(tmp_path, "--cluster-enabled", "yes", "--port", str(free_port())) as admin:
        if serves:
            admin.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        kind, words = met(f"unix://{path_of(admin)}", ring)
        assert kind == "cluster" and "a server without cluster" in words
        assert met(f"redis+socket://{path_of(admin)}?virtual_host=1")[0] == "cluster"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, redis.Redis]]:
    """A server with a password and a user who may do little; its port and its administrator."""
    port = free_port()
    with server(tmp_path_factory.mktemp("guarded"), "--port", str(port)) as admin:
        may = {"nocommands": ["+set", "+get"], "nokeys": ["+@all"], "nochannels": ["+@all"]}
        for name, commands in may.items():
            keys = [] if name == "nokeys" else ["*"]
            admin.acl_setuser(name, enabled=True, passwords=[f"+{SECRET}"], keys=keys, commands=commands)
        admin.acl_setuser("default", enabled=True, passwords=[f"+{SECRET}"], keys=["*"], categories=["+@all"])
        yield port, admin


def test_a_password(guarded: tuple[int, redis.Redis]) -> None:
    port, _ = guarded
    for who, words in (
        ("", "it asks for a password"),
        (":wrong@", "user and password are not accepted"),
        (f"kim:{SECRET}@", "user and password are not accepted"),
    ):
        assert met(f"redis://{who}127.0.0.1:{port}") == (
            "password",
            f"Redis cannot be used: {words}. Put them into REDIS_URL, percent-encoded: "
            "redis://USER:PASSWORD@HOST:PORT/DATABASE.",
        )


def test_an_acl(guarded: tuple[int, redis.Redis]) -> None:
    port, _ = guarded
    for who, use, words in (
        ("nocommands", ring, "may not run a command that we need"),
        ("nokeys", redis_watch.probe, "may not use our keys"),
        ("nokeys", ring, "may not use our keys"),
        ("nochannels", lambda client: client.publish("x", "y"), "may use no channels"),
    ):
        kind, said = met(f"redis://{who}:{SECRET}@127.0.0.1:{port}", use)
        assert kind == "permission" and words in said and "docs/deploy.md" in said


def test_a_database_it_has_not(guarded: tuple[int, redis.Redis]) -> None:
    assert "no database of that number" in met(f"redis://:{SECRET}@127.0.0.1:{guarded[0]}/99")[1]


def test_one_that_is_away(tmp_path: Path, guarded: tuple[int, redis.Redis]) -> None:
    for address, words in (
        (f"redis://:{SECRET}@127.0.0.1:{free_port()}", "connection refused"),
        (f"unix://{tmp_path}/nobody.sock", "no such file"),
        (f"redis://:{SECRET}@nobody.invalid", "no such host"),
    ):
        kind, said = met(address)
        assert kind == "unreachable" and words in said and "Check REDIS_URL" in said


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """What answers everything with the same words, as a server in that state does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    client.sendall(words)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"-DENIED Redis is running in protected mode because it is enabled.\r\n", "password", "protected mode"),
        (b"-MISCONF Redis is configured to save RDB snapshots, but cannot.\r\n", "disk", "its disk"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "unreachable", "still loading"),
        (b"-NOREPLICAS Not enough good replicas to write.\r\n", "replica", "too few replicas"),
        (b"-ERR max number of clients reached\r\n", "unreachable", "no more connections"),
        (b"-ERR unknown command 'SET'\r\n", "other", "not to a Sentinel"),
        (b"", "unreachable", "closed the connection"),
    ],
)
def test_what_servers_say_in_other_states(answer: bytes, kind: str, words: str) -> None:
    with answering(answer) as port:
        found, said = met(f"redis://127.0.0.1:{port}", lambda client: client.set("x", 1))
    assert found == kind and words in said


@needs_openssl
def test_a_certificate(tmp_path: Path, guarded: tuple[int, redis.Redis]) -> None:
    authority = Authority(tmp_path)
    certificate = authority.certificate("kv", "DNS:elsewhere.example")
    with behind_tls(path_of(guarded[1]), certificate) as door:
        kind, said = met(f"rediss://:{SECRET}@127.0.0.1:{door.port}")
        assert kind == "tls" and "Set REDIS_CA_FILE" in said
        kind, said = met(f"rediss://:{SECRET}@127.0.0.1:{door.port}?ssl_ca_certs={authority.pem}")
        assert kind == "tls" and "Name the host in REDIS_URL as its certificate does" in said
    with answering(b"-ERR\r\n") as port:
        kind, said = met(f"rediss://:{SECRET}@127.0.0.1:{port}")
        assert kind == "tls" and "no TLS" in said


class Lines(list[str]):
    """A log."""

    def error(self, event: str, **fields: str) -> None:
        self.append(f"{event}: {fields['reason']}")

    def info(self, event: str, **fields: str) -> None:
        self.append(f"{event}: {fields['after']}")

    def taken(self) -> list[str]:
        found = list(self)
        self.clear()
        return found


def crowd(said: SaidOnce, error: Exception) -> None:
    """Twenty threads that meet the same at once."""
    threads = [threading.Thread(target=said.failed, args=(error,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_it_is_said_once_whoever_meets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines = [0.0], Lines()
    monkeypatch.setattr(redis_watch, "log", lines)
    said = SaidOnce(lambda: now[0])
    refused, full = redis.ConnectionError("x"), redis.exceptions.OutOfMemoryError("x")
    said.well()
    assert lines.taken() == []
    crowd(said, refused)
    assert len(lines.taken()) == 1
    said.well()  # in the moment after a failure one that succeeds proves nothing
    crowd(said, refused)
    assert lines.taken() == []
    crowd(said, full)  # another cause is worth another line
    assert lines.taken() == ["redis cannot be used: it is full (maxmemory, and nothing may be evicted)"]
    crowd(said, refused)
    now[0] += 90
    for _ in range(3):
        said.well()
    assert lines.taken() == ["redis can be used again: 0:01:30"]
    crowd(said, refused)
    assert len(lines.taken()) == 1


def test_celery_says_nothing_of_it_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    celery_log.tidy()
    celery_log.tidy()
    log = logging.getLogger("celery.worker.consumer.consumer")
    log.error("consumer: Cannot connect to %s: %s.\n%s\n", "redis://", "refused", "Trying again")
    assert caplog.records == []
    try:
        raise redis.exceptions.NoPermissionError("this user has no permissions to run the 'brpop' command")
    except redis.RedisError:
        logging.getLogger("celery.worker").critical("Unrecoverable error: %r", "x", exc_info=True)
    [record] = caplog.records
    assert "celery cannot go on: its user may not run a command" in record.getMessage() and record.exc_info is None
