"""The queue against a real server: one look at a time, nothing lost, quick to recover."""

import time

import pytest
import redis

from worker.errors import LeaseLost
from worker.queue.workqueue import Lease, Notice, Pace, WorkQueue

BRISK = Pace(lease=0.3, renew=0.1, margin=0.05, cooldown=0.3, tick=0.001, lost=0.1, gap=0, flood_gap=0.2, calm=0.5)


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    opened = WorkQueue(kv, pace=BRISK)
    opened.begin(patience=0)
    return opened


def bells(queue: WorkQueue) -> int:
    return queue.sizes()["bells"]


def claimed(queue: WorkQueue, id: str) -> Lease:
    lease = queue.claim(id)
    assert lease is not None
    return lease


def tick_until(queue: WorkQueue, rung: int, patience: float = 3) -> None:
    """Beat until `rung` doorbells were rung."""
    until = time.monotonic() + patience
    while rung > 0:
        assert time.monotonic() < until
        time.sleep(0.005)
        rung -= queue.tick().rung


def test_many_hints_ring_once_and_are_one_look(queue: WorkQueue) -> None:
    for _ in range(5):
        queue.mark(["10040"])
    assert bells(queue) == 1
    queue.done(claimed(queue, "10040"))
    assert queue.claim("10040") is None
    assert queue.sizes() == dict.fromkeys(("dirty", "rung", "held", "wait", "later", "failing"), 0) | {"bells": 1}


def test_a_hint_during_the_look_asks_for_another_one(queue: WorkQueue) -> None:
    queue.mark(["10040"])
    lease = claimed(queue, "10040")
    queue.mark(["10040"])
    assert queue.claim("10040") is None, "nobody else may look meanwhile"
    assert queue.done(lease)
    assert bells(queue) == 2
    assert queue.claim("10040")


def test_a_dead_workers_ticket_comes_back(queue: WorkQueue) -> None:
    queue.mark(["10040"])
    lease = claimed(queue, "10040")
    tick_until(queue, rung=1)
    assert queue.claim("10040")
    assert not queue.done(lease), "the first worker's lease is gone"
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_renewed_lease_holds_and_a_lost_one_says_so(queue: WorkQueue, kv: redis.Redis) -> None:
    queue.mark(["10040"])
    lease = claimed(queue, "10040")
    for _ in range(5):
        time.sleep(0.1)
        queue.renew()
        lease.check()
    kv.flushall()
    queue.renew()
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_hung_look_is_not_renewed_for_ever(kv: redis.Redis) -> None:
    queue = WorkQueue(kv, pace=Pace(lease=0.2, margin=0.05, longest=0))
    queue.begin(patience=0)
    queue.mark(["10040"])
    lease = claimed(queue, "10040")
    time.sleep(0.2)
    queue.renew()
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_lost_doorbell_is_rung_again_but_a_backlog_is_not(queue: WorkQueue, kv: redis.Redis) -> None:
    queue.mark(["10040"])
    time.sleep(0.15)
    assert queue.tick().rung == 0, "the bell still waits to be heard"
    kv.delete("reconcile")
    tick_until(queue, rung=1)


def test_a_failed_look_waits_and_counts(queue: WorkQueue) -> None:
    queue.mark(["10040"])
    queue.failed(claimed(queue, "10040"), 0.05)
    queue.mark(["10040"])
    assert queue.claim("10040") is None
    tick_until(queue, rung=1)
    lease = claimed(queue, "10040")
    assert lease.attempts == 1 and lease.failing_for >= 0.05
    queue.failed(lease, 0)
    tick_until(queue, rung=1)
    lease = claimed(queue, "10040")
    assert lease.attempts == 2 and queue.failing()["10040"][0] == 2
    queue.failed(lease, 0, progressed=True)
    tick_until(queue, rung=1)
    assert claimed(queue, "10040").attempts == 1, "what got something done starts at the bottom"


def test_a_good_look_forgets_the_failures(queue: WorkQueue) -> None:
    queue.mark(["10040"])
    queue.failed(claimed(queue, "10040"), 0)
    tick_until(queue, rung=1)
    queue.done(claimed(queue, "10040"))
    assert queue.failing() == {}


def test_a_look_may_ask_for_the_next_one(queue: WorkQueue) -> None:
    queue.mark(["10040"])
    queue.done(claimed(queue, "10040"), again_in=0.1)
    assert queue.claim("10040") is None
    assert queue.oldest_dirty_age() == 0
    tick_until(queue, rung=1)
    assert queue.claim("10040")


def test_a_thousand_hints_are_at_most_three_looks(kv: redis.Redis) -> None:
    queue = WorkQueue(kv, pace=Pace(tick=0.001, flood_gap=1.2))
    queue.begin(patience=0)
    looks, hints = 0, 0
    while hints < 1000 or queue.sizes()["dirty"]:
        for _ in range(min(20, 1000 - hints)):  # well within one gap, also on a busy machine
            queue.mark(["10040"])
            hints += 1
        queue.tick()
        if kv.rpop("reconcile") and (lease := queue.claim("10040")):
            looks += 1
            queue.done(lease)
    assert looks <= 3


def test_an_empty_redis_opens_at_once_and_asks_for_a_sweep(kv: redis.Redis) -> None:
    queue = WorkQueue(kv, pace=BRISK)
    queue.mark(["10040"])
    queue.begin(patience=0.05)
    assert queue.claim("10040")
    token = queue.resync_due()
    assert token and queue.tick().resync == token
    queue.resynced(token)
    assert queue.resync_due() is None


def test_after_a_wipe_nobody_claims_until_forgotten_leases_have_ended(queue: WorkQueue, kv: redis.Redis) -> None:
    queue.mark(["10040"])
    claimed(queue, "10040")
    kv.flushall()
    other = WorkQueue(kv, pace=BRISK)
    other.mark(["10040"])
    assert other.claim("10040") is None
    wiped = time.monotonic()
    assert other.tick().resync
    other.begin()
    while other.claim("10040") is None:
        other.tick()
    assert 0.2 < time.monotonic() - wiped < 0.6


def test_a_starting_worker_sees_a_living_one(queue: WorkQueue, kv: redis.Redis) -> None:
    kv.flushall()
    queue.tick()
    WorkQueue(kv, pace=BRISK).begin()
    queue.mark(["10040"])
    assert queue.claim("10040") is None, "the living worker's epoch has a cool-down, and it stands"


def test_one_beat_is_done_by_one_process(kv: redis.Redis) -> None:
    queue = WorkQueue(kv, pace=Pace(tick=10))
    queue.tick()
    queue.mark(["10040"])
    assert queue.tick().rung == 0


def test_deliveries_are_taken_in_once(queue: WorkQueue) -> None:
    first = Notice("10040", ("hook:1", "comment:7"))
    assert queue.intake([first]).taken == 1
    assert queue.intake([first, Notice("10040", ("hook:2", "comment:7"))]).duplicates == 2
    assert queue.was_named(["10040", "10041"]) == {"10040"}


def test_deliveries_on_evaluations_lead_to_their_ticket(queue: WorkQueue) -> None:
    queue.remember_evaluations("10040", ["10051", "10052"])
    queue.remember_stranger("10060")
    talk = [Notice(id, (id,), certain=False) for id in ("10051", "10060", "10070")]
    assert queue.intake(talk).strangers == 1
    assert queue.claim("10040") and queue.claim("10070")
    assert queue.claim("10051") is None and queue.claim("10060") is None
    assert queue.relatives("10040").evaluations == {"10051", "10052"}
    queue.remember_stranger("10051")
    assert queue.strangers(["10051", "10060", "1"]) == {"10060"}, "an evaluation stays one"
    assert queue.intake([Notice("10060", ("sure",))]).taken == 1, "a delivery that shows our label is taken"


def test_a_sweep_that_ended_is_known_and_two_schedulers_count_as_one(queue: WorkQueue) -> None:
    assert queue.sweep_age() is None
    queue.sweep_finished()
    age = queue.sweep_age()
    assert age is not None and age < 2
    assert queue.first("sweep", 3600)
    assert not queue.first("sweep", 3600)


def test_the_production_pace_keeps_its_promises() -> None:
    pace = Pace()
    assert pace.lease + pace.tick < 10
    assert pace.lease - pace.margin <= pace.cooldown < 10 - 2 * pace.tick - 1
    assert pace.renew * 2 < pace.lease - pace.margin
