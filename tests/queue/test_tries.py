"""Where tries are remembered: in Redis for all workers, and in the process that made them should Redis forget."""

from worker.escalation.facts.record import Try
from worker.look import tries
from worker.look.tries import Own, Tries
from worker.queue import store
from worker.queue.store import Store

OPENED, CLOSED = Try(1, "1 2026-11-23T10:00:00-05:00"), Try(2, "", "10300")


def test_all_workers_know_what_one_has_tried(kv: Store) -> None:
    Tries(kv).note("10040", {"open chair": OPENED})
    Tries(kv).note("10040", {"close SUP-2": CLOSED})
    assert Tries(kv).of("10040")[0] == {"open chair": OPENED, "close SUP-2": CLOSED}
    assert not any(Tries(kv).of("10041"))


def test_after_a_wipe_the_process_still_knows_and_can_tell_that_redis_does_not(kv: Store) -> None:
    memory = Tries(kv)
    memory.note("10040", {"open chair": OPENED})
    kv.flushall()
    assert memory.of("10040") == ({}, {"open chair": OPENED})


def test_a_ticket_nobody_writes_to_is_forgotten_by_itself(kv: Store) -> None:
    Tries(kv).note("10040", {"open chair": OPENED})
    assert 0 < kv.ttl("tries:10040") <= tries.KEPT_SECONDS  # type: ignore[operator]


def test_redis_may_be_away_when_something_was_written() -> None:
    memory = Tries(store.connect("redis://127.0.0.1:9", patience=0.1))
    memory.note("10040", {"open chair": OPENED})  # what was done must be remembered somewhere
    assert memory._own.of("10040") == ({"open chair": OPENED},)


def test_a_process_remembers_the_tickets_it_wrote_to_last() -> None:
    own = Own()
    for number in range(tries.MOST_TICKETS + 1):
        own.note(str(number), {"open chair": OPENED})
    assert own.of("0") == ({},) and own.of(str(tries.MOST_TICKETS)) == ({"open chair": OPENED},)
