"""The image that .ci/image has built from deploy/Containerfile: its processes run read-only, as a user whom nobody
knows, with nothing but /tmp to write to, and play a round. Without an image there is nothing to test."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.system.conftest import System, _free_port, until
from worker.run import embedded_redis

IMAGE = os.environ.get("IMAGE", "")
"""Where its files are; IMAGE_CONFIG is a file with what `buildah inspect` says of it."""
USER = 54_321
RUN = f"""
set -e
mount --bind "$0" "$0"
mount --rbind /dev "$0/dev"
mount -t proc proc "$0/proc"
mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
mount -o remount,ro,bind "$0"
exec chroot --userspec={USER}:{USER} "$0" sh -c 'cd /srv && exec "$@"' sh "$@"
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not IMAGE, reason="no image: .ci/image builds one"),
    pytest.mark.timeout(120),
]


def config() -> dict[str, Any]:
    return dict(json.loads(Path(os.environ["IMAGE_CONFIG"]).read_text())["OCIv1"]["config"])


def started(command: str, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """`escalation COMMAND` in the image, as its entry point and its environment say, on this machine's network."""
    line = ["unshare", "--mount", "sh", "-c", RUN, IMAGE, *config()["Entrypoint"], command]
    declared = dict(one.split("=", 1) for one in config()["Env"])
    return subprocess.Popen(
        line, env=declared | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture
def redis_url() -> Iterator[str]:
    port = _free_port()
    line = [str(embedded_redis.binary()), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as server:
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_round_in_the_image(jira: Sandbox, redis_url: str, tmp_path: Path) -> None:
    system = System(jira, tmp_path)
    protocol = Path(IMAGE, "etc", "escalation", "protocol.toml")
    protocol.parent.mkdir(exist_ok=True)
    protocol.write_text(Path(system.environment["PROTOCOL_FILE"]).read_text())
    place = {"REDIS_URL": redis_url, "PROTOCOL_FILE": "/etc/escalation/protocol.toml", "HOST": "127.0.0.1"}
    processes = {name: started(name, system.environment | place) for name in ("web", "worker", "beat")}
    try:
        until(lambda: is_ready(system), 40)
        key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        system.opened(key)
        system.vote(key, "SEV-2: slow", "SEV-2: slow\n\nClient: It is slow.", "SEV-2: slow")
        until(lambda: system.decided(key))
        assert len(system.told(key)) == 1
        assert {name: user_of(process.pid) for name, process in processes.items()} == dict.fromkeys(processes, USER)
    finally:
        for process in processes.values():
            process.send_signal(getattr(signal, config()["StopSignal"]))
        said = {name: process.communicate(timeout=15)[0] for name, process in processes.items()}
    ends = {name: process.returncode for name, process in processes.items()}
    assert set(ends.values()) <= {0, -signal.SIGTERM}, (ends, said)


def is_ready(system: System) -> bool:
    try:
        return system.get("/readyz").ok
    except requests.RequestException:
        return False


def user_of(pid: int) -> int:
    found = re.search(r"^Uid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else -1


def test_it_runs_as_nobody_and_holds_nothing_to_build_with() -> None:
    assert config()["User"] == "10001:10001"
    assert not list(Path(IMAGE, "opt/escalation/bin").glob("pip*"))
