"""Doctor on how clients behind linked requests are told (design §4, "Telling").

Whether the site knows the types of links, whether our account may answer there, and where nobody would hear an answer
at all. It only reads.
"""

from collections.abc import Iterator, Sequence

from config.mistakes import did_you_mean
from config.protocol import Client, Protocol
from worker.doctor.finding import Finding, Group
from worker.errors import EscalationError
from worker.jira import inspection
from worker.jira.inspection import Project
from worker.jira.site import Refused, Site
from worker.jira.write import AGENT

GROUP, TYPES = Group("projects"), Group("labels")
NAME = "client.told_through"
MOST = 20
USUAL = frozenset(Client().told_through)


def types(site: Site, protocol: Protocol) -> Iterator[Finding]:
    """Whether the site knows the types of links that the protocol names."""
    yield from _types(sorted(_told(protocol)), inspection.link_types(site))


def check(site: Site, protocol: Protocol, served: Sequence[Project], *, everywhere: bool) -> Iterator[Finding]:
    """Each service project that is not looked at anyway (`everywhere`: not only what was asked for), then projects in
    which no client reads."""
    known = inspection.link_types(site)
    services = [each for each in inspection.projects(site, MOST) if each.service]
    if everywhere and _told(protocol) and any(each.client.comment == "auto" for each in _protocols(protocol)):
        keys = {each.key for each in served}
        yield from (each for one in services if one.key not in keys for each in _may_answer(site, one))
    for project in served:
        if not project.service:
            yield from _is_heard(protocol.for_project(project.key), project, known, services)


def _protocols(protocol: Protocol) -> tuple[Protocol, ...]:
    return (protocol, *protocol.by_project.values())


def _told(protocol: Protocol) -> set[str]:
    return {name for each in _protocols(protocol) for name in each.client.told_through}


def _types(told: Sequence[str], known: Sequence[str] | None) -> Iterator[Finding]:
    if known is None:
        if told:
            mend = "Switch issue linking on (Jira settings → Issues → Issue linking), or set told_through = []."
            yield TYPES.advice(NAME, "issues cannot be linked on this site, so no linked request is told", mend)
        return
    names = {name.casefold() for name in known}
    missing = [name for name in told if name.strip().casefold() not in names]
    for name in missing:
        near = did_you_mean(name, known)
        mend = f"Write the name of a link type as Jira has it: {', '.join(sorted(known))}."
        level = TYPES.advice if name in USUAL and not near else TYPES.mend
        yield level(NAME, f"the site has no link type {name!r}{near}", mend)
    if told and not missing:
        yield TYPES.ok(NAME, f"the site knows {', '.join(told)}")


def _may_answer(site: Site, project: Project) -> Iterator[Finding]:
    """A request may be linked from a service project that is not served itself: the answer goes there all the same."""
    name = f"{project.key}: linked requests"
    try:
        held = inspection.permissions(site, project.key, ["ADD_COMMENTS", AGENT])
    except (Refused, EscalationError) as error:
        mend = "Make sure that our account may comment there as an agent: else linked requests are not told."
        yield GROUP.advice(name, f"whether our account may answer there cannot be read: {error}", mend)
        return
    if {"ADD_COMMENTS", AGENT} <= held:
        yield GROUP.ok(name, "our account may answer their clients")
    else:
        mend = "Give our account Add Comments there, and make it an agent of that service project."
        yield GROUP.mend(name, "our account cannot answer their clients: it may not comment publicly there", mend)


def _is_heard(
    rules: Protocol, project: Project, known: Sequence[str] | None, services: Sequence[Project]
) -> Iterator[Finding]:
    """Where comments are read by colleagues only, clients hear through linked requests, or not at all."""
    if rules.client.comment != "auto":
        return
    names = {name.casefold() for name in known or ()}
    types = [name for name in rules.client.told_through if name.strip().casefold() in names]
    name = f"{project.key}: who hears the answer"
    if types and services:
        keys = ", ".join(each.key for each in services)
        yield GROUP.ok(name, f"clients whose request (in {keys}) is linked by {' or '.join(types)}")
    elif services:
        mend = "Name a link type that the site has in client.told_through, and link the clients' requests by it."
        yield GROUP.mend(name, "nobody: no service project, and no link type of told_through is known", mend)
    else:
        mend = (
            "Nothing to do if your clients can browse this project; else tell them yourself, or use comment = 'draft'."
        )
        yield GROUP.advice(name, "nobody, unless clients can browse it: the site has no service project", mend)
