"""Runs an ASGI application on a local address, in a thread or until it is told to stop, and keeps every connection
at hand so that a fault can break it. It binds what it is told and nothing else."""

import asyncio
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol


class PortTaken(OSError):
    """The address is in use, or may not be used; the message says what would do."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. PortTaken otherwise."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
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


def _remembering(transports: dict[tuple[str, int], asyncio.Transport]) -> type[H11Protocol]:
    """A protocol that notes its connection under the caller's address."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                transports.pop(self.client, None)
            super().connection_lost(exc)

    return Protocol


class Server:
    """One listening server."""

    def __init__(self, app: Any, transports: dict[tuple[str, int], asyncio.Transport], host: str, port: int) -> None:
        self.sock = bind(host, port)
        self.port: int = self.sock.getsockname()[1]
        config = uvicorn.Config(
            app, http=_remembering(transports), lifespan="off", log_level="error", access_log=False, ws="none"
        )
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """In a thread of its own; connections are taken from the moment this returns (the socket listens already)."""
        self._thread = threading.Thread(target=self._server.run, args=([self.sock],), name="sandbox-jira", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Here, until SIGINT or SIGTERM."""
        self._server.run([self.sock])

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread:
            self._thread.join(timeout=5)
        self.sock.close()
