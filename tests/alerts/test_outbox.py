"""Alerts reach the targets: each once, few within an hour, none lost while a target is away."""

import json
import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
import redis
import structlog
from pydantic import SecretStr

from config.settings import Settings
from tests.alerts.conftest import SECRET, Receiver, an_outbox
from tests.storytelling import Clock
from worker import clock as worker_clock
from worker import log
from worker.alerts import outbox as notify
from worker.alerts.outbox import GIVEN_UP, NOTIFY, Outbox
from worker.escalation.plan.alert import Alert
from worker.jira.signin.credentials import Credentials
from worker.jira.site import Site
from worker.queue import queues, store
from worker.run import embedded_redis

BREACH = Alert("breach", "SUP-1/1/breach", "SUP-1", "SEV-2", "21:00 ET on Tuesday 2026-11-24", "The window has ended.")


def graded(number: int) -> Alert:
    return Alert("graded", f"SUP-{number}/1/graded", f"SUP-{number}", "SEV-1", words="Graded.")


def test_an_alert_tells_key_grade_due_date_and_link(outbox: Outbox, receiver: Receiver, clock: Clock) -> None:
    outbox.put([BREACH])
    assert outbox.deliver(clock()) is None
    [told] = receiver.got
    assert told["title"] == "SUP-1: promise broken"
    assert told["message"].splitlines() == [
        "The window has ended.",
        "Grade: SEV-2",
        "Due: 21:00 ET on Tuesday 2026-11-24",
        "https://jira.test/browse/SUP-1",
    ]
    assert "github" not in json.dumps(told)


def test_each_key_is_told_once(
    outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis, lines: list[Any]
) -> None:
    outbox.put([BREACH, BREACH])
    outbox.put([BREACH])
    outbox.deliver(clock())
    outbox.put([BREACH])
    assert outbox.deliver(clock()) is None
    assert receiver.titles == ["SUP-1: promise broken"]
    assert [(line["event"], line["kind"], line["log_level"]) for line in lines] == [("alert", "breach", "error")]
    assert 59 < kv.ttl(f"notify:told:{BREACH.key}") / 86_400 <= 60


@pytest.mark.parametrize("name", notify.KINDS)
def test_what_another_program_left_under_our_names_is_forgotten(
    outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis, name: str
) -> None:
    [target] = outbox._targets
    key = f"notify:{target.id}:{name}"
    for number, waits in ((1, False), (2, True)):
        if waits:
            outbox.put([graded(10 + number)])
        kv.delete(key)
        kv.set(key, "x")
        outbox.put([graded(number)])
        for _ in range(3):
            outbox.deliver(clock())
        assert f"SUP-{number}" in json.dumps(receiver.got)
    assert kv.type(key) != "string"


def test_putting_something_in_asks_for_its_delivery(outbox: Outbox, kv: redis.Redis) -> None:
    outbox.put([BREACH])
    chores = queues.chores(kv)
    chores.begin(patience=0)
    assert chores.claim("sweep") is None
    assert chores.claim(NOTIFY) is not None


def test_without_a_target_the_log_has_it_and_nothing_is_kept(kv: redis.Redis, clock: Clock, lines: list[Any]) -> None:
    outbox = Outbox(kv, queues.chores(kv), clock=clock)
    outbox.put([BREACH, graded(2)])
    outbox.put([BREACH])
    assert [line["log_level"] for line in lines] == ["error", "info"]
    assert outbox.deliver(clock()) is None
    assert {key for key in kv.scan_iter() if not key.startswith("notify:told:")} == set()


def test_thirty_within_an_hour_and_one_line_for_the_rest(outbox: Outbox, receiver: Receiver, clock: Clock) -> None:
    outbox.put([graded(number) for number in range(100, 200)])
    assert outbox.deliver(clock()) is None
    assert receiver.titles[:29] == [f"SUP-{number}: graded SEV-1" for number in range(100, 129)]
    assert receiver.titles[29:] == ["Escalation: 71 more"]
    last = receiver.got[-1]["message"]
    assert last.startswith("71 more: see the board and the log. 71 graded (SUP-129, SUP-130, ")
    assert last.endswith(" …)")


def test_beyond_the_cap_they_wait_for_the_hour_to_end(outbox: Outbox, receiver: Receiver, clock: Clock) -> None:
    outbox.put([graded(number) for number in range(30)])
    outbox.deliver(clock())
    outbox.put([graded(number) for number in range(30, 33)])
    again = outbox.deliver(clock())
    assert again is not None
    assert abs(again - clock() - timedelta(hours=1)) < timedelta(seconds=10)
    assert len(receiver.got) == 30
    clock.at = again + timedelta(seconds=1)
    assert outbox.deliver(clock()) is None or len(receiver.got) > 30
    clock.forward(minutes=1)
    assert outbox.deliver(clock()) is None
    told = " ".join(message["title"] + message["message"] for message in receiver.got)
    assert all(f"SUP-{number}" in told for number in range(33))


def test_a_target_in_trouble_is_tried_again_with_growing_pauses(
    outbox: Outbox, receiver: Receiver, clock: Clock, lines: list[Any]
) -> None:
    receiver.answers = [500] * 4
    outbox.put([BREACH, graded(2)])
    pauses = []
    while again := outbox.deliver(clock()):
        pauses.append(round((again - clock()).total_seconds()))
        assert outbox.deliver(clock()) is not None, "nothing is sent before the pause is over"
        clock.at = again
    assert pauses == [10, 20, 40, 80]
    assert receiver.titles == ["SUP-1: promise broken", "SUP-2: graded SEV-1"]
    assert {line["problem"] for line in lines if "problem" in line} == {"answered 500"}


def test_after_a_day_it_is_given_up_and_the_log_says_so(
    outbox: Outbox, receiver: Receiver, clock: Clock, lines: list[Any]
) -> None:
    receiver.answers = [500] * 1_000
    outbox.put([BREACH])
    began = clock()
    while again := outbox.deliver(clock()):
        clock.at = again
    given_up = [line for line in lines if line["event"] == "notification given up"]
    assert [(line["key"], line["log_level"]) for line in given_up] == [(BREACH.key, "error")]
    assert timedelta(seconds=GIVEN_UP) <= clock() - began <= timedelta(seconds=GIVEN_UP + 1_810)
    assert len(lines) < 80


def test_a_target_that_is_down_holds_up_no_other(
    kv: redis.Redis, clock: Clock, receiver: Receiver, lines: list[Any]
) -> None:
    outbox = an_outbox(kv, clock, "json://127.0.0.1:9/nobody-listens", receiver.url)
    outbox.put([BREACH])
    assert outbox.deliver(clock()) is not None
    assert receiver.titles == ["SUP-1: promise broken"]
    [trouble] = [line for line in lines if "problem" in line]
    assert (trouble["target"], trouble["problem"]) == ("1 (json://127.0.0.1)", "could not be reached")


def test_two_workers_deliver_nothing_twice(kv: redis.Redis, clock: Clock, receiver: Receiver) -> None:
    both = threading.Barrier(2)
    outboxes = [an_outbox(kv, clock, receiver.url, per_hour=1_000) for _ in range(2)]
    outboxes[0].put([graded(number) for number in range(40)])

    def deliver(outbox: Outbox) -> None:
        both.wait()
        outbox.deliver(clock())

    threads = [threading.Thread(target=deliver, args=(outbox,)) for outbox in outboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(receiver.titles) == sorted(f"SUP-{number}: graded SEV-1" for number in range(40))


def test_what_was_in_flight_when_a_worker_died_is_sent_by_the_next(
    outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> str:
        raise Killed

    outbox.put([BREACH, graded(2)])
    dying = an_outbox(kv, clock, receiver.url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(dying._targets[0]), "send", die)
        with pytest.raises(Killed):
            dying.deliver(clock())
    again = outbox.deliver(clock())
    assert receiver.titles == ["SUP-2: graded SEV-1"]
    assert again is not None
    clock.at = again + timedelta(seconds=1)
    assert outbox.deliver(clock()) is None
    assert receiver.titles == ["SUP-2: graded SEV-1", "SUP-1: promise broken"]


def test_redis_wiped_the_outbox_goes_on(outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis) -> None:
    outbox.put([BREACH])
    kv.flushall()
    assert outbox.deliver(clock()) is None
    kv.script_flush()
    outbox.put([graded(2)])
    assert outbox.deliver(clock()) is None
    assert receiver.titles == ["SUP-2: graded SEV-1"]


def test_redis_wiped_while_a_message_is_on_its_way(
    outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis
) -> None:
    outbox.put([BREACH, graded(2)])
    receiver.before = kv.flushall
    assert outbox.deliver(clock()) is None
    assert receiver.titles == ["SUP-1: promise broken"]


def test_redis_away_never_reaches_a_look(
    clock: Clock, receiver: Receiver, valkey: embedded_redis.Server, lines: list[Any]
) -> None:
    with store.connect(valkey.url + ".gone", patience=0.1) as nobody:
        an_outbox(nobody, clock, receiver.url).put([BREACH])
    assert [line["event"] for line in lines] == ["alerts could not be kept for the notification targets", "alert"]
    assert receiver.got == []


def test_no_secret_is_ever_shown(
    outbox: Outbox, receiver: Receiver, clock: Clock, kv: redis.Redis, capfd: pytest.CaptureFixture[str]
) -> None:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    log.set_up("json", "DEBUG")
    try:
        receiver.answers = [401, 500, 301]
        outbox.put([BREACH])
        while again := outbox.deliver(clock()):
            clock.at = again
        shown = capfd.readouterr()
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    assert '"event": "alert"' in shown.err
    kept = [str(key) for key in kv.scan_iter()]
    assert SECRET not in shown.err + shown.out + repr(vars(outbox)) + repr(outbox._targets) + "".join(kept)


def test_on_a_dry_run_alerts_only_stand_in_the_log(
    kv: redis.Redis, clock: Clock, receiver: Receiver, lines: list[Any]
) -> None:
    settings = Settings(notify_urls=(SecretStr(receiver.url),), dry_run=True)
    site = Site(Credentials("https://jira.test", None, "token"))
    outbox = notify.outbox(settings, kv, queues.chores(kv), site)
    outbox.put([BREACH])
    assert outbox.deliver(clock()) is None
    assert ([line["event"] for line in lines], receiver.got) == (["alert"], [])


def test_the_clock_of_a_process_is_the_one_that_deliveries_are_told(
    kv: redis.Redis, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the sandbox it may be days ahead of the wall's: what is put in then is new, and not to be given up."""
    monkeypatch.setattr(worker_clock._sandbox, "ahead", timedelta(days=3))
    settings = Settings(notify_urls=(SecretStr(receiver.url),))
    outbox = notify.outbox(settings, kv, queues.chores(kv), Site(Credentials("https://jira.test", None, "token")))
    outbox.put([BREACH])
    outbox.deliver(worker_clock.now())
    assert len(receiver.got) == 1
