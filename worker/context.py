"""What a process works with, built once from settings and protocol: the site, the desk, the queue, the failures.

Every process and command takes them from here; nothing is decided here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import redis
from starlette.routing import BaseRoute

from config import protocol as protocols
from config.protocol import Protocol
from config.settings import Settings
from worker import clock
from worker.alerts import outbox as notify
from worker.alerts.messages import links
from worker.board.http import BoardHttp
from worker.board.view import Sources
from worker.escalation.plan.alert import Alert
from worker.escalation.views import preview
from worker.jira.override_note import Notices
from worker.jira.parsing import person_id
from worker.jira.read import Kin
from worker.jira.site import READ_SECONDS, Credentials, Pausing, Site
from worker.look.due import DueStates, after
from worker.look.failures import Failures
from worker.look.reconciler import Outcome, Reconciler
from worker.look.snapshots import Snapshots
from worker.queue import queues, store
from worker.queue.retry_after import Pauses
from worker.queue.workqueue import WorkQueue
from worker.release.gate import Gate
from worker.release.grades import Grades
from worker.release.http import GateHttp
from worker.release.overrides import Overrides

GATE_READ_SECONDS = 5.0


def told_to_nobody(alerts: Sequence[Alert]) -> None:
    """Where alerts go that nobody waits for."""


def nothing_to_deliver(now: datetime) -> datetime | None:
    """There are no alerts to deliver, and none will come."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a look or a sweep needs. `tell` takes alerts in, `deliver` hands them to the notification targets."""

    settings: Settings
    protocol: Protocol
    store: redis.Redis
    queue: WorkQueue
    failures: Failures
    reconciler: Reconciler
    tell: Callable[[Sequence[Alert]], None] = told_to_nobody
    deliver: Callable[[datetime], datetime | None] = nothing_to_deliver

    @property
    def site(self) -> Site:
        """The Jira site."""
        return self.reconciler.site

    @property
    def due_states(self) -> DueStates:
        """What the last looks told the sweep."""
        return DueStates(self.store)

    @property
    def board(self) -> Snapshots:
        """What the last looks left for the board."""
        return Snapshots(self.store)

    def seen(self, outcome: Outcome, now: datetime) -> None:
        """Remembers what a look at `now` came to: failures for the operator, what the sweep has to know, what the board
        shows, another look at once where one is due."""
        ticket = outcome.escalation
        as_planned = not (self.settings.dry_run or outcome.again)  # else the record in Jira is not yet what was planned
        spelled = ticket.spelled(self.protocol.for_project(ticket.project).labels.request)
        with self.store.pipeline(transaction=False) as pipe:  # in one step
            Failures(pipe).note(ticket.id, ticket.key, outcome.failures)
            if as_planned:
                DueStates(pipe).remember(ticket.id, after(outcome.plan))
                Snapshots(pipe).saw(ticket, outcome.plan, self.protocol, now)
            if spelled:
                pipe.sadd(SPELLINGS, spelled)
            pipe.execute()
        if outcome.again:
            self.queue.mark([ticket.id])


SPELLINGS = "sweep:spellings"


class NoKin:
    """A memory that remembers nothing: for commands that run without Redis."""

    def evaluations_of(self, ticket: str) -> frozenset[str]:
        """None are known."""
        return frozenset()

    def remember_evaluations(self, ticket: str, evaluations: Sequence[str]) -> None:
        """Is not remembered."""

    def remember_stranger(self, id: str) -> None:
        """Is not remembered."""

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        """None are known."""
        return frozenset()


def load_protocol(path: Path) -> Protocol:
    """The protocol, with every text tried once, so that a broken one stops the start.

    Raises:
        ConfigError: the file or a text is wrong.
    """
    protocol = protocols.load(path)
    for each in (protocol, *protocol.by_project.values()):
        preview.every_text(each)
    return protocol


def site(settings: Settings, pauses: Pausing | None = None, *, read_seconds: float = READ_SECONDS) -> Site:
    """The Jira of the settings.

    Raises:
        ConfigError: there is none, or the credentials are missing.
    """
    access = settings.require_jira()
    return Site(
        Credentials(access.url, access.user, access.token.get_secret_value()), pauses, read_seconds=read_seconds
    )


def desk(
    settings: Settings, protocol: Protocol, *, kin: Kin | None = None, pauses: Pausing | None = None
) -> Reconciler:
    """A desk at that site."""
    return Reconciler(site(settings, pauses), protocol, kin or NoKin(), dry_run=settings.dry_run)


def build(settings: Settings) -> Context:
    """Everything, for a worker.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    settings.require_jira()
    protocol = load_protocol(settings.protocol_file)
    client = store.connect(settings.require_redis().get_secret_value())
    queue, ours = queues.tickets(client), site(settings, Pauses(client))
    outbox = notify.outbox(settings, client, queues.chores(client, settings.sweep_seconds), ours)
    worked_at = Reconciler(ours, protocol, queue, tell=outbox.put, dry_run=settings.dry_run)
    return Context(settings, protocol, client, queue, Failures(client), worked_at, outbox.put, outbox.deliver)


def prober(settings: Settings) -> Callable[[], str]:
    """Asks Jira for our own account each time it is called; an exception says that the credentials do not work."""
    ours = site(settings)
    return lambda: person_id(ours.get("/myself"))


def routes(settings: Settings) -> list[BaseRoute]:
    """What the web process serves beside intake and health: the release gate and the board.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    asked = gate(settings)
    return [*asked.routes(), *board(settings, asked.gate.protocol).routes()]


def gate(settings: Settings) -> GateHttp:
    """The release gate of the web process. It waits for Redis and Jira less long than a worker does."""
    protocol = load_protocol(settings.protocol_file)
    client = store.connect(settings.require_redis().get_secret_value(), patience=0.5)
    ours = site(settings, Pauses(client), read_seconds=GATE_READ_SECONDS)
    overrides = Overrides(client)
    return GateHttp(
        Gate(protocol, Grades(ours, protocol).of, overrides.known),
        overrides,
        Notices(ours, protocol, NoKin()),
        settings.gate_token,
        settings.gate_override_token,
        dry_run=settings.dry_run,
        clock=clock.now,
    )


def board(settings: Settings, protocol: Protocol) -> BoardHttp:
    """The board of the web process. It asks Redis, and nobody else."""
    client = store.connect(settings.require_redis().get_secret_value(), patience=0.5)
    sources = Sources(protocol, Snapshots(client), queues.tickets(client), Failures(client), settings.sweep_seconds)
    return BoardHttp(sources, links(settings.jira_url, dict), settings.gate_token, clock.now)
