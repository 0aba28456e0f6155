"""Puts together what a process works with, from settings and protocol.

Every process and command takes it from here; nothing is decided here."""

from collections.abc import Callable
from functools import partial

from starlette.routing import BaseRoute

from config.protocol import Protocol
from config.settings import Settings
from worker import clock
from worker.alerts import outbox as alerts
from worker.alerts.messages import links
from worker.board.http import BoardHttp
from worker.board.ticket_http import TicketHttp
from worker.board.view import Sources
from worker.jira.connect import site
from worker.jira.issue_memory import IssueMemory, NoIssueMemory
from worker.jira.override_note import Notices
from worker.jira.parsing import person_id
from worker.jira.site import Pausing
from worker.look.context import Context
from worker.look.failures import Failures
from worker.look.protocol_with_texts import load_protocol
from worker.look.reconciler import Reconciler
from worker.look.snapshots import Snapshots
from worker.look.trail import Trails
from worker.look.tries import Tries
from worker.queue import queues, store
from worker.queue.retry_after import Heeded, Pauses
from worker.release.gate import Gate
from worker.release.grades import Budget, Grades
from worker.release.http import GateHttp
from worker.release.overrides import Overrides
from worker.sweep import intake

GATE_READ_SECONDS = 5.0
READS_OF_STRANGERS = 60  # calls to Jira a minute for those who ask the gate, where no GATE_TOKEN is set


def reconciler(
    settings: Settings, protocol: Protocol, *, kin: IssueMemory | None = None, pauses: Pausing | None = None
) -> Reconciler:
    """A reconciler at that site."""
    return Reconciler(site(settings, pauses), protocol, kin or NoIssueMemory(), dry_run=settings.dry_run)


def build(settings: Settings) -> Context:
    """Everything, for a worker.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    settings.require("jira", "redis")
    protocol = load_protocol(settings.protocol_file)
    client = store.connect(settings.require_redis())
    queue, ours = queues.tickets(client), site(settings, Pauses(client))
    outbox = alerts.outbox(settings, client, queues.chores(client, settings.sweep_every), ours)
    worked_at = Reconciler(ours, protocol, queue, tell=outbox.put, tries=Tries(client), dry_run=settings.dry_run)
    return Context(settings, protocol, client, queue, Failures(client), worked_at, outbox.put, outbox.deliver)


def prober(settings: Settings) -> Callable[[], str]:
    """Asks Jira for our own account each time it is called; an exception says that the credentials do not work."""
    ours = site(settings)
    return lambda: person_id(ours.get("/myself"))


def routes(settings: Settings) -> list[BaseRoute]:
    """What the web process serves beside intake and health: the release gate, the board and the tickets' own pages.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    asked = gate(settings)
    protocol = asked.gate.protocol
    return [*asked.routes(), *board(settings, protocol).routes(), *ticket(settings, protocol).routes()]


def gate(settings: Settings) -> GateHttp:
    """The release gate of the web process. It waits for Redis and Jira less long than a worker does, and keeps the
    pauses that the workers were asked for but asks them for none: whoever asks the gate may be a stranger."""
    protocol = load_protocol(settings.protocol_file)
    client = store.connect(settings.require_redis(), patience=0.5)
    ours = site(settings, Heeded(Pauses(client)), read_seconds=GATE_READ_SECONDS)
    overrides = Overrides(client)
    budget = None if settings.gate_token else Budget(READS_OF_STRANGERS, 60)
    grades = Grades(ours, protocol, budget=budget)
    return GateHttp(
        Gate(protocol, grades.of, overrides.known, grades.remembered),
        overrides,
        Notices(ours, protocol, NoIssueMemory()),
        settings.gate_token,
        settings.gate_override_token,
        dry_run=settings.dry_run,
        clock=clock.now,
    )


def board(settings: Settings, protocol: Protocol) -> BoardHttp:
    """The board of the web process. It asks Redis, and nobody else."""
    client = store.connect(settings.require_redis(), patience=0.5)
    sources = Sources(
        protocol,
        Snapshots(client),
        queues.tickets(client),
        Failures(client),
        settings.sweep_patience,
        partial(intake.sentence, settings),
        settings.jira_token_expires,
    )
    return BoardHttp(sources, links(settings.jira_url, dict), settings.gate_token, clock.now, names=_names(settings))


def ticket(settings: Settings, protocol: Protocol) -> TicketHttp:
    """The tickets' own pages of the web process. They ask Redis, and nobody else."""
    trails, link = Trails(store.connect(settings.require_redis(), patience=0.5)), links(settings.jira_url, dict)
    return TicketHttp(trails, protocol, link, settings.gate_token, clock.now, names=_names(settings))


def _names(settings: Settings) -> bool:
    """Whether pages show names and what people wrote: behind a token only."""
    return settings.gate_token is not None
