"""What each process of the Procfile must not have loaded when it is at rest: what another one needs."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import requests

from sandbox import Sandbox
from tests.bench.parts.stage import free_port
from worker.queue.redis_watch import PROBE
from worker.queue.roster import Roster
from worker.run import embedded_redis

CELERY = {"celery", "kombu", "billiard", "amqp", "vine"}
WEB = {"starlette", "uvicorn", "httptools", "uvloop", "anyio", "prometheus_client", "redis.asyncio.client"}
TEXTS = {"jinja2", "markdown_it", "babel"}
JIRA = {"jira", "requests", "urllib3"}
NEVER = {"holidays", "apprise", "sandbox", "rich", "pytest"}
UNUSED = {"web": CELERY | NEVER, "worker": WEB | NEVER, "beat": CELERY | WEB | TEXTS | JIRA | NEVER}

SCRIPT = (
    "import sys\nfrom worker.commands.main import main\n"
    "try:\n    main(sys.argv[1:])\nfinally:\n    print('LOADED', *sorted(n for n, m in sys.modules.items() if m))"
)


def serves(port: int) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1).status_code in (200, 503)
    return False


@pytest.mark.parametrize("name", UNUSED)
def test_a_process_at_rest_has_loaded_nothing_that_another_needs(
    name: str, valkey: embedded_redis.Server, kv: redis.Redis, tmp_path: Path
) -> None:
    with Sandbox("cloud") as cloud:
        loaded = loaded_at_rest(name, cloud, valkey, kv, tmp_path)
    assert {"redis", "structlog"} < loaded, "it said what it had loaded"
    assert UNUSED[name] & loaded == set()


def loaded_at_rest(name: str, cloud: Sandbox, valkey: embedded_redis.Server, kv: redis.Redis, folder: Path) -> set[str]:
    """The modules in such a process that is started, and told to end when it is at rest."""
    port = free_port()
    at_rest: dict[str, Callable[[], object]] = {
        "web": lambda: serves(port),
        "worker": lambda: Roster(kv).listening(),
        "beat": lambda: kv.exists(PROBE),
    }
    env = {
        "JIRA_URL": cloud.url, "JIRA_USER": cloud.email(), "JIRA_TOKEN": cloud.token(), "REDIS_URL": valkey.url,
        "JIRA_WEBHOOK_SECRETS": "a-secret-of-some-length", "PORT": str(port), "PATH": os.environ["PATH"],
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, name], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 30
        while not at_rest[name]():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    return set(said.rpartition("LOADED")[2].split())
