"""`escalation sweep` as an operator types it: what it prints, what it leaves alone, and whose turn it is."""

import threading
import time
from datetime import date

import pytest
import redis

from config.settings import Settings
from sandbox import Sandbox
from sandbox.http.faults import broken
from tests.storytelling import Clock
from tests.sweep.conftest import built, graded
from tests.sweep.first_contacts.test_limiter import dump, everything
from worker.commands import sweep
from worker.queue import queues
from worker.queue.workqueue import WorkQueue
from worker.run import tasks


@pytest.fixture
def asked(jira: Sandbox) -> list[str]:
    """Two open requests, one graded ticket at rest."""
    keys = [jira.create_ticket("OPS", labels=["escalation-requested"]) for _ in range(2)]
    graded(jira, duedate=date(2026, 11, 24))
    jira.reindex()
    return keys


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if " jira call " not in line]


def test_a_dry_run_says_what_a_look_would_do_and_writes_nothing(
    jira: Sandbox, kv: redis.Redis, settings: Settings, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, memory = everything(jira), dump(kv)
    sweep.sweep_now(settings, dry_run=True)
    assert (everything(jira), dump(kv)) == (before, memory)
    assert not [call for call in jira.calls() if call.write]
    printed = lines(capsys)
    assert any(line.startswith(f"{asked[0]}: would open evaluations") for line in printed), printed
    assert printed[-1] == "3 looked at, 2 due, 2 would change, 1 skipped (1 nothing due yet), 0 held back"


def test_a_dry_run_passes_over_a_ticket_that_is_gone(
    jira: Sandbox, settings: Settings, asked: list[str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    gone = jira.issue(asked[0]).id
    monkeypatch.setattr(jira.state.index, "drop", lambda id: None)
    jira.delete(asked[0])
    sweep.sweep_now(settings, dry_run=True)
    printed = lines(capsys)
    assert f"{asked[0]}: skipped, issue {gone} is gone, or may not be read" in printed
    assert "1 would change" in printed[-1] and "is gone" in printed[-1]


def test_a_dry_run_lists_what_is_held_back(
    jira: Sandbox, settings: Settings, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.sweep_now(settings.model_copy(update={"sweep_limit": 1}), dry_run=True)
    printed = lines(capsys)
    assert printed[:2] == [f"held back {key} (a first contact beyond SWEEP_LIMIT=1)" for key in asked]
    assert "escalation adopt --since DATE" in printed[2] and printed[-1].endswith("2 held back")


def test_a_sweep_counts_as_one_although_no_worker_runs(
    settings: Settings, kv: redis.Redis, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.sweep_now(settings, dry_run=False)
    printed = lines(capsys)
    assert {f"due {key}" for key in asked} <= set(printed)
    tickets = queues.tickets(kv)
    assert tickets.sweep_age() is not None and tickets.sizes()["dirty"] == 2
    assert queues.chores(kv).is_settled("sweep")


def test_a_sweep_that_does_not_end_exits_3_and_is_tried_again(
    jira: Sandbox, settings: Settings, kv: redis.Redis, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    jira.faults.add(broken(500, path="search", says="escalation-evaluation", times=3))
    with pytest.raises(SystemExit) as end:
        sweep.sweep_now(settings, dry_run=False)
    assert end.value.code == 3
    told = capsys.readouterr()
    assert told.err.strip() == "the search for open evaluations did not end (Jira answered 500)"
    assert f"due {asked[0]}" in told.out
    assert queues.tickets(kv).sweep_age() is None
    assert queues.chores(kv).sizes()["wait"] == 1


def test_without_redis_it_exits_3(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    away = Settings(**{**settings.model_dump(), "redis_url": "unix:///nowhere.sock"})
    with pytest.raises(SystemExit) as end:
        sweep.sweep_now(away, dry_run=False)
    assert end.value.code == 3
    assert "Redis cannot be used" in capsys.readouterr().err


def chores_under_way(kv: redis.Redis) -> tuple[WorkQueue, object]:
    chores = queues.chores(kv)
    chores.begin(patience=0)
    chores.mark([tasks.SWEEP])
    lease = chores.claim(tasks.SWEEP)
    assert lease
    return chores, lease


def test_beside_a_worker_s_sweep_it_waits_its_turn(
    settings: Settings, kv: redis.Redis, asked: list[str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    chores, lease = chores_under_way(kv)
    monkeypatch.setattr(sweep, "PATIENCE", 0.3)
    sweep.sweep_now(settings, dry_run=False)
    assert "a sweep has been under way" in lines(capsys)[-1]
    monkeypatch.setattr(sweep, "PATIENCE", 10)
    kv.zadd("chores:began", {tasks.SWEEP: 0})  # long ago
    threading.Timer(0.3, chores.done, [lease]).start()
    began = time.monotonic()
    sweep.sweep_now(settings, dry_run=False)
    assert time.monotonic() - began > 0.3
    assert f"due {asked[0]}" in lines(capsys)


def test_when_beat_is_down_one_worker_asks_for_a_sweep(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    context = built(jira, clock, kv)
    workers = [tasks.Work(context.queue, queues.chores(kv), lambda *_: None, lambda now: None) for _ in range(3)]
    for worker in workers:
        worker.ask_if_late(300)
    assert workers[0].chores.is_settled(tasks.SWEEP), "the start asks for the first one"
    kv.set("tickets:sweep:finished", int(time.time()) - 440)
    for worker in workers:
        worker.ask_if_late(300)
    assert workers[0].chores.is_settled(tasks.SWEEP)
    kv.set("tickets:sweep:finished", int(time.time()) - 460)
    for worker in workers:
        worker.ask_if_late(300)
    assert not queues.chores(kv).is_settled(tasks.SWEEP)
    assert kv.hget("chores:hints", tasks.SWEEP) is None, "asked once: from the second hint on they are counted"
