"""The web process: settings and protocol in, a running web out, which takes deliveries in and serves gate and pages.

Nothing is decided here; a wrong setting stops the process before it begins (ConfigError). It knows nothing of Celery.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from config.protocol import Protocol
from config.settings import Settings
from worker import clock, log
from worker.alerts.messages import links
from worker.board.http import BoardHttp
from worker.board.ticket_http import TicketHttp
from worker.board.view import Sources
from worker.escalation.plan.plan import looks_alike
from worker.jira.connect import site
from worker.jira.issue_memory import NoIssueMemory
from worker.jira.override_note import Notices
from worker.jira.parsing import person_id
from worker.look.failures import Failures
from worker.look.snapshots import Snapshots
from worker.look.trail import Trails
from worker.queue import queues, store
from worker.queue.retry_after import Heeded, Pauses
from worker.release.gate import Gate
from worker.release.grades import Budget, Grades
from worker.release.http import GateHttp
from worker.release.overrides import Overrides
from worker.run import tried_texts
from worker.sweep import intake
from worker.web import readiness, server, webhook

GATE_READ_SECONDS = 5.0
READS_OF_STRANGERS = 60  # calls to Jira a minute for those who ask the gate, where no GATE_TOKEN is set


def serve(settings: Settings) -> None:
    """Take deliveries in until told to stop."""
    log.set_up(settings.log_format, settings.log_level)
    settings.require("jira", "redis", "intake")
    protocol = tried_texts.protocol(settings.protocol_file)
    serving = server.create(
        redis_url=settings.require_redis(),
        secrets=[secret.get_secret_value().encode() for secret in settings.require_intake()],
        labels=our_labels(protocol),
        probe=prober(settings),
        sweeps=readiness.Sweeps(settings.sweep_period, settings.sweep_patience, partial(intake.sentence, settings)),
        grades=grades(protocol),
        routes=routes(settings, protocol),
        site=urlsplit(settings.jira_url or "").netloc,
        expires=settings.jira_token_expires,
    )
    clock.follow(settings.jira_url)
    server.serve(serving, settings.host, settings.port, settings.trusted_proxies)


def grades(protocol: Protocol) -> list[str]:
    """The names of the grades of every project's protocol, each once."""
    each = (protocol, *protocol.by_project.values())
    return list(dict.fromkeys(grade.name for one in each for grade in one.grades))


def our_labels(protocol: Protocol) -> webhook.OurLabels:
    """Every label that any project's protocol calls ours."""
    each = (protocol, *protocol.by_project.values())
    evaluations = frozenset(one.labels.evaluation.lower() for one in each)
    requests = {one.labels.request for one in each}
    ours = frozenset[str]().union(*(one.ours for one in each))

    @lru_cache(maxsize=10_000)
    def is_alike(label: str) -> bool:
        return label not in ours and any(looks_alike(label, request) for request in requests)

    return webhook.OurLabels(ours, evaluations, is_alike)


def prober(settings: Settings) -> Callable[[], str]:
    """Asks Jira for our own account each time it is called; an exception says that the credentials do not work."""
    ours = site(settings)
    return lambda: person_id(ours.get("/myself"))


def routes(settings: Settings, protocol: Protocol) -> list[BaseRoute]:
    """What is served beside intake and health: the release gate, the board and the tickets' own pages."""
    parts = (gate(settings, protocol), board(settings, protocol), ticket(settings, protocol))
    return [route for part in parts for route in part.routes()]


def gate(settings: Settings, protocol: Protocol) -> GateHttp:
    """The release gate of the web process. It waits for Redis and Jira less long than a worker does, and keeps the
    pauses that the workers were asked for but asks them for none: whoever asks the gate may be a stranger."""
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
