"""A whole round with Redis behind TLS, its certificate signed by a company's own authority (docs/deploy.md).
Who is trusted and who is not: tests/queue/test_reaching.py."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.queue.servers import Authority, behind_tls, needs_openssl
from tests.system.conftest import System, until
from worker.run import embedded_redis

pytestmark = [pytest.mark.slow, needs_openssl]


@pytest.fixture
def tls(valkey: embedded_redis.Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings that lead to Redis behind TLS."""
    authority = Authority(tmp_path)
    door = behind_tls(valkey.url.removeprefix("unix://"), authority.certificate("kv", "DNS:localhost"))
    with door as opened:
        yield {"REDIS_URL": f"rediss://localhost:{opened.port}/0", "REDIS_CA_FILE": str(authority.pem)}


@pytest.mark.usefixtures("kv")
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_whole_round_through_tls(tls: dict[str, str], jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, **tls).start()
    try:
        key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        system.opened(key)
        system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
        until(lambda: system.decided(key))
        assert system.command("alive").returncode == 0
    finally:
        assert system.stop(signal.SIGTERM) < 10
