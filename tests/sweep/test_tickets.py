"""`escalation reconcile` and `escalation failures` as an operator types them: whose turn it is, in whatever pause."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import Clock
from tests.sweep.conftest import NOW
from worker import clock as worker_clock
from worker.commands import reconcile
from worker.commands.failures import drop, list, retry
from worker.errors import CannotDo, LeaseLost, TryAgain, Unauthorized
from worker.jira.read import Elsewhere
from worker.look import handler
from worker.look.context import Context
from worker.look.failures import Failed, Failures
from worker.look.reconciler import Outcome, Reconciler
from worker.queue import queues
from worker.queue.workqueue import Pace, WorkQueue
from worker.sweep import progress


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """The commands have the sandbox's time, as they have beside `escalation run`."""
    monkeypatch.setattr("worker.clock.now", clock)
    monkeypatch.setattr(reconcile, "PATIENCE", 3)


@pytest.fixture
def key(jira: Sandbox) -> str:
    """A ticket for which an escalation is requested."""
    found = jira.create_ticket("OPS", labels=["escalation-requested"])
    jira.reindex()
    return found


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    """As a worker has opened it."""
    found = queues.tickets(kv)
    found.begin(patience=0)
    return found


def failed_long_ago(queue: WorkQueue, id: str) -> None:
    """A look has failed, and the next is minutes away."""
    queue.mark([id])
    lease = queue.claim(id)
    assert lease and queue.failed(lease, 200)
    assert queue.sizes()["wait"] == 1


def exit_code(command: Callable[[], None]) -> int:
    with pytest.raises(SystemExit) as end:
        command()
    assert isinstance(end.value.code, int)
    return end.value.code


def test_no_pause_keeps_a_person_waiting(
    jira: Sandbox, settings: Settings, queue: WorkQueue, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failed_long_ago(queue, jira.issue(key).id)
    reconcile.reconcile(settings, key, dry_run=False)
    assert "open evaluations" in capsys.readouterr().out
    assert len(jira.issue(key).subtasks) == 3
    assert queue.is_settled(jira.issue(key).id)


def test_a_worker_that_took_the_retry_for_its_own_look_leaves_a_whole_one(
    jira: Sandbox,
    settings: Settings,
    key: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(4):
        reconcile.reconcile(settings, key, dry_run=False)
    assert "nothing to do" in capsys.readouterr().out
    monkeypatch.setattr(WorkQueue, "ask_retry", lambda queue, id: None)
    reconcile.reconcile(settings, key, dry_run=False)
    assert capsys.readouterr().out.endswith(f"{key}: nothing to do\n")


def test_it_needs_no_worker_and_no_memory_in_redis(
    jira: Sandbox, settings: Settings, kv: redis.Redis, key: str
) -> None:
    began = time.monotonic()
    reconcile.reconcile(settings, key, dry_run=False)
    assert len(jira.issue(key).subtasks) == 3 and time.monotonic() - began < 5


def test_beside_a_worker_at_the_same_ticket_it_says_so(
    jira: Sandbox, settings: Settings, queue: WorkQueue, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    queue.mark([jira.issue(key).id])
    assert queue.claim(jira.issue(key).id)
    assert exit_code(lambda: reconcile.reconcile(settings, key, dry_run=False)) == 3
    assert "a worker is at this ticket" in capsys.readouterr().err
    assert not jira.issue(key).subtasks


def test_the_next_look_is_remembered(jira: Sandbox, settings: Settings, queue: WorkQueue, key: str) -> None:
    """What nobody has to ask for, such as a reminder or the end of the chair's quarter of an hour, still comes."""
    reconcile.reconcile(settings, key, dry_run=False)
    assert queue.sizes()["later"] == 1


@pytest.mark.slow
def test_a_look_that_takes_long_keeps_its_lease(
    jira: Sandbox, settings: Settings, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Pace(lease=1, renew=0.2, margin=0.3)
    monkeypatch.setattr(queues, "tickets", lambda store: WorkQueue(store, pace=quick))
    look = Reconciler.look

    def slow(*given: Any, **how: Any) -> Outcome:
        time.sleep(1.5)
        return look(*given, **how)

    monkeypatch.setattr(Reconciler, "look", slow)
    reconcile.reconcile(settings, key, dry_run=False)
    assert len(jira.issue(key).subtasks) == 3


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look ends with Jira's refusal."""

    monkeypatch.setattr(Reconciler, "look", raising(Unauthorized("Jira does not accept the credentials (401)")))


@pytest.mark.usefixtures("refused")
def test_a_look_that_fails_pauses_the_ticket_and_says_why(
    jira: Sandbox, settings: Settings, queue: WorkQueue, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(lambda: reconcile.reconcile(settings, key, dry_run=False)) == 3
    assert capsys.readouterr().err.strip() == "Jira does not accept the credentials (401)"
    assert queue.sizes()["wait"] == 1 and jira.issue(key).id in queue.failing()


def test_a_retry_ends_the_pause(
    jira: Sandbox, settings: Settings, queue: WorkQueue, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id = jira.issue(key).id
    Failures(queue.store).note(id, key, [Failed("look", "It failed.", "Mend it.")])
    failed_long_ago(queue, id)
    retry.retry_failures(settings.require_redis(), ())
    assert capsys.readouterr().out == f"{key}: is tried again\n"
    until = time.monotonic() + 3
    while not (lease := queue.claim(id)) and time.monotonic() < until:
        time.sleep(0.05)  # two looks at one ticket never begin in the same moment
    assert lease


def test_the_list_wants_redis_and_nothing_else(
    kv: redis.Redis, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Settings(redis_url=settings.redis_url)
    list.list_failures(bare.require_redis(), as_json=False)
    assert capsys.readouterr().out == "no failures\n"


@pytest.mark.parametrize("what", ["list", "retry", "drop", "reconcile"])
def test_without_redis_they_end_with_a_line(
    settings: Settings, key: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    away = Settings(**{**settings.model_dump(), "redis_url": "unix:///nowhere.sock"})
    nowhere = away.require_redis()
    commands = {
        "list": lambda: list.list_failures(nowhere, as_json=True),
        "retry": lambda: retry.retry_failures(nowhere, ()),
        "drop": lambda: drop.drop_failures(nowhere, ("OPS-1",)),
        "reconcile": lambda: reconcile.reconcile(away, key, dry_run=False),
    }
    assert exit_code(commands[what]) == 3
    assert "Redis cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["", "  ", "SUP", "SUP-1 SUP-2", "https://example.net/browse/SUP-1"])
def test_what_is_no_key_is_refused_before_jira_is_asked(
    jira: Sandbox, settings: Settings, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(jira.calls())
    assert exit_code(lambda: reconcile.reconcile(settings, typed, dry_run=True)) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"KEY: found {typed!r}, expected an issue key such as SUP-41") and said.count("\n") == 1
    assert len(jira.calls()) == before


def test_a_ticket_may_be_named_in_small_letters_or_by_its_id(
    jira: Sandbox, settings: Settings, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for named in (key.lower(), jira.issue(key).id):
        reconcile.reconcile(settings, named, dry_run=True)
        assert "would open evaluations" in capsys.readouterr().out


# -- what a worker's look does with what was asked


@pytest.mark.parametrize("failure", [TryAgain("busy"), Unauthorized("401"), LeaseLost("gone"), CannotDo("x", "y")])
def test_a_retry_that_was_asked_for_waits_for_a_look_that_could_be_made(
    jira: Sandbox, context: Context, key: str, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    id = jira.issue(key).id
    context.queue.ask_retry(id)
    monkeypatch.setattr(Reconciler, "look", raising(failure))
    with pytest.raises(type(failure)):
        look_at(context, id)
    assert context.store.exists(f"tickets:retry:{id}") == (not isinstance(failure, CannotDo))


def test_what_failed_under_the_id_of_an_evaluation_is_off_the_list_once_that_is_known(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.failures.note("10050", "10050", [Failed("look", "It failed.", "Mend it.")])
    monkeypatch.setattr(Reconciler, "look", raising(Elsewhere("10040")))
    look_at(context, "10050")
    assert not context.failures.listed() and not context.queue.is_settled("10040")


def raising(failure: Exception) -> Any:
    def look(*_: object, **__: object) -> None:
        raise failure

    return look


def look_at(context: Context, id: str) -> None:
    """A worker's look."""
    context.queue.begin(patience=0)
    context.queue.mark([id])
    lease = context.queue.claim(id)
    assert lease
    handler.look(context, id, lease, worker_clock.now())


def test_a_project_that_is_listed_is_looked_for_by_a_full_sweep(
    settings: Settings, kv: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    began = progress.begin(kv, NOW)
    progress.finished(kv, began, full=True, unread=False, calls=3)
    Failures(kv).note("project:GONE", "GONE", [Failed("search", "It is gone.", "Mend it.")])
    retry.retry_failures(settings.require_redis(), ("GONE",))
    assert "GONE: is tried again" in capsys.readouterr().out
    assert progress.last(kv) is None and not queues.chores(kv).is_settled(queues.SWEEP)
