"""Who votes where Jira will not take the holder of a seat as assignee: the holder by the protocol, and nobody else."""

import pytest

from tests.storytelling import Story

EM = "engineering-manager"
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])


def unlicensed(story: Story, project: str) -> None:
    """The engineering manager has no licence: nothing can be assigned to them."""
    story.jira.user("erin").assignable = False
    story.request(project)
    assert story.evaluation(EM).assignee is None


@PROJECTS
def test_the_holder_votes_all_the_same(story: Story, project: str) -> None:
    unlicensed(story, project)
    story.vote("SEV-2", "", "SEV-2 broken for all")
    story.say("client-contact", "OTHER")
    story.settle()
    assert story.now.labels == ("sev-2",)
    assert [vote["seat"] for vote in story.record["decision"]["votes"]][-1] == EM
    assert len(story.to_client()) == 1


@PROJECTS
def test_a_stranger_does_not_and_hears_it_once(story: Story, project: str) -> None:
    unlicensed(story, project)
    story.vote("SEV-1")
    story.say(EM, "SEV-1", by="otto")
    story.settle()
    assert "decision" not in story.record
    assert len(story.said("could not be counted")) == 1


def test_a_forged_property_opens_nothing(story: Story) -> None:
    unlicensed(story, "SUP")
    key = story.evaluation(EM).key
    mark = story.jira.issue(key).properties["escalation"]
    story.jira.set_property(key, "escalation", {**mark, "holder": story.jira.id_of("otto")}, by="otto")
    story.jira.set_property(
        story.key, "escalation", {**story.record, "unassignable": [story.jira.id_of("otto")]}, by="otto"
    )
    story.vote("SEV-1")
    story.say(EM, "SEV-1", by="otto")
    story.settle()
    assert "sev-1" not in story.now.labels


def test_who_was_taken_off_holds_it_no_more(story: Story) -> None:
    story.request()
    story.jira.assign(story.evaluation(EM).key, None)
    story.vote("SEV-1", "", "SEV-1")
    assert "sev-1" not in story.now.labels


def test_who_holds_it_by_the_protocol_only_counts_while_nobody_else_was_asked(story: Story) -> None:
    unlicensed(story, "SUP")
    story.vote("", "", "SEV-2 first")
    story.clock.forward(minutes=1)
    story.jira.assign(story.evaluation(EM).key, "emma")
    story.clock.forward(minutes=1)
    story.say(EM, "OTHER second")
    story.vote("SEV-2", "OTHER")
    assert story.now.labels == ("sev-2",), "the first one counts, the second came when it was another's"


def test_the_holder_may_give_the_seat_up(story: Story) -> None:
    unlicensed(story, "SUP")
    story.vote("SEV-2", "OTHER", "Recused: I know the client")
    assert story.now.labels == ("sev-2",), "those left decide"
