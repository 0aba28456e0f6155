"""Where rounds are played and workers die: a sandbox, a real Valkey behind a proxy, lean workers from a fork server.

A worker is killed at the points that `House.begin` is given, and another one started the moment it is dead, as a
supervisor would; or it is frozen there for longer than its lease, and another one works beside it. The test plays the
people and, by hints to the queue, the web process.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import protocol as protocols
from sandbox import Sandbox
from tests.faults.machinery.lean_worker import BRISK, Order
from tests.faults.machinery.redis_proxy import Proxy
from tests.storytelling import MONDAY, SEATS, Clock
from worker.queue import store
from worker.queue.workqueue import Notice, WorkQueue
from worker.run import embedded_redis

NOW = MONDAY.replace(minute=30)
"""The instant of every look: nothing depends on when anybody looks."""
MOMENTS = ("before", "processed", "answered")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """An instant of a round: the so-manieth call or command of this label, and the moment of it."""

    label: str
    number: int
    moment: str

    def __str__(self) -> str:
        return f"{self.label} #{self.number} {self.moment}"


class Forks:
    """The fork server: workers by the dozen."""

    def __init__(self, protocol_file: Path) -> None:
        self._lock = threading.Lock()
        command = [sys.executable, "-m", "tests.faults.machinery.fork_server", str(protocol_file)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def worker(self, order: Order) -> int:
        """Starts one; gives its process id."""
        assert self._server.stdin and self._server.stdout
        with self._lock:
            self._server.stdin.write(order.written() + "\n")
            self._server.stdin.flush()
            return int(self._server.stdout.readline())

    def stop(self) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(5)


class House:
    """One site, one Redis, one worker at a time."""

    def __init__(self, jira: Sandbox, server: embedded_redis.Server, proxy: Proxy, forks: Forks, order: Order) -> None:
        self.jira, self.proxy, self.forks, self.order = jira, proxy, forks, order
        self.kv = store.connect(server.url)
        self.queue = WorkQueue(self.kv, pace=BRISK)
        self.seen: Counter[tuple[str, str]] = Counter()
        self.targets: set[Point] = set()
        self.struck: list[Point] = []
        self.dice = random.Random(1)
        self.patience = 15.0
        self._counting, self._dying = threading.Lock(), threading.Lock()
        self.freeze = 0.0
        """Seconds for which a worker is stopped at a point; 0: it is killed."""
        self.echoes = 1
        """How many deliveries tell of each thing that happens."""
        self._awake_at = 0.0
        self._workers: list[int] = []
        self._hints = 0
        proxy.hook = lambda moment, label: self._reached(moment, f"redis {label}")
        jira.on_call(self._called)

    # -- points

    def _called(self, moment: str, record: Any) -> None:
        """Jira answers only after this; the moment after the answer is a few milliseconds later."""
        if record.account != "bot":
            return
        label = f"jira {record.method} {named(record.path)}"
        if moment == "before" and self._reached("before", label):
            raise ConnectionAbortedError("the worker died before Jira had it")
        if moment == "after" and not self._reached("processed", label):
            with self._counting:
                later = self.dice.uniform(0.001, 0.012)
            threading.Timer(later, self._reached, ("answered", label)).start()

    def _reached(self, moment: str, label: str) -> bool:
        """Counts; True where the worker was killed here."""
        with self._counting:
            self.seen[label, moment] += 1
            point = Point(label, self.seen[label, moment], moment)
            if point not in self.targets:
                return False
            self.targets.discard(point)
        self.struck.append(point)
        return self._put_to_sleep() if self.freeze else self._replace()

    def _replace(self) -> bool:
        self.kill()
        self.start()
        return True

    def _put_to_sleep(self) -> bool:
        self.until(lambda: self._workers)  # a new one may reach a point before the fork server has told its number
        sleeper = self._workers[-1]
        os.killpg(sleeper, signal.SIGSTOP)
        self.start()
        threading.Timer(self.freeze, _wake, (sleeper,)).start()
        self._awake_at = time.monotonic() + self.freeze
        return False

    # -- the worker

    def start(self) -> None:
        """One more."""
        self._workers.append(self.forks.worker(self.order))

    def kill(self) -> None:
        """Every worker's whole process group, with -9; returns once they are dead."""
        with self._dying:
            while self._workers:
                while _signalled(self._workers[-1]):
                    time.sleep(0.001)
                self._workers.pop()
        self.proxy.cut()

    def begin(self, *targets: Point) -> None:
        """A new story: Redis empty save that the queue is open, a fresh worker, nothing counted."""
        self.kill()
        with self._counting:
            self.seen.clear()
            self.targets, self.struck = set(targets), []
        self.kv.flushall()
        for prefix in ("tickets:", "chores:"):
            self.kv.set(f"{prefix}opens", 1)
        self.start()

    # -- the web process, and waiting

    def hint(self, id: str) -> None:
        """What a webhook says: look at this ticket."""
        for _ in range(self.echoes):
            self._hints += 1
            self.queue.intake([Notice(id, (f"hint {self._hints}",))])

    def settled(self, id: str) -> None:
        """Waits until every worker is awake, nobody looks at that ticket, and nobody has to."""
        self.all_awake()
        self.until(lambda: self._is_settled(id))

    def _is_settled(self, id: str) -> bool:
        """In one step, because a beat may move the ticket from one set to the other."""
        pipe = self.kv.pipeline(transaction=True)
        for name in ("dirty", "held"):
            pipe.zscore(f"tickets:{name}", id)
        return pipe.execute() == [None, None]

    def all_awake(self) -> None:
        """Waits until no worker is frozen, and whoever was has done what he still had in mind."""
        time.sleep(max(0.0, self._awake_at + 0.4 - time.monotonic()))

    def until(self, what: Callable[[], Any]) -> Any:
        """Waits until `what` is true, as long as this house has patience."""
        return until(what, self.patience)


def _signalled(pid: int) -> bool:
    """Kills the group (or the process, before it has one of its own); False once there is nobody left."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
            return True
    return False


def _wake(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGCONT)


def named(path: str) -> str:
    """A path without what differs from ticket to ticket."""
    return re.sub(r"(?<=/)(?:\d+|[A-Z]+-\d+)(?=/|$)", "{}", path)


def until(what: Callable[[], Any], seconds: float = 15.0, every: float = 0.005) -> Any:
    """Waits until `what` is true, and gives it."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"did not happen within {seconds} s"
        time.sleep(every)
    return found


def protocol_file(jira: Sandbox, folder: Path) -> Path:
    """The default protocol with this flavour's ids."""
    text = protocols.DEFAULT.read_text()
    for nick in SEATS.values():
        text = text.replace(jira.user(nick).account_id, jira.id_of(nick))
    path = folder / "protocol.toml"
    path.write_text(text)
    return path


@contextmanager
def house(flavour: Any, folder: Path, sabotage: str = "") -> Iterator[House]:
    """A house of that flavour; nothing of it is left afterwards."""
    with ExitStack() as stack:
        jira = stack.enter_context(Sandbox(flavour, clock=Clock(MONDAY)))
        server = stack.enter_context(embedded_redis.started(folder))
        proxy = stack.enter_context(Proxy(folder, server.url))
        rules = protocol_file(jira, folder)
        forks = Forks(rules)
        stack.callback(forks.stop)
        order = Order(
            jira_url=jira.url,
            jira_user=jira.email() if flavour == "cloud" else None,
            jira_token=jira.token(),
            redis_url=proxy.url,
            protocol_file=str(rules),
            now=NOW.isoformat(),
            log=str(folder / "log"),
            sabotage=sabotage,
        )
        built = House(jira, server, proxy, forks, order)
        stack.callback(built.kill)
        yield built
