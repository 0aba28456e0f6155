"""What a worker says that wakes up too late is taken back by the next look, and nothing else is."""

import pytest

from sandbox import CommentView, Sandbox
from sandbox.http import faults
from tests.story.telling import told
from tests.storytelling import Story

VOTES = ("SEV-2 broken", "SEV-2 queues\n\nClient: Ask dr.jones@clinic.example.", "OTHER")


def say_again(jira: Sandbox, key: str, comment: CommentView, by: str = "bot") -> str:
    """The same words once more, as somebody who does not know that they were said."""
    issue, author = jira.state.find(key), jira.user(by)
    assert issue is not None
    return jira.state.comment(issue, comment.body, author, comment.visibility, comment.properties).id


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_what_was_said_twice_is_said_once_in_the_end(story: Story, project: str) -> None:
    story.request(project)
    story.vote(*VOTES)
    issues = [story.key, *story.now.subtasks]
    before = {key: story.jira.issue(key).comments for key in issues}
    for key in issues:
        for comment in before[key]:
            if comment.author == "bot":
                say_again(story.jira, key, comment)
    story.settle()
    assert {key: story.jira.issue(key).comments for key in issues} == before
    assert len(told(story)) == 1


def test_the_one_that_the_record_knows_stays_even_if_it_came_later(story: Story) -> None:
    """Two workers wrote at the same moment, and the one that was told to stop was the quicker one."""
    story.request()
    story.vote(*VOTES)
    [answer] = story.to_client()
    later = say_again(story.jira, story.key, answer)
    story.jira.set_property(story.key, "escalation", story.record | {"told": story.record["told"] | {"comment": later}})
    story.settle()
    assert [comment.id for comment in story.to_client()] == [later]


def test_the_words_of_others_stay(story: Story) -> None:
    story.request()
    story.vote(*VOTES)
    [answer] = story.to_client()
    quoted = say_again(story.jira, story.key, answer, by="sam")
    story.settle()
    assert quoted in [comment.id for comment in story.now.comments]


def test_a_double_that_may_not_be_deleted_is_noted_once(story: Story) -> None:
    story.request()
    story.vote(*VOTES)
    [answer] = story.to_client()
    say_again(story.jira, story.key, answer)
    story.jira.faults.add(faults.broken(403, method="DELETE", times=None))
    story.settle()
    assert len(story.said("doubled comment")) == 1
    assert [failure["step"].partition(" comment")[0] for failure in story.record["failures"]] == ["remove the doubled"]


def test_an_answer_to_a_vote_that_stands_there_twice_goes_and_one_to_another_vote_stays(story: Story) -> None:
    story.request()
    for words in ("SEV-7 what a mess", "SEV-8 what a mess"):
        story.say("project-manager", words)
        story.forward(minutes=1)
    place = story.evaluation("project-manager")
    before = place.comments
    assert [comment.author for comment in before] == ["petra", "bot", "petra", "bot"]
    say_again(story.jira, place.key, before[-1])
    story.settle()
    assert story.evaluation("project-manager").comments == before
