"""Puts together what a process works with, from settings and protocol.

Every process and command takes it from here; nothing is decided here."""

from config.protocol import Protocol
from config.settings import Settings
from worker.alerts import outbox as alerts
from worker.jira.connect import site
from worker.jira.issue_memory import IssueMemory, NoIssueMemory
from worker.jira.site import Pausing
from worker.look.context import Context
from worker.look.failures import Failures
from worker.look.protocol_with_texts import load_protocol
from worker.look.reconciler import Reconciler
from worker.look.tries import Tries
from worker.queue import queues, store
from worker.queue.retry_after import Pauses

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
