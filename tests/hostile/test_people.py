"""What people do by hand to a round under way: no grade comes of it that the panel did not give, nothing breaks, and
the round goes on, or ends with a word to those who can mend it.
"""

from collections.abc import Callable

import pytest

from sandbox.state.model import TASK
from tests.hostile.people import CC, EM, PM, SEATS, may_ship
from tests.story.telling import hidden, noted, told
from tests.storytelling import Story

ONCE = pytest.mark.parametrize("jira", ["cloud"], indirect=True)
Deed = Callable[[Story, str], object]


def converted(story: Story, key: str) -> None:
    story.jira.edit(key, by="otto", type=TASK, parent=None)


def reparented(story: Story, key: str) -> None:
    other = story.jira.issue(story.jira.create_ticket("SUP", "Another one", labels=["escalation-requested"]))
    story.jira.edit(key, by="otto", parent=other.id)


def unmarked_and_retitled(story: Story, key: str) -> None:
    story.jira.delete_property(key, "escalation", by="otto")
    story.jira.edit(key, by="otto", summary="Severity evaluation, round 7 (Engineering Manager): mine")


DEEDS: dict[str, Deed] = {
    "closed": lambda story, key: story.jira.close(key, by="otto"),
    "deleted": lambda story, key: story.jira.delete(key, by="otto"),
    "converted": converted,
    "reparented": reparented,
    "retitled": lambda story, key: story.jira.edit(key, by="otto", summary="Severity evaluation (Support): ha"),
    "unlabelled": lambda story, key: story.jira.unlabel(key, "escalation-evaluation", by="otto"),
    "unmarked": lambda story, key: story.jira.delete_property(key, "escalation", by="otto"),
    "unmarked and retitled": unmarked_and_retitled,
    "marked as nonsense": lambda story, key: story.jira.set_property(key, "escalation", ["x"], by="otto"),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_a_round_goes_on_whatever_is_done_to_an_evaluation(story: Story, deed: Deed) -> None:
    story.request()
    story.vote("SEV-1: I think all is down")
    deed(story, story.evaluation(CC).key)
    story.memory.kin.clear()
    story.settle()
    assert story.record.get("decision") is None and "sev-1" not in story.now.labels
    for seat in (CC, EM):
        story.clock.forward(minutes=1)
        found = [e for e in story.look().escalation.in_round(1) if e.seat == seat and e.assignee]
        story.jira.comment(found[0].key, "OTHER: a nuisance", by=SEATS[seat])
    story.settle()
    assert story.now.labels == ("sev-other",) and len(told(story)) == 1
    assert len({vote["person"] for vote in story.record["decision"]["votes"]}) == 3
    assert story.look().plan.empty


@ONCE
def test_a_moved_evaluation_is_no_vote_on_its_new_ticket(story: Story) -> None:
    """Two SEV-1 votes of one ticket are hung below another."""
    story.request()
    first, keys = story.key, [story.evaluation(seat).key for seat in (PM, CC)]
    story.key = ""
    story.ticket()
    victim = story.key
    for key, nick in zip(keys, ("petra", "sam"), strict=True):
        story.jira.edit(key, by="otto", parent=story.jira.issue(victim).id)
        story.jira.comment(key, "SEV-1", by=nick)
    story.request()
    assert "sev-1" not in story.now.labels and told(story) == []
    assert len(story.look().escalation.evaluations) == 3
    story.key = first
    story.settle()
    assert "sev-1" not in story.now.labels


@ONCE
def test_an_evaluation_that_nobody_is_known_to_have_created_is_none_of_ours(story: Story) -> None:
    """Where anonymous visitors may create issues Jira names no creator."""
    story.request()
    issue = story.jira.state.find(story.evaluation(PM).key)
    assert issue is not None
    ours = issue.creator
    ghost = type(ours)("ghost", "", "", "")
    issue.creator = ghost
    story.memory.kin.clear()
    assert PM not in {each.seat for each in story.look().escalation.evaluations}


@ONCE
def test_whoever_clones_a_graded_ticket_has_an_ungraded_one(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    assert may_ship(story) == "ship"
    graded, record = story.key, story.record
    story.key = story.jira.create_ticket("SUP", "CLONE - Check-in fails", by="otto", labels=["sev-1"])
    story.jira.set_property(story.key, "escalation", record, by="otto")
    for child in story.jira.issue(graded).subtasks:
        twin = story.jira.create_subtask(story.key, story.jira.issue(child).summary, by="otto")
        story.jira.label(twin, "escalation-evaluation", by="otto")
        story.jira.set_property(twin, "escalation", story.jira.issue(child).properties["escalation"], by="otto")
    story.settle()
    assert may_ship(story) == "cannot-tell" and told(story) == []
    story.request()
    assert len(story.look().escalation.evaluations) == 3, "the panel is asked about the clone"


@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_a_severity_label_put_on_by_hand_grades_nothing(story: Story, project: str, when: str) -> None:
    story.ticket(project)
    if when == "before":
        story.jira.label(story.key, "SEV-1", by="otto")
    story.request()
    if when == "during":
        story.jira.label(story.key, "SEV-1", by="otto")
        story.settle()
    assert may_ship(story) != "ship" and told(story) == []
    assert len([text for text in map(str, noted(story, "by hand")) if text]) <= 1
    story.vote("OTHER", "OTHER", "OTHER")
    assert story.now.labels == ("sev-other",) and may_ship(story) == "wait"


@ONCE
def test_who_is_called_like_a_seat_holds_none(story: Story) -> None:
    story.jira.user("otto").display_name = "Engineering Manager"
    story.request()
    story.say(EM, "SEV-1: I am the Engineering Manager", by="otto")
    story.vote("", "SEV-1")
    assert story.record.get("decision") is None
    assert story.evaluation(EM).assignee == "erin"


@ONCE
def test_our_own_words_cited_or_edited_are_no_vote(story: Story) -> None:
    """The hint shows examples that begin with a grade; neither they nor an edit of them by a person count."""
    story.request()
    story.say(PM, "SEV-7")
    story.settle()
    evaluation = story.evaluation(PM)
    [hint] = [comment for comment in evaluation.comments if comment.author == "bot"]
    for who in ("petra", "otto"):
        story.clock.forward(minutes=1)
        story.jira.edit_comment(evaluation.key, hint.id, "SEV-1: edited", by=who)
        story.settle()
    story.vote("", "SEV-1")
    assert story.record.get("decision") is None


@ONCE
def test_who_takes_a_seat_away_and_gives_it_back_has_not_voted(story: Story) -> None:
    """The vote counts by who held the seat when it was written, not by who holds it when we look."""
    story.request()
    key = story.evaluation(PM).key
    story.clock.forward(minutes=1)
    story.jira.comment(key, "SEV-1", by="otto")
    story.clock.forward(minutes=1)
    story.jira.assign(key, "otto", by="otto")
    story.vote("", "SEV-1")
    assert story.record.get("decision") is None
    story.jira.assign(key, "petra", by="petra")
    story.settle()
    assert story.record.get("decision") is None


@ONCE
def test_a_drill_label_does_not_undo_a_real_round(story: Story) -> None:
    story.request()
    story.jira.label(story.key, "escalation-drill", by="otto")
    story.vote("SEV-2", "SEV-2\n\nClient: You cannot work.", "SEV-2")
    assert len(told(story)) == 1
    story.jira.unlabel(story.key, "escalation-drill", by="otto")
    story.settle()
    assert len(told(story)) == 1 and story.record["decision"].get("drill", False) is False


@ONCE
def test_a_note_that_says_what_we_would_say_does_not_silence_us(story: Story) -> None:
    """Only our own comments tell that something was said."""
    story.request()
    words = "We have evaluated this report. Severity: SEV-2."
    story.jira.comment(story.key, words, by="otto", public=True)
    story.jira.comment(story.key, "Decision of round 1: SEV-2", by="otto")
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1
    assert all(comment.author == "bot" for comment in hidden(story))
