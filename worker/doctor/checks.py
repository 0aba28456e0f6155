"""All checks, one after the other, each as far as it can go.

No failing check hides a later one, and what cannot be checked because something before it failed is one line. No
exception passes, and nothing is written anywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import structlog

from config import ConfigError
from config.protocol import Protocol
from config.settings import Settings
from worker.doctor import access, labels, links, panel, projects, redis_server, settings, web_and_alerts, webhook
from worker.doctor import protocol as protocol_checks
from worker.doctor.finding import Finding, Group
from worker.doctor.subject import Subject
from worker.errors import EscalationError
from worker.jira import connect
from worker.jira.site import Site
from worker.queue import store
from worker.queue.store import Store, StoreError

log = structlog.get_logger()

JIRA_SECONDS, REDIS_SECONDS = 8.0, 1.5
NOT_CHECKED = Group("not checked")

Progress = Callable[[str], None]


def examine(asked: Sequence[str], now: datetime, progress: Progress) -> Iterator[Finding]:
    """Everything there is to say of the set-up in the environment and this folder.

    Args:
        asked: keys of the projects to look at; empty: all that are served.
        now: an aware instant.
        progress: told what is looked at next.
    """
    progress("settings")
    found, findings = settings.read()
    yield from findings
    if found is None:
        yield _not_checked("everything else", "the settings could not be read")
        return
    progress("protocol")
    protocol, findings = protocol_checks.read(found.protocol_file)
    yield from findings
    subject = Subject(found, protocol, _site(found), _store(found), tuple(asked), now)
    for group, check in _parts(subject):
        progress(group)
        yield from careful(group, check)


def _parts(subject: Subject) -> Iterator[tuple[str, Iterable[Finding]]]:
    if subject.protocol:
        yield "protocol", protocol_checks.check(subject.protocol, subject.now)
    yield "jira", _jira(subject)
    yield "redis", _redis(subject)
    yield "web", web_and_alerts.web(subject.settings)
    yield "notifications", web_and_alerts.notifications(subject.settings)


def careful(group: str, check: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of a check up to where it fails, and then that it did."""
    try:
        yield from check
    except EscalationError as error:
        yield Group(group).mend("check", f"could not be finished: {error}", "Run doctor again when Jira answers.")
    except Exception as error:  # a bug of ours must not hide what the other checks find
        log.debug("a check failed", group=group, exc_info=True)
        mend = "Please report it with what LOG_LEVEL=DEBUG `escalation doctor` shows."
        yield Group(group).mend("check", f"this check itself failed: {type(error).__name__}", mend)


def _jira(subject: Subject) -> Iterator[Finding]:
    """Jira itself; the rest only where that went well enough to ask on."""
    site, rest = subject.site, "projects, panel, labels, sweep queries, webhook"
    if site is None:
        yield _not_checked(f"jira, {rest}", "it is not set which Jira, or as whom")
        return
    reached = False
    for finding in careful("jira", access.check(site, subject.settings, subject.now)):
        reached = reached or finding.name == access.ACCOUNT
        yield finding
    if not reached:
        yield _not_checked(rest, "Jira cannot be asked")
    else:
        yield from _inside(subject, site)


def _inside(subject: Subject, site: Site) -> Iterator[Finding]:
    """What Jira may refuse with 401, on which a site pauses, is asked by a site of its own."""
    protocol = subject.protocol
    if protocol:
        yield from careful("projects", _projects_and_panel(subject, site, protocol))
        yield from careful("labels", labels.labels(site, protocol))
        yield from careful("labels", links.types(site, protocol))
        yield from careful("sweep queries", labels.queries(site, protocol))
    else:
        yield _not_checked("projects, panel, labels, sweep queries", "the protocol file cannot be used")
    yield from careful("webhook", webhook.check(subject, _anew(subject)))


def _anew(subject: Subject) -> Site:
    return connect.site(subject.settings, read_seconds=JIRA_SECONDS)


def _projects_and_panel(subject: Subject, site: Site, protocol: Protocol) -> Iterator[Finding]:
    served, findings = projects.served(site, protocol, subject.projects)
    yield from findings
    yield from careful("projects", projects.check(site, protocol, served))
    yield from careful("projects", links.check(site, protocol, served, everywhere=not subject.projects))
    yield from careful("panel", panel.check(site, protocol, served))
    yield from careful("panel", panel.groups(_anew(subject), protocol, served))


def _redis(subject: Subject) -> Iterator[Finding]:
    if subject.store is None:
        yield _not_checked("redis, work", "no REDIS_URL is known, and nothing runs in this folder")
        return
    try:
        yield from redis_server.check(subject.store)
        yield from redis_server.work(subject.store, subject.settings)
    except StoreError as error:
        yield redis_server.unreachable(error)


def _not_checked(what: str, why: str) -> Finding:
    return NOT_CHECKED.advice(what, why, "Mend what is said above, and run doctor again.")


def _site(found: Settings) -> Site | None:
    try:
        return connect.site(found, read_seconds=JIRA_SECONDS)
    except ConfigError:
        return None  # the settings' own lines say it


def _store(found: Settings) -> Store | None:
    return store.connect(found.require_redis(), patience=REDIS_SECONDS) if found.redis_url else None
