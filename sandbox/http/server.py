"""Runs an ASGI application on a local address, in a thread or until it is told to stop.

It keeps every connection at hand so that a fault can break it. It binds what it is told and nothing else.
"""

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.http.certificates import Tls

Transports = dict[tuple[str, int], asyncio.Transport]


class PortTaken(OSError):
    """The address is in use, or may not be used; the message says what would do."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. PortTaken otherwise."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only where the protocol is named
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise PortTaken(
            f"Cannot listen on {host}:{port} ({error.strerror}). Choose another port, or stop what uses this one."
        ) from error
    sock.listen(2048)
    return sock


def _remembering(transports: Transports) -> type[HttpToolsProtocol]:
    """A protocol that notes its connection under the caller's address."""

    class Protocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                transports.pop(self.client, None)
            super().connection_lost(exc)

    return Protocol


class _Prompt(uvicorn.Server):
    """Ends as soon as it is told, not at its next look around: tests start and stop many."""

    told: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self.told, counter = asyncio.Event(), 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self.told.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Connections have been cut off already, so nothing is waited for."""
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()


class Server:
    """One listening server."""

    def __init__(self, app: Any, transports: Transports, host: str, port: int, tls: Tls | None = None) -> None:
        self.sock = bind(host, port)
        self.port: int = self.sock.getsockname()[1]
        config = uvicorn.Config(
            app, http=_remembering(transports), lifespan="off", log_level="error", ws="none", date_header=False
        )
        config.timeout_graceful_shutdown = 1
        if tls:
            config.ssl_certfile, config.ssl_keyfile = str(tls.certificate), str(tls.certificate)
            config.ssl_ca_certs = str(tls.clients) if tls.clients else None
            config.ssl_cert_reqs = ssl.CERT_REQUIRED if tls.clients else ssl.CERT_NONE
        self._transports = transports
        self._server = _Prompt(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """In a thread of its own; connections are taken from the moment this returns (the socket listens already)."""
        self._thread = threading.Thread(target=self.run, name="sandbox-jira", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Here, until SIGINT or SIGTERM."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve([self.sock])

    def stop(self) -> None:
        """At once: whoever is still connected is cut off."""
        self._server.should_exit = True
        if self._loop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cut_off)
        if self._thread:
            self._thread.join(timeout=5)
        self.sock.close()

    def _cut_off(self) -> None:
        for transport in list(self._transports.values()):
            transport.abort()
        self._server.force_exit = True
        if self._server.told:
            self._server.told.set()
