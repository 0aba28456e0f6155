"""Silence: reminders, substitutes, the decision of those present, and rounds that stall (protocol.md 3.2.5, 3.2.6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.story.panel_reading import decision, notes, replies
from tests.storytelling import SEATS, Clock, Story
from worker.look.reconciler import Outcome

PM, CC, EM = SEATS
pytestmark = pytest.mark.parametrize("jira", ["cloud"], indirect=True)  # one flavour tells it all
REMINDER = "Half of the time for this evaluation has passed"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def graded_at(story: Story) -> datetime:
    return at(story.record["decision"]["graded_at"])


def test_the_silent_are_reminded_at_half_time_and_only_once(story: Story) -> None:
    story.request()
    story.vote("SEV-2")
    story.forward(minutes=57)
    assert notes(story, REMINDER) == []
    outcome = story.forward(minutes=2)
    assert [len(replies(story, seat, REMINDER)) for seat in SEATS] == [0, 1, 1]
    assert outcome.look_again_at == at("2026-11-23T12:00-05:00")
    for _ in range(3):
        story.forward(minutes=10)
    assert len(notes(story, REMINDER)) == 2


def test_a_reminder_that_was_slept_through_is_not_made_up_for(story: Story) -> None:
    story.request()
    story.forward(hours=2, minutes=10)
    assert notes(story, REMINDER) == []


def test_at_the_end_the_substitute_gets_the_same_evaluation(story: Story, clock: Clock) -> None:
    story.rules(seats={EM: {"substitutes": [story.jira.id_of("emma")]}})
    story.request()
    story.vote("SEV-2", "OTHER")
    first = story.evaluation(EM).key
    story.forward(hours=2)
    assert (story.evaluation(EM).key, story.evaluation(EM).assignee) == (first, "emma")
    assert len(replies(story, EM, "is asked as substitute")) == 1
    assert len(story.now.subtasks) == 3
    clock.forward(minutes=5)
    story.say(EM, "OTHER", by="emma")
    story.settle()
    assert decision(story) == ("OTHER", "panel")


def test_only_one_substitute_is_asked_for_silence(story: Story) -> None:
    story.rules(seats={EM: {"substitutes": [story.jira.id_of("emma"), story.jira.id_of("paul")]}})
    story.request()
    for _ in range(6):
        story.forward(minutes=30)
    assert story.evaluation(EM).assignee == "emma"
    assert len(notes(story, "is asked as substitute")) == 1


def test_who_was_silent_may_still_hand_it_on(story: Story, clock: Clock) -> None:
    story.request()
    story.forward(hours=2, minutes=30)
    story.jira.assign(story.evaluation(EM).key, "paul", by="erin")
    clock.forward(minutes=1)
    story.say(EM, "SEV-1", by="paul")
    story.vote("SEV-1")
    assert decision(story) == ("SEV-1", "panel")


def test_those_present_decide_at_one_and_a_half_times(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "OTHER")
    story.forward(hours=2, minutes=57)
    assert decision(story) is None
    story.forward(minutes=1)
    assert decision(story) == ("SEV-2", "time-out")
    assert graded_at(story) == at("2026-11-23T13:00-05:00")


def test_the_grade_has_the_date_of_the_threshold_not_of_our_look(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "OTHER")
    story.forward(days=2)
    assert graded_at(story) == at("2026-11-23T13:00-05:00")
    assert str(story.now.duedate) == "2026-11-24"


def test_a_vote_after_the_threshold_does_not_count_although_we_had_not_looked(story: Story, clock: Clock) -> None:
    story.request()
    story.vote("OTHER", "OTHER")
    clock.forward(hours=4)
    story.say(EM, "SEV-1")
    story.settle()
    assert decision(story) == ("OTHER", "time-out")
    assert len(replies(story, EM, "A vote after the decision")) == 1


def test_two_late_votes_decide_with_the_date_of_the_second(story: Story, clock: Clock) -> None:
    story.request()
    story.forward(hours=4)
    story.vote("SEV-2")
    story.vote("", "SEV-2")
    assert decision(story) == ("SEV-2", "time-out")
    assert graded_at(story) == clock()
    assert "escalation-stalled" not in story.now.labels


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_below_the_quorum_there_is_no_grade_but_a_sign_and_one_note(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2")
    story.forward(hours=3)
    for _ in range(3):
        story.forward(days=1)
    assert set(story.now.labels) == {"escalation-requested", "escalation-stalled"}
    assert decision(story) is None
    [note] = notes(story, "is stalled")
    assert "Client Contact, Engineering Manager" in note
    assert story.to_client() == []


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_a_stalled_round_is_decided_by_the_vote_that_was_missing(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2")
    story.forward(hours=3)
    story.vote("", "SEV-2")
    assert decision(story) == ("SEV-2", "time-out")
    assert story.now.labels == ("sev-2",)


def test_a_stalled_sign_that_a_person_takes_off_stays_off(story: Story) -> None:
    story.request()
    story.forward(hours=3)
    story.jira.unlabel(story.key, "escalation-stalled")
    story.settle()
    assert story.now.labels == ("escalation-requested",)


def test_a_stalled_round_that_is_withdrawn_loses_its_sign(story: Story) -> None:
    story.request()
    story.forward(hours=3)
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert story.now.labels == ()


def test_a_stalled_round_of_a_resolved_ticket_loses_its_sign(story: Story) -> None:
    story.request()
    story.forward(hours=3)
    story.jira.close(story.key)
    story.settle()
    assert story.now.labels == ("escalation-requested",)


def test_a_quorum_of_one_decides_with_one(story: Story) -> None:
    story.rules(panel={"quorum": 1})
    story.request()
    story.vote("SEV-2")
    story.forward(hours=3)
    assert decision(story) == ("SEV-2", "time-out")


def test_a_quorum_of_three_stalls_with_two(story: Story) -> None:
    story.rules(panel={"quorum": 3})
    story.request()
    story.vote("SEV-1", "SEV-1")
    story.forward(hours=3)
    assert decision(story) is None
    assert "escalation-stalled" in story.now.labels


# -- whose hours


def test_nights_do_not_count(story: Story, clock: Clock) -> None:
    clock.forward(hours=10, minutes=30)  # Monday, 20:30
    story.request()
    story.vote("SEV-2", "OTHER")
    story.forward(hours=10)
    assert decision(story) is None and notes(story, REMINDER) == []
    clock.at = at("2026-11-24T07:45-05:00")
    story.settle()
    assert len(notes(story, REMINDER)) == 1
    clock.at = at("2026-11-24T09:45-05:00")
    story.settle()
    assert graded_at(story) == at("2026-11-24T09:30-05:00")


def test_weekends_and_holidays_do_not_count(story: Story, clock: Clock) -> None:
    clock.at = at("2026-11-25T20:00-05:00")  # the evening before Thanksgiving
    story.request()
    story.vote("SEV-2", "OTHER")
    clock.at = at("2026-11-27T08:59-05:00")
    story.settle()
    assert decision(story) is None
    clock.at = at("2026-11-27T09:00-05:00")
    story.settle()
    assert graded_at(story) == clock.at


def test_a_vote_for_the_gravest_counts_the_night_too(story: Story, clock: Clock) -> None:
    clock.at = at("2026-11-28T10:00-05:00")  # Saturday: nothing has run when the vote comes, at 10:01
    story.request()
    story.vote("SEV-1: down", "")
    clock.at = at("2026-11-28T13:00-05:00")
    story.settle()
    assert "escalation-stalled" not in story.now.labels
    clock.at = at("2026-11-28T13:01-05:00")
    story.settle()
    assert "escalation-stalled" in story.now.labels
    story.vote("", "", "SEV-1")
    assert decision(story) == ("SEV-1", "panel")


def test_the_hours_before_that_vote_have_counted(story: Story, clock: Clock) -> None:
    clock.at = at("2026-11-23T20:00-05:00")
    story.request()
    clock.at = at("2026-11-23T21:29-05:00")  # one hour has counted
    story.vote("SEV-1: down", "")
    clock.at = at("2026-11-23T23:31-05:00")
    story.settle()
    assert "escalation-stalled" in story.now.labels


# -- a clock of ours that is not Jira's


@pytest.mark.parametrize("ahead", [-3600, -60, -1, 1])
def test_a_worker_s_clock_beside_jira_s_does_the_same_as_one_that_agrees(
    story: Story, clock: Clock, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """A vote that is later than our own clock was cast all the same: nothing is opened again, nothing called failed."""
    done: list[str] = []

    def look(**how: Any) -> Outcome:
        found = story.jira.issue(story.key).id
        outcome = story.reconciler.look(found, clock() + timedelta(seconds=ahead), lambda: None, **how)
        done.extend(str(action) for action in outcome.plan.actions)
        return outcome

    monkeypatch.setattr(story, "look", look)
    story.request()
    clock.forward(minutes=1)
    story.say(PM, "Recused: I wrote it")
    story.settle()
    story.vote("", "SEV-2: slow")
    clock.forward(minutes=1)
    story.say(EM, "SEV-2: slow")
    story.settle()
    clock.forward(minutes=1)
    story.jira.label(story.key, "escalation-requested", by="sam")
    story.settle()
    story.vote("SEV-1: down", round=2)
    story.vote("", "SEV-1: down", round=2)
    assert decision(story) == ("SEV-1", "panel") and story.record["decision"]["round"] == 2
    assert not [action for action in done if "reopen" in action or "could not be done" in action]
    assert len(set(done)) == len(done) and len(story.to_client()) == 2
    assert not story.record.get("failures")
