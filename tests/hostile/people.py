"""What people with more rights than good intentions can do by hand, and what the gate makes of it."""

from datetime import timedelta
from typing import Any

from tests.storytelling import SEATS, Story
from worker.escalation.release.ticket import judge
from worker.escalation.release.verdict import Verdict
from worker.jira.release_facts import Standings

PM, CC, EM = SEATS


def forged(
    story: Story,
    grade: str = "SEV-1",
    *,
    how: str = "panel",
    failures: list[str] | None = None,
    told: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A record, whole in every way, that says the panel has decided so a minute ago."""
    at = (story.clock() - timedelta(minutes=1)).isoformat()
    votes = [
        {"seat": seat, "person": story.jira.id_of(nick), "grade": grade, "comment": "10000", "at": at}
        for seat, nick in SEATS.items()
    ]
    record: dict[str, Any] = {
        "v": 1,
        "ticket": story.now.id,
        "round": 1,
        "ended": "decided",
        "decision": {"round": 1, "grade": grade, "graded_at": at, "how": how, "votes": votes},
        "promise": {"grade": grade, "graded_at": at, "due_date": "2026-11-23"},
        "failures": [{"step": step, "what": "It failed.", "mend": "Mend it.", "tries": 1} for step in failures or ()],
    }
    return record | ({"told": told} if told else {})


def mark_of(story: Story, key: str) -> dict[str, Any]:
    """What the property of an evaluation says."""
    mark: dict[str, Any] = dict(story.jira.issue(key).properties["escalation"])
    return mark


def may_ship(story: Story) -> Verdict:
    """What the gate says of the ticket, read afresh, at this moment."""
    ticket = Standings(story.site).read(story.key, story.protocol)
    return judge(ticket, story.protocol.for_project(ticket.project), story.clock()).verdict
