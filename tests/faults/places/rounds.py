"""A whole round as people play it, and the picture of the Jira it ends in: everything that anybody can see of it,
without ids, instants and order."""

import time
from datetime import date
from typing import Any

from sandbox import TicketView
from tests.faults.places.house import House
from tests.storytelling import MONDAY, SEATS, Clock

VOTES = ("SEV-2 broken", "SEV-2 queues\n\nClient: Ask dr.jones@clinic.example.", "OTHER")
Picture = dict[str, Any]


def play(house: House, project: str) -> str:
    """Label, three votes, resolved; after each the worker is given all the time it needs. Gives the ticket's key."""
    clock = house.jira.state.clock
    assert isinstance(clock, Clock)
    clock.at = MONDAY
    key = house.jira.create_ticket(project, "Check-in fails for all doctors", duedate=date(2026, 12, 24))
    id = house.jira.issue(key).id
    house.jira.label(key, "escalation-requested")
    house.hint(id)
    house.until(lambda: len(evaluations(house, key)) >= len(SEATS))
    house.settled(id)
    for seat, text in zip(SEATS, VOTES, strict=True):
        clock.forward(minutes=1)
        house.jira.comment(evaluations(house, key)[seat].key, text, by=SEATS[seat])
        house.hint(evaluations(house, key)[seat].id)
        house.settled(evaluations(house, key)[seat].id)
        house.settled(id)
    clock.forward(minutes=1)
    house.jira.close(key)
    house.hint(id)
    house.settled(id)
    return key


def evaluations(house: House, key: str) -> dict[str, TicketView]:
    """The round's evaluations by seat."""
    each = [house.jira.issue(child) for child in house.jira.issue(key).subtasks]
    return {child.properties["escalation"]["seat"]: child for child in each if "escalation" in child.properties}


def picture(house: House, key: str) -> Picture:
    """What people see of it, and what the record says."""
    ticket, below = house.jira.issue(key), [house.jira.issue(child) for child in house.jira.issue(key).subtasks]
    names = {child.key: child.properties.get("escalation", {}).get("seat", "?") for child in below} | {key: "TICKET"}
    return {
        "ticket": (sorted(ticket.labels), ticket.duedate, ticket.status, _said(ticket, names)),
        "evaluations": sorted(
            (names[e.key], e.status, e.assignee or "", e.labels, _renamed(e.summary, names), _said(e, names))
            for e in below
        ),
        "record": _without_ids(ticket.properties.get("escalation")),
    }


def settled_picture(house: House, key: str, wanted: Picture) -> Picture:
    """The picture as soon as it is the one that is wanted, else the one after three seconds: a sweep of the worker that
    was started again may still heal something."""
    end = time.monotonic() + 3
    while (found := picture(house, key)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return found


def difference(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where two pictures differ, a line each."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted({*found, *wanted})
        return [line for name in names for line in difference(found.get(name), wanted.get(name), f"{where}/{name}")]
    return [] if found == wanted else [f"{where}: {found} instead of {wanted}"]


def answers(house: House, key: str) -> int:
    """How many comments of ours a client can read."""
    return sum(c.author == "bot" and c.public and not c.visibility for c in house.jira.issue(key).comments)


def _said(issue: TicketView, names: dict[str, str]) -> list[tuple[str, bool, bool]]:
    """What we wrote, but for the word in time that a text would be held back: that is for whoever can still write
    another, and so is said only where the vote was seen before the decision."""
    ours = [c for c in issue.comments if c.author == "bot" and FOREWARNED not in c.text]
    return sorted((_renamed(c.text, names), c.public, bool(c.visibility)) for c in ours)


def _renamed(text: str, names: dict[str, str]) -> str:
    for key in sorted(names, key=len, reverse=True):
        text = text.replace(key, names[key])
    return text


FOREWARNED = "The vote counts, but its text for the client is not told"
IDS = ("ticket", "comment", "said", "claimed")


def _without_ids(value: Any) -> Any:
    """A record without what Jira numbers, the seal over it and how often something was tried; of what was said, only
    what it was."""
    if isinstance(value, dict):
        return {
            k: (sorted(v) if isinstance(v, dict) else "") if k in IDS else _without_ids(v)
            for k, v in value.items()
            if k not in ("seal", "tries")
        }
    return [_without_ids(each) for each in value] if isinstance(value, list) else value


def _names(value: Any) -> Any:
    return sorted(value) if isinstance(value, dict) else ""
