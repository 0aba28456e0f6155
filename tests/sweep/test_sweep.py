"""The sweep nominates what no webhook told of, in few calls, and touches nothing it should not (design §4 "Sweep")."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import redis

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import Clock, Story
from tests.sweep.conftest import FRIDAY, NOW, TOLD, built, due, graded, keep
from worker.escalation.facts.record import Failure
from worker.look import handler
from worker.look.context import Context
from worker.queue import consumer
from worker.sweep import sweep


def test_open_requests_in_any_spelling_are_due(context: Context, jira: Sandbox) -> None:
    asked = [jira.create_ticket("SUP", labels=[label]) for label in ("escalation-requested", "Escalation-Requested")]
    jira.create_ticket("SUP", labels=["escalation-request"])
    resolved = jira.create_ticket("SUP", labels=["escalation-requested"])
    jira.close(resolved)
    jira.reindex()
    assert due(context) == set(asked)


def test_what_is_due_is_marked_for_the_workers(context: Context, jira: Sandbox) -> None:
    jira.create_ticket("SUP", labels=["escalation-requested"])
    jira.reindex()
    sweep.sweep(context, NOW, dry_run=True)
    assert context.queue.sizes()["dirty"] == 0
    sweep.sweep(context, NOW)
    assert context.queue.sizes()["dirty"] == 1


def test_a_withdrawn_request_is_found_through_its_open_evaluations(
    jira: Sandbox, clock: Clock, kv: redis.Redis
) -> None:
    story = Story(jira, clock)
    story.request("SUP")
    jira.unlabel(story.key, "escalation-requested")
    jira.reindex()
    context = built(jira, clock, kv)
    assert due(context) == {story.key}
    assert len(context.queue.relatives(story.now.id).evaluations) == 3


def test_a_graded_ticket_is_due_only_if_its_record_says_so(context: Context, jira: Sandbox) -> None:
    later = replace(TOLD, look_again_at=NOW + timedelta(hours=1))
    retried = replace(later, failures=(Failure("due date", "x", "y", retry_at=NOW + timedelta(hours=1)),))
    resting, in_an_hour, failed = graded(jira), graded(jira, later), graded(jira, retried)
    untold = graded(jira, replace(TOLD, told=None))
    jira.create_ticket("OPS", labels=["sev-1"])
    jira.reindex()
    assert due(context) == {untold}
    assert due(context, NOW + timedelta(hours=2)) == {untold, in_an_hour, failed}
    assert resting not in due(context, NOW + timedelta(days=30))


def test_a_ticket_that_was_resolved_or_opened_again_is_due_once(context: Context, jira: Sandbox) -> None:
    resolved, reopened, at_rest = graded(jira), graded(jira, replace(TOLD, resolved_at=FRIDAY)), graded(jira)
    jira.close(resolved)
    jira.reindex()
    assert due(context) == {resolved, reopened}
    assert at_rest not in due(context)
    for key, at in ((resolved, NOW), (reopened, None)):
        keep(jira, key, replace(TOLD, resolved_at=at))
        context.store.delete(f"glance:{jira.issue(key).id}")
    jira.reindex()
    assert due(context) == set()


def test_a_graded_ticket_at_the_end_of_its_round_stays_quiet(
    context: Context, story: Story, clock: Clock, jira: Sandbox
) -> None:
    """The whole way: asked for, graded and told by real looks; then a sweep finds nothing to do."""
    story.request("SUP")
    story.vote("SEV-2: one", "SEV-2: two", "SEV-2: three")
    jira.reindex()
    context.seen(context.reconciler.look(story.now.id, clock(), lambda: None), clock())
    assert due(context, clock()) == set()


def test_a_deleted_ticket_is_left_alone(context: Context, jira: Sandbox) -> None:
    key = jira.create_ticket("OPS", labels=["escalation-requested"])
    id = jira.issue(key).id
    jira.reindex()
    context.queue.begin(patience=0)
    assert due(context) == {key}, "the index still knows it"
    jira.delete(key)
    assert consumer.take(context.queue, id, lambda id, lease, now: handler.look(context, id, lease, now))
    sizes = context.queue.sizes()
    assert (sizes["dirty"], sizes["failing"]) == (0, 0)


def test_a_lagging_index_only_delays(context: Context, jira: Sandbox, clock: Clock) -> None:
    jira.index_lag = 60
    key = jira.create_ticket("OPS", labels=["escalation-requested"])
    assert due(context) == set()
    clock.forward(seconds=61)
    assert due(context) == {key}


def test_beyond_the_limit_no_first_contact_is_touched(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    under_way = Story(jira, clock)
    under_way.request("SUP")
    old = [jira.create_ticket("OPS", labels=["escalation-requested"]) for _ in range(4)]
    named = jira.create_ticket("OPS", labels=["escalation-requested"])
    kv.set(f"tickets:named:{jira.issue(named).id}", 1)
    jira.reindex()
    context = built(jira, clock, kv, limit=3)
    swept = sweep.sweep(context, NOW)
    assert set(swept.held.values()) == set(old)
    assert set(swept.due.values()) == {under_way.key, named}
    enough = replace(context, settings=Settings(sweep_limit=4, protocol_file=Path("unused")))
    assert set(old) <= due(enough)


def test_a_round_whose_evaluations_are_all_closed_is_no_first_contact(
    jira: Sandbox, clock: Clock, kv: redis.Redis
) -> None:
    story = Story(jira, clock)
    story.request("OPS")
    for evaluation in story.evaluations():
        jira.close(evaluation.key, by="petra")
    jira.create_ticket("OPS", labels=["escalation-requested"])
    jira.reindex()
    swept = sweep.sweep(built(jira, clock, kv, limit=0), NOW)
    assert story.key in swept.due.values()
    assert story.key not in swept.held.values()


def test_only_the_projects_served(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    ours = jira.create_ticket("OPS", labels=["escalation-requested"])
    jira.create_ticket("SUP", labels=["escalation-requested"])
    jira.reindex()
    assert due(built(jira, clock, kv, projects=["OPS"])) == {ours}


def test_pages_of_a_large_site(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    keys = {jira.create_ticket("OPS", labels=["escalation-requested"]) for _ in range(250)}
    jira.reindex()
    context = built(jira, clock, kv, limit=1_000)
    before = len(jira.calls())
    assert due(context) == keys
    searches = [call for call in jira.calls()[before:] if "search" in call.path]
    assert len(searches) <= 250 / 100 + 3
