"""The three queries of the sweep, in JQL: open evaluations, open requests, graded tickets. They read no Jira."""

from collections.abc import Collection

from config.protocol import Protocol
from worker.jira.search import among, quoted

RECENT = "-7d"
BY_KEY = " ORDER BY key"  # an order that does not change while pages are turned


def open_evaluations(protocol: Protocol) -> str:
    """Evaluations that wait for a vote, in any project."""
    return f"{among('labels', evaluation_labels(protocol))} AND statusCategory != Done{BY_KEY}"


def evaluations_of(protocol: Protocol, tickets: Collection[str]) -> str:
    """Evaluations of these tickets, open or closed."""
    return f"{among('labels', evaluation_labels(protocol))} AND parent in ({', '.join(sorted(tickets))})"


def open_requests(protocol: Protocol, spellings: Collection[str]) -> str:
    """Open requests, in the spellings that people use (whether JQL minds the case is not documented)."""
    labels = {each.labels.request for each in all_protocols(protocol)}
    ways = (str, str.lower, str.upper, str.title, str.capitalize)
    spelled = {how(label) for label in labels for how in ways} | set(spellings)
    return f"{served(protocol)}{among('labels', sorted(spelled))} AND statusCategory != Done{BY_KEY}"


def graded(protocol: Protocol) -> str:
    """Tickets with a severity label, open or lately changed."""
    labels = sorted({grade.label for each in all_protocols(protocol) for grade in each.grades})
    where = f"{among('labels', labels)} AND (statusCategory != Done OR updated >= {RECENT})"
    return f"{served(protocol)}{where}{BY_KEY}"


def served(protocol: Protocol) -> str:
    """The part of a query that keeps to the projects served."""
    projects = sorted(protocol.by_project)
    return f"project in ({', '.join(quoted(key) for key in projects)}) AND " if projects else ""


def evaluation_labels(protocol: Protocol) -> list[str]:
    """The labels of evaluations, over all projects."""
    return sorted({each.labels.evaluation for each in all_protocols(protocol)})


def all_protocols(protocol: Protocol) -> tuple[Protocol, ...]:
    """The protocol and every project's own."""
    return (protocol, *protocol.by_project.values())
