"""What happens to a ticket while a round is under way: it is resolved, moved, deleted, hidden; it is long, old, odd."""

import copy
import random
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from tests.story.telling import assert_nothing_leaks, hidden, noted, told
from tests.storytelling import Memory, Story
from worker.errors import NotOurs
from worker.escalation.facts import record
from worker.escalation.plan.plan import plan
from worker.jira.read import Elsewhere

BOTH = pytest.mark.parametrize("project", ["SUP", "OPS"])
VOTES = ("SEV-2 broken", "SEV-2\n\nClient: You cannot work.", "SEV-2")


def writes(story: Story) -> int:
    return len([call for call in story.jira.calls() if call.write])


@BOTH
def test_a_ticket_resolved_in_mid_round_ends_it(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-1")
    story.jira.close(story.key)
    story.settle()
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    on_ticket = noted(story, "ended without a grade: the ticket was resolved")
    assert told(story) == [] and len(on_ticket) == (project == "SUP"), "elsewhere the evaluations say it"
    assert len(noted(story, "any more: the ticket was resolved")) == 2
    story.vote("", "SEV-1", "SEV-1")
    assert told(story) == [] and "sev-1" not in story.now.labels

    story.jira.reopen(story.key)
    assert story.look().plan.empty, "the label that stood on the resolved ticket asks for nothing"
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    story.clock.forward(minutes=1)
    story.request()
    assert len(story.evaluations()) == 6
    story.vote(*VOTES, round=2)
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1


@BOTH
def test_a_ticket_moved_to_another_served_project_keeps_its_round(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2")
    old = story.key
    story.key = story.jira.move(old, "OPS" if project == "SUP" else "SUP")
    story.settle()
    assert len(story.evaluations()) == 3
    story.vote("", *VOTES[1:])
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1
    assert len(noted(story, "Decision of round 1")) == 1
    assert story.reconciler.look(old, story.clock(), lambda: None).escalation.key == story.key


def test_a_ticket_moved_to_a_project_that_is_not_served_ends_its_round(story: Story) -> None:
    story.rules(projects=["SUP"])
    story.request("SUP")
    story.vote("SEV-1")
    story.key = story.jira.move(story.key, "OPS")
    story.settle()
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    assert told(story) == [] and len(noted(story, "moved to a project that is not served")) == 2
    story.vote("", "SEV-1", "SEV-1")
    assert told(story) == [] and story.look().plan.empty


def test_a_request_in_a_project_that_is_not_served_is_left_alone(story: Story) -> None:
    story.rules(projects=["SUP"])
    story.request("OPS")
    assert story.now.subtasks == () and writes(story) == 0


@BOTH
def test_a_ticket_deleted_or_hidden_in_mid_round_is_no_concern_of_ours(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-1")
    id, evaluation = story.now.id, story.evaluation("client-contact").id
    story.jira.deny("BROWSE_PROJECTS", project)
    for issue in (id, story.key, evaluation):
        with pytest.raises((NotOurs, Elsewhere)):
            story.reconciler.look(issue, story.clock(), lambda: None)
    story.jira.allow("BROWSE_PROJECTS", project)
    story.settle()
    story.jira.delete(story.key)
    before = writes(story)
    for issue in (id, story.key, evaluation):
        with pytest.raises(NotOurs):
            story.reconciler.look(issue, story.clock(), lambda: None)
    assert writes(story) == before


def test_an_evaluation_only_points_at_its_ticket(story: Story) -> None:
    story.request()
    with pytest.raises(Elsewhere) as pointed:
        story.reconciler.look(story.evaluation("client-contact").id, story.clock(), lambda: None)
    assert pointed.value.ticket == story.now.id


@BOTH
def test_a_ticket_that_is_itself_a_sub_task_cannot_have_evaluations(story: Story, project: str) -> None:
    story.key = story.jira.create_subtask(story.jira.create_ticket(project))
    story.jira.label(story.key, "escalation-requested")
    outcome = story.settle()
    assert [failure.step for failure in outcome.failures] == ["open the evaluations"]
    assert len(noted(story, "The evaluation")) == (1 if project == "SUP" else 0)
    before = writes(story)
    assert story.look().plan.empty and writes(story) == before
    assert_nothing_leaks(story, answers=0)


@BOTH
def test_a_long_ticket_is_read_to_its_end(story: Story, project: str) -> None:
    """On Cloud an answer that holds several issues has at most 20 comments and 40 changes of each."""
    story.ticket(project)
    for number in range(25):
        story.jira.comment(story.key, f"before {number}", by="clara")
    story.request()
    seat = story.evaluation("project-manager").key
    story.say("project-manager", "SEV-2 first of all")
    for number in range(25):
        story.clock.forward(seconds=1)
        story.jira.comment(seat, f"talk {number}", by="paul")
        story.jira.set_due(story.key, date(2027, 1, 1 + number))
        story.jira.edit(story.key, summary=f"Check-in fails {number}")
    story.clock.forward(minutes=1)
    for who in ("paul", "petra") * 21:
        story.clock.forward(seconds=1)
        story.jira.assign(seat, who)
    story.vote("", *VOTES[1:])
    assert story.record["decision"]["grade"] == "SEV-2"
    assert {vote["seat"] for vote in story.record["decision"]["votes"]} >= {"project-manager"}
    story.jira.comment(story.key, "Thank you", by="clara")
    for number in range(25):
        story.jira.comment(story.key, f"after {number}", by="clara")
    assert story.look().plan.empty
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1


def test_our_answer_is_found_among_many_comments_after_a_lost_answer(story: Story) -> None:
    """The record was lost between telling and saving; what was said is found in Jira, wherever it stands."""
    story.request()
    story.vote(*VOTES)
    for number in range(25):
        story.jira.comment(story.key, f"after {number}", by="clara")
    kept = story.record
    for said in ("told", "said"):
        kept.pop(said)
    story.jira.set_property(story.key, "escalation", kept)
    story.settle()
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1
    assert story.record["told"]["comment"] == story.to_client()[0].id


def test_whoever_held_a_seat_when_they_voted_has_voted(story: Story) -> None:
    story.request()
    story.vote("SEV-2")
    story.clock.forward(minutes=1)
    story.jira.assign(story.evaluation("project-manager").key, "paul")
    story.vote("", *VOTES[1:])
    petra = story.jira.id_of("petra")
    votes = {vote["seat"]: vote["person"] for vote in story.record["decision"]["votes"]}
    assert votes["project-manager"] == petra


# -- odd texts

ODD = {
    "umlauts and emoji": "Ärger: 受付 fails 🩺🔥 – naïve café",
    "right to left": "\u202eהמערכת לא עובדת\u202c and العيادة مغلقة",
    "control characters": "bell\x07 null\x00 escape\x1b[31m tab\t",
    "markup": "{color:red}[~sam]{color} !https://evil.example/x.png! <script> **bold** {{ jinja }} {% raw %}",
    "very long": "long " * 6_400,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_reach_a_decision(story: Story, text: str) -> None:
    story.ticket("SUP", reporter="clara")
    story.jira.edit(story.key, summary=text[:200].replace("\n", " "))
    story.request()
    story.vote(f"SEV-2 {text}", f"SEV-2\n\nClient: {text[:5_000]}", f"SEV-2\n\n{text[::-1]}")
    assert story.now.labels == ("sev-2",)
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1
    assert all(len(comment.text) <= 32_767 for comment in (*story.to_client(), *hidden(story)))
    assert story.look().plan.empty


# -- odd records


def test_memory_lost_at_any_time_says_nothing_twice(story: Story) -> None:
    """Redis is wiped before every single look (§8, 37)."""
    story.request()
    for seat, text in zip(("project-manager", "client-contact", "engineering-manager"), VOTES, strict=True):
        story.clock.forward(minutes=1)
        story.say(seat, text)
        story.memory = Memory()
        story.rules()
        story.settle()
    assert len(story.evaluations()) == 3 and len(told(story)) == 1 and len(noted(story, "Decision")) == 1


@pytest.mark.parametrize("phase", ["open", "decided"])
def test_a_record_that_somebody_has_edited_never_breaks_a_look(story: Story, phase: str) -> None:
    story.request()
    if phase == "decided":
        story.vote("SEV-2", "SEV-1\n\nClient: yes", "OTHER")
    else:
        story.jira.hide_field("labels", "SUP")
        story.vote("SEV-2")
        story.forward(hours=9)
    kept = story.record
    assert kept
    dice = random.Random(5)
    for _ in range(60):
        broken = copy.deepcopy(kept)
        for _ in range(dice.choice((1, 1, 2, 4))):
            spoil(broken, dice)
        story.jira.set_property(story.key, "escalation", broken)
        try:
            story.look()
        except Exception as bug:
            raise AssertionError(f"{broken!r} breaks the look") from bug


NONSENSE: tuple[Any, ...] = (
    None, "", "x", "2026-13-45", "2026-11-23T10:00:00", "9999-12-31T23:59:59-05:00", -1, 0, 2, 10**400, 1.5, True,
    [], ["x"], [[]], {}, {"x": 1}, [None], "SEV-9", "sev-1", {"round": "x"},
)  # fmt: skip


def spoil(value: Any, dice: random.Random) -> None:
    """Put nonsense in some place of a JSON value."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    keys = [key for key in keys if key not in ("v", "ticket")]
    if not keys:
        return
    key = dice.choice(keys)
    if isinstance(value[key], dict | list) and value[key] and dice.random() < 0.7:
        spoil(value[key], dice)
    else:
        value[key] = copy.deepcopy(dice.choice(NONSENSE))


def test_no_record_is_odd_enough_to_break_a_plan(story: Story) -> None:
    """The same without Jira, and therefore much more often."""
    story.request()
    story.vote("SEV-2", "SEV-1\n\nClient: yes", "OTHER")
    story.clock.forward(hours=1)
    story.request()
    story.vote("SEV-1", round=2)
    facts, dice = story.look().escalation, random.Random(7)
    for _ in range(300):
        broken = copy.deepcopy(story.record)
        for _ in range(dice.choice((1, 1, 2, 4))):
            spoil(broken, dice)
        read = record.load(broken, facts.id)
        try:
            made = plan(replace(facts, record=read), story.protocol, story.clock())
            assert made.record.claimed() is not None
        except Exception as bug:
            raise AssertionError(f"{broken!r} breaks the plan") from bug


@pytest.mark.parametrize("value", [None, 0, "", "text", [], [1], {}, {"v": 1}, {"v": 99, "ticket": "x"}, True])
def test_a_property_that_is_no_record_is_none(story: Story, value: Any) -> None:
    story.ticket()
    story.jira.set_property(story.key, "escalation", value)
    story.request()
    story.vote(*VOTES)
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"seat": []}, {"v": 1, "seat": "x", "round": "1"}])
def test_a_sub_task_with_an_odd_property_is_no_evaluation(story: Story, value: Any) -> None:
    story.request()
    evaluations = story.evaluations()
    child = story.jira.create_subtask(story.key, by="bot")
    story.jira.set_property(child, "escalation", value)
    story.memory.kin.clear()
    for evaluation in evaluations:
        story.jira.comment(evaluation.key, "SEV-2", by=evaluation.assignee or "")
    story.settle()
    assert story.now.labels == ("sev-2",) and story.jira.issue(child).status == "To Do"


def test_a_protocol_that_no_longer_has_the_grade_or_the_seat_leaves_a_decided_ticket_alone(story: Story) -> None:
    story.request()
    story.vote(*VOTES)
    grades = [asdict(grade) for grade in story.protocol.grades if grade.name != "SEV-2"]
    renamed = [g | {"name": "P2", "label": "p2"} for g in grades[:1]] + grades[1:]
    story.rules(grades=[*grades[:1], *renamed])
    before = story.record
    story.say("project-manager", "OTHER after all")
    story.settle()
    assert story.record["decision"] == before["decision"] and len(told(story)) == 1


def test_an_evaluation_whose_property_was_deleted_is_still_its_seats(story: Story) -> None:
    story.request("OPS")
    evaluation = story.evaluation("project-manager")
    story.jira.delete_property(evaluation.key, "escalation")
    story.settle()
    assert len(story.now.subtasks) == 3
    story.jira.comment(evaluation.key, "SEV-1: all is down", by="petra")
    story.say("engineering-manager", "SEV-1: all is down")
    story.settle()
    assert story.now.labels == ("sev-1",)
