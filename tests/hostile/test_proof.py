"""What stands is what Jira's own history bears out: not what a record says, though it be an old one of our own.

Two votes for SEV-1 exist somewhere in each of these stories, and somebody who may edit, label, move and delete whatever
they like, but neither write comments as others nor the changelog, tries to make a decision of them.
"""

import copy
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.http.call_log import Record as Call
from tests.hostile.people import CC, PM, forged, mark_of, may_ship, put_by_us, says
from tests.story.telling import noted, told
from tests.storytelling import SEATS, Clock, Story
from worker.jira.site import Credentials, Site
from worker.look.reconciler import Reconciler

REQUEST = "escalation-requested"
LABELS = {"step": "labels", "what": "Call 555-0100.", "mend": "Pay at once.", "tries": 1}
HOURLESS = {"releases_in_business_hours": False}


def again(story: Story, *votes: str, round: int) -> None:
    """Another round is asked for, and its votes come in."""
    story.clock.forward(hours=1)
    story.jira.unlabel(story.key, REQUEST)
    story.request()
    story.vote(*votes, round=round)


def plant(story: Story, record: dict[str, Any]) -> None:
    """Otto writes this record, and everybody has another look."""
    story.jira.set_property(story.key, "escalation", copy.deepcopy(record), by="otto")
    story.memory.kin.clear()
    for _ in range(2):
        story.clock.forward(minutes=5)
        story.settle(retry=True)


def assert_shut(story: Story, *, answers: int) -> None:
    """Nothing ships, nobody is told more than before, and the label that would open the gate is none of ours."""
    assert may_ship(story) != "ship"
    assert len(told(story)) == answers
    assert "sev-1" not in story.now.labels or not put_by_us(story, "sev-1")
    story.jira.unlabel(story.key, "sev-1", by="otto")
    story.jira.label(story.key, "sev-1", by="otto")
    assert may_ship(story) != "ship"


def untold(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The record as if the client had not been told and the labels were still to be put on."""
    return {name: part for name, part in record.items() if name != "told"} | {"failures": [LABELS], **changes}


FORMS = {
    "as it was": lambda record: record,
    "with things left to do": untold,
    "unsealed": lambda record: {name: part for name, part in record.items() if name != "seal"},
}
IN_ALL_FORMS = pytest.mark.parametrize("form", FORMS)


@IN_ALL_FORMS
@pytest.mark.parametrize("then", ["left", "deleted"])
def test_a_round_that_was_overruled(story: Story, form: str, then: str) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    old = story.record
    again(story, "OTHER", "OTHER", "OTHER", round=2)
    assert story.now.labels == ("sev-other",) and len(told(story)) == 2
    for evaluation in [e for e in story.evaluations() if then == "deleted" and mark_of(story, e.key)["round"] == 2]:
        story.jira.delete(evaluation.key, by="otto")
    plant(story, FORMS[form](old))
    assert_shut(story, answers=2)
    assert len(noted(story, "is not borne out")) == (1 if told(story) else 0)
    assert [failure["step"] for failure in story.record["failures"]] == ["trust the record"]


@pytest.mark.parametrize("claim", ["decided", "under way", "under way and asked for again"])
def test_a_late_vote_in_a_round_that_was_withdrawn(story: Story, claim: str) -> None:
    story.request()
    story.vote("SEV-1")
    story.clock.forward(minutes=1)
    story.jira.unlabel(story.key, REQUEST)
    story.settle()
    story.clock.forward(minutes=1)
    story.say(CC, "SEV-1: all is down")
    story.settle()
    story.clock.forward(minutes=1)
    if claim == "under way and asked for again":
        story.jira.label(story.key, REQUEST, by="otto")
    record = forged(story, failures=["labels"]) if claim == "decided" else {**story.record, "ended": "", "round": 1}
    plant(story, record)
    assert story.record.get("decision") is None or claim == "decided"
    assert_shut(story, answers=0)


@pytest.mark.parametrize("unseen", [False, True], ids=["seen", "unseen"])
def test_a_request_taken_off_for_a_moment_is_withdrawn_whether_we_looked_or_not(story: Story, unseen: bool) -> None:
    story.request()
    story.vote("SEV-1")
    story.clock.forward(minutes=1)
    story.jira.unlabel(story.key, REQUEST)
    if not unseen:
        story.settle()
    story.clock.forward(minutes=1)
    story.jira.label(story.key, REQUEST)
    story.settle()
    story.say(CC, "SEV-1: all is down")
    story.settle()
    assert len(story.evaluations()) == 6 and story.record.get("decision") is None
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1


def test_a_vote_that_was_edited_after_the_decision(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",)
    vote = next(each for each in story.record["decision"]["votes"] if each["seat"] == CC)
    story.clock.forward(hours=1)
    story.jira.edit_comment(story.evaluation(CC).key, vote["comment"], "SEV-1: all is down")
    story.settle()
    plant(story, forged(story, failures=["labels"]))
    assert_shut(story, answers=1)


def test_a_typing_error_mended_after_the_decision_takes_nothing_back(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1")
    vote = story.record["decision"]["votes"][0]
    story.clock.forward(hours=1)
    story.jira.edit_comment(story.evaluation(vote["seat"]).key, vote["comment"], "SEV-1: all is down!")
    story.settle()
    assert may_ship(story) == "ship"


def test_from_round_twenty_one_on_titles_are_read_like_before(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    old = [story.evaluation(seat).key for seat in SEATS]
    story.remember(story.record | {"round": 30})
    again(story, "OTHER", "OTHER", "OTHER", round=31)
    for key in old:
        story.jira.set_property(key, "escalation", {**mark_of(story, key), "round": 32}, by="otto")
    story.clock.forward(hours=1)
    story.memory.kin.clear()
    story.request()
    assert [each.round for each in story.look().escalation.evaluations] == [1, 1, 1, 31, 31, 31, 32, 32, 32]
    plant(story, forged(story, failures=["labels"]) | {"round": 32})
    assert_shut(story, answers=2)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_drill_whose_label_is_taken_off_before_our_edit(story: Story, deleted: bool) -> None:
    story.jira.label(story.ticket(), "escalation-drill")
    story.request()

    def meanwhile(when: str, call: Call) -> None:
        if when == "before" and call.method == "PUT" and call.path.endswith(f"/issue/{story.now.id}"):
            story.jira.unlabel(story.key, "escalation-drill", by="otto")

    story.jira.on_call(meanwhile)
    story.vote("SEV-1", "SEV-1")
    assert story.now.labels == ("sev-1",) and put_by_us(story, "sev-1")
    record = untold(story.record)
    record["decision"] = {**record["decision"], "drill": False}
    for evaluation in story.evaluations() if deleted else ():
        story.jira.delete(evaluation.key, by="otto")
    plant(story, record)
    assert may_ship(story) != "ship" and told(story) == []


def test_authority_without_a_round(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock, panel={"authority": [jira.id_of("emma")]})
    story.ticket()
    story.jira.label(story.key, "sev-1", by="emma")
    put = story.clock()
    record = forged(story, how="authority", failures=["labels"])
    record["decision"] |= {"graded_at": put.isoformat(), "votes": []}
    record["promise"] |= {"graded_at": put.isoformat()}
    plant(story, record)
    assert may_ship(story) != "ship" and told(story) == []
    plant(story, forged(story, "SEV-2", how="panel"))
    assert may_ship(story) != "ship" and told(story) == []


def test_authority_in_a_round_still_grades_and_is_borne_out_without_a_seal(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock, panel={"authority": [jira.id_of("emma")]})
    story.request()
    story.vote("SEV-2")
    story.clock.forward(minutes=1)
    story.jira.label(story.key, "sev-1", by="emma")
    story.settle()
    assert may_ship(story) == "ship" and len(told(story)) == 1
    plant(story, FORMS["unsealed"](story.record))
    assert may_ship(story) == "ship" and "seal" in story.record


def test_a_regrade_by_hand_is_not_undone_with_an_old_record(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock, panel={"authority": [jira.id_of("emma")]})
    story.request()
    story.vote("SEV-1", "SEV-1")
    old = untold(story.record)
    story.clock.forward(hours=1)
    story.jira.edit(story.key, by="emma", labels=("sev-2",))
    story.settle()
    assert story.record["decision"]["how"] == "authority" and len(told(story)) == 2
    story.clock.forward(hours=1)
    story.jira.unlabel(story.key, "sev-2", by="otto")
    plant(story, old)
    assert_shut(story, answers=2)


@pytest.mark.parametrize("home", ["SUP", "OPS"])
def test_a_ticket_moved_from_where_the_grade_releases_nothing(jira: Sandbox, clock: Clock, home: str) -> None:
    story = Story(jira, clock)
    grades = [asdict(grade) for grade in story.protocol.grades]
    away = {"SUP": "OPS", "OPS": "SUP"}[home]
    story.rules(projects={home: {"grades": [grades[0] | HOURLESS, *grades[1:]]}, away: {}})
    story.request(home)
    story.vote("SEV-1", "SEV-1")
    assert says(story) == ("wait", "grade")
    story.clock.forward(hours=1)
    story.key = story.jira.move(story.key, away, by="otto")
    story.settle()
    assert says(story) == ("wait", "grade")
    plant(story, FORMS["unsealed"](story.record))
    assert may_ship(story) == "wait" or says(story) == ("cannot-tell", "not-borne-out")


def test_votes_of_another_ticket_hung_below_this_one(story: Story) -> None:
    """Their properties are made to fit, and those of this ticket are deleted."""
    story.request()
    lent = [story.evaluation(seat).key for seat in SEATS]
    story.key = ""
    story.request()
    own = [each.key for each in story.evaluations()]
    for key, (seat, nick) in zip(lent, SEATS.items(), strict=True):
        story.jira.comment(key, "SEV-1: all is down", by=nick)
        story.jira.edit(key, by="otto", parent=story.now.id)
        story.jira.set_property(
            key, "escalation", {"v": 1, "ticket": story.now.id, "round": 1, "seat": seat}, by="otto"
        )
    for key in own:
        story.jira.delete(key, by="otto")
    plant(story, forged(story, failures=["labels"]))
    assert_shut(story, answers=0)


def test_old_votes_do_not_come_back_with_a_record_that_was_deleted(story: Story) -> None:
    """The panel closed its evaluations itself, so that nothing but the history tells that the round is over."""
    story.request()
    for seat, nick in SEATS.items():
        story.say(seat, "SEV-1: all is down")
        story.jira.close(story.evaluation(seat).key, by=nick)
    story.settle()
    assert len(told(story)) == 1
    again(story, "OTHER", "OTHER", "OTHER", round=2)
    for evaluation in [e for e in story.evaluations() if mark_of(story, e.key)["round"] == 2]:
        story.jira.delete(evaluation.key, by="otto")
    story.jira.delete_property(story.key, "escalation", by="otto")
    story.clock.forward(hours=1)
    story.jira.label(story.key, REQUEST, by="otto")
    story.memory.kin.clear()
    story.settle()
    assert_shut(story, answers=2)


@pytest.mark.parametrize("gone", ["votes", "evaluations", "edited by an admin"])
def test_what_was_sealed_when_the_votes_were_there_outlives_them_but_no_other_record_does(
    story: Story, gone: str
) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    for vote in story.record["decision"]["votes"]:
        key = story.evaluation(vote["seat"]).key
        match gone:
            case "votes":
                story.jira.delete_comment(key, vote["comment"], by="otto")
            case "evaluations":
                story.jira.delete(key, by="otto")
            case _:
                story.jira.edit_comment(key, vote["comment"], "SEV-1: all is down", by="otto")
    story.memory.kin.clear()
    story.settle()
    assert may_ship(story) == "ship"
    plant(story, FORMS["unsealed"](story.record))
    assert says(story) == ("cannot-tell", "not-borne-out") and len(told(story)) == 1


# -- what is hidden by a property


@pytest.mark.parametrize("mark", [{"v": 1, "ticket": "1", "round": 1, "seat": PM}, {"seat": PM}])
def test_a_ticket_below_an_epic_is_not_hidden_by_a_property(story: Story, mark: dict[str, Any]) -> None:
    epic = story.jira.issue(story.jira.create_ticket("SUP", "All that is slow")).id
    story.ticket("SUP", parent=epic)
    story.jira.set_property(story.key, "escalation", mark, by="otto")
    story.request()
    story.vote("SEV-1", "SEV-1", "SEV-1")
    assert story.now.labels == ("sev-1",) and len(told(story)) == 1


@pytest.mark.parametrize("ended", ["decided", "withdrawn", "resolved", "set aside", "x"])
@pytest.mark.parametrize("round", [1, 7])
def test_a_round_under_way_is_not_hidden_by_its_record(story: Story, ended: str, round: int) -> None:
    story.request()
    story.vote("SEV-2")
    kept = {"v": 1, "ticket": story.now.id, "round": round, "ended": ended, "standing": True}
    plant(story, kept | {"request_at": story.clock().isoformat()})
    story.vote("", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1 and len(story.evaluations()) == 3


def test_a_request_is_not_silenced_by_a_record_that_says_it_was_set_aside(story: Story) -> None:
    story.ticket("OPS")
    story.jira.label(story.key, REQUEST)
    at = story.clock().isoformat()
    kept = {"v": 1, "ticket": story.now.id, "ended": "set aside", "standing": True, "request_at": at}
    plant(story, kept)
    assert [failure["step"] for failure in story.record["failures"]] == ["trust the record"]
    story.clock.forward(hours=1)
    story.jira.unlabel(story.key, REQUEST)
    story.request()
    assert len(story.evaluations()) == 3 and "failures" not in story.record


def test_a_property_makes_no_drill_of_a_round(story: Story) -> None:
    story.request()
    for evaluation in story.evaluations():
        mark = {**mark_of(story, evaluation.key), "drill": True}
        story.jira.set_property(evaluation.key, "escalation", mark, by="otto")
    story.vote("SEV-1", "SEV-1")
    assert len(told(story)) == 1 and may_ship(story) == "ship"


def test_no_words_of_a_record_are_said_to_anybody(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    plant(story, story.record | {"failures": [LABELS, LABELS | {"step": "tell the client"}]})
    assert not any("555-0100" in text for text in [*story.internal(), *told(story)])


def test_no_grade_that_nobody_gave_is_told_as_the_one_before(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    rounds = [{"round": 1, "ended": "decided", "grade": "SEV-1", "graded_at": story.clock().isoformat()}]
    plant(story, story.record | {"rounds": rounds})
    again(story, "OTHER", "OTHER", "OTHER", round=2)
    assert len(told(story)) == 2 and not any("SEV-1" in text for text in told(story))


# -- the seal


def worker_with(story: Story, *secrets: str) -> Story:
    """The same worker, with these secrets for its seals."""
    jira = story.jira
    credentials = Credentials(jira.url, jira.email() if jira.flavour == "cloud" else None, jira.token())
    story.site = Site(credentials, record_secrets=secrets)
    story.reconciler = Reconciler(story.site, story.protocol, story.memory)
    return story


def test_a_secret_is_rotated(story: Story) -> None:
    worker_with(story, "the first of all secrets").request()
    story.vote("SEV-1", "SEV-1")
    sealed = story.record["seal"]
    story.jira.delete(story.evaluation(PM).key)  # so that nothing but the seal bears it out
    worker_with(story, "the second of all secrets", "the first of all secrets")
    assert may_ship(story) == "ship"
    story.clock.forward(hours=1)
    story.settle()
    worker_with(story, "the second of all secrets")
    assert (may_ship(story) == "ship") == (story.record["seal"] != sealed)


def test_a_seal_that_cannot_be_read_costs_a_replay_and_nothing_else(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    sealed = story.record["seal"]
    worker_with(story, "quite another secret")
    assert may_ship(story) == "ship"
    story.settle()
    assert story.record["seal"] != sealed and may_ship(story) == "ship" and len(told(story)) == 1


@pytest.mark.parametrize("seal", ["", "0" * 64, None, 7, ["x"], "ü"])
def test_no_other_seal_is_ours(story: Story, seal: Any) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    plant(story, forged(story, failures=["labels"]) | {"seal": seal})
    assert_shut(story, answers=1)


def test_a_record_of_a_test_site_is_none_here(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    there = Site(Credentials("https://test.example", None, story.jira.token()))
    value = forged(story, failures=["labels"])
    plant(story, value | {"seal": there.seals.seal(value)})
    assert_shut(story, answers=1)


def test_what_is_sealed_costs_the_gate_one_call_and_what_is_not_few(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    assert may_ship(story) == "ship"
    for record, most in (
        (story.record, 1),
        (FORMS["unsealed"](story.record), 3 if story.jira.flavour == "cloud" else 6),
    ):
        story.jira.set_property(story.key, "escalation", record)
        story.jira.log.clear()
        assert may_ship(story) == "ship"
        assert len([call for call in story.jira.calls() if "/issue" in call.path]) <= most


def test_an_open_round_does_not_take_the_grade_back_until_it_has_come_to_another(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    story.clock.forward(hours=1)
    story.request()
    assert may_ship(story) == "ship"
    for seat in SEATS:
        story.say(seat, "OTHER", round=2)
    story.clock.at += timedelta(seconds=1)
    assert may_ship(story) != "ship", "although nobody has looked yet"
    story.settle()
    assert says(story) == ("wait", "grade")
