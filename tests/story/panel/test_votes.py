"""Votes: whose count, which of several, what an edit does before and after the decision (protocol.md §8, 4–6, 8–11)."""

from datetime import datetime

import pytest

from tests.story.panel_reading import decision, notes, replies
from tests.storytelling import SEATS, Clock, Story

PM, CC, EM = SEATS
ONCE = pytest.mark.parametrize("jira", ["cloud"], indirect=True)  # where one flavour tells it all
HINT = "could not be counted as a vote yet"


@pytest.fixture
def asked(story: Story) -> Story:
    story.request()
    return story


def votes(story: Story) -> dict[str, str]:
    """The counted votes, by seat."""
    return {vote["seat"]: vote["grade"] for vote in story.record["decision"]["votes"]}


# -- reading them


def test_a_vote_is_read_with_its_reason_and_recorded(asked: Story) -> None:
    asked.vote("SEV 2 – check-in is broken for all doctors", "Sev-2", "Other: a nuisance")
    assert votes(asked) == {PM: "SEV-2", CC: "SEV-2", EM: "OTHER"}
    assert notes(asked, "check-in is broken for all doctors")


ADF = {
    "bold": {"type": "paragraph", "content": [{"type": "text", "text": "SEV-1", "marks": [{"type": "strong"}]}]},
    "heading": {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "SEV-1"}]},
    "list": {
        "type": "bulletList",
        "content": [
            {
                "type": "listItem",
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "SEV-1: down"}]}],
            }
        ],
    },
    "emoji": {
        "type": "paragraph",
        "content": [
            {"type": "emoji", "attrs": {"shortName": ":rotating_light:", "text": "🚨"}},
            {"type": "text", "text": " SEV-1"},
        ],
    },
    "line break": {
        "type": "paragraph",
        "content": [{"type": "text", "text": "SEV-1"}, {"type": "hardBreak"}, {"type": "text", "text": "not SEV-2"}],
    },
}
WIKI = {
    "bold": "*SEV-1* down",
    "heading": "h2. SEV-1",
    "list": "* SEV-1: down",
    "emoji": "(!) SEV-1",
    "line break": "SEV-1\\\\not SEV-2",
}


@pytest.mark.parametrize("how", [*ADF])
def test_a_vote_may_be_decorated(asked: Story, how: str) -> None:
    adf = {"type": "doc", "version": 1, "content": [ADF[how]]}
    asked.jira.comment(asked.evaluation(PM).key, adf if asked.jira.flavour == "cloud" else WIKI[how], by="petra")
    asked.vote("", "SEV-1: down")
    assert decision(asked) == ("SEV-1", "panel")


@ONCE
@pytest.mark.parametrize(
    ("attempt", "missing"),
    [
        ("SEV-1 or SEV-2, hard to say", "The first line names more than one grade."),
        ("My vote is SEV-2", "The first line mentions a grade but does not begin with it."),
        ("SEV-7: bad", "The first line does not begin with one of the grades."),
        ("SEV-1?", "The grade is followed by a question mark"),
        ("It is broken.\n\nClient: It is broken.", "There is a text for the client but no grade in the first line."),
    ],
)
def test_an_attempt_gets_one_reply_that_says_what_is_missing(asked: Story, attempt: str, missing: str) -> None:
    asked.say(PM, attempt)
    for _ in range(3):
        asked.settle()
    assert len(replies(asked, PM, HINT)) == 1
    assert len(replies(asked, PM, missing)) == 1
    assert not asked.evaluation(PM).done


def test_every_attempt_gets_its_own_reply(asked: Story) -> None:
    asked.say(PM, "SEV-7")
    asked.say(PM, "SEV-8")
    asked.settle()
    asked.say(PM, "SEV-9")
    asked.settle()
    assert len(replies(asked, PM, HINT)) == 3


def test_after_a_reply_the_vote_may_be_put_right_by_an_edit(asked: Story, clock: Clock) -> None:
    comment = asked.say(PM, "Severe. SEV-2!")
    asked.settle()
    clock.forward(minutes=1)
    asked.jira.edit_comment(asked.evaluation(PM).key, comment, "SEV-2: severe")
    asked.vote("", "SEV-2", "OTHER")
    assert votes(asked)[PM] == "SEV-2"
    assert len(replies(asked, PM, HINT)) == 1


def test_talk_gets_no_reply(asked: Story) -> None:
    asked.say(PM, "Who has seen this before?\n\nLast time it was SEV-1.")
    asked.settle()
    assert replies(asked, PM) == []
    assert not asked.evaluation(PM).done


# -- whose vote it is


def test_a_strangers_vote_is_none_and_the_stranger_is_told_once(asked: Story) -> None:
    asked.say(PM, "SEV-1: everything is down", by="otto")
    asked.say(PM, "SEV-1: I mean it", by="otto")
    asked.settle()
    asked.vote("", "SEV-1")
    assert decision(asked) is None
    assert not asked.evaluation(PM).done
    assert len(replies(asked, PM, "was not assigned to its author")) == 1


def test_a_panelists_vote_in_anothers_evaluation_is_none(asked: Story) -> None:
    asked.say(PM, "SEV-1", by="erin")
    asked.vote("", "SEV-1")
    assert decision(asked) is None


def test_our_own_text_is_never_a_vote(asked: Story) -> None:
    asked.jira.assign(asked.evaluation(PM).key, "bot", by="petra")
    asked.say(PM, "SEV-1", by="bot")
    asked.vote("", "SEV-1")
    assert decision(asked) is None


def test_who_takes_the_evaluation_over_votes_for_the_seat(asked: Story, clock: Clock) -> None:
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    clock.forward(minutes=1)
    asked.say(PM, "SEV-1: I was asked by Petra", by="paul")
    asked.vote("", "SEV-1")
    assert decision(asked) == ("SEV-1", "panel")
    assert asked.record["decision"]["votes"][0]["person"] == asked.jira.id_of("paul")


def test_who_handed_it_over_votes_no_more(asked: Story, clock: Clock) -> None:
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    clock.forward(minutes=1)
    asked.say(PM, "SEV-1", by="petra")
    asked.vote("", "SEV-1")
    assert decision(asked) is None
    assert asked.evaluation(PM).assignee == "paul"


def test_a_vote_stands_when_the_evaluation_is_handed_over_afterwards(asked: Story, clock: Clock) -> None:
    asked.vote("SEV-1")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    asked.vote("", "SEV-1")
    assert decision(asked) == ("SEV-1", "panel")


def test_until_the_new_holder_votes(asked: Story, clock: Clock) -> None:
    asked.vote("SEV-1")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    clock.forward(minutes=1)
    asked.say(PM, "OTHER: I see it differently", by="paul")
    asked.vote("", "SEV-1", "OTHER")
    assert decision(asked) == ("OTHER", "panel")


def test_what_was_written_before_one_held_the_seat_is_no_vote(asked: Story, clock: Clock) -> None:
    asked.say(PM, "SEV-1", by="paul")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    asked.vote("", "SEV-1")
    assert decision(asked) is None


def test_a_vote_edited_by_another_counts_no_more_and_it_is_said(asked: Story, clock: Clock) -> None:
    comment = asked.say(PM, "OTHER: a nuisance")
    clock.forward(minutes=1)
    asked.jira.edit_comment(asked.evaluation(PM).key, comment, "SEV-1: everything is down", by="otto")
    asked.vote("", "SEV-1")
    assert decision(asked) is None
    assert len(replies(asked, PM, "Somebody other than its author has edited it")) == 1


def test_one_person_counts_in_one_seat(asked: Story, clock: Clock) -> None:
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(EM).key, "petra", by="erin")
    clock.forward(minutes=1)
    asked.say(PM, "SEV-1: everything is down")
    asked.settle()
    asked.say(EM, "SEV-1: once more", by="petra")
    asked.settle()
    asked.settle()
    assert decision(asked) is None
    assert not asked.evaluation(EM).done
    assert len(replies(asked, EM, "has voted for another seat already")) == 1


def test_whoever_votes_in_a_second_seat_is_told_once_whatever_they_are_called_later(asked: Story, clock: Clock) -> None:
    asked.vote("SEV-2", "SEV-2")
    for nick, name in (("petra", "Petra Married"), ("sam", "Sam Renamed")):
        asked.jira.assign(asked.evaluation(EM).key, nick)
        clock.forward(minutes=1)
        asked.say(EM, "SEV-2: once more", by=nick)
        asked.settle()
        asked.jira.user(nick).display_name = name
        asked.forward(minutes=1)
    assert len(replies(asked, EM, "Petra Project has voted for another seat already")) == 1
    assert len(replies(asked, EM, "has voted for another seat already")) == 2


def test_an_edit_does_not_move_a_person_to_their_second_seat(asked: Story, clock: Clock) -> None:
    asked.jira.assign(asked.evaluation(EM).key, "petra", by="erin")
    clock.forward(minutes=1)
    comment = asked.say(PM, "SEV-2")
    clock.forward(minutes=1)
    asked.say(EM, "OTHER", by="petra")
    asked.settle()
    clock.forward(minutes=1)
    asked.jira.edit_comment(asked.evaluation(PM).key, comment, "SEV-1")
    asked.vote("", "SEV-1")
    assert votes(asked) == {PM: "SEV-1", CC: "SEV-1"}


def test_who_gave_a_seat_up_counts_in_the_next_one(asked: Story, clock: Clock) -> None:
    asked.vote("SEV-2: mine")
    asked.say(PM, "Recused: I sit for Erin today")
    asked.jira.assign(asked.evaluation(EM).key, "petra", by="erin")
    clock.forward(minutes=1)
    asked.say(EM, "OTHER: for Erin", by="petra")
    asked.vote("", "OTHER")
    assert votes(asked) == {CC: "OTHER", EM: "OTHER"}
    assert replies(asked, EM, "has voted for another seat already") == []


def test_whose_vote_was_replaced_counts_in_the_next_seat(asked: Story, clock: Clock) -> None:
    asked.vote("SEV-2: mine")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="petra")
    clock.forward(minutes=1)
    asked.say(PM, "OTHER: mine now", by="paul")
    asked.jira.assign(asked.evaluation(EM).key, "petra", by="erin")
    clock.forward(minutes=1)
    asked.say(EM, "SEV-2: for Erin", by="petra")
    asked.vote("", "OTHER")
    assert votes(asked) == {PM: "OTHER", CC: "OTHER", EM: "SEV-2"}


@pytest.mark.parametrize("leaving", ["Recused: I sit for Erin today", "SEV-2: Paul's"])
def test_a_vote_that_waits_counts_from_when_the_other_seat_is_left(asked: Story, clock: Clock, leaving: str) -> None:
    """And not from when it was written: until then one person would have had two votes."""
    asked.vote("SEV-2: mine", "OTHER")
    asked.jira.assign(asked.evaluation(EM).key, "petra", by="erin")
    clock.forward(minutes=1)
    asked.say(EM, "OTHER: for Erin", by="petra")
    asked.settle()
    assert decision(asked) is None and not asked.evaluation(EM).done
    who = "petra" if leaving.startswith("Recused") else "paul"
    asked.jira.assign(asked.evaluation(PM).key, who)
    clock.forward(minutes=1)
    asked.say(PM, leaving, by=who)
    asked.settle()
    assert votes(asked) == {CC: "OTHER", EM: "OTHER"} | ({PM: "SEV-2"} if who == "paul" else {})
    assert datetime.fromisoformat(asked.record["decision"]["graded_at"]) == clock()
    assert len(notes(asked, "for Erin")) == 1, "the summary has its reasoning"


# -- which of several counts


def test_the_last_vote_before_the_decision_counts(asked: Story) -> None:
    asked.vote("SEV-1", "SEV-2")
    asked.vote("OTHER")
    asked.vote("", "", "OTHER")
    assert decision(asked) == ("OTHER", "panel")


def test_an_edit_before_the_decision_counts(asked: Story, clock: Clock) -> None:
    comment = asked.say(PM, "OTHER")
    asked.vote("", "SEV-2")
    clock.forward(minutes=1)
    asked.jira.edit_comment(asked.evaluation(PM).key, comment, "SEV-2: looked again")
    asked.vote("", "", "OTHER")
    assert decision(asked) == ("SEV-2", "panel")


def test_an_edit_after_the_decision_is_noted_and_flips_nothing(asked: Story, clock: Clock) -> None:
    comment = asked.say(PM, "OTHER")
    asked.vote("", "OTHER", "SEV-2")
    before = asked.record["decision"], asked.now.labels, len(asked.to_client())
    clock.forward(minutes=1)
    asked.jira.edit_comment(asked.evaluation(PM).key, comment, "SEV-2: looked again")
    asked.settle()
    asked.settle()
    assert (asked.record["decision"], asked.now.labels, len(asked.to_client())) == before
    assert len(replies(asked, PM, "A vote after the decision changes nothing by itself")) == 1
    assert len(replies(asked, EM, "With it the grade would be SEV-2 instead of OTHER")) == 1


def test_two_gravest_votes_decide_at_once_and_the_third_is_noted(asked: Story) -> None:
    asked.vote("SEV-1: down", "SEV-1: all down")
    assert decision(asked) == ("SEV-1", "panel")
    assert asked.now.labels == ("sev-1",)
    asked.vote("", "", "OTHER: works for me")
    asked.settle()
    assert asked.now.labels == ("sev-1",)
    assert len(replies(asked, EM, "A vote after the decision")) == 1
    assert replies(asked, EM, "would be") == []
    assert len(asked.to_client()) == 1


def test_a_deleted_vote_counts_no_more(asked: Story) -> None:
    comment = asked.say(PM, "SEV-1")
    asked.settle()
    asked.jira.delete_comment(asked.evaluation(PM).key, comment)
    asked.vote("", "SEV-1")
    assert decision(asked) is None


def test_a_decision_does_not_go_with_its_votes(asked: Story) -> None:
    comment = asked.say(PM, "SEV-1")
    asked.vote("", "SEV-1")
    asked.jira.delete_comment(asked.evaluation(PM).key, comment)
    asked.settle()
    assert decision(asked) == ("SEV-1", "panel")


# -- what the panel makes of them


@ONCE
@pytest.mark.parametrize(
    ("rule", "cast", "grade"),
    [
        ("median", ("SEV-2", "SEV-2", "OTHER"), "SEV-2"),
        ("median", ("SEV-1", "SEV-2", "OTHER"), "SEV-2"),
        ("median", ("SEV-1", "OTHER", "OTHER"), "OTHER"),
        ("majority", ("SEV-2", "OTHER", "OTHER"), "OTHER"),
        ("majority", ("OTHER", "SEV-2", "SEV-1"), "SEV-2"),
        ("highest", ("OTHER", "SEV-2", "OTHER"), "SEV-2"),
        ("highest", ("OTHER", "SEV-1", "OTHER"), "SEV-1"),
        ("unanimous", ("SEV-2", "SEV-2", "SEV-2"), "SEV-2"),
        ("unanimous", ("SEV-1", "SEV-1", "SEV-1"), "SEV-1"),
        ("chair", ("SEV-1", "SEV-2", "OTHER"), "OTHER"),
        ("chair", ("OTHER", "OTHER", "SEV-1"), "SEV-1"),
    ],
)
def test_the_panels_rule(story: Story, rule: str, cast: tuple[str, ...], grade: str) -> None:
    story.rules(panel={"rule": rule})
    story.request()
    story.vote(*cast)
    assert decision(story) == (grade, "panel")


def test_three_different_votes_are_marked_split_and_the_chair_hears_of_it(asked: Story) -> None:
    asked.vote("SEV-1", "SEV-2", "OTHER")
    assert asked.record["decision"]["split"] is True
    assert len(replies(asked, EM, "the votes were split")) == 1


def test_two_of_a_kind_are_not_split(asked: Story) -> None:
    asked.vote("SEV-2", "SEV-2", "OTHER")
    assert "split" not in {k for k, v in asked.record["decision"].items() if v}
    assert replies(asked, EM, "split") == []


@ONCE
def test_where_all_must_agree_and_do_not_the_chair_decides(story: Story, clock: Clock) -> None:
    story.rules(panel={"rule": "unanimous"})
    story.request()
    story.vote("SEV-2", "SEV-2", "OTHER")
    assert decision(story) is None
    assert len(replies(story, EM, "needs the word of the chair")) == 1
    clock.forward(minutes=1)
    story.say(EM, "SEV-2: then so be it")
    story.settle()
    assert decision(story) == ("SEV-2", "chair")


@ONCE
@pytest.mark.parametrize(("rule", "asks"), [("unanimous", True), ("median", False), ("majority", False)])
def test_two_gravest_votes_wait_only_where_all_must_agree(story: Story, rule: str, asks: bool) -> None:
    story.rules(panel={"rule": rule})
    story.request()
    story.vote("SEV-1", "SEV-1")
    assert (decision(story) is None) == asks


@ONCE
def test_a_quorum_of_three_waits_for_the_third(story: Story) -> None:
    story.rules(panel={"quorum": 3})
    story.request()
    story.vote("SEV-1", "SEV-1")
    assert decision(story) is None
    story.vote("", "", "OTHER")
    assert decision(story) == ("SEV-1", "panel")


# -- giving the seat up


def test_who_is_recused_is_replaced_by_a_substitute(story: Story, clock: Clock) -> None:
    story.rules(seats={PM: {"substitutes": [story.jira.id_of("paul")]}})
    story.request()
    story.vote("Recused: I wrote that code", "SEV-2", "OTHER")
    assert decision(story) is None
    assert story.evaluation(PM).assignee == "paul"
    assert not story.evaluation(PM).done
    assert len(replies(story, PM, "is asked as substitute")) == 1
    clock.forward(minutes=1)
    story.say(PM, "OTHER", by="paul")
    story.settle()
    assert decision(story) == ("OTHER", "panel")


def test_a_substitute_who_is_recused_too_is_followed_by_the_next(story: Story, clock: Clock) -> None:
    story.rules(seats={PM: {"substitutes": [story.jira.id_of("paul"), story.jira.id_of("emma")]}})
    story.request()
    story.vote("Recused: holiday")
    clock.forward(minutes=1)
    story.say(PM, "Recused: holiday too", by="paul")
    story.settle()
    assert story.evaluation(PM).assignee == "emma"


def test_without_a_substitute_those_left_decide(asked: Story) -> None:
    asked.vote("Recused: I wrote that code", "SEV-2")
    assert decision(asked) is None
    asked.vote("", "", "OTHER")
    assert decision(asked) == ("SEV-2", "panel")


def test_the_recusal_may_be_the_last_thing_awaited(asked: Story) -> None:
    asked.vote("", "SEV-2", "SEV-2")
    asked.vote("Recused: holiday")
    assert decision(asked) == ("SEV-2", "panel")


def test_a_vote_after_a_recusal_counts(asked: Story) -> None:
    asked.vote("Recused: holiday")
    asked.vote("SEV-1: back again", "SEV-1")
    assert decision(asked) == ("SEV-1", "panel")


def test_a_vote_that_was_taken_back_by_a_recusal_is_not_called_late(asked: Story) -> None:
    asked.vote("SEV-1")
    asked.vote("Recused: I should not")
    asked.vote("", "SEV-2", "SEV-2")
    assert decision(asked) == ("SEV-2", "panel")
    assert replies(asked, PM, "A vote after the decision") == []


def test_two_of_three_recused_is_stalled_at_once(asked: Story) -> None:
    asked.vote("Recused: holiday", "Recused: holiday")
    assert "escalation-stalled" in asked.now.labels
    assert decision(asked) is None
    assert len(notes(asked, "Round 1 of SUP-1 is stalled")) == 1
    asked.vote("", "", "SEV-2")
    assert decision(asked) is None


def test_a_stalled_round_goes_on_when_a_colleague_steps_in(asked: Story, clock: Clock) -> None:
    asked.vote("Recused: holiday", "Recused: holiday", "SEV-2")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="erin")
    asked.settle()
    assert "escalation-stalled" not in asked.now.labels
    clock.forward(minutes=1)
    asked.say(PM, "OTHER", by="paul")
    asked.settle()
    assert decision(asked) == ("SEV-2", "panel")


def test_a_round_may_stall_again_without_saying_so_again(asked: Story, clock: Clock) -> None:
    asked.vote("Recused: holiday", "Recused: holiday", "SEV-2")
    clock.forward(minutes=1)
    asked.jira.assign(asked.evaluation(PM).key, "paul", by="erin")
    asked.settle()
    clock.forward(minutes=1)
    asked.say(PM, "Recused: me too", by="paul")
    asked.settle()
    assert "escalation-stalled" in asked.now.labels
    assert len(notes(asked, "Round 1 of SUP-1 is stalled")) == 1


def test_the_same_attempt_twice_is_answered_once(story: Story) -> None:
    story.request()
    for _ in range(2):
        story.clock.forward(minutes=1)
        story.say(PM, "SEV-1 or SEV-2")
    done = [str(action) for action in story.look().plan.actions]
    assert len(done) == 1 and done[0].startswith("note on")
    assert story.look().plan.empty
    story.clock.forward(minutes=1)
    story.say(PM, "SEV-1 or SEV-2")
    story.settle()
    assert len(replies(story, PM, "could not be counted as a vote yet")) == 2
