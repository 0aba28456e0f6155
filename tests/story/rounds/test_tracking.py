"""From the decision to the release: warned in time, broken on record, never told to the client (protocol C24–C29)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.story.panel_reading import calls
from tests.storytelling import SEATS, Clock, Story
from worker.escalation.plan.alert import Alert

HALF = "Half of the way to the promised night has passed"
LAST = "The promised night is near or has begun"
BROKEN = "was broken on"
BEGUN = "Has work begun?"
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])

PM, CC, EM = SEATS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def graded(story: Story, grade: str = "SEV-2", *, project: str = "SUP", since: str = "2026-11-23T10:00-05:00") -> None:
    """Decided at `since`, by three votes."""
    story.clock.at = at(since) - timedelta(minutes=3)
    story.request(project)
    story.vote(grade, grade, grade)
    assert story.clock.at == at(since)


def until(story: Story, instant: str) -> list[Alert]:
    """Time passes; the worker looks whenever it asked to, and every few hours besides. Gives the alerts."""
    alerts: list[Alert] = []
    end = at(instant)
    while story.clock.at < end:
        alerts += (outcome := story.look()).plan.alerts
        story.settle()
        wanted = outcome.look_again_at or end
        story.clock.at = min(wanted, story.clock.at + timedelta(hours=5), end)
    alerts += story.look().plan.alerts
    story.settle()
    return alerts


def labels(story: Story) -> set[str]:
    return {label for label in story.now.labels if label.startswith("sla-")}


# -- SEV-2


@PROJECTS
def test_the_whole_way_to_a_broken_promise(story: Story, project: str) -> None:
    graded(story, project=project)  # Monday 10:00; promised from Tuesday 21:00 to Wednesday 07:00
    story.jira.assign(story.key, "emma")
    until(story, "2026-11-24T03:29:59-05:00")
    assert (labels(story), story.said(HALF)) == (set(), [])
    until(story, "2026-11-24T03:30:00-05:00")
    assert labels(story) == {"sla-at-risk"}
    [half] = story.said(HALF)
    until(story, "2026-11-24T18:59:59-05:00")
    assert story.said(LAST) == []
    until(story, "2026-11-24T19:00:00-05:00")
    [last] = story.said(LAST)
    for note in (half, last):
        assert calls(story, "emma", note)
        assert "Tuesday, November 24, 2026, 9:00 PM ET and Wednesday, November 25, 2026, 7:00 AM ET" in note
    until(story, "2026-11-25T06:59:59-05:00")
    assert (labels(story), story.said(BROKEN)) == ({"sla-at-risk"}, [])
    [breach] = until(story, "2026-11-25T07:00:00-05:00")
    assert (breach.kind, breach.ticket, breach.grade) == ("breach", story.key, "SEV-2")
    assert labels(story) == {"sla-breached"}
    assert until(story, "2026-12-02T12:00:00-05:00") == []
    [note] = story.said(BROKEN)
    assert "Wednesday, November 25, 2026, 7:00 AM ET" in note
    assert "Friday, November 27, 2026" in note  # Thursday is Thanksgiving: the rule for a fix that lands on Wednesday
    assert len(story.said(HALF)) == len(story.said(LAST)) == len(story.to_client()) == 1
    assert "breach" not in story.to_client()[0].text


def test_a_ticket_that_is_resolved_in_time_is_left_alone(story: Story) -> None:
    graded(story)
    until(story, "2026-11-23T16:00-05:00")
    story.jira.close(story.key)
    assert until(story, "2026-12-02T12:00-05:00") == []
    assert [story.said(words) for words in (HALF, LAST, BROKEN)] == [[], [], []]
    assert labels(story) == set()
    assert at(story.record["resolved_at"]) == at("2026-11-23T16:00-05:00")
    assert "breaches" not in story.record


def test_labels_go_when_the_ticket_is_resolved_and_the_breach_stays_on_record(story: Story) -> None:
    graded(story)
    until(story, "2026-11-25T08:00-05:00")
    story.jira.close(story.key)
    story.settle()
    assert labels(story) == set()
    [breach] = story.record["breaches"]
    assert (breach["grade"], at(breach["at"])) == ("SEV-2", at("2026-11-25T07:00-05:00"))


def test_resolved_too_late_while_nobody_looked_is_on_record_and_said_to_nobody(story: Story) -> None:
    graded(story)
    story.clock.at = at("2026-11-25T07:00-05:00")
    story.jira.close(story.key)
    story.forward(hours=5)
    assert len(story.record["breaches"]) == 1
    assert (labels(story), story.said(BROKEN)) == (set(), [])


def test_resolved_at_the_last_second_is_in_time(story: Story) -> None:
    graded(story)
    story.clock.at = at("2026-11-25T06:59:59-05:00")
    story.jira.close(story.key)
    story.forward(hours=5)
    assert "breaches" not in story.record


def test_opened_again_the_promise_counts_again(story: Story) -> None:
    graded(story)
    until(story, "2026-11-24T20:00-05:00")
    story.jira.close(story.key)
    story.settle()
    assert labels(story) == set()
    story.jira.reopen(story.key)
    story.settle()
    assert labels(story) == {"sla-at-risk"}
    assert len(story.said(LAST)) == 1
    assert "resolved_at" not in story.record


def test_a_fix_that_waits_for_its_night_is_not_warned_about(jira: Any, clock: Clock) -> None:
    story = Story(jira, clock, tracking={"in_release": ["in progress"]})
    graded(story)
    story.jira.transition(story.key, "In Progress")
    until(story, "2026-11-25T06:59-05:00")
    assert (labels(story), story.said(HALF), story.said(LAST)) == (set(), [], [])
    until(story, "2026-11-25T07:00-05:00")
    assert labels(story) == {"sla-breached"}


def test_who_wrote_within_a_business_day_is_not_nagged(story: Story) -> None:
    graded(story)
    until(story, "2026-11-23T17:00-05:00")
    story.jira.comment(story.key, "Found it, a fix is in review.", by="emma", public=False)
    until(story, "2026-11-24T16:59-05:00")
    assert (story.said(HALF), labels(story)) == ([], {"sla-at-risk"})
    until(story, "2026-11-24T17:00-05:00")
    assert len(story.said(HALF)) == 1  # a business day has gone by without another word
    until(story, "2026-11-24T19:00-05:00")
    assert len(story.said(LAST)) == 1


def test_a_client_who_asks_does_not_silence_the_warning(story: Story) -> None:
    story.ticket("SUP", reporter="clara")
    graded(story)
    until(story, "2026-11-23T17:00-05:00")
    story.jira.comment(story.key, "Any news?", by="clara")
    until(story, "2026-11-24T03:30-05:00")
    assert len(story.said(HALF)) == 1


def test_nobody_assigned_asks_the_chair_to_name_somebody(story: Story) -> None:
    graded(story)
    story.jira.assign(story.key, None)
    until(story, "2026-11-24T03:30-05:00")
    assert "nobody is assigned" in story.said(HALF)[0] and calls(story, "erin", story.said(HALF)[0])


def test_a_due_date_changed_by_hand_stays_and_the_promise_is_measured(story: Story) -> None:
    graded(story)
    story.jira.set_due(story.key, date(2026, 12, 24))
    until(story, "2026-11-25T07:00-05:00")
    assert story.now.duedate == date(2026, 12, 24)
    assert "Thursday, December 24, 2026 by hand" in story.said(LAST)[0]
    assert labels(story) == {"sla-breached"}


def test_a_warning_that_was_slept_through_is_not_made_up_for(story: Story) -> None:
    graded(story)
    story.clock.at = at("2026-11-24T20:00-05:00")
    story.settle()
    assert (story.said(HALF), len(story.said(LAST))) == ([], 1)


def test_a_worker_that_slept_over_the_whole_night_says_only_that_it_was_broken(story: Story) -> None:
    graded(story)
    story.clock.at = at("2026-11-26T12:00-05:00")
    story.settle()
    assert (story.said(HALF), story.said(LAST), len(story.said(BROKEN))) == ([], [], 1)
    assert at(story.record["breaches"][0]["at"]) == at("2026-11-25T07:00-05:00")


def test_over_the_weekend_on_which_the_clocks_change(story: Story) -> None:
    graded(story, since="2026-03-06T16:45-05:00")  # Friday; promised from Monday 21:00 EDT on
    until(story, "2026-03-08T06:22:29-04:00")  # half of 75 h 15 min that really pass
    assert labels(story) == set()
    until(story, "2026-03-08T07:22:30-04:00")
    assert labels(story) == {"sla-at-risk"}
    until(story, "2026-03-09T18:59:59-04:00")
    assert story.said(LAST) == []
    until(story, "2026-03-09T19:00-04:00")
    assert "Monday, March 9, 2026, 9:00 PM ET" in story.said(LAST)[0]
    until(story, "2026-03-10T07:00-04:00")
    assert at(story.record["breaches"][0]["at"]) == at("2026-03-10T07:00-04:00")


def test_before_a_holiday(story: Story) -> None:
    graded(story, since="2026-11-24T22:00-05:00")  # fixed on Wednesday, released on Friday night, after Thanksgiving
    until(story, "2026-11-27T18:59-05:00")
    assert story.said(LAST) == []
    until(story, "2026-11-28T07:00-05:00")
    assert len(story.said(LAST)) == len(story.said(BROKEN)) == 1


def test_a_short_way_has_only_the_last_warning(jira: Any, clock: Clock) -> None:
    story = Story(jira, clock, business={"overnight": "night-before"})
    graded(story, since="2026-11-23T19:30-05:00")  # the night begins at 21:00
    assert (story.said(HALF), len(story.said(LAST)), labels(story)) == ([], 1, {"sla-at-risk"})


# -- labels


def test_a_label_that_a_person_takes_off_stays_off(story: Story) -> None:
    graded(story)
    until(story, "2026-11-24T04:00-05:00")
    story.jira.unlabel(story.key, "sla-at-risk")
    until(story, "2026-11-25T06:00-05:00")
    assert labels(story) == set()


def test_a_label_that_a_person_put_on_is_not_ours_to_take_off(story: Story) -> None:
    graded(story)
    story.jira.label(story.key, "sla-at-risk")
    until(story, "2026-11-25T08:00-05:00")
    assert labels(story) == {"sla-at-risk", "sla-breached"}


def test_a_downgrade_takes_the_label_off_and_leaves_the_history(story: Story) -> None:
    graded(story)
    until(story, "2026-11-25T08:00-05:00")
    story.request()
    story.vote("OTHER", "OTHER", "OTHER", round=2)
    assert story.now.labels == ("sev-other",)
    assert len(story.record["breaches"]) == 1
    assert until(story, "2026-11-30T08:00-05:00") == []


def test_a_new_promise_is_tracked_afresh(story: Story) -> None:
    graded(story)
    until(story, "2026-11-24T04:00-05:00")
    story.clock.at = at("2026-11-24T09:57-05:00")
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1", round=2)
    assert labels(story) == set()
    story.clock.at = at("2026-11-24T10:57-05:00")
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=3)
    until(story, "2026-11-26T07:00-05:00")
    assert [len(story.said(words)) for words in (HALF, LAST, BROKEN)] == [2, 1, 1]
    assert [breach["grade"] for breach in story.record["breaches"]] == ["SEV-2"]


def test_a_confirmed_grade_goes_on_with_its_clock(story: Story) -> None:
    graded(story)
    until(story, "2026-11-24T04:00-05:00")
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    until(story, "2026-11-26T07:00-05:00")
    assert [len(story.said(words)) for words in (HALF, LAST, BROKEN)] == [1, 1, 1]
    assert len(story.record["breaches"]) == 1


def test_labels_that_may_not_be_changed_are_tried_again(story: Story) -> None:
    graded(story)
    story.jira.hide_field("labels", "SUP")
    until(story, "2026-11-24T04:00-05:00")
    assert labels(story) == set()
    assert len(story.said("labels")) >= 1
    story.jira.show_field("labels", "SUP")
    until(story, "2026-11-24T18:00-05:00")
    assert labels(story) == {"sla-at-risk"}


# -- SEV-1


@PROJECTS
def test_the_gravest_is_asked_about_once_and_reminded_of_every_hour(story: Story, project: str) -> None:
    graded(story, "SEV-1", project=project)
    alerts = until(story, "2026-11-24T12:00-05:00")
    kinds = [alert.kind for alert in alerts]
    assert kinds == ["reminder"] * 14 + ["breach"]  # decided by the second vote, at 9:59: up to 23:59
    assert len({alert.key for alert in alerts}) == 15
    [note] = story.said(BEGUN)
    assert "Tuesday, November 24, 2026, 12:00 AM ET" in note
    assert len(story.said(BROKEN)) == 1
    assert labels(story) == {"sla-breached"}
    assert len(story.to_client()) == 1


def test_work_that_has_begun_is_not_asked_about(story: Story) -> None:
    graded(story, "SEV-1")
    story.jira.transition(story.key, "In Progress")
    assert [alert.kind for alert in until(story, "2026-11-23T12:30-05:00")] == ["reminder", "reminder"]
    assert story.said(BEGUN) == []


def test_a_colleague_who_writes_silences_the_reminders_not_the_breach(story: Story) -> None:
    graded(story, "SEV-1")
    story.clock.forward(minutes=10)
    story.jira.comment(story.key, "On it.", by="emma", public=False)
    assert [alert.kind for alert in until(story, "2026-11-24T09:00-05:00")] == ["breach"]
    assert story.said(BEGUN) == []


def test_the_day_that_counts_is_the_eastern_one(story: Story) -> None:
    graded(story, "SEV-1", since="2026-12-25T04:30+00:00")  # Thursday, 23:30 in New York
    assert story.now.duedate == date(2026, 12, 24)
    until(story, "2026-12-25T04:59:59+00:00")
    assert labels(story) == set()
    until(story, "2026-12-25T05:00:00+00:00")
    assert labels(story) == {"sla-breached"}


def test_a_resolved_gravest_is_quiet(story: Story) -> None:
    graded(story, "SEV-1")
    story.clock.forward(minutes=30)
    story.jira.close(story.key)
    assert until(story, "2026-11-25T12:00-05:00") == []
    assert labels(story) == set()


def test_the_gravest_grade_and_a_stalled_round_are_told_to_those_with_a_pager(story: Story, clock: Clock) -> None:
    story.request()
    for seat in (PM, CC):
        clock.forward(minutes=1)
        story.say(seat, "SEV-1")
    [alert] = story.look().plan.alerts
    assert (alert.kind, alert.ticket, alert.grade) == ("graded", story.key, "SEV-1")
    other = Story(story.jira, clock)
    other.request("OPS")
    clock.forward(hours=4)
    assert [each.kind for each in other.look().plan.alerts] == ["stalled"]


# -- the rest


def test_other_has_no_clock(story: Story) -> None:
    graded(story, "OTHER")
    before = story.internal()
    assert until(story, "2026-12-02T12:00-05:00") == []
    assert (story.internal(), labels(story)) == (before, set())
    assert "look_again_at" not in story.record


def test_graded_and_the_client_cannot_be_told(story: Story) -> None:
    story.jira.user("bot").agent = False
    graded(story)
    until(story, "2026-11-23T10:29:59-05:00")
    assert story.said("Graded, and the client has not been told") == []
    [alert] = until(story, "2026-11-23T10:30-05:00")
    assert alert.kind == "operator"
    until(story, "2026-11-23T18:00-05:00")
    [note] = story.said("Graded, and the client has not been told")
    assert calls(story, "sam", note)


@PROJECTS
def test_the_client_hears_once_that_it_was_resolved_where_the_protocol_wants_it(
    jira: Any, clock: Clock, project: str
) -> None:
    story = Story(jira, clock, client={"closing": True})
    graded(story, project=project)
    story.clock.forward(hours=3)
    story.jira.close(story.key)
    story.settle()
    _, closing = story.to_client()
    assert "The problem that you reported has been resolved." in closing.text
    story.jira.reopen(story.key)
    story.forward(hours=1)
    story.jira.close(story.key)
    story.forward(hours=1)
    assert len(story.to_client()) == 2


def test_by_default_the_client_hears_nothing_of_it(story: Story) -> None:
    graded(story)
    story.jira.close(story.key)
    story.forward(hours=3)
    assert len(story.to_client()) == 1


def test_closing_is_switched_on_later_and_old_tickets_are_left_alone(jira: Any, clock: Clock) -> None:
    story = Story(jira, clock)
    graded(story)
    story.jira.close(story.key)
    story.forward(days=8)
    story.rules(client={"closing": True})
    story.forward(days=1)
    assert len(story.to_client()) == 1


def test_a_ticket_moved_out_of_the_projects_served_is_not_tracked(jira: Any, clock: Clock) -> None:
    story = Story(jira, clock, projects=["SUP"])
    graded(story)
    story.key = story.jira.move(story.key, "OPS")
    until(story, "2026-11-26T12:00-05:00")
    assert labels(story) == set()
