"""What cannot be done is done without, noted once for those who can mend it, and tried again (§4, "Failures").

Every story has the same ending: the decision stands, colleagues know, looks in between do nothing, and once the
cause is gone `failures retry` (or the passing of time) does what was missing, and nothing is said twice.
"""

from collections.abc import Callable
from datetime import date

import pytest

from sandbox.state.model import IssueType
from tests.story.telling import assert_nothing_leaks, failed_steps, noted, told
from tests.storytelling import SEATS, Story
from worker.errors import CannotDo

BOTH = pytest.mark.parametrize("project", ["SUP", "OPS"])
VOTES = ("SEV-2 broken", "SEV-2 queues\n\nClient: You cannot work.", "SEV-2")


def assert_quiet(story: Story) -> None:
    """Looking again changes nothing, and writes nothing."""
    before = len([call for call in story.jira.calls() if call.write])
    for _ in range(3):
        story.clock.forward(seconds=30)
        assert story.look().plan.empty
    assert len([call for call in story.jira.calls() if call.write]) == before


def assert_whole(story: Story, due: date | None = date(2026, 11, 24)) -> None:
    """Everything that a round should leave is there, once, and no failure stands."""
    story.settle()
    assert failed_steps(story) == []
    assert story.now.labels == ("sev-2",) and story.now.duedate == due
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1
    assert_nothing_leaks(story)


def by_hand(story: Story) -> None:
    """`failures retry`."""
    story.settle(retry=True)


def by_time(story: Story) -> None:
    """The sweep looks again once the next try is due."""
    story.forward(minutes=11)


HOW = pytest.mark.parametrize("mend", [by_hand, by_time])
WAYS = pytest.mark.parametrize(("project", "mend"), [("SUP", by_hand), ("OPS", by_time)])


@WAYS
@pytest.mark.parametrize("field", ["duedate", "labels"])
def test_a_field_that_is_not_on_the_screen(
    story: Story, project: str, field: str, mend: Callable[[Story], object]
) -> None:
    story.request(project)
    story.jira.hide_field(field, project)
    story.vote(*VOTES)
    step = {"duedate": "due date", "labels": "labels"}[field]
    assert failed_steps(story) == [step] and story.record["decision"]["grade"] == "SEV-2"
    assert len(told(story)) == 1
    assert story.now.duedate == (None if field == "duedate" else date(2026, 11, 24))
    assert story.now.labels == (("sev-2",) if field == "duedate" else ("escalation-requested",))
    [note] = noted(story, "Something could not be done")
    assert f"(field {field})" in note
    assert_quiet(story)

    mend(story)
    assert failed_steps(story) == [step] and story.record["failures"][0]["tries"] == 2
    story.jira.show_field(field, project)
    story.clock.forward(minutes=30)
    mend(story)
    assert_whole(story)
    assert len(noted(story, "Something could not be done")) == 1


@BOTH
def test_both_fields_missing(story: Story, project: str) -> None:
    story.request(project)
    for field in ("duedate", "labels"):
        story.jira.hide_field(field, project)
    story.vote(*VOTES)
    assert sorted(failed_steps(story)) == ["due date", "labels"]
    assert len(noted(story, "Something could not be done")) == 2
    assert_quiet(story)
    story.jira.show_field("labels", project)
    story.settle(retry=True)
    assert failed_steps(story) == ["due date"] and story.now.labels == ("sev-2",)
    story.jira.show_field("duedate", project)
    story.settle(retry=True)
    assert_whole(story)


def test_a_person_who_mends_it_by_hand_has_mended_it(story: Story) -> None:
    story.request()
    story.jira.hide_field("duedate", "SUP")
    story.jira.hide_field("labels", "SUP")
    story.vote(*VOTES)
    story.jira.set_due(story.key, date(2026, 12, 1))
    story.jira.edit(story.key, labels=("sev-2",))
    for field in ("duedate", "labels"):
        story.jira.show_field(field, "SUP")
    story.settle(retry=True)
    assert_whole(story, due=date(2026, 12, 1))


def test_a_stalled_round_whose_label_cannot_be_set_is_still_decided_at_once(story: Story) -> None:
    story.request()
    story.jira.hide_field("labels", "SUP")
    story.vote("SEV-2")
    story.forward(hours=4)
    assert noted(story, "is stalled")
    story.jira.show_field("labels", "SUP")
    story.say("client-contact", VOTES[1])
    story.settle()
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1
    assert failed_steps(story) == []


@BOTH
def test_nobody_can_be_assigned(story: Story, project: str) -> None:
    story.jira.user("petra").assignable = False
    story.request(project)
    assert [e.assignee for e in story.evaluations()].count(None) == 1
    assert story.evaluation("project-manager").assignee is None
    asked = story.evaluation("project-manager").description
    assert "Nobody is assigned" in asked and "please answer all the same" in asked
    assert failed_steps(story) == ["assign project-manager"]
    [note] = noted(story, "Something could not be done")
    assert "Petra Project" in note and (story.jira.flavour == "dc" or story.jira.id_of("petra") not in note)
    assert_quiet(story)

    story.settle(retry=True)
    assert failed_steps(story) == ["assign project-manager"]
    story.jira.user("petra").assignable = True
    story.settle(retry=True)
    assert story.evaluation("project-manager").assignee == "petra"
    story.vote(*VOTES)
    assert_whole(story)
    assert len(noted(story, "Something could not be done")) == 1


def test_nobody_can_be_assigned_until_time_has_passed(story: Story) -> None:
    story.jira.user("petra").assignable = False
    story.request()
    story.jira.user("petra").assignable = True
    story.forward(minutes=11)
    assert story.evaluation("project-manager").assignee == "petra"
    assert failed_steps(story) == []


@BOTH
def test_a_substitute_sits_in_for_somebody_who_cannot_be_assigned(story: Story, project: str) -> None:
    story.rules(
        seats={"project-manager": {"holder": story.jira.id_of("nora"), "substitutes": [story.jira.id_of("paul")]}}
    )
    story.request(project)
    assert story.evaluation("project-manager").assignee == "paul"
    [note] = noted(story, "Something could not be done")
    assert "cannot be assigned" in note
    story.say("project-manager", "SEV-2", by="paul")
    story.vote("", VOTES[1], VOTES[2])
    assert story.now.labels == ("sev-2",)
    assert len(noted(story, "Something could not be done")) == 1


@HOW
def test_a_project_without_sub_tasks(story: Story, mend: Callable[[Story], object]) -> None:
    types = story.jira.project("SUP").issue_types
    story.jira.without_subtasks("SUP")
    story.request()
    assert story.evaluations() == [] and failed_steps(story) == ["open the evaluations"]
    [note] = noted(story, "Something could not be done")
    assert "no sub-task issue type" in note
    assert_quiet(story)
    story.jira.project("SUP").issue_types = types
    mend(story)
    story.vote(*VOTES)
    assert_whole(story)
    assert len(noted(story, "Something could not be done")) == 1


def test_another_sub_task_type_than_the_one_remembered(story: Story) -> None:
    story.request()
    project = story.jira.project("SUP")
    project.issue_types = [t for t in project.issue_types if not t.subtask] + [IssueType("10099", "Evaluation", True)]
    story.ticket()
    story.jira.label(story.key, "escalation-requested")
    story.look()
    assert failed_steps(story) == ["open the evaluations"]
    story.settle(retry=True)
    assert len(story.evaluations()) == 3 and failed_steps(story) == []


@WAYS
def test_no_permission_to_create(story: Story, project: str, mend: Callable[[Story], object]) -> None:
    story.jira.deny("CREATE_ISSUES", project)
    story.request(project)
    assert story.evaluations() == [] and failed_steps(story) == ["open the evaluations"]
    assert len(noted(story, "Something could not be done")) == (1 if project == "SUP" else 0)
    assert_quiet(story)
    story.jira.allow("CREATE_ISSUES", project)
    mend(story)
    story.vote(*VOTES)
    assert_whole(story)


@WAYS
def test_no_permission_to_comment(story: Story, project: str, mend: Callable[[Story], object]) -> None:
    story.request(project)
    story.jira.deny("ADD_COMMENTS", project)
    story.vote(*VOTES)
    assert story.now.labels == ("sev-2",) and story.now.duedate == date(2026, 11, 24)
    assert sorted(failed_steps(story)) == ["note summary", "tell the client"]
    assert told(story) == []
    assert_quiet(story)
    story.jira.allow("ADD_COMMENTS", project)
    mend(story)
    assert_whole(story)


@BOTH
def test_no_permission_to_edit_keeps_everybody_silent_until_the_grade_can_be_recorded(
    story: Story, project: str
) -> None:
    story.request(project)
    story.jira.deny("EDIT_ISSUES", project)
    for _ in range(3):
        with pytest.raises(CannotDo, match="cannot be edited"):
            story.vote(*VOTES)
    assert told(story) == [] and noted(story, "Decision") == []
    assert len(noted(story, f"{story.key} cannot be edited")) == 1
    story.jira.allow("EDIT_ISSUES", project)
    story.settle()
    assert_whole(story)


@WAYS
@pytest.mark.parametrize("cause", ["permission", "workflow"])
def test_evaluations_that_cannot_be_closed(
    story: Story, project: str, cause: str, mend: Callable[[Story], object]
) -> None:
    story.request(project)
    if cause == "permission":
        story.jira.deny("TRANSITION_ISSUES", project)
    else:
        story.jira.project(project).closable = False
    story.vote(*VOTES)
    assert len(told(story)) == 1 and story.now.labels == ("sev-2",)
    assert sorted(failed_steps(story)) == sorted(f"close {e.key}" for e in story.evaluations())
    [note] = noted(story, "Something could not be done")
    assert all(e.key in note for e in story.evaluations()), "one cause, one note"
    assert_quiet(story)
    story.jira.allow("TRANSITION_ISSUES", project)
    story.jira.project(project).closable = True
    mend(story)
    assert_whole(story)
    assert len(noted(story, "Something could not be done")) == 1


def test_one_cause_is_noted_once_however_often_it_is_met(story: Story) -> None:
    story.request()
    story.jira.project("SUP").closable = False
    for seat in SEATS:
        story.clock.forward(minutes=1)
        story.say(seat, "SEV-2")
        story.settle()
    assert len(failed_steps(story)) == 3 and len(noted(story, "Something could not be done")) == 1
    assert_quiet(story)


@BOTH
def test_a_transition_that_asks_for_a_resolution_gets_one(story: Story, project: str) -> None:
    story.jira.project(project).resolution_required = True
    story.request(project)
    story.vote(*VOTES)
    assert_whole(story)
    assert {e.resolution for e in story.evaluations()} == {"Done"}


def test_a_workflow_that_changes_under_us(story: Story) -> None:
    story.request()
    story.vote(VOTES[0])
    story.jira.project("SUP").resolution_required = True
    story.vote("", *VOTES[1:])
    assert_whole(story)


@HOW
def test_a_client_comment_that_comes_out_internal(story: Story, mend: Callable[[Story], object]) -> None:
    story.request()
    story.jira.user("bot").agent = False
    story.vote(*VOTES)
    ours = [c for c in story.now.comments if "Severity" in c.text]
    assert len(ours) == 1 and told(story) == []
    assert failed_steps(story) == ["tell the client"] and "told" not in story.record
    assert len(noted(story, "The client cannot see what we told them")) == 1
    assert_quiet(story)
    for _ in range(3):
        story.clock.forward(hours=7)
        mend(story)
    assert len([c for c in story.now.comments if "Severity" in c.text]) == 1

    story.jira.user("bot").agent = True
    story.clock.forward(hours=7)
    mend(story)
    assert len(told(story)) == 1 and failed_steps(story) == []
    assert len(noted(story, "The client cannot see what we told them")) == 1
    assert_quiet(story)


def test_an_agent_by_permission_whose_comments_still_come_out_internal_leaves_one_of_them(story: Story) -> None:
    story.request()
    story.jira.user("bot").agent = False
    story.vote(*VOTES)
    story.jira.on_call(lambda when, call: _is_agent_only_while_asked(story, when, call.path))
    for _ in range(3):
        story.settle(retry=True)
    assert len([c for c in story.now.comments if "Severity" in c.text]) == 1
    assert failed_steps(story) == ["tell the client"] and story.record["failures"][0]["tries"] == 4


def _is_agent_only_while_asked(story: Story, when: str, path: str) -> None:
    story.jira.user("bot").agent = when == "before" and path.endswith("/mypermissions")


def test_telling_that_fails_three_times_leaves_grade_and_date_and_succeeds_in_the_end(story: Story) -> None:
    story.request()
    story.jira.deny("ADD_COMMENTS", "SUP")
    story.vote(*VOTES)
    for _ in range(2):
        story.settle(retry=True)
    assert story.now.labels == ("sev-2",) and story.now.duedate == date(2026, 11, 24)
    assert next(f for f in story.record["failures"] if f["step"] == "tell the client")["tries"] == 3
    story.jira.allow("ADD_COMMENTS", "SUP")
    story.settle(retry=True)
    assert_whole(story)


def test_the_pauses_between_tries_grow_to_six_hours(story: Story) -> None:
    story.request()
    story.jira.hide_field("duedate", "SUP")
    story.vote(*VOTES)
    gaps = []
    for _ in range(7):
        before = story.clock()
        story.clock.at = story.look().look_again_at or before
        gaps.append((story.clock() - before).total_seconds())
        story.look()
    assert gaps == [600, 1_200, 2_400, 4_800, 9_600, 19_200, 21_600]


def test_several_things_at_once(story: Story) -> None:
    story.jira.user("erin").assignable = False
    story.request()
    story.jira.assign(story.evaluation("engineering-manager").key, "emma")
    story.jira.hide_field("duedate", "SUP")
    story.jira.project("SUP").closable = False
    story.jira.user("bot").agent = False
    for seat, by in (*list(SEATS.items())[:2], ("engineering-manager", "emma")):
        story.say(seat, "SEV-2", by=by)
    story.settle()
    assert story.now.labels == ("sev-2",)
    assert len(noted(story, "Something could not be done")) == 4
    assert_quiet(story)
    story.jira.user("bot").agent = story.jira.project("SUP").closable = True
    story.jira.show_field("duedate", "SUP")
    story.settle(retry=True)
    assert failed_steps(story) == [] and len(told(story)) == 1 and story.now.duedate == date(2026, 11, 24)
    assert len(noted(story, "Something could not be done")) == 4
