"""A worker that dies before or after any single call of a round leaves, in the end, the same Jira (design.md §5.2).

`reset-before`: the call was never made. `reset-after`: Jira did the work, and the answer was lost. After that the
next look starts from what is in Jira, as it would after a restart.
"""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from sandbox import Fault, Sandbox
from tests.story.telling import told
from tests.storytelling import MONDAY, SEATS, Clock, Memory, Story
from worker.errors import TryAgain
from worker.jira.text.reading import plain

VOTES = ("SEV-2 broken", "SEV-2 queues\n\nClient: Ask dr.jones@clinic.example.", "OTHER")
SITES = [(flavour, project) for flavour in ("cloud", "dc") for project in ("SUP", "OPS")]
WHERE = pytest.mark.parametrize("where", SITES, ids="-".join)


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Sandbox]]:
    """One sandbox of each flavour for all of these rounds: every round has its own ticket."""
    with Sandbox("cloud", clock=Clock(MONDAY)) as cloud, Sandbox("dc", clock=Clock(MONDAY)) as dc:
        yield {"cloud": cloud, "dc": dc}


def a_round(jira: Sandbox, project: str, *faults: Fault) -> dict[str, Any]:
    """A whole round, looked at after everything that happens; what Jira looks like in the end."""
    clock = jira.state.clock
    assert isinstance(clock, Clock)
    clock.at = MONDAY
    story = Story(jira, clock)
    story.ticket(project, duedate=date(2026, 12, 24))
    story.jira.label(story.key, "escalation-requested")
    for fault in faults:
        jira.faults.add(fault)
    steadily(story)
    for seat, text in zip(SEATS, VOTES, strict=True):
        clock.forward(minutes=1)
        story.say(seat, text)
        steadily(story)
    jira.faults.clear()
    return picture(story)


def steadily(story: Story) -> None:
    """Looks until nothing is left to do, as the queue would; what a lost worker knew is forgotten."""
    for _ in range(12):
        try:
            if story.look().plan.empty:
                return
        except TryAgain:
            story.memory = Memory()
            story.rules()
    raise AssertionError("the ticket does not settle")


def picture(story: Story) -> dict[str, Any]:
    """Everything that people can see of the round, without ids."""
    names = {story.key: "TICKET"} | {e.key: e.properties["escalation"]["seat"] for e in story.evaluations()}

    def said(issue: Any) -> list[Any]:
        ours = [comment for comment in issue.comments if comment.author == "bot"]
        return sorted((renamed(plain(c.body), names), c.public, bool(c.visibility)) for c in ours)

    record = {key: story.record[key] for key in ("round", "ended", "decision", "promise", "due_before")}
    record["decision"]["votes"] = [vote | {"comment": ""} for vote in record["decision"]["votes"]]
    return {
        "ticket": (sorted(story.now.labels), story.now.duedate, story.now.status, said(story.now)),
        "evaluations": sorted(
            (names[e.key], e.status, e.assignee or "", e.labels, renamed(e.summary, names), said(e))
            for e in map(story.jira.issue, story.now.subtasks)
        ),
        "record": record | {"said": sorted(story.record["said"]), "told": story.record["told"]["how"]},
        "failures": story.record.get("failures"),
        "answers": len(told(story)),
    }


def renamed(text: str, names: dict[str, str]) -> str:
    for key in sorted(names, key=len, reverse=True):
        text = text.replace(key, names[key])
    return text


def calls_of(jira: Sandbox, project: str) -> tuple[dict[str, Any], int]:
    jira.log.clear()
    undisturbed = a_round(jira, project)
    return undisturbed, len(jira.calls())


@WHERE
@pytest.mark.slow
def test_a_worker_that_dies_at_any_call_leaves_the_same_jira(sites: dict[str, Sandbox], where: tuple[str, str]) -> None:
    flavour, project = where
    jira = sites[flavour]
    undisturbed, count = calls_of(jira, project)
    assert undisturbed["answers"] == 1 and count >= 14
    for number in range(count):
        for how in ("reset-before", "reset-after"):
            fault = Fault(how, account="bot", skip=number)  # type: ignore[arg-type]
            found = a_round(jira, project, fault)
            assert fault.hits == 1 and found == undisturbed, f"{how} of call {number + 1}"


@WHERE
@pytest.mark.slow
def test_a_worker_that_dies_twice_leaves_the_same_jira(sites: dict[str, Sandbox], where: tuple[str, str]) -> None:
    flavour, project = where
    jira = sites[flavour]
    undisturbed, count = calls_of(jira, project)
    dice = random.Random(f"{flavour} {project}")
    for _ in range(6):
        faults = [
            Fault(dice.choice(("reset-before", "reset-after")), account="bot", skip=dice.randrange(count + 2))
            for _ in range(2)
        ]
        drawn = [(fault.action, fault.skip) for fault in faults]
        assert a_round(jira, project, *faults) == undisturbed, drawn


@pytest.mark.slow
def test_a_grade_that_changes_and_a_worker_that_dies(sites: dict[str, Sandbox]) -> None:
    """A second round's answer is not taken for the first one's, wherever the worker stopped."""
    for number in range(0, 16, 2):
        jira = sites["cloud"]
        a_round(jira, "SUP")
        story = Story(jira, jira.state.clock)  # type: ignore[arg-type]
        story.key = jira.tickets("SUP")[-1].key
        story.clock.forward(hours=1)
        jira.label(story.key, "escalation-requested")
        fault = jira.faults.add(Fault("reset-after", account="bot", skip=number))
        steadily(story)
        for seat in SEATS:
            story.clock.forward(minutes=1)
            story.say(seat, "SEV-1", round=2)
        steadily(story)
        jira.faults.clear()
        first, second = told(story)
        assert "We have evaluated this report. " in first and "We have evaluated this report again. " in second
        assert fault.hits <= 1 and story.now.labels == ("sev-1",)
