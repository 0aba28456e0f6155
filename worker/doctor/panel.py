"""Doctor on the panel: everybody whom the protocol names exists, can be asked, and sits in one place (C16, C27)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.protocol import Protocol
from worker.doctor.finding import Finding, Group
from worker.errors import EscalationError, Unauthorized
from worker.escalation.facts.model import Person
from worker.jira import inspection
from worker.jira.groups import AUTHORITY, PREFIX
from worker.jira.inspection import Project
from worker.jira.site import Refused, Site

GROUP = Group("panel")
ASKED = frozenset({"holder", "substitute"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where the protocol names somebody: as what, and for which seat ("" for authority)."""

    role: str
    seat: str

    def __str__(self) -> str:
        return f"{self.role} of {self.seat}" if self.seat else self.role


Named = Mapping[str, Sequence[Place]]
ACCOUNT_ID = re.compile(r"[0-9a-f]{24}|[0-9a-z]{1,12}:[0-9A-Za-z:_-]{8,128}")


def named(protocol: Protocol) -> dict[str, list[Place]]:
    """Everybody in one panel, people and groups, with the places they have in it."""
    places: dict[str, list[Place]] = defaultdict(list)
    for seat in protocol.panel.seats:
        for role, people in (("holder", (seat.holder,)), ("substitute", seat.substitutes), ("member", seat.members)):
            for who in people:
                places[who].append(Place(role, seat.name))
    for who in protocol.panel.authority:
        places[who].append(Place(AUTHORITY, ""))
    return dict(places)


def check(site: Site, protocol: Protocol, projects: Sequence[Project]) -> Iterator[Finding]:
    """Every person of every project's panel, each told of once, and the fields that name people."""
    panels = _panels(protocol, projects)
    everybody = _everybody(panels)
    people = {who: places for who, places in everybody.items() if not who.startswith(PREFIX)}
    yield from _people(site, people, panels)
    for panel in panels.values() if len(panels) > 1 and _differ(panels.values()) else [everybody]:
        yield from _twice(panel)
    yield from _fields(site, protocol, projects)


def groups(site: Site, protocol: Protocol, projects: Sequence[Project]) -> Iterator[Finding]:
    """Every group of every project's panel. Jira may answer 401 to a token that lacks the scope for it, and then all
    calls of this site pause: so it wants a site of its own."""
    everybody = _everybody(_panels(protocol, projects))
    named_groups = [who for who in everybody if who.startswith(PREFIX)]
    for who, found in zip(named_groups, [_members(site, who) for who in named_groups], strict=True):
        yield _group(f"{who} ({', '.join(str(place) for place in everybody[who])})", found)


def _panels(protocol: Protocol, projects: Sequence[Project]) -> dict[str, Named]:
    """The panel of each project, by its key; the protocol's own where there is no project to look at."""
    return {project.key: named(protocol.for_project(project.key)) for project in projects} or {"": named(protocol)}


def _everybody(panels: Mapping[str, Named]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for panel in panels.values():
        for who, places in panel.items():
            found[who] = list(dict.fromkeys([*found.get(who, []), *places]))
    return found


def _differ(panels: Iterable[Named]) -> bool:
    first, *others = panels
    return any(other != first for other in others)


def _people(site: Site, people: Named, panels: Mapping[str, Named]) -> Iterator[Finding]:
    found = dict(zip(people, site.together(lambda who: _ask(site, who), list(people)), strict=True))
    usable = {who for who, person in found.items() if isinstance(person, Person) and can_be_asked(person)}
    pairs = [(who, key) for key, panel in panels.items() if key for who in panel if who in usable]
    pairs = [(who, key) for who, key in pairs if any(place.role in ASKED for place in panels[key][who])]
    answers = site.together(lambda pair: _assignable(site, *pair), pairs)
    refused = [(who, key, why) for (who, key), why in zip(pairs, answers, strict=True) if why]
    for who, person in found.items():
        because = [(key, why) for one, key, why in refused if one == who]
        yield from _person(who, person, people[who], because, of_other_kind(who, cloud=site.cloud))


def _ask(site: Site, who: str) -> Person | EscalationError | None:
    try:
        return inspection.person(site, who)
    except EscalationError as error:
        return error


def _assignable(site: Site, who: str, project: str) -> str:
    """Nothing, or why not."""
    try:
        return "" if inspection.is_assignable(site, who, project) else "cannot be assigned issues"
    except Refused as error:
        return f"whether issues can be assigned to them cannot be read ({error})"


def can_be_asked(person: Person) -> bool:
    """Whether this is an active colleague, neither a customer of the portal nor an app."""
    return person.active and not person.customer and not person.app


def of_other_kind(who: str, *, cloud: bool) -> str:
    """What a person is called by who is written as on the other kind of Jira; "" where the form is right.

    An accountId has 24 hexadecimal digits, or a number, a colon and a UUID (Atlassian, "User privacy developer guide").
    """
    looks_like_cloud = bool(ACCOUNT_ID.fullmatch(who))
    if looks_like_cloud == cloud:
        return ""
    return NAME_OF_DATA_CENTER if cloud else ID_OF_CLOUD


NAME_OF_DATA_CENTER, ID_OF_CLOUD = "a user name of Data Center", "an accountId of Jira Cloud"
_HERE = {
    NAME_OF_DATA_CENTER: ("Jira Cloud", "Put in an accountId: the end of the address of the person's profile page."),
    ID_OF_CLOUD: ("Data Center", "Put in the person's user name."),
}


def _person(
    who: str,
    person: Person | EscalationError | None,
    places: Sequence[Place],
    refused: Sequence[tuple[str, str]],
    wrong: str,
) -> Iterator[Finding]:
    where = ", ".join(str(place) for place in places)
    if wrong and not isinstance(person, Person):
        here, mend = _HERE[wrong]
        yield GROUP.mend(f"{who} ({where})", f"is {wrong}, and this is {here}", mend)
    elif isinstance(person, EscalationError):
        mend = "Give our account the global permission Browse Users and Groups."
        yield GROUP.mend(f"{who} ({where})", f"cannot be looked up: {person}", mend)
    elif person is None:
        mend = "Put in an accountId (Cloud: the end of the profile page's address) or a user name (Data Center)."
        yield GROUP.mend(f"{who} ({where})", "there is no such person", mend)
    elif not can_be_asked(person):
        kind = "a customer" if person.customer else "an app" if person.app else "inactive"
        yield GROUP.mend(f"{person.name} ({where})", f"is {kind}", "Name an active colleague in the protocol file.")
    else:
        yield from _asked(f"{person.name} ({where})", refused)


def _asked(name: str, refused: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for why in dict.fromkeys(why for _, why in refused):
        keys = ", ".join(key for key, one in refused if one == why)
        mend = (
            "Give this person the permission Assignable User there (in a service project: a licence), or name somebody "
            "else in the protocol file. Until then a substitute is passed over there; a holder is mentioned, not "
            "assigned, and votes by a comment all the same."
        )
        yield GROUP.mend(name, f"{why} in {keys}", mend)
    if not refused:
        yield GROUP.ok(name, "active, can be asked")


def _group(name: str, found: bool | EscalationError | None) -> Finding:
    if found is True:
        return GROUP.ok(name, "has members")
    if isinstance(found, EscalationError):
        mend = (
            "Give our account the global permission Browse Users and Groups (Data Center: administration); a token "
            "with scopes needs manage:jira-configuration. Or name people instead of groups."
        )
        return GROUP.mend(name, f"cannot be read: {found}", mend)
    what = "has no active member" if found is False else "there is no such group"
    return GROUP.mend(name, what, "Put people into the group, or name another in the protocol file.")


def _members(site: Site, who: str) -> bool | EscalationError | None:
    try:
        return inspection.has_members(site, who.removeprefix(PREFIX))
    except (Refused, Unauthorized) as error:
        return error


def _twice(panel: Named) -> Iterator[Finding]:
    """A substitute is passed over while holding another seat, so nobody might be left to ask."""
    for who, places in panel.items():
        seats = [place for place in places if place.role in ASKED]
        if len({place.seat for place in seats}) > 1:
            mend = "Name a substitute who holds no other seat: one person votes in one seat."
            yield GROUP.advice(who, f"named for several seats: {', '.join(str(place) for place in seats)}", mend)


def _fields(site: Site, protocol: Protocol, projects: Sequence[Project]) -> Iterator[Finding]:
    """The fields that say who spoke with the client."""
    parts = [protocol.for_project(project.key) for project in projects] or [protocol]
    wanted = {seat.field: seat.name for part in parts for seat in part.panel.seats if seat.field}
    kinds = inspection.field_kinds(site) if wanted else {}
    for field, seat in wanted.items():
        name = f"{field} (field of {seat})"
        if kinds.get(field) == "user":
            yield GROUP.ok(name, "a user field")
        else:
            found = f"holds {kinds[field]}, not a person" if field in kinds else "there is no such field"
            yield GROUP.mend(name, found, 'Put in the id of a user field (customfield_…), or field = "".')
