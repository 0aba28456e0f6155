"""Doing what was planned: few writes, internal by default, every refusal remembered, every lost answer found again."""

import json
from typing import Any

import pytest

from sandbox import Fault
from sandbox.http import faults
from tests.story.telling import failed_steps, noted, told
from tests.storytelling import SEATS, Story
from worker.errors import LeaseLost, TryAgain

VOTES = ("SEV-2", "SEV-2", "OTHER")


def writes(story: Story) -> list[str]:
    return [call.method for call in story.jira.calls() if call.write and call.method != "GET"]


def test_the_evaluations_come_in_one_call_and_the_verdict_in_one_edit(story: Story) -> None:
    story.request()
    assert [call.path.rpartition("/")[2] for call in story.jira.calls() if call.write] == ["bulk", "escalation"]
    story.jira.log.clear()
    story.vote(*VOTES)
    [edit] = [call for call in story.jira.calls() if call.method == "PUT" and call.path.endswith(story.now.id)]
    assert edit.body["update"]["labels"] == [{"add": "sev-2"}, {"remove": "escalation-requested"}]
    assert edit.body["fields"] == {"duedate": "2026-11-24"}
    [kept] = edit.body["properties"]
    assert kept["key"] == "escalation" and kept["value"]["decision"]["grade"] == "SEV-2"


def test_labels_of_people_stay_and_labels_in_another_case_go(story: Story) -> None:
    story.ticket(labels=["vip", "SEV-1", "Escalation-Requested"])
    story.settle()
    story.vote(*VOTES)
    assert set(story.now.labels) == {"vip", "sev-2"}


def test_nothing_is_written_once_the_ticket_is_another_workers(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-requested")

    def lost() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        story.reconciler.look(story.now.id, story.clock(), lost)
    assert story.evaluations() == [] and writes(story) == []


def test_the_lease_is_asked_for_before_every_single_write(story: Story) -> None:
    story.request()
    for seat in SEATS:
        story.clock.forward(minutes=1)
        story.say(seat, "SEV-2")
    left = 3

    def running_out() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise LeaseLost

    story.jira.log.clear()
    with pytest.raises(LeaseLost):
        story.reconciler.look(story.now.id, story.clock(), running_out)
    assert len(writes(story)) == 3
    story.settle()
    assert len(told(story)) == 1 and len(noted(story, "Decision of round 1")) == 1


@pytest.mark.parametrize("how", ["reset-before", "reset-after"])
def test_a_failure_says_whether_something_had_landed_before(story: Story, how: Any) -> None:
    story.request()
    for seat in SEATS:
        story.clock.forward(minutes=1)
        story.say(seat, "SEV-2")
    story.jira.faults.add(Fault(how, method="PUT"))
    with pytest.raises(TryAgain) as first:
        story.look()
    assert not first.value.progressed
    story.jira.faults.add(Fault(how, method="POST", path="transitions$", skip=1))
    with pytest.raises(TryAgain) as later:
        story.look()
    assert later.value.progressed


def test_a_step_refused_for_a_reason_nobody_thought_of_does_not_stop_the_others(story: Story) -> None:
    story.request()
    story.jira.faults.add(faults.broken(410, method="GET", path="/transitions$", times=None))
    story.vote(*VOTES)
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1
    assert len(failed_steps(story)) == 3
    story.jira.faults.clear()
    story.settle(retry=True)
    assert failed_steps(story) == [] and all(e.done for e in story.evaluations())


def test_a_note_that_comes_out_public_is_taken_back_at_once(story: Story) -> None:
    """Jira is told that the note is internal, and says it is public: some plugin, some migration, who knows."""
    if story.jira.flavour == "dc":
        pytest.skip("Data Center's answer does not say")
    story.request()
    call = story.site.call

    def public(method: str, path: str, **how: Any) -> Any:
        answer = call(method, path, **how)
        if method == "POST" and path.endswith("/comment"):
            answer["jsdPublic"] = True
        return answer

    story.site.call = public  # type: ignore[method-assign]
    story.vote(*VOTES)
    assert noted(story, "Decision of round 1") == [] and len(told(story)) == 1
    assert failed_steps(story)[0] == "note summary"
    before = len(writes(story))
    assert story.look().plan.empty and len(writes(story)) == before


def test_two_evaluations_for_one_seat_become_one(story: Story) -> None:
    """The answer to the creation was lost, and search and memory did not show them yet."""
    story.request()
    first = {e.key for e in story.evaluations()}
    again = story.evaluation("project-manager")
    twin = story.jira.create_subtask(story.key, again.summary, by="bot")
    story.jira.set_property(twin, "escalation", again.properties["escalation"])
    story.settle()
    assert {e.key for e in story.evaluations()} == first


def test_an_evaluation_that_disappears_while_it_is_closed_is_closed_enough(story: Story) -> None:
    story.request()
    story.jira.faults.add(faults.broken(404, method="POST", path="/transitions$", times=1))
    story.vote("SEV-2")
    assert failed_steps(story) == []


def test_a_dry_run_writes_nothing(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-requested")
    story.reconciler._dry_run = True
    outcome = story.look()
    assert not outcome.plan.empty and outcome.writes == 0 and writes(story) == []


def test_half_an_emoji_in_what_people_wrote_reaches_no_text_of_ours(story: Story) -> None:
    """A lone surrogate is legal JSON and no legal text: Jira would refuse whatever holds one."""
    call, sent = story.site.call, []

    def heard(method: str, path: str, **how: Any) -> Any:
        sent.append(json.dumps(how.get("body"), ensure_ascii=False))
        return call(method, path, **how)

    story.site.call = heard  # type: ignore[method-assign]
    story.key = story.jira.create_ticket("SUP", "\ud83d Check-in fails")
    story.request()
    story.vote("SEV-2 \ud83d queues", "SEV-2\n\nClient: queues \ud83d everywhere", "SEV-2")
    assert "\ud83d" in story.now.summary
    assert len(told(story)) == 1 and "queues" in told(story)[0]
    assert not any("\ud83d" in body for body in sent)
