"""Redis behind TLS: what `rediss://` means to our clients and to Celery, with a certificate of one's own authority.

The Valkey that comes with us speaks no TLS, so a small door before it does."""

import asyncio
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from sandbox import Sandbox
from tests.system.conftest import System, until
from worker.queue import store
from worker.queue.workqueue import WorkQueue
from worker.run import embedded_redis

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")
pytestmark = [pytest.mark.slow, needs_openssl]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "own.pem", folder / "own.key"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(pem), "-keyout", str(key)]
    subprocess.run(made, check=True, capture_output=True)
    return pem, key


class TlsDoor:
    """Takes TLS connections and passes what they hold on to a socket."""

    def __init__(self, behind: str, pem: Path, key: Path) -> None:
        self._behind, self._context = behind, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pem, key)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = asyncio.start_server(self._serve, sock=self._listening, ssl=self._context)
        self._loop.run_until_complete(server)
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(self._behind)
        await asyncio.gather(_pass_on(reader, outer), _pass_on(inner, writer))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


@pytest.fixture
def tls(valkey: embedded_redis.Server, kv: redis.Redis, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The address of Redis behind TLS, as docs/deploy.md writes it."""
    door = TlsDoor(valkey.url.removeprefix("unix://"), *certificate)
    yield f"rediss://127.0.0.1:{door.port}/0?ssl_cert_reqs=required&ssl_ca_certs={certificate[0]}"
    door.stop()


def test_our_clients_check_the_certificate(tls: str) -> None:
    with store.connect(tls) as client:
        assert client.ping()
        WorkQueue(client).mark(["1"])
        assert WorkQueue(client).sizes()["dirty"] == 1
    with store.connect(tls.partition("?")[0]) as stranger, pytest.raises(redis.ConnectionError):
        stranger.ping()


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_whole_round_through_tls(tls: str, jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, REDIS_URL=tls).start()
    try:
        key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        system.opened(key)
        system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
        until(lambda: system.decided(key))
    finally:
        assert system.stop(signal.SIGTERM) < 10
