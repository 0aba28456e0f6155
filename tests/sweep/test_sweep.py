"""The sweep nominates what no webhook told of, in few calls, and touches nothing it should not (design §4 "Sweep")."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import Clock, Story
from worker import app, sweep
from worker.context import Context
from worker.failures import Failures

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def context(jira: Sandbox, clock: Clock, kv: redis.Redis) -> Context:
    return built(jira, clock, kv)


def built(jira: Sandbox, clock: Clock, kv: redis.Redis, *, limit: int = 25, **rules: Any) -> Context:
    story = Story(jira, clock, **rules)
    settings = Settings(sweep_limit=limit, protocol_file=Path("unused"))
    return Context(settings, story.protocol, kv, app.tickets(kv), Failures(kv), story.desk)


def due(context: Context, now: datetime = NOW) -> set[str]:
    return set(sweep.sweep(context, now).due.values())


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
    assert len(context.queue.evaluations_of(story.now.id)) == 3


def test_a_graded_ticket_is_due_only_if_its_record_says_so(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    if jira.flavour == "dc":
        pytest.skip("Data Center's search has no properties: there one look a day tells")
    story = Story(jira, clock)
    story.request("SUP")
    story.vote("SEV-2: one", "SEV-2: two", "SEV-2: three")
    jira.reindex()
    context = built(jira, clock, kv)
    assert due(context) == set()
    record = story.record
    jira.set_property(story.key, "escalation", {**record, "look_again_at": (NOW + timedelta(hours=1)).isoformat()})
    jira.reindex()
    assert due(context) == set()
    assert due(context, NOW + timedelta(hours=2)) == {story.key}
    untold = {name: value for name, value in record.items() if name != "told"}
    jira.set_property(story.key, "escalation", untold)
    jira.reindex()
    assert due(context) == {story.key}


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
