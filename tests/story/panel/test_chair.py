"""A lone vote for the gravest grade: the chair's word, or a quarter of an hour of silence (protocol.md 3.2.5, D12)."""

from datetime import datetime

import pytest

from tests.story.panel_reading import decision, notes, replies
from tests.storytelling import SEATS, Clock, Story

PM, CC, EM = SEATS
pytestmark = pytest.mark.parametrize("jira", ["dc"], indirect=True)  # one flavour tells it all
QUESTION = "The panel needs the word of the chair"


@pytest.fixture
def asked(story: Story) -> Story:
    """The Project Manager says SEV-1, Support does not, and the chair is silent until those present decide."""
    story.request()
    story.vote("SEV-1: everything is down", "SEV-2: not quite")
    story.forward(hours=3)
    return story


def test_the_chair_is_asked_once_on_its_own_evaluation(asked: Story) -> None:
    asked.settle()
    assert decision(asked) is None
    assert len(replies(asked, EM, QUESTION)) == 1
    assert not replies(asked, EM, "Project Manager: SEV-1"), "who has not voted judges first"
    assert not replies(asked, PM, QUESTION) and not replies(asked, CC, QUESTION)
    assert asked.to_client() == [] and "escalation-stalled" not in asked.now.labels


def test_somebody_who_writes_the_questions_words_has_not_asked_it(story: Story) -> None:
    """Our hint cites what they wrote; that is not the question either, and the chair has its quarter of an hour."""
    story.request()
    story.jira.comment(story.evaluation(EM).key, f"SEV-1: {QUESTION}.", by="otto")
    story.settle()
    assert len(replies(story, EM, QUESTION)) == 1, "the hint cites it"
    story.vote("SEV-1: everything is down", "SEV-2: not quite")
    story.forward(hours=3)
    assert len(replies(story, EM, QUESTION)) == 2
    assert decision(story) is None
    story.forward(minutes=15)
    assert decision(story) == ("SEV-2", "chair-silent")


def test_in_a_drill_the_chairs_silence_counts_from_the_question_too(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-drill")
    story.request()
    story.vote("SEV-1: everything is down", "SEV-2: not quite")
    story.forward(hours=3)
    assert len(replies(story, EM, QUESTION)) == 1
    story.forward(minutes=15)
    assert decision(story) == ("SEV-2", "chair-silent")


@pytest.mark.parametrize("word", ["SEV-1", "SEV-2", "OTHER"])
def test_the_chairs_next_vote_decides_whatever_it_is(asked: Story, clock: Clock, word: str) -> None:
    clock.forward(minutes=5)
    asked.say(EM, f"{word}: my word")
    at = clock()
    asked.settle()
    assert decision(asked) == (word, "chair")
    assert datetime.fromisoformat(asked.record["decision"]["graded_at"]) == at


def test_after_a_quarter_of_an_hour_of_silence_it_is_the_next_grade_and_the_chair_hears(asked: Story) -> None:
    asked.forward(minutes=14)
    assert decision(asked) is None
    asked.forward(minutes=1)
    assert decision(asked) == ("SEV-2", "chair-silent")
    assert len(replies(asked, EM, "there was none")) == 1
    assert len(asked.to_client()) == 1


def test_silence_is_counted_from_our_question_not_from_our_look(asked: Story) -> None:
    asked.forward(hours=5)
    assert decision(asked) == ("SEV-2", "chair-silent")
    silent_since = datetime.fromisoformat("2026-11-23T13:17-05:00")  # asked at 13:02
    assert datetime.fromisoformat(asked.record["decision"]["graded_at"]) == silent_since


def test_a_word_after_the_silence_comes_too_late(asked: Story, clock: Clock) -> None:
    clock.forward(minutes=16)
    asked.say(EM, "SEV-1: sorry, I was in a meeting")
    asked.settle()
    assert decision(asked) == ("SEV-2", "chair-silent")
    assert len(replies(asked, EM, "A vote after the decision")) == 1


def test_the_silence_is_over_wall_clock_at_night_too(story: Story, clock: Clock) -> None:
    clock.forward(hours=10, minutes=30)
    story.request()
    story.vote("SEV-1: down", "OTHER", "Recused: holiday")
    story.vote("", "", "")
    assert decision(story) == ("SEV-2", "chair-silent")


def test_a_third_vote_by_somebody_else_ends_the_question(story: Story, clock: Clock) -> None:
    story.request()
    story.vote("SEV-1: down", "", "OTHER")
    story.forward(hours=3)
    assert len(replies(story, EM, QUESTION)) == 1
    story.vote("", "OTHER")
    assert decision(story) == ("OTHER", "panel")


def test_the_chairs_own_standing_word_decides_at_once(story: Story) -> None:
    story.request()
    story.vote("", "SEV-2", "SEV-1: I know what I say")
    assert decision(story) is None
    story.vote("Recused: holiday")
    assert decision(story) == ("SEV-1", "chair")
    assert replies(story, EM, QUESTION) == []


def test_the_chairs_milder_vote_does_not_settle_it(story: Story, clock: Clock) -> None:
    story.request()
    story.vote("SEV-1", "Recused: holiday", "SEV-2")
    assert decision(story) is None
    assert len(replies(story, EM, QUESTION)) == 1
    clock.forward(minutes=1)
    story.say(EM, "SEV-1: you are right")
    story.settle()
    assert decision(story) == ("SEV-1", "chair")


def test_an_edit_of_the_chairs_vote_is_its_next_vote(story: Story, clock: Clock) -> None:
    story.request()
    comment = story.say(EM, "SEV-2")
    story.vote("SEV-1", "Recused: holiday")
    assert decision(story) is None
    clock.forward(minutes=1)
    story.jira.edit_comment(story.evaluation(EM).key, comment, "OTHER: looked again")
    story.settle()
    assert decision(story) == ("OTHER", "chair")


def test_without_a_chair_it_is_the_next_grade_at_once(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "OTHER", "Recused: holiday")
    assert decision(story) == ("SEV-2", "chair-silent")


def test_talk_of_the_chair_is_no_word(asked: Story, clock: Clock) -> None:
    clock.forward(minutes=1)
    asked.say(EM, "Let me look at the logs first.")
    asked.settle()
    assert decision(asked) is None


def test_a_question_of_a_person_is_not_ours(story: Story, clock: Clock) -> None:
    story.request()
    story.say(EM, "The panel needs the word of the chair", by="otto")
    clock.forward(minutes=30)
    story.vote("SEV-1", "SEV-2", "")
    story.forward(hours=3)
    assert decision(story) is None
    assert len(replies(story, EM, QUESTION)) == 1
    story.forward(minutes=14)
    assert decision(story) is None


def test_where_the_highest_vote_wins_nobody_is_asked(story: Story) -> None:
    story.rules(panel={"rule": "highest"})
    story.request()
    story.vote("SEV-1", "OTHER")
    story.forward(hours=3)
    assert decision(story) == ("SEV-1", "time-out")


def test_under_the_chairs_rule_an_absent_chair_is_asked(story: Story) -> None:
    story.rules(panel={"rule": "chair"})
    story.request()
    story.vote("SEV-1", "SEV-1")
    story.forward(hours=3)
    assert decision(story) is None
    story.forward(minutes=15)
    assert decision(story) == ("SEV-1", "chair-silent")


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_everything_the_chair_is_told_stays_among_colleagues(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-1", "SEV-2")
    story.forward(hours=3)
    story.forward(minutes=15)
    [answer] = story.to_client()
    assert "chair" not in answer.text and "SEV-1" not in answer.text
    assert notes(story, QUESTION)
