"""What the Redis client does not need at once is loaded when somebody uses it, and is then all there."""

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from worker import when_used

SLOW = """
import time
began = True
time.sleep(0.3)
late = "here"
"""


def in_a_process(script: str) -> str:
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_command_loads_one_half_of_the_client() -> None:
    said = in_a_process(
        "import sys\nfrom worker.queue import store\nstore.connect('redis://127.0.0.1:1')\n"
        "print({'redis.asyncio.client', 'importlib.metadata._meta', 'email.message', 'zipfile'} & set(sys.modules))"
    )
    assert said == "set()\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        "import redis; redis.asyncio.Redis",
        "import redis.asyncio as a; a.Redis",
        "from redis.asyncio import Redis",
        "from redis.asyncio.client import Redis",
        "import redis; redis.asyncio.client.Redis",
        "import redis.asyncio.cluster as c; c.RedisCluster",
        "from redis import asyncio; asyncio.ConnectionPool",
        "from redis.asyncio import sentinel; sentinel.Sentinel",
        "from worker.queue import async_store; async_store.connect('redis://127.0.0.1:1')",
        "from importlib.metadata import version; assert version('redis')",
        "import importlib.metadata; assert importlib.metadata.version('redis')",
        "import importlib.metadata as m; assert m.version('redis'); m.PackageNotFoundError",
        "from importlib import metadata; assert metadata.entry_points()",
        "import kombu.transport.redis, celery.app.base; celery.app.base.Celery",
    ],
)
def test_whoever_uses_the_rest_finds_it_all(use: str) -> None:
    in_a_process(f"from worker.queue import store\n{use}")


def test_threads_that_ask_together_load_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_load.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    when_used.put_off("slow_to_load")
    try:
        module = importlib.import_module("slow_to_load")
        assert "began" not in vars(module)
        with ThreadPoolExecutor(4) as threads:
            assert [*threads.map(lambda _: module.late, range(4))] == ["here"] * 4
        with pytest.raises(AttributeError, match="module 'slow_to_load' has no attribute 'never'"):
            _ = module.never
    finally:
        sys.modules.pop("slow_to_load", None)


def test_one_that_cannot_be_loaded_says_so_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_inside.py").write_text("raise OSError('broken')")
    monkeypatch.syspath_prepend(tmp_path)
    when_used.put_off("broken_inside")
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="broken"):
                _ = sys.modules["broken_inside"].anything
    finally:
        sys.modules.pop("broken_inside", None)


def test_what_is_loaded_or_unknown_stays_as_it_is() -> None:
    before = sys.modules["json"]
    when_used.put_off("json")
    when_used.put_off("no_such_package.inside")
    assert sys.modules["json"] is before and "no_such_package.inside" not in sys.modules
