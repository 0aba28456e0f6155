"""Who listens, and who only starts over and over."""

import redis

from worker.queue.roster import HABIT, Roster


def started(roster: Roster, name: str, times: int = 1) -> None:
    for _ in range(times):
        roster.started(name)
        roster.alive(name)


def test_workers_that_started_together_listen(kv: redis.Redis) -> None:
    roster = Roster(kv)
    names = {f"{number}@here" for number in range(8)}
    for name in names:
        started(roster, name)
    assert roster.listening() == names and roster.starting_over() == frozenset()


def test_one_that_starts_over_and_over_does_not_count(kv: redis.Redis) -> None:
    roster = Roster(kv)
    started(roster, "1@there")
    started(roster, "7@here", HABIT - 1)
    assert roster.starting_over() == frozenset()
    started(roster, "7@here")
    assert roster.starting_over() == {"here"} and roster.listening() == {"1@there"}


def test_under_another_number_each_time(kv: redis.Redis) -> None:
    roster = Roster(kv)
    for number in range(HABIT):
        roster.started(f"{number}@here")
    roster.alive(f"{HABIT - 1}@here")
    assert roster.starting_over() == {"here"} and roster.listening() == frozenset()


def test_beside_one_that_lasts(kv: redis.Redis) -> None:
    roster = Roster(kv)
    roster.alive("1@here")  # it started long ago
    started(roster, "2@here", 3 * HABIT)
    assert roster.starting_over() == {"here"} and roster.listening() == {"1@here"}


def test_one_that_has_lasted_since_is_well(kv: redis.Redis) -> None:
    roster = Roster(kv)
    started(roster, "1@here", 2 * HABIT)
    for name, at in kv.zrange("tickets:starts", 0, -1, withscores=True):
        kv.zadd("tickets:starts", {name: float(at) - 61})
    assert roster.starting_over() == frozenset() and roster.listening() == {"1@here"}


def test_what_is_long_ago_is_forgotten(kv: redis.Redis) -> None:
    roster = Roster(kv)
    started(roster, "1@here", HABIT)
    for name, at in kv.zrange("tickets:starts", 0, -1, withscores=True):
        kv.zadd("tickets:starts", {name: float(at) - 301})
    started(roster, "1@here")
    assert kv.zcard("tickets:starts") == 1 and roster.starting_over() == frozenset()
