"""The queries of the sweep, in JQL: open evaluations, open requests, graded tickets; and whatever of ours has changed.

They read no Jira. Times are relative (`-5m`): Jira reads an absolute one in the time zone of the account that asks, and
to the minute (Atlassian, "Advanced search reference - JQL fields", Updated; airbytehq/airbyte#48492).
"""

import re
from collections.abc import Collection, Iterator
from itertools import product

from config.protocol import Protocol, all_labels
from worker.jira.search import among, quoted

RECENT = "-7d"
BY_KEY = " ORDER BY key"  # an order that does not change while pages are turned
LONG_ENOUGH = 4  # letters of a word that may have an ending
LATEST_FIRST = " ORDER BY updated DESC"


def open_evaluations(protocol: Protocol) -> str:
    """Evaluations that wait for a vote, in any project."""
    return f"{among('labels', evaluation_labels(protocol))} AND statusCategory != Done{BY_KEY}"


def evaluations_of(protocol: Protocol, tickets: Collection[str]) -> str:
    """Evaluations of these tickets, open or closed."""
    return f"{among('labels', evaluation_labels(protocol))} AND parent in ({', '.join(sorted(tickets))})"


def open_requests(protocol: Protocol, spellings: Collection[str], gone: Collection[str] = ()) -> str:
    """Open requests in the projects that are there, in the spellings that people use."""
    where = f"{among('labels', request_labels(protocol, spellings))} AND statusCategory != Done"
    return f"{served(protocol, gone)}{where}{BY_KEY}"


def graded(protocol: Protocol, gone: Collection[str] = ()) -> str:
    """Tickets with a severity label in the projects that are there, open or lately changed."""
    labels = sorted({grade.label for each in all_protocols(protocol) for grade in each.grades})
    where = f"{among('labels', labels)} AND (statusCategory != Done OR updated >= {RECENT})"
    return f"{served(protocol, gone)}{where}{BY_KEY}"


def changed(
    protocol: Protocol, spellings: Collection[str], minutes: int, watched: Collection[str], gone: Collection[str] = ()
) -> str:
    """Whatever of ours was changed in these last minutes: issues with a label of ours, and those that are watched,
    whose label may have been taken off."""
    labels = {label for each in all_protocols(protocol) for _, label in all_labels(each)}
    labels -= set(evaluation_labels(protocol))
    ways = [among("labels", evaluation_labels(protocol))]
    if is_any_served(protocol, gone):
        spelled = sorted(labels | set(request_labels(protocol, spellings)) | near_misses(protocol))
        ways.append(f"{served(protocol, gone)}{among('labels', spelled)}")
    if watched:
        ways.append(f"id in ({', '.join(watched)})")
    return f"({' OR '.join(f'({way})' for way in ways)}) AND updated >= -{minutes}m{LATEST_FIRST}"


def request_labels(protocol: Protocol, spellings: Collection[str]) -> list[str]:
    """The request label in the spellings that people use (whether JQL minds the case is not documented)."""
    labels = {each.labels.request for each in all_protocols(protocol)}
    ways = (str, str.lower, str.upper, str.title, str.capitalize)
    return sorted({how(label) for label in labels for how in ways} | set(spellings))


def near_misses(protocol: Protocol) -> set[str]:
    """The request label as it is most often written by mistake: with other signs between its words, or another ending.
    Whoever puts such a label on waits in vain, and is told so by a look."""
    return {near for each in all_protocols(protocol) for near in _near(each.labels.request)}


def _near(label: str) -> Iterator[str]:
    *first, last = re.split(r"[-_.]+", label.lower())
    stems = {last, *(last.removesuffix(ending) for ending in ("ed", "d", "s") if len(last) > LONG_ENOUGH)}
    for sign, stem, ending in product("-_.", stems, ("", "s", "d", "ed")):
        yield sign.join([*first, stem + ending])
    yield "".join([*first, last])


def is_any_served(protocol: Protocol, gone: Collection[str] = ()) -> bool:
    """Whether there is a project to search in."""
    return not protocol.by_project or not set(protocol.by_project) <= set(gone)


def served(protocol: Protocol, gone: Collection[str] = ()) -> str:
    """The part of a query that keeps to the projects served, less those that are gone."""
    projects = sorted(set(protocol.by_project) - set(gone))
    return f"project in ({', '.join(quoted(key) for key in projects)}) AND " if projects else ""


def evaluation_labels(protocol: Protocol) -> list[str]:
    """The labels of evaluations, over all projects."""
    return sorted({each.labels.evaluation for each in all_protocols(protocol)})


def all_protocols(protocol: Protocol) -> tuple[Protocol, ...]:
    """The protocol and every project's own."""
    return (protocol, *protocol.by_project.values())
