"""The ticket moves up the queue (R3): the priority that a grade gives is set in the decision's one edit."""

import pytest

from sandbox import Sandbox
from sandbox.state.model import PRIORITIES
from tests.story.telling import failed_steps, noted
from tests.storytelling import Clock, Story, _default_grades

LOW = next(each for each in PRIORITIES if each.name == "Low")
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])


def with_priorities(jira: Sandbox, clock: Clock, **priorities: str) -> Story:
    """By the grade's name with an underscore: `SEV_1="Highest"`."""
    grades = [
        grade | {"priority": priorities.get(str(grade["name"]).replace("-", "_"), "")} for grade in _default_grades()
    ]
    return Story(jira, clock, grades=grades)


def priority(story: Story) -> str:
    return story.jira.state.find(story.key).priority.name  # type: ignore[union-attr]


def edits(story: Story) -> list[dict[str, object]]:
    """The bodies of what we wrote to the ticket itself."""
    found = (
        call for call in story.jira.calls() if call.method == "PUT" and call.path.endswith(f"/issue/{story.now.id}")
    )
    return [call.body for call in found if isinstance(call.body, dict)]


@PROJECTS
def test_it_is_set_with_label_and_date(jira: Sandbox, clock: Clock, project: str) -> None:
    story = with_priorities(jira, clock, SEV_2="High")
    story.request(project)
    assert priority(story) == "Medium"
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert priority(story) == "High"
    [edit] = [body for body in edits(story) if "priority" in (body.get("fields") or {})]
    assert edit["fields"]["duedate"] and edit["update"]["labels"]  # type: ignore[index]


def test_off_by_default(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1")
    assert priority(story) == "Medium"


def test_a_persons_change_stays_until_another_grade(jira: Sandbox, clock: Clock) -> None:
    story = with_priorities(jira, clock, SEV_1="Highest", SEV_2="High")
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    clock.forward(minutes=5)
    jira.edit(story.key, priority=LOW)
    story.forward(hours=1)
    assert priority(story) == "Low"
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    assert priority(story) == "Low", "a confirmed grade touches nothing"
    clock.forward(minutes=5)
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1", round=3)
    assert priority(story) == "Highest"


def test_a_drill_leaves_it_alone(jira: Sandbox, clock: Clock) -> None:
    story = with_priorities(jira, clock, SEV_1="Highest")
    story.ticket()
    jira.label(story.key, "escalation-drill")
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1")
    assert priority(story) == "Medium"


@PROJECTS
def test_a_priority_that_the_project_does_not_have_stops_nothing(jira: Sandbox, clock: Clock, project: str) -> None:
    story = with_priorities(jira, clock, SEV_2="Burning")
    story.request(project)
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",) and story.now.duedate and len(story.to_client()) == 1
    assert failed_steps(story) == ["priority"]
    [note] = noted(story, "cannot be set to Burning")
    assert "Priority" in note


def test_it_is_made_up_for_once_the_field_is_there(jira: Sandbox, clock: Clock) -> None:
    jira.hide_field("priority", "SUP")
    story = with_priorities(jira, clock, SEV_2="High")
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert failed_steps(story) == ["priority"]
    jira.show_field("priority", "SUP")
    story.settle(retry=True)
    assert priority(story) == "High" and failed_steps(story) == []
