"""Projects as companies have them: several sub-task types, special ones first; screens that ask on the way to Done."""

from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.state.model import SUBTASK, IssueType
from tests.story.telling import failed_steps, noted
from tests.storytelling import Clock, Story

CHECKLIST = IssueType("10002", "Release checklist", subtask=True)
REVIEW = IssueType("10009", "Review", subtask=True)
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])
VOTES = ("SEV-2", "SEV-2", "SEV-2")


def with_types(jira: Sandbox, *types: IssueType) -> None:
    found = jira.project("SUP")
    found.issue_types = [each for each in found.issue_types if not each.subtask] + list(types)


def types_of(story: Story) -> set[str]:
    found = (story.jira.state.find(each.key) for each in story.evaluations())
    return {issue.type.name for issue in found if issue}


def test_the_usual_type_where_a_special_one_stands_first(jira: Sandbox, clock: Clock) -> None:
    with_types(jira, CHECKLIST, REVIEW, SUBTASK)
    story = Story(jira, clock)
    story.request()
    assert types_of(story) == {"Sub-task"}


def test_the_one_that_the_protocol_names(jira: Sandbox, clock: Clock) -> None:
    with_types(jira, CHECKLIST, REVIEW, SUBTASK)
    story = Story(jira, clock, panel={"subtask_type": "review"})
    story.request()
    assert types_of(story) == {"Review"}


def test_the_next_one_where_the_first_is_refused(jira: Sandbox, clock: Clock) -> None:
    with_types(jira, CHECKLIST, SUBTASK)
    jira.demand_field("Cost centre", "SUP")
    jira.project("SUP").demanding = {SUBTASK.id}
    story = Story(jira, clock)
    story.request()
    assert types_of(story) == {"Release checklist"} and len(story.evaluations()) == 3
    assert failed_steps(story) == []
    story.vote(*VOTES)
    assert len(story.to_client()) == 1


def test_none_of_them_is_taken(jira: Sandbox, clock: Clock) -> None:
    with_types(jira, CHECKLIST, SUBTASK)
    jira.demand_field("Cost centre", "SUP")
    story = Story(jira, clock)
    story.request()
    assert story.evaluations() == [] and failed_steps(story) == ["open the evaluations"]


def asked(kind: str, values: list[dict[str, str]] | None, name: str = "Fix versions", **schema: str) -> dict[str, Any]:
    field = {"required": True, "hasDefaultValue": False, "name": name, "operations": ["set"]}
    return field | {"schema": {"type": kind, **schema}} | ({"allowedValues": values} if values else {})


@PROJECTS
@pytest.mark.parametrize(
    "field",
    [
        asked("array", [{"id": "1", "name": "1.0"}], items="version"),
        asked("array", [{"id": "7", "name": "Login"}], "Components", items="component"),
        asked("array", [{"value": "yes"}], "Checked", items="option"),
        asked("option", [{"value": "Bug"}], "Cause"),
    ],
    ids=["versions", "components", "checkboxes", "choice-without-id"],
)
def test_a_field_on_the_way_to_done_gets_its_shape(
    jira: Sandbox, clock: Clock, project: str, field: dict[str, Any]
) -> None:
    jira.project(project).asked_on_close = {"customfield_10050": field}
    story = Story(jira, clock)
    story.request(project)
    story.vote(*VOTES)
    assert [each.status for each in story.evaluations()] == ["Done"] * 3 and failed_steps(story) == []


@pytest.mark.parametrize(
    "field",
    [asked("string", None, "Root cause"), asked("user", [{"id": "1", "name": "x"}], "Root cause")],
    ids=["text", "person"],
)
def test_what_only_a_person_can_fill_is_named(jira: Sandbox, clock: Clock, field: dict[str, Any]) -> None:
    jira.project("SUP").asked_on_close = {"customfield_10051": field}
    story = Story(jira, clock)
    story.request()
    story.vote(*VOTES)
    assert story.now.labels == ("sev-2",) and len(story.to_client()) == 1
    [note] = noted(story, "only a person can fill in")
    assert "Root cause" in note
