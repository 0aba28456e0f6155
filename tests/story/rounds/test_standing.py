"""What a decision still owes outlives its round: labels, date, summary and answer come whatever round follows, and what
a person asks for or puts on in the meantime is left alone (§4 "Rounds", "Failures"; D11, A24)."""

from datetime import date

import pytest

from sandbox import Sandbox
from sandbox.http.faults import Fault
from tests.story.telling import failed_steps, noted, told
from tests.storytelling import SEATS, Clock, Story

VOTES = ("SEV-2: one", "SEV-2: two", "SEV-2: three")
REQUEST = "escalation-requested"


def decided(story: Story, *, hidden: str = "") -> None:
    """SEV-2 by all three, while that field is on no screen."""
    story.request()
    if hidden:
        story.jira.hide_field(hidden, "SUP")
    story.vote(*VOTES)


def ask_again(story: Story) -> None:
    """Support takes the label off, if it is there, and puts it on."""
    story.clock.forward(minutes=2)
    if REQUEST in story.now.labels:
        story.jira.unlabel(story.key, REQUEST, by="sam")
        story.clock.forward(seconds=5)
    story.jira.label(story.key, REQUEST, by="sam")
    story.settle()


def withdraw(story: Story) -> None:
    story.clock.forward(minutes=1)
    story.jira.unlabel(story.key, REQUEST, by="sam")
    story.settle()


def half_hours(story: Story, many: int = 14) -> None:
    for _ in range(many):
        story.forward(minutes=30)


# -- what is owed comes, whatever round follows


@pytest.mark.parametrize("then", ["withdrawn", "under way"])
def test_the_due_date_comes_although_another_round_was_asked_for(story: Story, then: str) -> None:
    decided(story, hidden="duedate")
    ask_again(story)
    if then == "withdrawn":
        withdraw(story)
    assert "due date" in failed_steps(story)
    story.jira.show_field("duedate", "SUP")
    story.settle(retry=True)
    assert story.now.duedate == date(2026, 11, 24) and "due date" not in failed_steps(story)
    assert len(noted(story, "The due date (field duedate) cannot be set")) == 1


@pytest.mark.parametrize("then", ["withdrawn", "under way"])
def test_the_label_comes_although_another_round_was_asked_for(story: Story, then: str) -> None:
    decided(story, hidden="labels")
    story.jira.show_field("labels", "SUP")
    ask_again(story)
    if then == "withdrawn":
        withdraw(story)
    story.settle(retry=True)
    assert set(story.now.labels) == {"sev-2", *([] if then == "withdrawn" else [REQUEST])}
    assert failed_steps(story) == [] and len(story.evaluations()) == 6


def test_the_summary_comes_although_another_round_was_asked_for(story: Story) -> None:
    story.request()
    answer = Fault("answer", method="POST", path="/issue/.*/comment", account="bot", skip=1, times=1, status=400,
                   body={"errorMessages": ["no"], "errors": {}})  # fmt: skip
    story.vote("SEV-2: one", "SEV-2: two", "")
    story.say("engineering-manager", "SEV-2: three")
    story.jira.faults.add(answer)
    story.settle()
    assert len(told(story)) == 1 and noted(story, "Decision of round 1") == []
    ask_again(story)
    withdraw(story)
    half_hours(story)
    assert len(noted(story, "Decision of round 1")) == 1


# -- and fights nobody


def at_risk_without_labels(story: Story) -> None:
    """Decided; the night before the promise `sla-at-risk` cannot be put on; then it could."""
    decided(story)
    story.jira.hide_field("labels", "SUP")
    for _ in range(20):
        story.forward(hours=1)
    assert failed_steps(story) == ["state labels"]
    story.jira.show_field("labels", "SUP")


def test_a_label_of_state_that_comes_late_leaves_a_new_request_alone(story: Story) -> None:
    at_risk_without_labels(story)
    ask_again(story)
    story.settle(retry=True)
    assert set(story.now.labels) == {"sev-2", "sla-at-risk", REQUEST}
    assert len(story.evaluations()) == 6 and noted(story, "ended without a grade") == []


def test_a_label_of_state_that_comes_late_leaves_severity_labels_of_people_alone(story: Story) -> None:
    at_risk_without_labels(story)
    story.jira.label(story.key, "sev-1", by="otto")
    story.jira.unlabel(story.key, "sev-2", by="otto")
    half_hours(story)
    assert set(story.now.labels) == {"sev-1", "sla-at-risk"}


def test_the_label_of_the_decision_that_comes_late_leaves_what_came_after_it_alone(story: Story) -> None:
    decided(story, hidden="labels")
    story.jira.show_field("labels", "SUP")
    story.clock.forward(minutes=1)
    story.jira.label(story.key, "sev-1", by="otto")
    half_hours(story)
    assert set(story.now.labels) == {"sev-2", "sev-1"}, "the request went, what was put on by hand stays"


@pytest.mark.parametrize("label", ["sla-breached", "escalation-stalled"])
def test_a_label_that_cannot_be_taken_off_is_a_failure_and_tried_now_and_then(story: Story, label: str) -> None:
    if label == "sla-breached":
        decided(story)
        story.forward(days=3)
    else:
        story.request()
        story.vote("SEV-1: one")
        story.forward(hours=4)
    assert label in story.now.labels
    story.jira.hide_field("labels", "SUP")
    if label == "sla-breached":
        story.jira.close(story.key)
    else:
        story.say("client-contact", "SEV-2: two")
    story.settle()
    assert failed_steps(story) == ["state labels"]
    assert len(noted(story, "The state labels (field labels) cannot be changed")) == 1
    before = len([call for call in story.jira.calls() if call.write])
    story.forward(minutes=2)
    assert len([call for call in story.jira.calls() if call.write]) == before
    story.jira.show_field("labels", "SUP")
    story.settle(retry=True)
    assert label not in story.now.labels and failed_steps(story) == []


def test_what_fails_again_in_a_later_round_is_noted_again(story: Story) -> None:
    decided(story, hidden="labels")
    story.jira.show_field("labels", "SUP")
    story.settle(retry=True)
    ask_again(story)
    story.jira.hide_field("labels", "SUP")
    story.vote("SEV-1: one", "SEV-1: two", round=2)
    assert failed_steps(story) == ["labels"]
    assert len(noted(story, "The labels (field labels) cannot be changed")) == 2


def test_an_evaluation_that_still_cannot_be_closed_is_not_complained_of_again(story: Story) -> None:
    story.jira.project("SUP").closable = False
    decided(story)
    ask_again(story)
    withdraw(story)
    half_hours(story)
    for evaluation in story.evaluations():
        assert len(noted(story, f"{evaluation.key} cannot be closed")) <= 1
    assert len(noted(story, "cannot be closed")) == 1


# -- what the client is told refers to what the client was told


def test_a_client_who_was_never_told_hears_of_no_earlier_answer(story: Story) -> None:
    story.jira.deny("ADD_COMMENTS", "SUP")
    decided(story)
    assert told(story) == []
    ask_again(story)
    story.jira.allow("ADD_COMMENTS", "SUP")
    story.vote(*VOTES, round=2)
    [answer] = told(story)
    assert "We have evaluated this report. Severity: SEV-2." in answer and "told you before" not in answer


def test_after_an_untold_round_the_client_hears_of_the_grade_it_knows(story: Story) -> None:
    decided(story)
    ask_again(story)
    story.jira.deny("ADD_COMMENTS", "SUP")
    story.vote("SEV-1: one", "SEV-1: two", round=2)
    ask_again(story)
    story.jira.allow("ADD_COMMENTS", "SUP")
    story.vote("Other: one", "Other: two", "Other: three", round=3)
    assert len(told(story)) == 2 and "is now OTHER (it was SEV-2)" in told(story)[-1]


# -- when the round ended, and which round it is


def end(story: Story, how: str) -> None:
    """A person ends the round from outside; nobody looks yet."""
    if how == "resolved":
        story.jira.close(story.key, by="erin")
    else:
        story.jira.unlabel(story.key, REQUEST, by="sam")


def voted_then(story: Story, minutes: int = 30) -> None:
    """The panel has voted, and nobody has looked since."""
    story.request()
    for seat, text in zip(SEATS, VOTES, strict=True):
        story.clock.forward(minutes=1)
        story.say(seat, text)
    story.clock.forward(minutes=minutes)


@pytest.mark.parametrize("ending", ["resolved", "withdrawn"])
def test_a_panel_that_had_decided_has_decided_whenever_we_look(story: Story, ending: str) -> None:
    voted_then(story)
    end(story, ending)
    story.forward(hours=1)
    assert story.record["decision"]["grade"] == "SEV-2" and story.now.labels == ("sev-2",)
    assert len(told(story)) == 1 and noted(story, "ended without a grade") == []


@pytest.mark.parametrize("ending", ["resolved", "withdrawn"])
def test_a_vote_after_the_end_decides_nothing(story: Story, ending: str) -> None:
    story.request()
    story.vote("SEV-2: one", "SEV-2: two")
    story.clock.forward(minutes=5)
    end(story, ending)
    story.clock.forward(minutes=5)
    story.say("engineering-manager", "SEV-2: three")
    story.settle()
    assert "decision" not in story.record and told(story) == []
    assert len(noted(story, "ended without a grade")) == 1


def test_a_request_after_the_record_was_deleted_opens_a_new_round(story: Story) -> None:
    decided(story)
    story.clock.forward(days=3)
    story.jira.delete_property(story.key, "escalation")
    ask_again(story)
    assert len(story.evaluations()) == 6 and REQUEST in story.now.labels and len(told(story)) == 1
    story.vote(*VOTES, round=2)
    assert story.now.labels[0] == "sev-2" and story.record["round"] == 2


def test_a_second_round_that_stalls_shows_it_too(story: Story) -> None:
    for number in (1, 2):
        story.jira.label(story.key, REQUEST, by="sam") if number > 1 else story.request()
        story.settle()
        story.vote("SEV-2: one", round=number)
        story.forward(hours=4)
        assert (
            "escalation-stalled" in story.now.labels
            and len(noted(story, f"Round {number} of {story.key} is stalled")) == 1
        )
        story.say("client-contact", "SEV-2: two", round=number)
        story.forward(minutes=1)
        assert "escalation-stalled" not in story.now.labels


def test_a_ticket_moved_to_where_the_label_has_another_name_keeps_its_round(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock, projects={"SUP": {}, "OPS": {"labels": {"request": "urgent-please"}}})
    story.request()
    story.vote("SEV-2: one")
    story.key = jira.move(story.key, "OPS")
    story.settle()
    assert len(story.evaluations()) == 3 and "ended" not in story.record
    for seat in ("client-contact", "engineering-manager"):
        clock.forward(minutes=1)
        story.say(seat, "SEV-2: x")
    story.settle()
    assert story.now.labels == ("sev-2",)


# -- how labels are spelt


@pytest.mark.parametrize("by_hand", [["SEV-2"], ["SEV-2", "Sev-2"], ["SEV-1", "sev-1"]])
def test_one_severity_label_is_left_spelt_as_the_protocol_spells_it(story: Story, by_hand: list[str]) -> None:
    story.request()
    story.clock.forward(minutes=1)
    for label in by_hand:
        story.jira.label(story.key, label, by="otto")
    story.vote(*VOTES)
    assert story.now.labels == ("sev-2",)
