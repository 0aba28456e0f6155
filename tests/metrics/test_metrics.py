"""The figures: right over several processes, kept when Redis is away for a while, and without a word of anybody."""

import threading
from typing import get_args

import pytest
import redis
from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.storytelling import Story
from worker.escalation.facts.record import CLOSE, DECIDED, DUE_STEP, LABEL_STEP, RESOLVED, UNSERVED, WAYS, WITHDRAWN
from worker.escalation.plan.actions import EDIT_STEP, OPEN_STEP, TELL_STEP, Action
from worker.escalation.plan.alert import Kind
from worker.look.failures import Failures
from worker.metrics import (
    ACTION_KINDS,
    ALERT_KINDS,
    ALL,
    CALLS,
    DECIDED_BY,
    DECISIONS,
    DELIVERIES,
    ENDINGS,
    LOOKS,
    PROMISES,
    REMAINING,
    STEPS,
    TALLY,
    Metric,
    Tally,
    timed,
)
from worker.queue import queues
from worker.queue.redis_trouble import KINDS
from worker.queue.roster import Roster
from worker.queue.shared_metrics import flush, flush_for_ever
from worker.sweep.result import HELD
from worker.web.exposition import Exposition


def scraped(kv: redis.Redis, **others: object) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What a scrape shows: value by name and labels."""
    registry = CollectorRegistry()
    registry.register(Exposition(kv, queues.tickets(kv), Failures(kv), **others))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def value(kv: redis.Redis, name: str, **labels: str) -> float:
    return scraped(kv)[f"escalation_{name}", tuple(sorted(labels.items()))]


def test_several_processes_add_up(kv: redis.Redis) -> None:
    for count in (1, 2, 4):
        tally = Tally()
        tally.add(DELIVERIES, "accepted", by=count)
        flush(kv, tally)
        flush(kv, tally)
    assert value(kv, "deliveries_total", outcome="accepted") == 7


def test_many_threads_lose_nothing(kv: redis.Redis) -> None:
    tally = Tally()
    threads = [
        threading.Thread(target=lambda: [tally.add(DELIVERIES, "accepted") for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        flush(kv, tally)
    for thread in threads:
        thread.join()
    flush(kv, tally)
    assert value(kv, "deliveries_total", outcome="accepted") == 4_000


def test_times_are_a_histogram(kv: redis.Redis) -> None:
    tally = Tally()
    for seconds in (0.01, 0.2, 0.2, 400.0):
        tally.observe(LOOKS, seconds, "done")
    flush(kv, tally)
    assert value(kv, "look_seconds_bucket", result="done", le="0.05") == 1
    assert value(kv, "look_seconds_bucket", result="done", le="0.25") == 3
    assert value(kv, "look_seconds_bucket", result="done", le="300.0") == 3
    assert value(kv, "look_seconds_count", result="done") == 4
    assert value(kv, "look_seconds_sum", result="done") == pytest.approx(400.41)


def test_what_redis_does_not_take_is_kept(kv: redis.Redis) -> None:
    tally, away = (
        Tally(),
        redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)),
    )
    tally.add(DELIVERIES, "accepted")
    flush(away, tally)
    tally.add(DELIVERIES, "accepted")
    flush(kv, tally)
    assert value(kv, "deliveries_total", outcome="accepted") == 2


def test_a_scrape_while_redis_is_away_says_so() -> None:
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    kinds = {("escalation_redis_trouble", (("kind", kind),)): float(kind == "unreachable") for kind in KINDS}
    assert scraped(away) == {("escalation_redis_up", ()): 0} | kinds


def test_the_rest_is_flushed_when_a_process_ends(kv: redis.Redis) -> None:
    tally = Tally()
    stopped = flush_for_ever(kv, tally)
    tally.add(DELIVERIES, "accepted")
    stopped.set()
    for thread in threading.enumerate():
        if thread.name == "metrics":
            thread.join(5)
    assert value(kv, "deliveries_total", outcome="accepted") == 1


def test_what_the_queue_says(kv: redis.Redis) -> None:
    queue = queues.tickets(kv)
    queue.mark(["1", "2"])
    Roster(kv).alive("one")
    queue.sweep_finished()
    kv.set(REMAINING, 42)
    Failures(kv).note("1", "SUP-1", [])
    shown = scraped(kv)
    assert shown["escalation_tickets", (("state", "dirty"),)] == 2
    assert shown["escalation_workers", ()] == 1
    assert shown["escalation_failed_tickets", ()] == 0
    assert 0 <= shown["escalation_sweep_age_seconds", ()] <= 2
    assert shown["escalation_jira_rate_limit_remaining", ()] == 42


def test_what_ends_a_look_is_its_label(kv: redis.Redis) -> None:
    TALLY.take()
    with pytest.raises(KeyError), timed(LOOKS):
        raise KeyError("no")
    flush(kv)
    assert value(kv, "look_seconds_count", result="KeyError") == 1


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_a_round_in_figures(story: Story, kv: redis.Redis) -> None:
    TALLY.take()
    story.request()
    story.vote("SEV-2: rot", "SEV-2: rot", "OTHER: rot")
    story.jira.close(story.key)
    story.settle()
    flush(kv)
    shown = scraped(kv)
    assert shown["escalation_votes_total", (("grade", "SEV-2"),)] == 2
    assert shown["escalation_decisions_total", (("grade", "SEV-2"), ("how", "panel"))] == 1
    assert shown["escalation_clients_told_total", (("how", "auto"),)] == 1
    assert shown["escalation_promises_total", (("grade", "SEV-2"), ("result", "kept"))] == 1
    assert shown["escalation_actions_total", (("kind", "OpenEvaluations"),)] == 1
    assert shown["escalation_jira_call_seconds_count", (("method", "PUT"), ("status", "204"))] >= 1
    assert "rot" not in str(shown) and story.key not in str(shown)


def test_breaches_count_once_and_drills_never(story: Story, kv: redis.Redis) -> None:
    TALLY.take()
    story.request()
    story.vote("SEV-1", "SEV-1")
    for _ in range(4):
        story.forward(hours=12)
    story.jira.close(story.key)
    story.settle()
    drill = Story(story.jira, story.clock)
    drill.jira.label(drill.ticket(), "escalation-drill")
    drill.request()
    drill.vote("SEV-1", "SEV-1")
    flush(kv)
    promises = {labels: value for (name, labels), value in scraped(kv).items() if name == "escalation_promises_total"}
    assert promises == {(("grade", "SEV-1"), ("result", "broken")): 1}
    assert value(kv, "decisions_total", grade="SEV-1", how="panel") == 1
    assert DECISIONS.name == "decisions"


def test_what_can_be_counted_stands_at_nought_from_the_start(kv: redis.Redis) -> None:
    shown = scraped(kv, grades=["SEV-1", "SEV-2", "OTHER"])
    promises = {labels for name, labels in shown if name == "escalation_promises_total"}
    assert promises == {
        (("grade", grade), ("result", result)) for grade in ("SEV-1", "SEV-2", "OTHER") for result in ("kept", "broken")
    }
    counted = {metric.name for metric in ALL if metric is not CALLS and not metric.timed}
    assert {name.removeprefix("escalation_").removesuffix("_total") for name, _ in shown} >= counted
    assert {value for (name, _), value in shown.items() if name.endswith("_total")} == {0}
    flush(kv, _one(PROMISES, "SEV-9", "broken"))  # a grade of yesterday's protocol
    assert value(kv, "promises_total", grade="SEV-9", result="broken") == 1


def _one(metric: Metric, *labels: str) -> Tally:
    tally = Tally()
    tally.add(metric, *labels)
    return tally


def test_what_is_known_to_be_countable_is_what_can_happen() -> None:
    assert set(ACTION_KINDS) == {action.__name__ for action in get_args(Action)}
    assert set(ALERT_KINDS) == set(get_args(Kind))
    assert set(DECIDED_BY) == set(WAYS)
    assert set(ENDINGS) == {DECIDED, WITHDRAWN, RESOLVED, UNSERVED}
    assert {step.partition(" ")[0] for step in (OPEN_STEP, TELL_STEP, EDIT_STEP, DUE_STEP, LABEL_STEP, CLOSE)} <= {
        *STEPS
    }


def test_a_sweep_that_never_ended_grows_older(kv: redis.Redis) -> None:
    queue = queues.tickets(kv)
    assert 0 <= value(kv, "sweep_age_seconds") < 5  # no worker yet
    queue.open(patience=0)
    kv.set("tickets:opens", int(kv.get("tickets:opens")) - 4_000_000)
    assert 4_000 <= value(kv, "sweep_age_seconds") < 4_010
    kv.set("tickets:opens", int(kv.get("tickets:opens")) + 8_000_000)  # claims open only later: Redis was wiped
    assert value(kv, "sweep_age_seconds") == 0
    queue.sweep_finished()
    assert 0 <= value(kv, "sweep_age_seconds") <= 2
    assert value(kv, "sweep_period_seconds") == 300


def test_first_contacts_that_are_held_back(kv: redis.Redis) -> None:
    assert value(kv, "first_contacts_held") == 0
    kv.set(HELD, 26)
    assert value(kv, "first_contacts_held") == 26
