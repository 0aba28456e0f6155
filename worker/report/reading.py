"""Reading what the report is made of: searches for graded tickets and evaluations, and the record of each ticket.

On Cloud the search brings the records; on Data Center each is a call, several at a time. The few tickets with an open
evaluation are read whole, as a look reads them, to know whom they wait for. What was deleted meanwhile, or may not be
read, is left out and counted. It writes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from config.protocol import Protocol
from worker.errors import NotOurs
from worker.escalation.facts import record
from worker.escalation.facts.model import Escalation
from worker.escalation.views.tickets import Facts, Ticket
from worker.jira import parsing
from worker.jira.answers import an_issue
from worker.jira.groups import Groups
from worker.jira.issue_memory import NoIssueMemory
from worker.jira.projects import Projects
from worker.jira.read import Elsewhere, Reader
from worker.jira.search import Candidate, Page, ahead, among, are_gone, in_projects, pages, quoted
from worker.jira.site import Refused, Site

FIELDS = ("labels", "status", "resolutiondate", "project", "parent")
GONE = frozenset({403, 404, 410})
AT_ONCE = 40

Progress = Callable[[int, int], None]


def read(site: Site, protocol: Protocol, since: datetime, progress: Progress = lambda done, total: None) -> Facts:
    """Everything since that instant, and everything that is open.

    `progress` is told how many of how many calls are made, where there are many.

    Raises:
        TryAgain, Unauthorized, Refused, CannotDo: see Site.call.
    """
    graded, lost = _found(site, protocol, lambda gone: _graded_jql(protocol, since, gone))
    evaluations, more_lost = _found(site, protocol, lambda gone: _evaluations_jql(protocol, since, gone))
    parents = {parent for each in evaluations.values() if (parent := _parent(each))} - graded.keys()
    alone = sorted(parents) if site.cloud else [*graded, *sorted(parents)]
    fetched = _fetch(site, alone, progress)
    known = {**graded, **fetched} if site.cloud else fetched
    tickets = tuple(_ticket(known[id]) for id in (*graded, *parents) if id in known)
    asked = {parent for each in evaluations.values() if not each.done and (parent := _parent(each)) in known}
    whole = tuple(_whole(site, protocol, sorted(asked)))
    return Facts(tickets, whole, lost + more_lost + len(alone) - len(fetched))


def _whole(site: Site, protocol: Protocol, ids: Iterable[str]) -> Iterator[Escalation]:
    """These tickets as a look reads them; not what is gone by now, or is an evaluation itself."""
    reader = Reader(site, NoIssueMemory(), Groups(site), Projects(site), clients=False)
    for id in ids:
        with suppress(NotOurs, Elsewhere):
            yield reader.escalation(id, protocol)


def _found(site: Site, protocol: Protocol, jql: Callable[[Collection[str]], str]) -> tuple[dict[str, Candidate], int]:
    """What a search finds, by id, and how much of its answer made no sense; projects that are gone are left out."""

    def search(gone: Collection[str]) -> Iterator[Page]:
        return ahead(site, pages(site, jql(gone), FIELDS))

    found: dict[str, Candidate] = {}
    lost = 0
    for page in in_projects(search, protocol.by_project, lambda keys: are_gone(site, keys)):
        found.update((each.id, each) for each in page.candidates)
        lost += len(page.nonsense)
    return found, lost


def _fetch(site: Site, ids: Sequence[str], progress: Progress) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for start in range(0, len(ids), AT_ONCE):
        progress(start, len(ids))
        part = site.together(lambda id: _one(site, id), ids[start : start + AT_ONCE])
        found.update((each.id, each) for each in part if each)
    if ids:
        progress(len(ids), len(ids))
    return found


def _one(site: Site, id: str) -> Candidate | None:
    try:
        issue = an_issue(site.get(f"/issue/{id}", fields=",".join(FIELDS), properties=parsing.PROPERTY))
    except Refused as error:
        if error.status in GONE:
            return None
        raise
    kept = (issue.get("properties") or {}).get(parsing.PROPERTY)
    return Candidate(str(issue["id"]), str(issue["key"]), issue["fields"], kept)


def _ticket(issue: Candidate) -> Ticket:
    kept = record.load(issue.kept, issue.id)
    said = issue.fields.get("resolutiondate")
    resolved_at = kept.resolved_at or (parsing.instant(said) if said else None)
    return Ticket(
        key=issue.key,
        project=str((issue.fields.get("project") or {}).get("key") or issue.key.rpartition("-")[0]),
        record=kept,
        labels=frozenset(str(label).lower() for label in issue.fields.get("labels") or ()),
        done=issue.done,
        resolved_at=resolved_at if issue.done else None,
    )


def _parent(issue: Candidate) -> str:
    return str((issue.fields.get("parent") or {}).get("id") or "")


def _graded_jql(protocol: Protocol, since: datetime, gone: Collection[str]) -> str:
    labels = sorted({grade.label for each in _protocols(protocol) for grade in each.grades})
    return f"{_served(protocol, gone)}{among('labels', labels)} AND {_open_or_lately(since)}"


def _evaluations_jql(protocol: Protocol, since: datetime, gone: Collection[str]) -> str:
    labels = sorted({each.labels.evaluation for each in _protocols(protocol)})
    return f"{_served(protocol, gone)}{among('labels', labels)} AND {_open_or_lately(since)}"


def _open_or_lately(since: datetime) -> str:
    """JQL has days in the zone of our account, whatever that is, so that two days more are asked for."""
    return f"(statusCategory != Done OR updated >= {quoted(f'{since.date() - timedelta(days=2)}')})"


def _served(protocol: Protocol, gone: Collection[str]) -> str:
    projects = ", ".join(quoted(key) for key in sorted(protocol.by_project))
    return f"project in ({projects}) AND " if projects else ""


def _protocols(protocol: Protocol) -> tuple[Protocol, ...]:
    return (protocol, *protocol.by_project.values())
