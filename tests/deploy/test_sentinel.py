"""A fail-over by Sentinel, behind the HAProxy that docs/deploy.md shows: a round goes through it."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from sandbox import Sandbox
from tests.queue.servers import free_port
from tests.system.conftest import System, until
from worker.run import child_processes

CONFIG = Path(__file__).parents[2] / "deploy" / "haproxy" / "redis.cfg"
needed = ("haproxy", "redis-server", "redis-sentinel")
missing = [name for name in needed if not shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")]


class Nodes:
    """Three servers, three sentinels that look after them, and HAProxy before them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self.ports = [free_port() for _ in range(3)]
        self.processes = {port: self._node(port) for port in self.ports}
        for number in range(3):
            self._sentinel(number, free_port())
        self.port = free_port()
        self._haproxy()

    def _node(self, port: int) -> "subprocess.Popen[bytes]":
        follow = [] if port == self.ports[0] else ["--replicaof", f"127.0.0.1 {self.ports[0]}"]
        own = ["--port", str(port), "--save", "", "--repl-diskless-sync-delay", "0", "--dir", str(self._folder)]
        return self._start(["redis-server", *own, *follow])

    def _sentinel(self, number: int, port: int) -> None:
        file = self._folder / f"sentinel-{number}.conf"
        file.write_text(
            f"port {port}\nsentinel monitor kv 127.0.0.1 {self.ports[0]} 2\n"
            "sentinel down-after-milliseconds kv 2000\nsentinel failover-timeout kv 10000\n"
        )
        self._start(["redis-sentinel", str(file)])
        self._sentinels = [*getattr(self, "_sentinels", []), port]

    def _haproxy(self) -> None:
        text = CONFIG.read_text().replace("bind 127.0.0.1:6379", f"bind 127.0.0.1:{self.port}")
        for number, port in enumerate(self.ports, 1):
            text = text.replace(f"10.0.0.{number}:6379", f"127.0.0.1:{port}")
        file = self._folder / "haproxy.cfg"
        file.write_text(text)
        self._start([shutil.which("haproxy", path="/usr/sbin:/usr/bin") or "haproxy", "-db", "-f", str(file)])

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        process = child_processes.start(command, output=subprocess.DEVNULL)
        self._stack.callback(child_processes.stop, process, 3)
        return process

    def is_settled(self) -> bool:
        """Whether every sentinel knows the others and both replicas, so that they can agree on a new primary."""
        states = [_of(port, lambda kv: kv.info("sentinel")["master0"]) for port in self._sentinels]
        return all(state and (state["slaves"], state["sentinels"]) == (2, 3) for state in states)

    def behind(self) -> int | None:
        """The port of the node that one reaches now."""
        return _of(self.port, lambda kv: int(kv.config_get("port")["port"]))

    def end_primary(self) -> int:
        port = self.behind()
        assert port is not None
        self.processes[port].kill()
        self.processes[port].wait(5)
        return port

    def bring_back(self, port: int) -> None:
        """As a machine comes back that thinks it is the primary."""
        self.processes[port] = self._start(
            ["redis-server", "--port", str(port), "--save", "", "--dir", str(self._folder)]
        )


def _of(port: int, ask: "Callable[[redis.Redis], object]") -> "object | None":
    try:
        with redis.Redis(port=port, decode_responses=True, socket_timeout=1) as client:
            return ask(client)
    except redis.RedisError:
        return None


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with ExitStack() as stack:
        started = Nodes(tmp_path, stack)
        until(started.is_settled, 30)
        until(started.behind, 10)
        yield started


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_round_goes_through_a_fail_over(nodes: Nodes, jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, REDIS_URL=f"redis://127.0.0.1:{nodes.port}/0").start()
    try:
        key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
        system.opened(key)
        gone, began = nodes.end_primary(), time.monotonic()
        system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
        now = until(nodes.behind, 30)
        print(f"another primary after {time.monotonic() - began:.1f} s")
        until(lambda: system.decided(key), 40)
        print(f"decided after {time.monotonic() - began:.1f} s")
        assert len(system.told(key)) == 1 and len(jira.issue(key).subtasks) == 3
        nodes.bring_back(gone)
        for _ in range(20):
            assert nodes.behind() == now != gone, "the one that comes back is no primary"
            time.sleep(0.1)
        assert len(re.findall("redis can be used again", system.log)) == 2  # web and worker
    finally:
        system.stop()
