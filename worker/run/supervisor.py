"""`escalation run`: the whole system in one terminal, and nothing left behind.

Starts what is missing (a private Redis, a sandbox Jira), then worker and web as children; starts again what dies; says
`ready http://HOST:PORT` on stdout once everything serves; ends all of it within ten seconds of SIGINT or SIGTERM, and
on Linux even when it is itself killed. It must never hold state of its own: any child, and this process, may be killed
at any moment.

On Linux it loads what its children need, and forks them: they share it, and start at once. So it has one thread, and
opens no connection that it does not close. The worker asks for sweeps itself; the Procfile has `beat` for that.
"""

import contextlib
import hashlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import structlog

from config import ConfigError, mistakes_in
from config import settings as all_settings
from config.protocol_path import DEFAULT
from config.settings import Settings
from worker import clock, log, running_system
from worker.alerts import targets
from worker.queue import store
from worker.queue.roster import Roster
from worker.queue.store import StoreError
from worker.run import child_processes, embedded_redis, forked, preload, tried_texts, web_process, worker_process
from worker.web import address

STATE = Path(".state")
BEAT = 0.1
RESTART_AFTER = 1.0
FORCE_AFTER = 7.0
SANDBOX_PORT = 8090

logger = structlog.get_logger()


Main = Callable[[Sequence[str]], None]
Process: TypeAlias = "subprocess.Popen[bytes] | forked.Forked"


class Stopped(Exception):
    """Somebody asked us to end."""


@dataclass
class Child:
    """One process of the system: how to start it, and the one that runs now."""

    name: str
    launch: Callable[[], "Process | None"]
    process: "Process | None" = None
    not_before: float = 0.0

    def start(self) -> None:
        """Start it."""
        self.process = self.launch()

    def see_to_it(self, now: float) -> None:
        """Start it again, a moment after it died."""
        if self.process and self.process.poll() is not None:
            logger.warning("a process died and is started again", name=self.name, exit=self.process.returncode)
            self.process, self.not_before = None, now + RESTART_AFTER
        elif self.process is None and now >= self.not_before:
            self._try_to_start(now)

    def _try_to_start(self, now: float) -> None:
        try:
            self.start()
        except (OSError, embedded_redis.NoServer) as error:
            logger.error("a process could not be started", name=self.name, reason=str(error))
            self.not_before = now + RESTART_AFTER

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process:
            self.process.terminate()

    def end(self, until: float) -> None:
        """Wait for its end, by force from `until` on."""
        if self.process:
            child_processes.stop(self.process, max(0.1, until - time.monotonic()))


def run(settings: Settings, main: Main, flavour: str = "cloud", sandbox_port: int | None = None) -> int:
    """Run everything until told to stop; gives the exit code. `main` runs a command line, in a child; `flavour` and
    `sandbox_port` are those of the sandbox that is started where no Jira is set.

    Raises:
        ConfigError: one line for each thing that is set wrong; nothing has been started.
    """
    log.set_up(settings.log_format, settings.log_level)
    try_texts = tried_texts.begun(settings.protocol_file)
    if forked.POSSIBLE:
        preload.load()
    _check(settings, try_texts, None if settings.jira_url else sandbox_port)
    if "MAKELEVEL" in os.environ:  # make is not meant to be outlived; a shell that ends may well be
        child_processes.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with contextlib.suppress(Stopped), _household(settings, Start(main), flavour, sandbox_port) as house:
        house.keep()
    return 0


def _stop(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _check(settings: Settings, try_texts: Callable[[], object], sandbox_port: int | None) -> None:
    """Whatever a child would refuse is refused here: a child alone would be started again for ever."""
    of_jira = (settings.require_jira, settings.require_intake) if settings.jira_url else ()
    mistakes = mistakes_in(
        *of_jira,
        try_texts,
        lambda: targets.targets(settings.notify_urls),
        lambda: address.check(settings.host, settings.port),
        lambda: _check_sandbox(settings, sandbox_port),
    )
    if mistakes:
        raise ConfigError(*mistakes)


def _check_sandbox(settings: Settings, port: int | None) -> None:
    """The port that was named for the sandbox, or the worker would ask whoever has it, and show them its token."""
    if port == settings.port:
        raise ConfigError(f"--sandbox-port: found {port}, expected another port than PORT has")
    if port:
        address.check("127.0.0.1", port, "--sandbox-port")


class Household:
    """The children, in the order in which they are started."""

    def __init__(
        self, settings: Settings, redis: Child | None, redis_url: str, jira: "Sandbox | None", start: "Start"
    ) -> None:
        self.host, self.port = settings.host, settings.port
        # An interrupt sent to make alone is not passed on: make stops handling it, and waits for us.
        self.make_took_interrupts = "MAKELEVEL" in os.environ and child_processes.parent_takes_interrupts()
        self.redis, self.jira = redis, jira
        self.redis_address = settings.redis_at(redis_url)
        env = {"REDIS_URL": redis_url} | (jira.env if jira else {})
        theirs = all_settings.load(**{name.lower(): text for name, text in env.items() if name != clock.SANDBOX})
        self.worker = start("worker", env, "--schedule", live=lambda: worker_process.work(theirs, scheduled=True))
        self.web = start("web", env, live=lambda: web_process.serve(theirs))

    @property
    def ours(self) -> list[Child]:
        """Every child but Redis, which all others need to end in order."""
        return [*([self.jira.child] if self.jira else []), self.worker, self.web]

    def keep(self) -> None:
        """Keep everything running; returns never, Stopped ends it."""
        for child in self.ours:
            child.start()
        said = False
        while True:
            time.sleep(BEAT)
            if self.make_took_interrupts and child_processes.parent_takes_interrupts() is False:
                raise Stopped
            for child in [*([self.redis] if self.redis else []), *self.ours]:
                child.see_to_it(time.monotonic())
            if not said and self.is_ready():
                said = True
                self.say_ready()

    def is_ready(self) -> bool:
        """Whether the web answers, the worker hears doorbells, and the sandbox, if any, takes connections."""
        serves = _answers(self.host, self.port) and (self.jira is None or self.jira.listens())
        return serves and self.worker_listens()

    def worker_listens(self) -> bool:
        """Whether the worker hears doorbells; no connection is left open, for there may be a fork to come."""
        process = self.worker.process
        try:
            with store.connect(self.redis_address, patience=1) as client:
                listening = Roster(client).listening()
        except StoreError:
            return False
        return process is not None and f"{process.pid}@{socket.gethostname()}" in listening

    def say_ready(self) -> None:
        """Tell whoever started us: one line on stdout for programs, the rest on stderr for people."""
        print(f"ready {address.url(self.host, self.port)}", flush=True)
        if self.jira:
            print(self.jira.invitation, file=sys.stderr, flush=True)

    def end(self) -> None:
        """End all children within ten seconds."""
        until = time.monotonic() + FORCE_AFTER
        for child in self.ours:
            child.ask_to_end()
        for child in self.ours:
            child.end(until)
        if self.redis:
            self.redis.end(time.monotonic() + 1.5)


@contextlib.contextmanager
def _household(settings: Settings, start: "Start", flavour: str, sandbox_port: int | None) -> Iterator[Household]:
    """Redis and sandbox where they are missing, and all children; ends what was started."""
    with contextlib.ExitStack() as stack:
        folder = _state(stack, settings.jira_url)
        jira = None if settings.jira_url else Sandbox.to_be_started(settings, start, flavour, sandbox_port, folder)
        redis, redis_url = _redis(settings, folder)
        house = Household(settings, redis, redis_url, jira, start)
        known = settings.plain() | {"REDIS_URL": redis_url} | (jira.env if jira else {})
        if not stack.enter_context(running_system.noted(known)):
            logger.warning("another system was started in this folder before; commands in it keep finding that one")
        stack.callback(house.end)
        yield house


def _state(stack: contextlib.ExitStack, site: str | None) -> Path:
    """Where Redis keeps its data: a folder for each site, because ids mean nothing elsewhere. A sandbox forgets
    everything when it ends, so Redis must not remember its ids."""
    if site:
        return STATE / hashlib.sha256(site.encode()).hexdigest()[:12]
    folder = tempfile.mkdtemp(prefix="escalation-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _redis(settings: Settings, folder: Path) -> tuple[Child | None, str]:
    if settings.redis_url:
        return None, settings.redis_url.get_secret_value()
    try:
        server = embedded_redis.start(folder)
    except embedded_redis.NoServer as error:
        raise ConfigError(f"REDIS_URL: not set, and {error}") from None
    return Child("redis", lambda: embedded_redis.start(folder).process, server.process), server.url


@dataclass(frozen=True, slots=True)
class Start:
    """How the commands that are our children are started: forked where that can be done, else as processes anew."""

    main: Main

    def __call__(self, name: str, env: dict[str, str], *options: str, live: forked.Life | None = None) -> Child:
        """The child that runs that command; `live` does the same in a fork, with what is known here already."""
        words = [name, *options]
        if not forked.POSSIBLE:
            return Child(name, lambda: _anew(words, env))
        does = live or (lambda: self.main(words))
        return Child(name, lambda: forked.fork(words, does, env, running_system.let_go))


def _anew(words: Sequence[str], env: dict[str, str]) -> Process:
    command = [sys.executable, "-m", "worker.commands.main", *words]
    return child_processes.start(command, env=env, output=sys.stderr.fileno())


@dataclass(frozen=True)
class Sandbox:
    """The sandbox Jira as a child, and what the other processes need to work on it."""

    child: Child
    port: int
    env: dict[str, str]
    board: str

    @classmethod
    def to_be_started(cls, settings: Settings, start: Start, flavour: str, port: int | None, folder: Path) -> "Sandbox":
        """Choose its port, if none is given, and its secrets."""
        # Who names the port of web may run several here, and two that start together must not want the same one.
        wanted = 0 if "port" in settings.model_fields_set else SANDBOX_PORT
        port, token, secret = port or _free_port(wanted), secrets.token_hex(16), secrets.token_hex(16)
        board = f"{address.url_here(settings.host, settings.port)}/"
        url = f"{board}webhooks/jira"
        own = {"SANDBOX_WEBHOOK_SECRET": secret, "SANDBOX_TOKEN": token}
        env = {
            "JIRA_URL": f"http://127.0.0.1:{port}",
            **({"JIRA_USER": "bot@vendor.example"} if flavour == "cloud" else _on_data_center(settings, folder)),
            "JIRA_TOKEN": token,
            **({} if settings.polls else {"JIRA_WEBHOOK_SECRETS": secret}),
            clock.SANDBOX: f"http://127.0.0.1:{port}",
        }
        told = () if settings.polls else ("--webhook-url", url)
        options = ("--quiet", "--flavour", flavour, "--port", str(port), "--board", board, *told)
        return cls(start("sandbox", own, *options), port, env, board)

    def listens(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def invitation(self) -> str:
        """What to open and what to click."""
        return (
            f"\nA sandbox Jira is at http://127.0.0.1:{self.port}/\n"
            "Open it, press Request escalation on a ticket, which puts the label on; three evaluations appear.\n"
            "Press a grade in each (SEV-1, SEV-2 or Other), watch the ticket; then move the clock to what comes next.\n"
            f"The board is at {self.board}\n"
            "Ctrl-C ends everything.\n"
        )


def _on_data_center(settings: Settings, folder: Path) -> dict[str, str]:
    """The shipped protocol names people of the sandbox by their Cloud ids; a copy has their user names."""
    if settings.protocol_file != DEFAULT:
        return {}
    from sandbox.state.people import cast  # noqa: PLC0415 - most starts have no sandbox, or one of Cloud

    text = DEFAULT.read_text(encoding="utf-8")
    for person in cast():
        text = text.replace(person.account_id, person.name)
    copy = folder / "protocol.toml"
    copy.write_text(text, encoding="utf-8")
    return {"PROTOCOL_FILE": str(copy)}


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as listening:
            return int(listening.getsockname()[1])
    raise ConfigError("no port is free on 127.0.0.1")


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(address.host_here(host), port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
