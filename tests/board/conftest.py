"""A ticket's story, with a worker's context that leaves what each look sees for the board."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import Clock, Story
from worker.board.http import BoardHttp
from worker.board.page import page
from worker.board.ticket_http import TicketHttp
from worker.board.view import BoardView, Sources, view
from worker.jira.site import counted
from worker.look.context import Context
from worker.look.failures import Failures
from worker.look.reconciler import Outcome
from worker.look.trail import Trails
from worker.queue import queues, store


class Watched(Story):
    """A story whose looks are seen."""

    def __init__(self, jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
        super().__init__(jira, clock)
        queue, settings = queues.tickets(kv), Settings(protocol_file=Path("unused"))
        self.context = Context(settings, self.protocol, kv, queue, Failures(kv), self.reconciler)

    def look(self, **how: Any) -> Outcome:
        with counted() as calls:
            outcome = super().look(**how)
        self.context.seen(outcome, self.clock(), trace="0000abcd", calls=len(calls))
        return outcome


@dataclass
class Board:
    """What can be seen of it."""

    sources: Sources
    clock: Clock

    @property
    def view(self) -> BoardView:
        return view(self.sources, self.clock())

    def text(self, *, names: bool = False) -> str:
        return page(self.view, lambda key: f"https://jira.example/browse/{key}", names=names)

    def http(self, token: str | None = None) -> BoardHttp:
        known = SecretStr(token) if token else None
        return BoardHttp(self.sources, lambda key: "", known, self.clock, names=known is not None)

    def ticket(self, token: str | None = None) -> TicketHttp:
        known, trails = SecretStr(token) if token else None, Trails(self.sources.queue.store)
        return TicketHttp(trails, self.sources.protocol, _link, known, self.clock, names=known is not None)


class Pages:
    """Several handlers' pages together."""

    def __init__(self, *handlers: BoardHttp | TicketHttp) -> None:
        self._handlers = handlers

    def routes(self) -> list[BaseRoute]:
        return [route for handler in self._handlers for route in handler.routes()]


def _link(key: str) -> str:
    return f"https://jira.example/browse/{key}"


@pytest.fixture
def jira(clock: Clock) -> Iterator[Sandbox]:
    """On Cloud: what a look has read no longer knows the flavour."""
    with Sandbox("cloud", clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def story(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Watched:
    return Watched(jira, clock, kv)


@pytest.fixture
def board(story: Watched) -> Board:
    context = story.context
    sources = Sources(context.protocol, context.board, context.queue, context.failures, patience=600)
    return Board(sources, story.clock)


@pytest.fixture
def valkey_gone() -> redis.Redis:
    """A client of a server that is not there."""
    return store.connect("redis://127.0.0.1:1", patience=0.2)


@contextmanager
def served(http: BoardHttp | TicketHttp | Pages) -> Iterator[str]:
    """The board on a port of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=http.routes()), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
