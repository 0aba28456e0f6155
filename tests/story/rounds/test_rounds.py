"""Rounds: withdrawn, cut short by a resolution, opened anew; grades put on by hand (protocol.md §8, 13, 14, 21, 45)."""

from datetime import date

import pytest

from tests.story.panel_reading import decision, notes, replies, says
from tests.storytelling import SEATS, Clock, Story

PM, CC, EM = SEATS
BOTH = pytest.mark.parametrize("project", ["SUP", "OPS"])


def open_evaluations(story: Story) -> int:
    return sum(not evaluation.done for evaluation in story.evaluations())


def again(story: Story) -> None:
    """A new request, some time later."""
    story.clock.forward(hours=1)
    story.jira.label(story.key, "escalation-requested")
    story.settle()


# -- withdrawn


@BOTH
def test_a_request_that_is_withdrawn_closes_the_round_and_tells_the_client_nothing(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2")
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert open_evaluations(story) == 0
    assert story.to_client() == []
    on_ticket = notes(story, "Round 1 has ended without a grade: the request was withdrawn")
    assert len(on_ticket) == (project == "SUP"), "elsewhere each evaluation says it"
    assert len(notes(story, "is over, and nobody has to answer any more: the request was withdrawn")) == 2
    assert story.now.labels == ()


def test_later_votes_of_a_withdrawn_round_decide_nothing(story: Story) -> None:
    story.request()
    story.vote("SEV-2")
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    story.vote("", "SEV-2", "SEV-2")
    assert decision(story) is None
    assert story.now.labels == () and story.to_client() == []


def test_a_request_put_on_again_opens_a_round_with_new_evaluations(story: Story) -> None:
    story.request()
    story.vote("SEV-1")
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    again(story)
    assert len(story.evaluations()) == 6
    assert [story.evaluation(seat, 2).done for seat in SEATS] == [False] * 3
    story.vote("", "SEV-1", round=2)
    assert decision(story) is None, "the vote of round 1 does not count in round 2"
    story.vote("SEV-1", round=2)
    assert decision(story) == ("SEV-1", "panel")
    assert story.record["round"] == 2
    assert [past["ended"] for past in story.record["rounds"]] == ["withdrawn"]


def test_a_withdrawal_after_the_grade_undoes_nothing(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert decision(story) == ("SEV-2", "panel")
    assert len(story.to_client()) == 1


# -- resolved


@BOTH
def test_a_ticket_resolved_in_the_middle_ends_the_round(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2", "SEV-2")
    story.jira.close(story.key)
    story.settle()
    assert open_evaluations(story) == 0
    assert decision(story) is None and story.to_client() == []
    on_ticket = notes(story, "has ended without a grade: the ticket was resolved")
    assert len(on_ticket) == (project == "SUP") and len(notes(story, "any more: the ticket was resolved")) == 1


def test_a_label_left_on_a_resolved_ticket_opens_nothing_until_it_is_put_on_anew(story: Story, clock: Clock) -> None:
    story.request()
    story.jira.close(story.key)
    story.settle()
    clock.forward(minutes=1)
    story.jira.reopen(story.key)
    story.settle()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert len(story.evaluations()) == 3 and decision(story) is None

    story.jira.unlabel(story.key, "escalation-requested")
    again(story)
    assert len(story.evaluations()) == 6
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    assert decision(story) == ("SEV-2", "panel")


def test_off_and_on_between_two_looks_is_put_on_anew(story: Story, clock: Clock) -> None:
    story.request()
    story.jira.close(story.key)
    story.settle()
    story.jira.reopen(story.key)
    clock.forward(minutes=1)
    story.jira.unlabel(story.key, "escalation-requested")
    story.jira.label(story.key, "escalation-requested")
    story.settle()
    assert len(story.evaluations()) == 6


def test_a_label_on_a_ticket_that_was_resolved_all_along_opens_nothing(story: Story, clock: Clock) -> None:
    story.ticket()
    story.jira.close(story.key)
    story.jira.label(story.key, "escalation-requested")
    story.settle()
    clock.forward(minutes=1)
    story.jira.reopen(story.key)
    story.settle()
    assert story.evaluations() == []
    assert story.internal() == []


def test_a_resolved_ticket_keeps_its_grade(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.jira.close(story.key)
    story.settle()
    assert story.now.labels == ("sev-2",) and decision(story) == ("SEV-2", "panel")


# -- graded again


@BOTH
def test_a_new_round_replaces_label_date_and_record(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.duedate == date(2026, 11, 24)
    again(story)
    assert len(story.evaluations()) == 6
    assert set(story.now.labels) == {"sev-2", "escalation-requested"}
    story.vote("SEV-1", "SEV-1", round=2)
    assert story.now.labels == ("sev-1",)
    assert story.now.duedate == date(2026, 11, 23)
    assert decision(story) == ("SEV-1", "panel")
    assert story.record["decision"]["previous"] == "SEV-2"
    [past] = story.record["rounds"]
    assert (past["round"], past["grade"], past["ended"]) == (1, "SEV-2", "decided")
    assert "votes" not in past
    _, second = story.to_client()
    assert says(second.text, "We have evaluated this report again") and says(second.text, "it was SEV-2")
    assert len(notes(story, "Decision of round 2: SEV-1")) == 1


def test_a_confirmed_grade_keeps_its_promise_and_is_told_briefly(story: Story, clock: Clock) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    promise = story.record["promise"]
    clock.forward(days=1)
    again(story)
    story.vote("SEV-2", "SEV-2", "OTHER", round=2)
    assert story.record["promise"] == promise
    assert story.now.duedate == date(2026, 11, 24)
    assert says(story.to_client()[1].text, "The severity stays SEV-2")
    assert len(story.to_client()) == 2


def test_a_confirmed_grade_leaves_a_persons_date(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.jira.set_due(story.key, date(2026, 12, 24))
    again(story)
    story.vote("SEV-2", "SEV-2", "OTHER", round=2)
    assert story.now.duedate == date(2026, 12, 24)


def test_votes_in_an_old_round_do_nothing(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    again(story)
    story.vote("SEV-1", "SEV-1", "SEV-1", round=1)
    assert decision(story) == ("SEV-2", "panel")
    assert story.record["decision"]["round"] == 1
    assert open_evaluations(story) == 3


def test_a_new_round_that_is_withdrawn_leaves_the_old_grade(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    again(story)
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert story.now.labels == ("sev-2",)
    assert decision(story) == ("SEV-2", "panel")
    assert len(story.to_client()) == 1
    assert open_evaluations(story) == 0


# -- labels put on by hand


def test_a_grade_put_on_by_hand_is_noted_once_and_grades_nothing(story: Story) -> None:
    story.request()
    story.jira.label(story.key, "sev-1", by="otto")
    for _ in range(3):
        story.settle()
    assert len(notes(story, "was put on by Otto Outsider, not by a decision")) == 1
    assert decision(story) is None and story.to_client() == []
    assert "sev-1" in story.now.labels
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",)


def test_a_grade_put_on_after_a_decision_is_noted_once_and_left(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.jira.label(story.key, "sev-1", by="otto")
    for _ in range(3):
        story.settle()
    assert set(story.now.labels) == {"sev-1", "sev-2"}
    assert len(notes(story, "not by a decision")) == 1
    assert decision(story) == ("SEV-2", "panel")


def test_a_grade_on_a_ticket_nobody_requested_is_none_of_our_business(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "sev-1", by="otto")
    story.settle()
    assert story.internal() == [] and story.record == {} and story.to_client() == []


def test_a_grade_the_ticket_was_born_with_is_noted_and_goes_with_the_decision(story: Story) -> None:
    story.ticket(labels=["sev-1", "escalation-requested"])
    story.settle()
    assert len(notes(story, "not by a decision")) == 1
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",)


@pytest.fixture
def trusted(story: Story) -> Story:
    story.rules(panel={"authority": [story.jira.id_of("emma")]})
    return story


def test_who_has_authority_may_grade_by_hand(trusted: Story, clock: Clock) -> None:
    trusted.request()
    trusted.vote("SEV-2")
    clock.forward(minutes=1)
    trusted.jira.label(trusted.key, "sev-1", by="emma")
    trusted.settle()
    assert decision(trusted) == ("SEV-1", "authority")
    assert trusted.now.labels == ("sev-1",)
    assert open_evaluations(trusted) == 0
    assert len(trusted.to_client()) == 1
    assert notes(trusted, "somebody who may grade")


def test_who_has_authority_may_grade_again_after_a_decision(trusted: Story, clock: Clock) -> None:
    trusted.request()
    trusted.vote("SEV-2", "SEV-2", "SEV-2")
    clock.forward(minutes=1)
    trusted.jira.label(trusted.key, "sev-1", by="emma")
    trusted.settle()
    assert decision(trusted) == ("SEV-1", "authority")
    assert trusted.now.labels == ("sev-1",)
    assert [says(comment.text, "it was SEV-2") for comment in trusted.to_client()] == [False, True]


def test_the_panel_may_overrule_authority_in_a_new_round(trusted: Story, clock: Clock) -> None:
    trusted.request()
    clock.forward(minutes=1)
    trusted.jira.label(trusted.key, "sev-1", by="emma")
    trusted.settle()
    again(trusted)
    assert decision(trusted) == ("SEV-1", "authority") and trusted.record["decision"]["round"] == 1
    trusted.vote("OTHER", "OTHER", "OTHER", round=2)
    assert decision(trusted) == ("OTHER", "panel")
    assert trusted.now.labels == ("sev-other",)


def test_authority_grades_nothing_that_nobody_requested(trusted: Story) -> None:
    trusted.ticket()
    trusted.jira.label(trusted.key, "sev-1", by="emma")
    trusted.settle()
    assert trusted.record == {} and trusted.to_client() == []


# -- late votes


def test_a_late_vote_that_changes_nothing_is_not_brought_to_the_chair(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    story.vote("", "", "SEV-1")
    assert len(replies(story, EM, "A vote after the decision")) == 1
    assert notes(story, "would have changed") == []


def test_every_late_vote_is_noted_once(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    story.vote("", "", "OTHER")
    story.vote("", "", "SEV-2")
    story.settle()
    assert len(replies(story, EM, "A vote after the decision")) == 2
