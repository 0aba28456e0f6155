"""A Jira that forgets: writes are answered with success and dropped, hidden, or left out of what is read.

Whatever is forgotten, in a hundred sweeps nothing is tried more than twice and nothing is said twice; what could not be
seen is listed with its remedy, and goes on once that is mended (design §5.2).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import Sandbox
from sandbox.http.call_log import Record
from tests.story.telling import failed_steps, noted, told
from tests.storytelling import MONDAY, SEATS, Clock, Story
from worker.escalation.panel.lost import MOST
from worker.look.reconciler import Outcome

DROPS = ["issues", "comments", "transitions", "properties", "deletions", "labels", "duedate", "assignee"]
HIDES = ["issues", "comments"]
WITHOUT = ["creator", "comment", "labels", "subtasks", "changelog", "properties", "parent", "duedate", "status"]


def writes(story: Story) -> Counter[str]:
    """How often each thing was tried: the parts of an edit and of a bulk create are things of their own."""
    answered = [call for call in story.jira.calls() if call.write and (call.status or 500) < 300]
    return Counter(thing for call in answered for thing in _things(call))


def _things(call: Record) -> Iterator[str]:
    where = re.sub(r"^/rest/api/\d+|/rest/servicedeskapi", "", call.path)
    if where.endswith("/issue/bulk"):
        yield from (f"open {each['fields']['summary']}" for each in call.body["issueUpdates"])
    elif call.method == "PUT" and re.fullmatch(r"/issue/\d+", where):
        for kind in ("update", "fields"):
            yield from (f"{where} {name} {value}" for name, value in call.body.get(kind, {}).items())
        yield from (f"record {json.dumps(each['value'], sort_keys=True)}" for each in call.body.get("properties", ()))
    elif "/properties/" in where:
        yield f"record {json.dumps(call.body, sort_keys=True)}"
    else:
        yield f"{call.method} {where} {json.dumps(call.body, sort_keys=True)}"


def said(story: Story) -> Counter[tuple[str, str]]:
    """Each text of ours that stands in Jira, by its issue."""
    issues = [story.jira.state.issues[id] for id in story.jira.state.issues]
    return Counter((i.key, str(c.body)) for i in issues for c in i.comments if c.author.nick == "bot")


def sweeps(story: Story, count: int = 100) -> Outcome:
    """A look every five minutes."""
    outcome = story.look()
    for _ in range(count):
        story.clock.forward(minutes=5)
        outcome = story.look()
    return outcome


def forget(story: Story, **what: set[str]) -> None:
    """From now on this is forgotten (`drops`, `hides`, `without`), and nothing else."""
    jira = story.jira.forgetting
    jira.drops, jira.hides, jira.without = (set(what.get(how, ())) for how in ("drops", "hides", "without"))
    jira.hidden.clear()


def votes(story: Story, *texts: str) -> None:
    """Whoever has an evaluation votes in it, whether the worker sees it or not."""
    for seat, text in zip(SEATS, texts, strict=False):
        story.clock.forward(minutes=1)
        for evaluation in reversed(story.evaluations()):
            if evaluation.properties["escalation"]["seat"] == seat:
                story.jira.comment(evaluation.key, text, by=SEATS[seat])
                break


# -- evaluations


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_a_rule_that_deletes_evaluations(story: Story, project: str) -> None:
    forget(story, drops={"issues"})
    story.ticket(project)
    story.jira.label(story.key, "escalation-requested")
    outcome = sweeps(story)
    opened = {thing: times for thing, times in writes(story).items() if thing.startswith("open")}
    assert len(opened) == 3 and set(opened.values()) == {2}
    steps = [f"unseen: open {seat}" for seat in SEATS]
    assert failed_steps(story) == steps and [failed.step for failed in outcome.failures] == steps
    assert all("automation rule" in failed.mend and "retry" in failed.mend for failed in outcome.failures)
    assert "escalation-stalled" in story.now.labels
    notes = noted(story, "Something could not be done")
    assert len(notes) == (project == "SUP") and noted(story, "is stalled") == []
    assert all(seat in note and "not tried again by itself" in note for note in notes for seat in SEATS)

    forget(story)
    story.look(retry=True)
    votes(story, "SEV-2", "SEV-2", "SEV-2")
    story.settle()
    assert failed_steps(story) == [] and story.now.labels == ("sev-2",) and len(told(story)) == 1


def test_a_rule_that_deletes_them_later_each_time(story: Story) -> None:
    story.request()
    for _ in range(20):
        story.clock.forward(minutes=5)
        for evaluation in story.evaluations():
            story.jira.delete(evaluation.key)
        story.look()
        story.look()
    opened = {thing: times for thing, times in writes(story).items() if thing.startswith("open")}
    assert len(opened) == 3 and set(opened.values()) == {2}
    assert failed_steps(story) == [f"unseen: open {seat}" for seat in SEATS]


@pytest.mark.parametrize("how", [{"hides": {"issues"}}, {"without": {"creator"}}])
def test_evaluations_that_cannot_be_read_again_go_on_once_they_can(story: Story, how: dict[str, set[str]]) -> None:
    forget(story, **how)
    story.request()
    sweeps(story, 10)
    assert len(story.evaluations()) == 6
    assert failed_steps(story) == [f"unseen: open {seat}" for seat in SEATS]
    assert len(noted(story, "Something could not be done")) == 1
    forget(story)
    story.settle()
    assert failed_steps(story) == [] and "escalation-stalled" not in story.now.labels
    for seat in SEATS:
        story.clock.forward(minutes=1)
        story.say(seat, "SEV-2")
    story.settle()
    assert story.now.labels == ("sev-2",) and len(told(story)) == 1
    assert len(noted(story, "Something could not be done")) == 1


def test_asking_anew_is_asking_anew(story: Story) -> None:
    forget(story, drops={"issues"})
    story.request()
    sweeps(story, 5)
    forget(story)
    story.jira.unlabel(story.key, "escalation-requested")
    story.forward(minutes=1)
    story.jira.label(story.key, "escalation-requested")
    story.forward(minutes=1)
    assert len(story.evaluations()) == 3 and failed_steps(story) == []


def test_one_seat_that_is_lost_counts_as_given_up(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2")
    assert story.record.get("decision") is None
    for _ in range(2):
        story.jira.delete(story.evaluation("engineering-manager").key)
        story.forward(minutes=1)
    assert story.record["decision"]["grade"] == "SEV-2" and story.record["decision"]["how"] == "panel"
    assert len(told(story)) == 1
    sweeps(story, 10)
    assert len(told(story)) == 1 and max(writes(story).values()) <= MOST


def test_a_lost_seat_below_the_quorum_is_no_grade(story: Story) -> None:
    story.request()
    story.vote("SEV-1")
    for _ in range(2):
        for seat in ("client-contact", "engineering-manager"):
            story.jira.delete(story.evaluation(seat).key)
        story.forward(minutes=1)
    assert story.record.get("decision") is None and "escalation-stalled" in story.now.labels
    assert len(noted(story, "Something could not be done")) == 1 and noted(story, "is stalled") == []


# -- the rest


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("labels", "unseen: add the label sev-2"),
        ("duedate", "unseen: set the due date"),
        ("transitions", "unseen: close "),
    ],
)
def test_what_an_edit_changes_is_tried_twice_and_done_once_it_is_mended(story: Story, what: str, step: str) -> None:
    story.request()
    forget(story, drops={what})
    story.vote("SEV-2", "SEV-2", "SEV-2")
    sweeps(story, 20)
    assert any(each.startswith(step) for each in failed_steps(story)), failed_steps(story)
    assert max(writes(story).values()) == MOST and len(told(story)) == 1
    assert len(story.evaluations()) == 3, "a request that is left over asks for nothing"
    assert len(noted(story, "Something could not be done")) == 1
    forget(story)
    story.settle(retry=True)
    assert failed_steps(story) == [] and len(told(story)) == 1
    assert "sev-2" in story.now.labels and "escalation-requested" not in story.now.labels
    assert story.now.duedate == date(2026, 11, 24) and all(e.done for e in story.evaluations())


def test_what_was_forgotten_once_is_done_the_second_time(story: Story) -> None:
    story.request()
    forget(story, drops={"labels", "duedate", "transitions"})
    story.vote("SEV-2", "SEV-2", "SEV-2")
    forget(story, drops={"labels", "duedate", "transitions"})
    story.clock.forward(minutes=1)
    forget(story)
    story.settle(retry=True)
    assert story.now.labels == ("sev-2",) and story.now.duedate == date(2026, 11, 24)
    assert failed_steps(story) == [] and len(told(story)) == 1


def test_an_assignment_that_is_taken_back_is_tried_twice(story: Story) -> None:
    story.rules(seats={"project-manager": {"substitutes": [story.jira.id_of("paul")]}})
    story.request()
    forget(story, drops={"assignee"})
    story.say("project-manager", "Recused: on leave")
    sweeps(story, 20)
    assert "unseen: assign project-manager" in failed_steps(story)
    assert max(writes(story).values()) <= MOST
    forget(story)
    story.settle(retry=True)
    assert story.evaluation("project-manager").assignee == "paul"
    assert "unseen: assign project-manager" not in failed_steps(story)


def test_a_record_that_is_not_kept_is_written_twice_and_listed(story: Story) -> None:
    forget(story, drops={"properties"})
    story.request()
    sweeps(story, 5)
    votes(story, "SEV-2", "SEV-2", "SEV-2")
    outcome = sweeps(story)
    kept = [thing for thing, times in writes(story).items() for _ in range(times) if thing.startswith("record")]
    assert len(kept) <= 2 * MOST, "twice for what Jira shows, which is nothing"
    assert "unseen: record" in [failed.step for failed in outcome.failures]
    assert len(told(story)) == 1 and max(said(story).values()) == 1


@pytest.mark.parametrize("lost", ["record", "redis"])
def test_either_memory_is_enough(story: Story, lost: str) -> None:
    forget(story, drops={"issues"} | ({"properties"} if lost == "record" else set()))
    story.ticket()
    story.jira.label(story.key, "escalation-requested")
    for _ in range(100):
        story.clock.forward(minutes=5)
        if lost == "redis":
            story.restart()
        story.look()
    opened = {thing: times for thing, times in writes(story).items() if thing.startswith("open")}
    assert len(opened) == 3 and set(opened.values()) == {2}
    assert max(said(story).values()) == 1


def test_both_memories_lost_cost_two_tries_more(story: Story) -> None:
    forget(story, drops={"issues", "properties"})
    story.ticket()
    story.jira.label(story.key, "escalation-requested")
    for _ in range(3):
        sweeps(story, 10)
        story.restart()
    sweeps(story, 10)
    opened = {thing: times for thing, times in writes(story).items() if thing.startswith("open")}
    assert len(opened) == 3 and set(opened.values()) == {4 * MOST}


def test_a_person_who_deletes_our_reply_is_not_answered_for_ever(story: Story) -> None:
    story.request()
    story.say("project-manager", "SEV-7 what a mess")
    for _ in range(10):
        story.forward(minutes=1)
        for comment in story.evaluation("project-manager").comments:
            if comment.author == "bot":
                story.jira.delete_comment(story.evaluation("project-manager").key, comment.id)
    replies = [times for thing, times in writes(story).items() if "/comment" in thing]
    assert replies and max(replies) <= MOST


KINDS = [f"{how} {what}" for how, all in (("drops", DROPS), ("hides", HIDES), ("without", WITHOUT)) for what in all]
FORGETS = st.fixed_dictionaries(
    {
        "drops": st.sets(st.sampled_from(DROPS), max_size=3),
        "hides": st.sets(st.sampled_from(HIDES), max_size=1),
        "without": st.sets(st.sampled_from(WITHOUT), max_size=2),
    }
)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_forgotten_nothing_is_tried_more_than_twice(flavour: str, kind: str) -> None:
    how, what = kind.split()
    check(flavour, {how: {what}}, votes_after=10, count=60)


@pytest.mark.slow
@pytest.mark.timeout(240)
@given(FORGETS, st.sampled_from(["cloud", "dc"]), st.sampled_from([0, 1, 30]), st.booleans())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_several_at_once(forgets: dict[str, set[str]], flavour: str, votes_after: int, late: bool) -> None:
    check(flavour, forgets, votes_after, late=late)


def check(
    flavour: str, forgets: dict[str, set[str]], votes_after: int, *, late: bool = False, count: int = 100
) -> None:
    """A round in a Jira that forgets from the start, or (`late`) once the evaluations are there."""
    clock = Clock(MONDAY)
    with Sandbox("dc" if flavour == "dc" else "cloud", clock=clock) as jira:
        story = Story(jira, clock)
        story.ticket()
        if not late:
            forget(story, **forgets)
        story.jira.label(story.key, "escalation-requested")
        story.look()
        forget(story, **forgets)
        sweeps(story, votes_after)
        votes(story, "SEV-2 mine", "SEV-2\n\nClient: soon", "SEV-1: all is down")
        sweeps(story, count - votes_after)
        tried = {thing: times for thing, times in writes(story).items() if times > MOST}
        assert tried == {}, forgets
        most = MOST if forgets.get("hides") else 1  # a comment that is hidden from us is one that cannot be seen
        assert {text: times for text, times in said(story).items() if times > most} == {}, forgets
        assert len(told(story)) <= 1
