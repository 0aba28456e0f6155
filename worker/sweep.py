"""The sweep: finds the tickets that are due for a look and hands them to the queue; it never touches one itself.

Three searches nominate: open requests; graded tickets whose record is due or says that the client was not told; open
evaluations, whose tickets may have lost their label while we were away. First contacts beyond SWEEP_LIMIT are held
back, all of them, and the operator is told (design §5.6): nobody wants a first start to write to every old ticket.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from config.protocol import Protocol
from worker.context import SPELLINGS, Context, looked
from worker.escalation import record
from worker.jira.raw import PROPERTY
from worker.jira.search import among, quoted, search

log = structlog.get_logger()

HELD = "sweep:held"
RECENT = "-7d"


@dataclass(slots=True)
class Swept:
    """What a sweep found: how many it looked at, which tickets are due, which first contacts it held back."""

    looked_at: int = 0
    due: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        held = f", {len(self.held)} held back" if self.held else ""
        return f"{self.looked_at} looked at, {len(self.due)} due{held}"


def sweep(context: Context, now: datetime, *, dry_run: bool = False) -> Swept:
    """Nominate what is due by now, and mark it.

    Raises:
        TryAgain, Unauthorized: Jira cannot be searched now; the next sweep will.
    """
    swept = Swept()
    families = open_evaluations(context, swept)
    for ticket, key in families.items():
        swept.due[ticket] = key
    for issue in graded(context):
        swept.looked_at += 1
        if is_due(context, issue, now):
            swept.due[str(issue["id"])] = str(issue["key"])
    first = requests(context, swept)
    hold_back(context, swept, first)
    if not dry_run:
        context.queue.mark(list(swept.due))
        log.info("swept", looked_at=swept.looked_at, due=len(swept.due), held=len(swept.held))
    return swept


def open_evaluations(context: Context, swept: Swept) -> Mapping[str, str]:
    """The tickets with open evaluations; every evaluation seen is remembered, for its comment events."""
    tickets: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    jql = f"{among('labels', sorted(evaluation_labels(context.protocol)))} AND statusCategory != Done"
    for issue in search(context.site, jql, ["parent"]):
        swept.looked_at += 1
        parent = issue["fields"].get("parent") or {}
        if parent:
            tickets[str(parent["id"])] = str(parent.get("key") or parent["id"])
            found.setdefault(str(parent["id"]), []).append(str(issue["id"]))
    for ticket, evaluations in found.items():
        context.queue.remember_evaluations(ticket, evaluations)
    return tickets


def graded(context: Context) -> Iterator[dict[str, Any]]:
    """Tickets with a severity label, open or lately changed."""
    labels = sorted({grade.label for each in all_protocols(context.protocol) for grade in each.grades})
    where = f"{among('labels', labels)} AND (statusCategory != Done OR updated >= {RECENT})"
    return search(context.site, served(context.protocol) + where, ["labels"])


def is_due(context: Context, issue: Mapping[str, Any], now: datetime) -> bool:
    """Whether the record wants a look by now. Data Center's search has no records: there, one look a day tells."""
    if not context.site.cloud:
        return not context.store.exists(looked(str(issue["id"])))
    value = (issue.get("properties") or {}).get(PROPERTY)
    kept = record.load(value, str(issue["id"]))
    return kept.untold or (kept.look_again_at is not None and kept.look_again_at <= now)


def requests(context: Context, swept: Swept) -> dict[str, str]:
    """Marks the open requests that are known; gives back the first contacts."""
    first: dict[str, str] = {}
    for issue in search(context.site, request_jql(context), ["labels", "subtasks"]):
        swept.looked_at += 1
        id, key = str(issue["id"]), str(issue["key"])
        known = id in swept.due or PROPERTY in (issue.get("properties") or {})
        (swept.due if known else first)[id] = key
    return first


def hold_back(context: Context, swept: Swept, first: dict[str, str]) -> None:
    """Beyond the limit no first contact is touched; tickets that a webhook named, or that have evaluations, go on."""
    known = context.queue.was_named(list(first)) | {id for id in first if context.queue.evaluations_of(id)}
    if len(first) - len(known) > context.settings.sweep_limit:
        known |= with_evaluations(context, set(first) - known)
    unknown = {id: key for id, key in first.items() if id not in known}
    if len(unknown) > context.settings.sweep_limit:
        swept.held = unknown
    swept.due.update({id: key for id, key in first.items() if id not in swept.held})
    say_held(context, swept)


def with_evaluations(context: Context, tickets: Iterable[str]) -> frozenset[str]:
    """Which of these tickets have evaluations already, open or closed."""
    ids, found = sorted(tickets), set[str]()
    labels = among("labels", sorted(evaluation_labels(context.protocol)))
    for start in range(0, len(ids), 100):
        jql = f"{labels} AND parent in ({', '.join(ids[start : start + 100])})"
        found |= {
            str((issue["fields"].get("parent") or {}).get("id")) for issue in search(context.site, jql, ["parent"])
        }
    return frozenset(found)


def say_held(context: Context, swept: Swept) -> None:
    """Tells the operator once, and `/readyz` as long as it lasts."""
    if not swept.held:
        context.store.delete(HELD)
    elif not context.store.set(HELD, len(swept.held), get=True):
        log.error(
            "too many first contacts",
            held=len(swept.held),
            limit=context.settings.sweep_limit,
            mend="None of them was touched. Raise SWEEP_LIMIT to take them all on, or take the label off the old ones.",
        )


def request_jql(context: Context) -> str:
    """Open requests, in the spellings that people use (whether JQL minds the case is not documented)."""
    labels = {each.labels.request for each in all_protocols(context.protocol)}
    seen: set[str] = context.store.smembers(SPELLINGS)  # type: ignore[assignment]
    spelled = {how(label) for label in labels for how in (str, str.lower, str.upper, str.title, str.capitalize)} | seen
    return f"{served(context.protocol)}{among('labels', sorted(spelled))} AND statusCategory != Done"


def served(protocol: Protocol) -> str:
    """The part of a query that keeps to the projects served."""
    projects = sorted(protocol.by_project)
    return f"project in ({', '.join(quoted(key) for key in projects)}) AND " if projects else ""


def evaluation_labels(protocol: Protocol) -> frozenset[str]:
    """The labels of evaluations, over all projects."""
    return frozenset(each.labels.evaluation for each in all_protocols(protocol))


def all_protocols(protocol: Protocol) -> tuple[Protocol, ...]:
    """The protocol and every project's own."""
    return (protocol, *protocol.by_project.values())
