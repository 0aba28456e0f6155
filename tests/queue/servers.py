"""Servers of a test's own: a Redis or Valkey with other options, and a door that speaks TLS before one."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from worker.run import child_processes, embedded_redis

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def server(folder: Path, *options: str) -> Iterator[redis.Redis]:
    """A server with these options on `folder`/kv.sock, and its administrator."""
    path = folder / "kv.sock"
    own = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder), *options]
    process = child_processes.start([embedded_redis.binary(), *own], output=subprocess.DEVNULL)
    try:
        with redis.Redis(unix_socket_path=str(path), decode_responses=True) as admin:
            _wait_for(admin)
            yield admin
    finally:
        child_processes.stop(process, patience=3)


def _wait_for(admin: redis.Redis) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            admin.time()
            return
        except redis.AuthenticationError:
            return
        except redis.RedisError:
            assert time.monotonic() < until
            time.sleep(0.02)


class Authority:
    """A certificate authority of its own, and the certificates it signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pem = folder / "ca.pem"
        self._run("req", "-x509", "-subj", "/CN=a company's own", "-out", str(self.pem), key="ca")

    def certificate(self, name: str, alternatives: str) -> tuple[Path, Path]:
        """A certificate for these names (such as "DNS:localhost,IP:127.0.0.1"), and its key."""
        asked, pem, names = (self._folder / f"{name}.{end}" for end in ("csr", "pem", "ext"))
        names.write_text(f"subjectAltName={alternatives}")
        self._run("req", "-new", "-subj", f"/CN={name}", "-out", str(asked), key=name)
        signed = ["openssl", "x509", "-req", "-in", str(asked), "-CA", str(self.pem), "-CAkey"]
        signed += [str(self._folder / "ca.key"), "-CAcreateserial", "-days", "1", "-extfile", str(names)]
        subprocess.run([*signed, "-out", str(pem)], check=True, capture_output=True)
        return pem, self._folder / f"{name}.key"

    def _run(self, *words: str, key: str) -> None:
        new = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", str(self._folder / f"{key}.key")]
        subprocess.run(["openssl", *words, *new], check=True, capture_output=True)


class TlsDoor:
    """Takes TLS connections and passes what they hold on to a socket."""

    def __init__(self, behind: str, pem: Path, key: Path) -> None:
        self._behind, self._context = behind, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pem, key)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.passed_on = 0
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
        await asyncio.gather(self._pass_on(reader, outer), self._pass_on(inner, writer))

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(65536):
                self.passed_on += len(chunk)
                target.write(chunk)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@contextmanager
def behind_tls(path: str, certificate: tuple[Path, Path]) -> Iterator[TlsDoor]:
    """A door before a server's socket."""
    door = TlsDoor(path, *certificate)
    try:
        yield door
    finally:
        door.stop()
