"""What a release hears, in stories: the panel has graded in Jira, somebody asks whether the fix may ship."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.http import faults
from tests.release.conftest import BOTH, Shop, unasked
from worker.release.gate import Gate
from worker.release.grades import REMEMBERED_SECONDS
from worker.release.question import Question

TUESDAY = "2026-11-24T10:00:00-05:00"
NIGHT = "2026-11-24T23:00:00-05:00"


@BOTH
def test_a_sev_2_fix_waits_for_the_evening(shop: Shop) -> None:
    key = shop.graded("SEV-2")
    answer = shop.ask(key, at=TUESDAY)
    assert (answer.verdict, answer.reason_code) == ("wait", "grade")
    assert f"{key}: graded SEV-2" in answer.reason and "opens 21:00 ET on Tuesday" in answer.reason
    told = answer.to_json()
    assert told["issues"][0]["grade"] == "SEV-2"
    decided_at = datetime.fromisoformat(told["issues"][0]["decided_at"])
    assert decided_at == datetime.fromisoformat(shop.story.record["decision"]["graded_at"])
    assert decided_at.utcoffset() == timedelta(hours=-5), "one zone, the protocol's"
    assert told["next_opening"] == "2026-11-24T21:00:00-05:00"
    assert told["in_business_hours"] is True


@BOTH
def test_a_sev_1_fix_ships_at_any_hour(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    answer = shop.ask(key, at=TUESDAY)
    assert (answer.verdict, answer.reason_code, answer.issues[0].grade) == ("ship", "grade", "SEV-1")
    assert answer.to_json()["next_opening"] is None


@BOTH
def test_a_bundle_waits_for_the_least_of_it(shop: Shop) -> None:
    first, second, ungraded = shop.graded("SEV-1"), shop.graded("SEV-2"), shop.jira.create_ticket("SUP")
    assert shop.says(first, second, at=TUESDAY) == ("wait", "grade")
    assert shop.says(second, first) == ("wait", "grade")
    assert shop.says(first, ungraded) == ("cannot-tell", "not-graded")
    assert shop.says(first, ungraded, second) == ("wait", "grade")
    assert shop.says(first, first.lower(), first) == ("ship", "grade")


def test_in_hours_somebody_has_to_say_what_is_released(shop: Shop) -> None:
    answer = shop.ask(at=TUESDAY)
    assert (answer.verdict, answer.reason_code) == ("wait", "business-hours")
    assert "no issue is named" in answer.reason
    assert shop.says(at=NIGHT) == ("ship", "open")


@BOTH
def test_a_label_put_on_by_hand_opens_nothing(shop: Shop) -> None:
    key = shop.jira.create_ticket("SUP")
    shop.jira.label(key, "sev-1", by="sam")
    answer = shop.ask(key, at=TUESDAY)
    assert (answer.verdict, answer.reason_code) == ("wait", "hand-put-label")
    assert "sev-1 was put on by hand" in answer.reason
    born = shop.jira.create_ticket("SUP", labels=["SEV-1"], by="sam")
    assert shop.says(born) == ("wait", "hand-put-label")


def test_a_label_put_on_a_lower_grade_opens_nothing(shop: Shop) -> None:
    key = shop.graded("SEV-2")
    shop.jira.label(key, "sev-1", by="erin")
    answer = shop.ask(key, at=TUESDAY)
    assert (answer.verdict, answer.reason_code) == ("wait", "hand-put-label")
    assert answer.issues[0].grade == "SEV-2"


@BOTH
def test_a_label_that_was_taken_off_and_put_on_again_is_no_longer_ours(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.unlabel(key, "sev-1")
    assert shop.says(key, at=TUESDAY) == ("wait", "label-missing")
    shop.jira.label(key, "sev-1", by="sam")
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.says(key) == ("wait", "hand-put-label")


def test_a_label_that_was_put_on_by_hand_before_becomes_ours_by_the_decision(shop: Shop) -> None:
    key = shop.story.ticket("SUP")
    shop.jira.label(key, "sev-1", by="sam")
    shop.clock.forward(minutes=1)
    shop.story.request()
    assert shop.says(key, at=TUESDAY) == ("wait", "hand-put-label")
    shop.story.vote("SEV-1: one", "SEV-1: two")
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.says(key) == ("ship", "grade")


@BOTH
def test_a_record_copied_to_another_ticket_decides_nothing(shop: Shop) -> None:
    key, clone = shop.graded("SEV-1"), shop.jira.create_ticket("SUP")
    shop.jira.set_property(clone, "escalation", shop.jira.issue(key).properties["escalation"], by="sam")
    assert shop.says(clone, at=TUESDAY) == ("cannot-tell", "odd-record")
    shop.jira.label(clone, "sev-1", by="sam")
    shop.seconds.at += REMEMBERED_SECONDS
    assert not shop.ask(clone).allowed
    shop.jira.set_property(clone, "escalation", {"v": 1, "decision": "SEV-1"}, by="sam")
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.says(clone) == ("cannot-tell", "odd-record")


def test_a_record_forged_for_the_very_ticket_needs_our_label(shop: Shop) -> None:
    key, victim = shop.graded("SEV-1"), shop.jira.create_ticket("SUP")
    record = shop.jira.issue(key).properties["escalation"] | {"ticket": shop.jira.issue(victim).id}
    shop.jira.set_property(victim, "escalation", record, by="sam")
    assert shop.says(victim, at=TUESDAY) == ("wait", "label-missing")
    shop.jira.label(victim, "sev-1", by="sam")
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.says(victim) == ("wait", "hand-put-label")


@BOTH
def test_who_may_grade_by_hand_opens_the_gate_as_long_as_they_may(shop: Shop) -> None:
    shop.rules(panel={"authority": [shop.jira.id_of("erin")]})
    shop.story.request("SUP")
    key = shop.story.key
    shop.clock.forward(minutes=1)
    shop.jira.label(key, "sev-1", by="erin")
    shop.story.settle()
    assert shop.story.record["decision"]["how"] == "authority"
    assert shop.says(key, at=TUESDAY) == ("ship", "grade")
    shop.rules(panel={"authority": []})
    assert shop.says(key) == ("wait", "hand-put-label")


@BOTH
def test_jira_unplugged(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.faults.add(faults.refused(times=None))
    answer = shop.ask(key, at=TUESDAY)
    assert (answer.verdict, answer.reason_code) == ("cannot-tell", "jira-unreachable")
    before = len(shop.jira.calls())
    assert shop.says(key, at=NIGHT) == ("ship", "open")
    assert len(shop.jira.calls()) == before


def test_jira_paused_or_refusing_us(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.faults.add(faults.too_many(30, reason=None))
    assert shop.says(key, at=TUESDAY) == ("cannot-tell", "jira-unreachable")
    before = len(shop.jira.calls())
    answer = shop.ask(key)
    assert answer.verdict == "cannot-tell" and "pause" in answer.reason
    assert len(shop.jira.calls()) == before


@BOTH
def test_a_wrong_token_cannot_tell(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.faults.add(faults.broken(401))
    assert shop.says(key, at=TUESDAY) == ("cannot-tell", "jira-unauthorized")


def test_an_answer_that_is_no_jira_cannot_tell(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    odd: list[Any] = [{"id": "1"}, [], "hello", {"id": "1", "key": "SUP-1", "fields": {"labels": 3}}]
    for body in odd:
        shop.jira.faults.add(replace(faults.broken(200), body=body))
        assert shop.says(key, at=TUESDAY)[0] == "cannot-tell", body


@BOTH
def test_unknown_keys_and_tickets_that_may_not_be_read(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    assert shop.says("SUP-999", at=TUESDAY) == ("cannot-tell", "unknown-issue")
    assert shop.says(key, "NOPE-1") == ("cannot-tell", "unknown-issue")
    shop.seconds.at += REMEMBERED_SECONDS
    shop.jira.deny("BROWSE_PROJECTS", "SUP")
    assert shop.says(key) == ("cannot-tell", "unknown-issue")


def test_an_evaluation_is_no_ticket(shop: Shop) -> None:
    shop.graded("SEV-1")
    evaluation = shop.story.evaluation("project-manager").key
    assert shop.says(evaluation, at=TUESDAY)[0] == "cannot-tell"


@BOTH
def test_a_resolved_ticket_still_ships_for_a_day(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.close(key)
    resolved = shop.clock()
    assert shop.ask(key, at=(resolved + timedelta(hours=24)).isoformat()).allowed
    assert shop.says(key, at=(resolved + timedelta(hours=24, seconds=1)).isoformat()) == ("wait", "resolved")


@BOTH
@pytest.mark.parametrize(("hours", "says"), [(23, ("ship", "grade")), (25, ("wait", "reopened"))])
def test_what_was_resolved_for_more_than_a_day_and_opened_again_is_another_trouble(
    shop: Shop, hours: int, says: tuple[str, str]
) -> None:
    key = shop.graded("SEV-1")
    shop.jira.close(key)
    shop.clock.forward(hours=hours)
    shop.jira.reopen(key)
    shop.clock.forward(days=7 - shop.clock().weekday())
    shop.clock.at = shop.clock().replace(hour=11)
    assert shop.says(key, at=None) == says


@BOTH
def test_a_moved_ticket_answers_to_its_old_key(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    new = shop.jira.move(key, "OPS")
    assert shop.says(key, at=TUESDAY) == ("ship", "grade")
    assert shop.says(new, key) == ("ship", "grade")


def test_each_ticket_by_its_own_projects_rules(shop: Shop) -> None:
    shop.rules(projects={"SUP": {}, "OPS": {"business": {"closes": "18:00"}}})
    ops, sup = shop.graded("SEV-2", "OPS"), shop.graded("SEV-2")
    evening = "2026-11-24T19:00-05:00"
    assert shop.says(ops, at=evening) == ("ship", "open")
    assert shop.says(sup) == ("wait", "grade")
    answer = shop.ask(ops, sup)
    assert answer.verdict == "wait" and [issue.verdict for issue in answer.issues] == ["ship", "wait"]
    urgent = shop.graded("SEV-1")
    shop.clock.at = answer.clock.evaluated_at
    both = shop.ask(ops, urgent)
    assert both.allowed and both.closes_at is not None and both.closes_at.isoformat() == "2026-11-25T07:00:00-05:00"
    moved = shop.jira.move(sup, "OPS")
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.says(sup) == shop.says(moved) == ("ship", "open")


def test_a_project_that_is_not_served_cannot_be_told(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.rules(projects={"OPS": {}})
    assert shop.says(key, at=TUESDAY) == ("cannot-tell", "not-served")


def test_a_grade_is_known_by_what_it_may_not_by_its_name(shop: Shop) -> None:
    names = ("Catastrophe", "Trouble")
    shop.rules(
        grades=[
            {"name": name, "label": name.lower(), "definition": name, "timing": "next-business-night"}
            | {"releases_in_business_hours": name == "Catastrophe"}
            for name in names
        ]
    )
    assert shop.says(shop.graded("Catastrophe"), at=TUESDAY) == ("ship", "grade")
    assert shop.says(shop.graded("Trouble"), at=TUESDAY) == ("wait", "grade")


def test_a_grade_that_the_protocol_no_longer_has_cannot_be_told(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    other = {"name": "P1", "label": "p1", "definition": "All is down", "timing": "immediate"}
    shop.rules(grades=[other | {"releases_in_business_hours": True}])
    assert shop.says(key, at=TUESDAY) == ("cannot-tell", "unknown-grade")


def test_in_a_freeze_only_the_gravest_ship(shop: Shop) -> None:
    shop.rules(business={"freezes": ["2026-11-24/2026-11-25"], "extra_windows": []})
    worst, bad = shop.graded("SEV-1"), shop.graded("SEV-2")
    assert shop.says(at=NIGHT) == ("wait", "freeze")
    assert shop.says(worst) == ("ship", "grade")
    assert shop.says(worst, bad) == ("wait", "grade")
    assert shop.ask(bad).to_json()["next_opening"] == "2026-11-26T00:00:00-05:00"


def test_the_whole_release_must_fit_unless_it_is_for_the_gravest(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    early = Question(duration=timedelta(minutes=20))
    shop.clock.at = shop.clock.at.replace(day=24, hour=6, minute=50)
    answer = shop.gate.answer(early, shop.clock())
    assert answer.verdict == "wait" and "would run into 07:00" in answer.reason
    assert shop.gate.answer(replace(early, issues=(key,)), shop.clock()).allowed


def test_a_grade_is_remembered_for_a_minute_and_no_longer(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    assert shop.ask(key, at=TUESDAY).allowed
    before = len(shop.jira.calls())
    shop.seconds.at += REMEMBERED_SECONDS - 0.1
    assert shop.ask(key).allowed
    assert len(shop.jira.calls()) == before
    shop.jira.unlabel(key, "sev-1")
    shop.seconds.at += 0.1
    assert not shop.ask(key).allowed
    assert REMEMBERED_SECONDS <= 60


def test_what_cannot_be_told_is_never_remembered(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    shop.jira.faults.add(faults.unavailable())
    assert shop.says(key, at=TUESDAY)[0] == "cannot-tell"
    assert shop.ask(key).allowed


def test_allowed_is_never_remembered_past_the_end_of_the_night(shop: Shop) -> None:
    key = shop.graded("SEV-2")
    assert shop.ask(key, at="2026-11-25T06:59:59-05:00").allowed
    assert shop.says(key, at="2026-11-25T07:00:00-05:00") == ("wait", "grade")


@BOTH
def test_asking_writes_nothing_and_costs_one_call_a_ticket(shop: Shop) -> None:
    keys = [shop.graded("SEV-1"), shop.graded("SEV-2")]
    before, writes = len(shop.jira.calls()), shop.writes()
    for at in (TUESDAY, NIGHT):
        shop.ask(*keys, at=at)
    assert shop.writes() == writes
    asked = [f"{call.method} {call.path}" for call in shop.jira.calls()[before:]]
    assert len(asked) <= len(keys), asked
    assert shop.kv.keys("*") == []


def test_off_hours_nothing_but_the_clock_is_asked(shop: Shop) -> None:
    gate = Gate(shop.story.protocol, unasked, lambda at: unasked("overrides"))
    shop.ask(at=NIGHT)
    assert gate.answer(Question(("SUP-1",)), shop.clock()).allowed


@BOTH
def test_a_long_history_is_read_to_its_end(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    for number in range(120):
        shop.jira.edit(key, summary=f"again {number}")
    assert shop.says(key, at=TUESDAY) == ("ship", "grade")


@pytest.mark.parametrize("changed", ["SEV-2", "SEV-1"])
def test_a_second_round_replaces_the_first(shop: Shop, changed: str) -> None:
    key = shop.graded("SEV-1")
    shop.clock.forward(minutes=5)
    shop.jira.label(key, "escalation-requested")
    shop.story.settle()
    assert shop.ask(key).allowed, "the standing decision holds until there is another"
    shop.story.vote(*(f"{changed}: again",) * 3, round=2)
    shop.seconds.at += REMEMBERED_SECONDS
    assert shop.ask(key).allowed == (changed == "SEV-1")
