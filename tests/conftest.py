"""A private Redis or Valkey for the tests that want a real one; every test finds it empty."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis

from worker import embedded, store


@pytest.fixture(scope="session")
def valkey() -> Iterator[embedded.Server]:
    """A server of our own for the whole session, on a socket nobody else knows."""
    with TemporaryDirectory(prefix="kv-") as folder, embedded.started(Path(folder)) as server:
        yield server


@pytest.fixture
def kv(valkey: embedded.Server) -> Iterator[redis.Redis]:
    """A client of the emptied private server."""
    with store.connect(valkey.url) as client:
        client.flushall()
        yield client
