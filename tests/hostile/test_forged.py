"""Records and marks that somebody edits by hand: they may spoil what we remember of a ticket, and can grade nothing.

Whoever may edit an issue may edit its properties, and Jira keeps no history of them. What opens the gate or speaks to a
client must therefore be borne out by what cannot be edited: votes, who wrote them, and the changelog.
"""

import copy
import json
from datetime import datetime
from typing import Any

import pytest

from tests.hostile.people import EM, PM, SEATS, forged, mark_of, may_ship
from tests.story.telling import hidden, noted, told
from tests.storytelling import Story

ONCE = pytest.mark.parametrize("jira", ["cloud"], indirect=True)
DOUBT = "is not borne out"


def decided(story: Story, grade: str = "SEV-2", project: str = "SUP") -> Story:
    story.request(project)
    story.vote(grade, f"{grade}\n\nClient: You cannot work.", grade)
    return story


def forge(story: Story, **changes: Any) -> None:
    story.jira.set_property(story.key, "escalation", forged(story, **changes), by="otto")
    story.clock.forward(minutes=1)


# -- a decision that nobody made


@pytest.mark.parametrize("project", ["SUP", "OPS"])
@pytest.mark.parametrize("failing", [False, True])
def test_a_forged_record_on_a_fresh_ticket_is_told_to_nobody(story: Story, project: str, failing: bool) -> None:
    story.ticket(project, labels=["vip"])
    forge(story, failures=["labels", "due date"] if failing else [])
    story.settle()
    assert told(story) == []
    assert story.now.labels == ("vip",) and story.now.duedate is None
    assert may_ship(story) != "ship"
    assert DOUBT in json.dumps(story.record["failures"])


def test_a_forged_failure_does_not_make_us_put_the_label_on(story: Story) -> None:
    """The gate trusts a label of ours: we must not be talked into putting it on."""
    decided(story)
    forge(story, failures=["labels"], told={"round": 1, "how": "auto", "comment": "1"})
    story.settle()
    story.settle(retry=True)
    assert story.now.labels == ("sev-2",)
    assert may_ship(story) == "wait"
    assert len(told(story)) == 1
    assert len(noted(story, DOUBT)) == 1, "it is noted, once"
    assert [failure["step"] for failure in story.record["failures"]] == ["trust the record"]


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_a_forged_decision_with_the_label_put_on_by_hand(story: Story, project: str) -> None:
    decided(story, project=project)
    story.jira.unlabel(story.key, "sev-2", by="otto")
    story.jira.label(story.key, "sev-1", by="otto")
    forge(story, told=None)
    story.settle()
    assert may_ship(story) == "wait"
    assert len(told(story)) == 1 and "SEV-2" in told(story)[0]


def test_a_forged_decision_before_the_votes_does_not_stand_in_their_way(story: Story) -> None:
    story.request()
    forge(story, failures=["labels"])
    story.settle()
    assert told(story) == [] and "sev-1" not in story.now.labels
    assert may_ship(story) != "ship"


def test_a_forged_authority_is_asked_for(story: Story) -> None:
    """`how: authority` needs somebody with authority who put the label on."""
    story.ticket()
    story.jira.label(story.key, "sev-1", by="otto")
    forge(story, how="authority", failures=["labels"])
    story.settle()
    assert told(story) == [] and may_ship(story) == "wait"


# -- what is said to the client with our voice


def test_no_words_of_a_record_reach_the_client(story: Story) -> None:
    decided(story)
    kept = story.record
    kept.pop("told")
    kept["decision"]["previous"] = "nothing. Call 555-0100 and give your password"
    story.jira.set_property(story.key, "escalation", kept, by="otto")
    story.settle()
    assert not any("password" in text for text in told(story))


def test_a_forged_vote_lends_nobody_our_voice(story: Story) -> None:
    """Somebody who may not speak to clients points the record at their own comment."""
    decided(story)
    kept, at = story.record, story.clock()
    mine = story.jira.comment(story.evaluation(PM).key, "SEV-2\n\nClient: Send your passwords to us.", by="otto")
    kept.pop("told")
    kept["decision"]["votes"] = [
        {"seat": seat, "person": "otto", "grade": "SEV-2", "comment": mine, "at": at.isoformat()} for seat in SEATS
    ]
    story.jira.set_property(story.key, "escalation", kept, by="otto")
    story.settle()
    assert not any("passwords" in text for text in told(story))
    assert not any("passwords" in comment.text for comment in story.to_client())


def test_a_vote_that_a_stranger_edits_before_the_client_is_told_is_not_told(story: Story) -> None:
    decided(story)
    kept = story.record  # as if the worker had died before it said anything
    kept.pop("told")
    kept.pop("tries", None)
    story.jira.delete_comment(story.key, story.to_client()[0].id)
    vote = next(v for v in kept["decision"]["votes"] if v["seat"] == "client-contact")
    at = datetime.fromisoformat(vote["at"])
    now, story.clock.at = story.clock.at, at  # in the same instant, so that nothing but the editor tells
    text = "SEV-2\n\nClient: Send your passwords to us."
    story.jira.edit_comment(story.evaluation("client-contact").key, vote["comment"], text, by="otto")
    story.clock.at = now
    story.remember(kept)
    story.restart()
    story.settle()
    [answer] = told(story)
    assert "passwords" not in answer


# -- marks of evaluations


def test_the_votes_of_an_old_round_cannot_be_made_those_of_a_new_one(story: Story) -> None:
    """SEV-1 in round 1, OTHER in round 2; then the marks of round 1 are edited into round 3."""
    decided(story, "SEV-1")
    old = [story.evaluation(seat).key for seat in SEATS]
    story.clock.forward(hours=1)
    story.request()
    story.vote("OTHER", "OTHER", "OTHER", round=2)
    assert story.now.labels == ("sev-other",)
    for key in old:
        mark = {**mark_of(story, key), "round": 3}
        story.jira.set_property(key, "escalation", mark, by="otto")
    story.memory.kin.clear()
    story.clock.forward(hours=1)
    story.request()
    assert "sev-1" not in story.now.labels
    assert may_ship(story) != "ship"
    assert len(told(story)) == 2


def test_a_mark_that_names_another_seat_is_not_believed(story: Story) -> None:
    story.request()
    key = story.evaluation(PM).key
    story.jira.set_property(key, "escalation", {**mark_of(story, key), "seat": EM}, by="otto")
    story.memory.kin.clear()
    story.settle()
    assert len(story.now.subtasks) == 3, "the seat is still the one that was asked"
    story.jira.comment(key, "SEV-1", by="petra")
    story.say("client-contact", "SEV-1")
    story.settle()
    assert {vote["seat"] for vote in story.record["decision"]["votes"]} == {PM, "client-contact"}


def test_a_drill_cannot_be_made_real_afterwards(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-drill")
    story.request()
    for evaluation in story.evaluations():
        mark = {name: value for name, value in mark_of(story, evaluation.key).items() if name != "drill"}
        story.jira.set_property(evaluation.key, "escalation", mark, by="otto")
    story.jira.unlabel(story.key, "escalation-drill")
    story.vote("SEV-1", "SEV-1", "SEV-1")
    assert told(story) == [] and may_ship(story) != "ship"


def test_a_mark_copied_by_hand_makes_no_evaluation(story: Story) -> None:
    story.request()
    copied = mark_of(story, story.evaluation(PM).key)
    child = story.jira.create_subtask(story.key, by="otto", labels=("escalation-evaluation",))
    story.jira.set_property(child, "escalation", copied, by="otto")
    story.jira.assign(child, "otto", by="otto")
    story.jira.comment(child, "SEV-1", by="otto")
    story.memory.kin.clear()
    story.vote("", "SEV-1")
    assert story.record.get("decision") is None


# -- records near and beyond what Jira takes


@ONCE
@pytest.mark.parametrize("field", ["late", "unassignable", "rounds", "breaches", "failures", "said"])
def test_a_record_blown_up_to_the_limit_breaks_nothing(story: Story, field: str) -> None:
    decided(story)
    kept = story.record
    one: dict[str, Any] = {
        "rounds": {"round": 1, "ended": "decided"},
        "breaches": {"round": 1, "grade": "SEV-2", "at": story.clock().isoformat()},
        "failures": {"step": "x", "what": "y" * 40, "mend": "z", "tries": 1},
    }
    size = 32_000 - len(json.dumps(kept))
    if field == "said":
        kept[field] |= {f"note {number}": "1" for number in range(size // 18)}
    else:
        count = size // (len(json.dumps(one.get(field, "x" * 30))) + 2)
        kept[field] = [copy.deepcopy(one.get(field, "x" * 30)) for _ in range(count)]
    story.jira.set_property(story.key, "escalation", kept, by="otto")
    story.settle()
    story.clock.forward(hours=1)
    story.request()
    story.vote("SEV-1", "SEV-1", round=2)
    assert story.now.labels == ("sev-1",)
    assert len(json.dumps(story.record)) <= 32_768
    assert len(hidden(story)) < 40, "what the record claims to have failed is not all said"


def test_an_internal_note_never_repeats_what_a_record_was_made_to_say(story: Story) -> None:
    decided(story)
    kept = story.record
    kept["failures"] = [{"step": "tell the client", "what": "Call 555-0100 now.", "mend": "Pay at once.", "tries": 1}]
    story.jira.set_property(story.key, "escalation", kept, by="otto")
    story.settle()
    assert not any("555-0100" in comment.text for comment in story.to_client())
