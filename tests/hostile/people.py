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
    return says(story)[0]


def says(story: Story) -> tuple[Verdict, str]:
    """The same, with the reason's code."""
    ticket = Standings(story.site).read(story.key, story.protocol)
    judged = judge(ticket, story.protocol.for_project(ticket.project), story.clock())
    return judged.verdict, judged.reason_code


def put_by_us(story: Story, label: str) -> bool:
    """Whether the worker was the last to put that label on."""
    issue = story.jira.state.find(story.key)
    assert issue is not None
    lines = [(change, history.author) for history in issue.histories for change in history.changes]
    labels = [(change, who) for change, who in lines if change.field == "labels"]
    put = [who for change, who in labels if label in _set(change.new_text) - _set(change.old_text)]
    return bool(put) and put[-1].nick == "bot"


def _set(text: str | None) -> set[str]:
    return set((text or "").lower().split())
