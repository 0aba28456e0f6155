"""The whole product on four hosts, with cables between them: Jira (the test), Redis, web with beat, and the workers,
each a network namespace of its own, joined by a switch in a fifth one. Nothing of it touches the machine's own network.

A cable that is cut loses every packet and tells nobody, as cables do: connections hang until somebody's patience ends.
"""

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from redis.exceptions import RedisError

from sandbox import Sandbox
from tests.faults.places import town
from worker.queue import store
from worker.run import embedded_redis
from worker.run.supervisor import Child

HOSTS = {"jira": "10.77.0.1", "redis": "10.77.0.2", "web": "10.77.0.3", "workers": "10.77.0.4"}
PORT = 8080
REDIS_URL = f"redis://{HOSTS['redis']}:6379/0"
CLONE_NEWNET = 0x40000000


def ip(*words: str) -> None:
    """Raises CalledProcessError with what `ip` said."""
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@dataclass
class Wiring:
    """The hosts' namespaces, their names beginning with `prefix`, and the switch."""

    prefix: str

    def name(self, host: str) -> str:
        return f"{self.prefix}-{host}"

    def lay(self) -> None:
        """Raises CalledProcessError where this machine has no network namespaces for us."""
        switch = self.name("switch")
        ip("netns", "add", switch)
        ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", switch, "link", "set", "bridge", "up")
        for host, address in HOSTS.items():
            own = self.name(host)
            ip("netns", "add", own)
            ip("-n", switch, "link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", own)
            ip("-n", switch, "link", "set", host, "master", "bridge", "up")
            ip("-n", own, "address", "add", f"{address}/24", "dev", "eth0")
            ip("-n", own, "link", "set", "eth0", "up")
            ip("-n", own, "link", "set", "lo", "up")

    def cut(self, host: str) -> None:
        ip("-n", self.name("switch"), "link", "set", host, "down")

    def mend(self, host: str) -> None:
        ip("-n", self.name("switch"), "link", "set", host, "up")

    def remove(self) -> None:
        for each in (*HOSTS, "switch"):
            with suppress(subprocess.CalledProcessError):
                ip("netns", "delete", self.name(each))

    def on(self, host: str, *words: str) -> list[str]:
        """The command line that runs these words on a host."""
        return ["ip", "netns", "exec", self.name(host), *words]

    @contextmanager
    def at_home_on(self, host: str) -> Iterator[None]:
        """This thread, and those it starts, use the network of that host."""
        with Path("/proc/thread-self/ns/net").open() as ours, Path(f"/run/netns/{self.name(host)}").open() as theirs:
            _enter(theirs.fileno())
            try:
                yield
            finally:
                _enter(ours.fileno())


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def wired() -> Iterator[Wiring]:
    """Cables that are laid, and taken away again."""
    wiring = Wiring(f"escalation-{os.getpid()}")
    try:
        wiring.lay()
        yield wiring
    finally:
        wiring.remove()


@dataclass
class City(town.Town):
    """A town whose processes stand on different hosts."""

    wiring: Wiring = field(default_factory=lambda: Wiring(""))
    cut_until: dict[str, float] = field(default_factory=dict)

    def keep(self) -> None:
        """Starts again what died, and mends what was cut for long enough."""
        super().keep()
        for host, until in list(self.cut_until.items()):
            if time.monotonic() > until:
                self.wiring.mend(host)
                del self.cut_until[host]

    def cut(self, host: str, seconds: float) -> None:
        """No packet to or from that host for so long."""
        self.wiring.cut(host)
        self.cut_until[host] = time.monotonic() + seconds

    def mend(self) -> None:
        """All cables are whole again."""
        self.cut_until = dict.fromkeys(self.cut_until, 0.0)
        self.keep()

    def wipe(self) -> bool:
        try:
            store.connect(REDIS_URL, patience=1).flushall()
        except RedisError:
            return False
        return True

    def is_ready(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"http://{HOSTS['web']}:{PORT}/readyz", timeout=2).status_code == 200
        return False


@contextmanager
def city(jira: Sandbox, folder: Path, wiring: Wiring, *, workers: int = 2, **environment: str) -> Iterator[City]:
    """A city that is ready; nothing of it is left afterwards."""
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("a"))
        settings = town._environment(jira, folder, PORT) | {"REDIS_URL": REDIS_URL, "HOST": HOSTS["web"]} | environment
        places = {**{f"worker {number + 1}": "workers" for number in range(workers)}, "web": "web", "beat": "web"}
        launches: dict[str, Callable[[], subprocess.Popen[bytes]]] = {"redis": _redis(wiring, folder)}
        for name, host in places.items():
            launches[name] = town._launch(name.split()[0], settings, log.fileno(), "", wiring.on(host))
        built = City(jira, folder, {name: Child(name, launch) for name, launch in launches.items()}, PORT, wiring)
        stack.callback(built.stop)
        for child in built.processes.values():
            child.start()
        jira.add_webhook(f"http://{HOSTS['web']}:{PORT}/webhooks/jira", town.SECRET)
        end = time.monotonic() + 40
        while not built.is_ready():
            assert time.monotonic() < end, built.log
            built.keep()
            time.sleep(0.1)
        yield built


def _redis(wiring: Wiring, folder: Path) -> Callable[[], "subprocess.Popen[bytes]"]:
    server = [str(embedded_redis.binary()), "--bind", HOSTS["redis"], "--port", "6379", "--protected-mode", "no"]
    line = wiring.on("redis", *server, "--save", "", "--appendonly", "no", "--dir", str(folder))
    quiet = subprocess.DEVNULL
    return lambda: subprocess.Popen(line, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
