"""A drill: the whole round for practice, marked in every text, told to no client, opening nothing."""

import pytest

from tests.storytelling import MONDAY, SEATS, Clock, Story
from worker.escalation.release.ticket import Standing, judge
from worker.jira.release_facts import Standings

PM, CC, EM = SEATS
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])


def drilled(story: Story, *votes: str, project: str = "SUP") -> None:
    story.ticket(project)
    story.jira.label(story.key, "escalation-drill")
    story.request(project)
    story.vote(*votes)


@PROJECTS
def test_every_text_says_that_it_is_a_drill_and_the_client_hears_nothing(story: Story, project: str) -> None:
    drilled(story, "SEV-2\n\nClient: Check-in is down.", "SEV-1 or SEV-2?", "SEV-1", project=project)
    story.vote("", "OTHER")
    assert story.to_client() == []
    assert story.record["decision"]["drill"] is True
    assert story.now.labels == ("escalation-drill", "sev-2")
    assert all(evaluation.summary.startswith("Drill: ") for evaluation in story.evaluations())
    texts = [*story.internal(), *(evaluation.description for evaluation in story.evaluations())]
    assert len(texts) >= 6
    assert [text for text in texts if "Drill:" not in text.strip("*# \n{}").split("\n")[0]] == []
    [rehearsed] = story.said("the client would be told this")
    assert "Severity: SEV-2." in rehearsed and "Check-in is down." in rehearsed


def test_a_drill_is_not_tracked(story: Story) -> None:
    drilled(story, "SEV-1", "SEV-1")
    before = story.internal()
    for _ in range(5):
        assert story.forward(hours=11).plan.alerts == ()
    assert story.internal() == before
    assert "sla-breached" not in story.now.labels


def test_a_drill_opens_no_gate(story: Story) -> None:
    drilled(story, "SEV-1", "SEV-1")
    ticket = story.look().escalation
    standing = Standing(
        ticket.id, ticket.key, "SUP", ticket.us, ticket.labels, ticket.puts, record=ticket.record
    )  # fmt: skip
    judged = judge(standing, story.protocol, MONDAY)
    assert (judged.verdict, judged.reason_code) == ("wait", "drill")


def forge(story: Story, **changes: object) -> None:
    """Somebody who may edit issues says in the record that it was no drill."""
    record = story.record
    value = {**record, **changes, "decision": {**record["decision"], "drill": False}}
    story.jira.set_property(story.key, "escalation", value)


def test_that_a_drill_was_one_cannot_be_hidden_from_the_gate(story: Story) -> None:
    drilled(story, "SEV-1", "SEV-1")
    forge(story)
    story.jira.unlabel(story.key, "escalation-drill")
    ticket = Standings(story.site).read(story.key, story.protocol)
    assert ticket.record.decision and not ticket.record.decision.drill
    judged = judge(ticket, story.protocol, MONDAY)
    assert (judged.verdict, judged.reason_code) == ("wait", "drill")


def test_nor_from_us_who_would_put_the_label_on_or_tell_the_client(story: Story) -> None:
    story.jira.label(story.ticket(), "escalation-drill")
    story.request()
    story.jira.unlabel(story.key, "escalation-drill")
    story.vote("SEV-1", "SEV-1")
    failed = {"step": "labels", "what": "x", "mend": "y", "tries": 1}
    forge(story, failures=[failed], told=None)
    story.settle()
    story.forward(hours=12)
    assert "sev-1" not in story.now.labels
    assert story.to_client() == []


def test_a_real_round_after_a_drill_of_the_same_grade_opens_the_gate(story: Story) -> None:
    drilled(story, "SEV-1", "SEV-1")
    story.jira.unlabel(story.key, "escalation-drill")
    story.clock.forward(hours=1)
    story.request()
    story.vote("SEV-1", "SEV-1", round=2)
    assert story.now.labels == ("sev-1",)
    judged = judge(Standings(story.site).read(story.key, story.protocol), story.protocol, story.clock())
    assert judged.verdict == "ship"


def test_the_pager_is_told_that_it_is_a_drill(story: Story, clock: Clock) -> None:
    story.jira.label(story.ticket(), "escalation-drill")
    story.request()
    for seat in (PM, CC):
        clock.forward(minutes=1)
        story.say(seat, "SEV-1")
    [alert] = story.look().plan.alerts
    assert (alert.kind, alert.words) == ("graded", "This is a drill.")


def test_after_a_drill_the_real_thing_is_the_first(story: Story) -> None:
    drilled(story, "SEV-1", "SEV-1", "SEV-1")
    story.jira.unlabel(story.key, "escalation-drill")
    story.clock.forward(hours=1)
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    [told] = story.to_client()
    assert "We have evaluated this report." in told.text and "again" not in told.text and "SEV-1" not in told.text
    assert not any("Drill" in c.text for e in story.evaluations() if ", round 2" in e.summary for c in e.comments)


def test_a_round_that_began_as_a_drill_stays_one(story: Story) -> None:
    story.jira.label(story.ticket(), "escalation-drill")
    story.request()
    story.jira.unlabel(story.key, "escalation-drill")
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert (story.to_client(), story.record["decision"]["drill"]) == ([], True)
    assert story.now.labels == ()  # without the drill's label beside it, a severity label would look like a real one


def test_a_round_that_began_for_real_stays_so(story: Story) -> None:
    story.request()
    story.jira.label(story.key, "escalation-drill")
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert len(story.to_client()) == 1
    assert story.record["decision"]["drill"] is False
    assert story.now.labels == ("sev-2",)


def test_a_ticket_with_a_real_grade_is_not_drilled_with(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.clock.forward(hours=1)
    story.jira.label(story.key, "escalation-drill")
    story.request()
    assert len(story.said("No drill is run on")) == 1
    assert (len(story.evaluations()), len(story.to_client())) == (3, 1)
    story.jira.unlabel(story.key, "escalation-drill")
    story.settle()
    assert len(story.evaluations()) == 6


def test_a_drill_that_is_withdrawn_or_stalls_is_marked_too(story: Story) -> None:
    story.jira.label(story.ticket(), "escalation-drill")
    story.request()
    story.forward(hours=4)
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert len(story.internal()) >= 2
    assert all("Drill:" in text for text in story.internal())
