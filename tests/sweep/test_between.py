"""Sweeps between full ones cost what has changed: one search at rest, and a look only where something happened."""

from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from sandbox import Fault, Sandbox
from sandbox.http.faults import broken
from tests.storytelling import SEATS, Clock
from tests.sweep.conftest import TOLD, graded, paths
from tests.sweep.house import House
from worker.errors import TryAgain
from worker.metrics import MISSED, TALLY
from worker.sweep import progress
from worker.sweep.result import HELD


@pytest.fixture
def house(jira: Sandbox, clock: Clock, kv: redis.Redis) -> House:
    return House(jira, clock, kv)


def test_rounds_at_rest_cost_one_search_and_no_look(house: House) -> None:
    for _ in range(4):
        house.asked()
    house.rest()
    house.clock.forward(minutes=5)
    calls = paths(house.jira, lambda: house.turn())
    assert len(calls) == 1 and "search" in calls[0] and house.looks == []


def test_a_vote_is_heard_and_nobody_else_is_disturbed(house: House) -> None:
    asked = [house.asked() for _ in range(3)]
    house.rest()
    house.vote(asked[1], "project-manager", "SEV-2: it hurts")
    house.clock.forward(minutes=5)
    assert set(house.turn()) == {asked[1]}
    house.grade(asked[1])
    house.rest()
    assert "sev-2" in house.jira.issue(asked[1]).labels


def test_a_label_that_was_taken_off_ends_the_round(house: House) -> None:
    key = house.asked()
    house.rest()
    house.jira.unlabel(key, "escalation-requested")
    house.rest()
    assert all(house.jira.issue(each).done for each in house.jira.issue(key).subtasks)
    assert house.context.watchlist.rounds() == {}


def test_a_deleted_evaluation_is_asked_for_again_although_its_ticket_was_not_changed(house: House) -> None:
    asked = [house.asked() for _ in range(2)]
    house.rest()
    before = house.jira.issue(asked[0]).updated
    house.jira.delete(house.jira.issue(asked[0]).subtasks[0])
    assert house.jira.issue(asked[0]).updated == before
    house.rest()
    assert len(house.jira.issue(asked[0]).subtasks) == 3
    house.clock.forward(minutes=5)
    assert house.searches() == 1, "it is asked for no longer"


def test_a_deleted_ticket_is_forgotten(house: House) -> None:
    key, other = house.asked(), house.asked()
    house.rest()
    house.jira.delete(key)
    house.rest()
    assert list(house.context.watchlist.rounds()) == [house.jira.issue(other).id]
    assert house.searches() == 1


def test_a_ticket_that_falls_due_is_found_without_a_search_for_it(house: House) -> None:
    later = replace(TOLD, look_again_at=house.clock() + timedelta(hours=1))
    due, _ = graded(house.jira, later), [graded(house.jira) for _ in range(120)]
    house.jira.reindex()
    house.sweep()
    house.clock.forward(hours=1, seconds=1)
    if house.jira.flavour == "dc":  # their records were read by the first sweep, some at a time
        house.context.store.hset(progress.KEY, progress.UNREAD, 0)
    assert house.searches() == 2, "that of the changes, and its second page"
    assert house.work() == [due]
    house.clock.forward(minutes=5)
    assert house.turn() == []


def test_a_resolved_ticket_is_found(house: House) -> None:
    key = house.asked()
    house.rest()
    house.grade(key)
    house.rest()
    house.clock.forward(hours=1)
    house.jira.close(key)
    house.rest()
    assert house.jira.issue(key).properties["escalation"]["resolved_at"]


def test_many_that_were_changed_just_before_the_full_sweep_are_not_asked_for_page_by_page(
    jira: Sandbox, clock: Clock, kv: redis.Redis
) -> None:
    house = House(jira, clock, kv)
    for _ in range(250):
        graded(jira)
    jira.reindex()
    house.sweep()
    clock.forward(seconds=20)
    assert house.searches() == 2 and house.work() == []
    changed = graded(jira)
    clock.forward(seconds=20)
    assert house.turn() == [changed]


def test_a_vote_that_is_found_late_stands_behind_a_bulk_edit(house: House) -> None:
    key, others = house.asked(), [graded(house.jira) for _ in range(120)]
    house.rest()
    house.clock.forward(minutes=20)
    house.turn()
    house.jira.index_lag = 60
    house.vote(key, "project-manager", "SEV-2: it hurts")
    house.jira.index_lag = 0
    house.clock.forward(seconds=20)
    for other in others:
        house.jira.label(other, "bulk")
    house.clock.forward(seconds=20)
    assert set(house.turn()) <= set(others)
    house.clock.forward(seconds=20)
    assert house.turn() == [key]


@pytest.mark.parametrize("lag", [30, 110])
def test_an_index_that_lags_behind_only_delays(house: House, lag: int) -> None:
    house.sweep()
    house.set(intake="polling")
    house.jira.index_lag = lag
    key = house.asked()
    for _ in range(lag // 20 + 1):
        house.clock.forward(seconds=20)
        house.turn()
    assert len(house.jira.issue(key).subtasks) == 3


@pytest.mark.parametrize("lag", [0, 20])
def test_no_room_at_all_between_two_sweeps_leaves_no_hole(house: House, lag: int) -> None:
    """INDEX_LAG_SECONDS and SWEEP_OVERLAP_SECONDS are 0, the period is whole minutes, and what happens in a sweep's
    very minute can be found after it."""
    house.set(sweep_seconds=60, index_lag_seconds=0, sweep_overlap_seconds=0)
    house.rest()
    house.clock.forward(seconds=60 - lag)
    house.jira.index_lag = lag
    key = house.asked()
    house.clock.forward(seconds=lag - 0.001 if lag else 0)
    house.sweep()
    house.clock.forward(seconds=60)
    house.turn()
    assert len(house.jira.issue(key).subtasks) == 3


@pytest.mark.parametrize("what", ["a request", "the last vote"])
@pytest.mark.parametrize(("period", "late_by"), [(30, 0.1), (30, 9.9), (20, 0.1), (20, 6.6)])
def test_an_index_that_lags_behind_by_a_period_or_more_keeps_nothing_for_two(
    house: House, what: str, period: int, late_by: float
) -> None:
    """Whenever between two sweeps it happens; the sixth part of a period is left for the work."""
    house.set(sweep_seconds=period)
    key = house.asked()
    house.rest()
    house.vote(key, "project-manager", "SEV-2: one")
    house.vote(key, "client-contact", "SEV-2: two")
    house.rest()
    every = house.context.settings.sweep_every
    house.clock.forward(seconds=late_by)
    house.jira.index_lag = 30
    if what == "a request":
        key = house.asked()
    else:
        house.vote(key, "engineering-manager", "SEV-2: three")
    last = house.clock() + timedelta(seconds=period * 11 / 6)
    house.clock.forward(seconds=every - late_by)
    while house.clock() <= last:
        house.turn()
        house.clock.forward(seconds=every)
    ticket = house.jira.issue(key)
    assert len(ticket.subtasks) == 3 and ("sev-2" in ticket.labels) == (what != "a request")


def test_a_change_within_the_second_in_which_a_sweep_saw_the_issue_is_no_less_found(house: House) -> None:
    key = house.asked()
    house.rest()
    house.vote(key, "project-manager", "SEV-2: one")
    house.turn()
    house.vote(key, "client-contact", "SEV-2: two")  # the clock stands still: Jira gives the same time
    house.vote(key, "engineering-manager", "SEV-2: three")
    house.clock.forward(seconds=20)
    house.turn()
    assert "sev-2" in house.jira.issue(key).labels


def test_a_dry_run_looks_at_what_has_fallen_due_now_and_then(house: House) -> None:
    key = graded(house.jira, replace(TOLD, look_again_at=house.clock() + timedelta(minutes=1)))
    house.jira.reindex()
    house.sweep()
    house.set(intake="polling", dry_run=True)
    looks = 0
    for _ in range(12):
        house.clock.forward(seconds=30)
        looks += len(house.turn())
    assert looks == 2 and house.jira.issue(key).comments == ()


# -- when a full one runs


def test_full_at_start_after_six_hours_and_after_a_wipe(house: House, kv: redis.Redis) -> None:
    assert house.searches() == 3
    house.clock.forward(minutes=5)
    assert house.searches() == 1
    house.clock.forward(hours=5, minutes=50)
    assert house.searches() == 1
    house.clock.forward(minutes=6)
    assert house.searches() == 3
    kv.flushall()
    assert house.searches() == 3
    house.context.queue.begin(patience=0)
    assert house.searches() == 3, "a worker has started"


def test_a_sweep_that_did_not_end_moves_nothing_on(house: House) -> None:
    house.sweep()
    house.clock.forward(minutes=20)
    key = house.asked()
    house.jira.faults.add(broken(500, path="search", times=3))
    with pytest.raises(TryAgain, match="changes did not end"):
        house.sweep()
    house.clock.forward(minutes=20)
    assert house.turn() and len(house.jira.issue(key).subtasks) == 3


def test_what_a_full_sweep_finds_that_others_missed_is_counted(house: House) -> None:
    key = house.asked()
    house.rest()
    TALLY.take()
    house.jira.index_lag = 900  # far beyond what is allowed for
    house.vote(key, "project-manager", "SEV-2: it hurts")
    house.jira.index_lag = 0
    for _ in range(4):
        house.clock.forward(minutes=5)
        house.turn()
    assert not _missed()
    house.clock.forward(hours=6)
    swept = house.sweep()
    assert list(swept.missed.values()) == ["changed"] and _missed() == 1
    assert house.work(), "and it is looked at"


def test_a_ticket_that_redis_forgot_is_found_by_the_next_full_sweep(house: House) -> None:
    key = graded(house.jira, replace(TOLD, look_again_at=house.clock() + timedelta(hours=1)))
    house.jira.reindex()
    house.sweep()
    house.context.store.delete("watch:due")
    house.clock.forward(hours=2)
    assert house.turn() == []
    house.clock.forward(hours=5)
    swept = house.sweep()
    assert swept.missed == {house.jira.issue(key).id: "due"}
    assert house.work() == [key]


@pytest.mark.slow
def test_full_sweeps_of_a_quiet_house_miss_nothing(house: House) -> None:
    asked = [house.asked() for _ in range(3)]
    house.rest()
    TALLY.take()
    for hour in range(13):
        house.vote(
            asked[hour % 3], list(SEATS)[hour % 3], "Recused: on holiday" if hour > 8 else "I am thinking about it."
        )
        for _ in range(12):
            house.clock.forward(minutes=5)
            house.turn()
    assert not _missed()


def _missed() -> float:
    return sum(by for (name, _, _), by in TALLY.take().items() if name == MISSED.name)


# -- who asks for the first time


def test_a_request_nobody_told_of_is_taken_on_within_the_limit(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    house = House(jira, clock, kv, limit=2)
    house.sweep()
    clock.forward(minutes=5)
    few = [house.asked() for _ in range(2)]
    clock.forward(minutes=5)
    house.turn()
    assert all(len(jira.issue(key).subtasks) == 3 for key in few)
    many = [house.asked() for _ in range(3)]
    clock.forward(minutes=5)
    assert house.sweep().held_back == 3
    assert not set(many) & set(house.work())
    jira.unlabel(many[0], "escalation-requested")
    clock.forward(minutes=5)
    house.turn()
    assert all(len(jira.issue(key).subtasks) == 3 for key in many[1:]) and not kv.exists(HELD)


def test_where_changes_are_asked_for_a_request_counts_as_named(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    """More than SWEEP_LIMIT that ask now are no surprise; what was there before the first start is."""
    house = House(jira, clock, kv, limit=2)
    house.set(intake="polling")
    old = [house.asked() for _ in range(5)]
    house.turn()
    assert kv.get(HELD) == "5"
    clock.forward(seconds=20)
    new = [house.asked() for _ in range(4)]
    jira.comment(old[0], "Is anybody there?", by="sam")
    clock.forward(seconds=20)
    house.turn()
    assert [len(jira.issue(key).subtasks) for key in new] == [3] * 4
    assert [len(jira.issue(key).subtasks) for key in old] == [3, 0, 0, 0, 0], "a change names it"
    assert kv.get(HELD) == "4"


def test_where_changes_are_asked_for_a_bulk_edit_is_held_back(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    house = House(jira, clock, kv)
    house.set(intake="polling", burst_limit=3)
    house.sweep()
    clock.forward(seconds=20)
    many = [house.asked() for _ in range(5)]
    clock.forward(seconds=20)
    house.turn()
    opened = [key for key in many if jira.issue(key).subtasks]
    assert len(opened) == 3 and len(house.context.burst.held()) == 2
    held = next(key for key in many if key not in opened)
    jira.unlabel(held, "escalation-requested")
    clock.forward(seconds=20)
    house.turn()
    assert list(house.context.burst.held().values()) == [key for key in many if key not in opened and key != held]


# -- one bad thing stops one thing


def test_a_project_that_is_gone_does_not_end_the_search_for_the_others(
    jira: Sandbox, clock: Clock, kv: redis.Redis
) -> None:
    house = House(jira, clock, kv, projects=["OPS", "GONE"])
    key = house.asked("OPS")
    assert set(house.turn()) == {key} and len(jira.issue(key).subtasks) == 3
    [(name, [failed])] = house.context.failures.listed().values()
    assert name == "GONE" and "does not exist" in failed.what and "[projects.GONE]" in failed.mend
    house.rest()
    assert house.searches() == 1, "it costs no call more from then on"
    later = house.asked("OPS")
    house.rest()
    assert len(jira.issue(later).subtasks) == 3


def test_a_label_that_is_nearly_right_is_answered_once(house: House) -> None:
    house.set(intake="polling")
    house.sweep()
    keys = [
        house.asked("SUP", label) for label in ("escalation_request", "Escalation.Requested", "escalation-requests")
    ]
    other = house.asked("SUP", "escalate-me")
    house.clock.forward(seconds=20)
    assert {*keys[::2]} <= set(house.turn())
    assert all(len(house.jira.issue(key).comments) == 1 and not house.jira.issue(key).subtasks for key in keys[::2])
    assert not house.jira.issue(other).comments
    house.rest()
    assert all(len(house.jira.issue(key).comments) == 1 for key in keys[::2])


def test_all_projects_gone_is_no_search_everywhere(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    house = House(jira, clock, kv, projects=["GONE"])
    house.asked("OPS")
    assert house.sweep().due == {}
    clock.forward(minutes=5)
    house.asked("OPS")
    clock.forward(minutes=5)
    assert house.sweep().due == {}


def test_a_search_by_ids_that_is_refused_without_a_name_stops_nothing(house: House) -> None:
    """As where there are more of them than Jira takes, or one makes no sense to it."""
    key = house.asked()
    house.rest()
    house.context.store.hset("watch:rounds", mapping={"no id": "10", "x": "y"})
    refused = Fault("answer", path="search", says="id in", status=400, body={"errorMessages": ["No."]}, times=None)
    house.jira.faults.add(refused)
    house.grade(key)
    house.clock.forward(minutes=5)
    assert key in house.turn() and "sev-2" in house.jira.issue(key).labels
    other = house.asked()
    house.clock.forward(minutes=5)
    house.turn()
    assert len(house.jira.issue(other).subtasks) == 3 and refused.hits


def test_a_project_that_is_back_is_searched_again(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    house = House(jira, clock, kv, projects=["OPS", "SUP"])
    jira.deny("BROWSE_PROJECTS", "OPS")
    key = house.asked("OPS")
    house.turn()
    assert [name for name, _ in house.context.failures.listed().values()] == ["OPS"]
    jira.allow("BROWSE_PROJECTS", "OPS")
    clock.forward(hours=6, minutes=1)
    house.turn()
    assert len(jira.issue(key).subtasks) == 3 and not house.context.failures.listed()
