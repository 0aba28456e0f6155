"""The gate, asked by strangers: a question costs a handful of calls, nonsense is remembered, all of them together have
a budget, and nobody else pays for it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import redis

from tests.release.conftest import BOTH, MONDAY, Shop, Ticking
from worker.escalation.release.override import Override
from worker.escalation.release.verdict import Judged
from worker.queue.retry_after import Heeded, Pauses
from worker.release.grades import HANDFUL, Budget, Grades
from worker.release.overrides import Overrides
from worker.release.question import Question

TUESDAY = "2026-11-24T10:00:00-05:00"


def calls(shop: Shop, keys: Sequence[str]) -> int:
    before = len(shop.jira.calls())
    shop.ask(*keys, at=TUESDAY)
    return len(shop.jira.calls()) - before


@BOTH
@pytest.mark.parametrize("many", [5, 17, 50])
def test_one_question_costs_a_handful_of_calls(shop: Shop, many: int) -> None:
    shop.ask("SUP-1", at=TUESDAY)  # whose Jira it is is asked once
    keys = [shop.jira.create_ticket("SUP") for _ in range(many)]
    assert calls(shop, keys) <= HANDFUL + 1
    assert calls(shop, [f"SUP-{9_000 + n}" for n in range(many)]) <= HANDFUL + 1, "unknown ones"


@BOTH
def test_what_is_unknown_is_remembered_for_a_while(shop: Shop) -> None:
    assert shop.says("SUP-9999", at=TUESDAY) == ("cannot-tell", "unknown-issue")
    assert calls(shop, ["SUP-9999"]) == 0
    shop.seconds.at += 61
    assert calls(shop, ["SUP-9999"]) > 0


def test_nonsense_pushes_out_nothing_that_is_known(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    assert shop.says(key, at=TUESDAY) == ("ship", "grade")
    grades = shop.gate.known.__self__  # type: ignore[attr-defined]
    for n in range(3_000):
        grades._unknown.put(f"SUP-{n}", Judged(f"SUP-{n}", "cannot-tell", "unknown-issue", ""), shop.seconds())
    assert calls(shop, [key]) == 0


@BOTH
def test_a_bundle_of_the_gravest_still_ships(shop: Shop) -> None:
    keys = [shop.graded("SEV-1") for _ in range(HANDFUL + 2)]
    assert shop.says(*keys, at=TUESDAY) == ("ship", "grade")
    other = shop.jira.create_ticket("SUP")
    answer = shop.ask(*keys, other)
    assert not answer.allowed and [each.key for each in answer.issues] == [*keys, other]


def test_all_strangers_together_have_a_budget(shop: Shop) -> None:
    ticking = Ticking()
    grades = Grades(shop.story.site, shop.story.protocol, ticking, Budget(6, 60, ticking))
    codes = [known.reason_code for n in range(20) if isinstance(known := grades.of([f"SUP-{7_000 + n}"])[0], Judged)]
    assert codes.count("unknown-issue") == 6 and codes.count("asked-too-often") == 14
    ticking.at += 10
    assert getattr(grades.of(["SUP-8888"])[0], "reason_code", "") == "unknown-issue", "one more every ten seconds"


def test_a_jira_that_does_not_answer_is_left_alone_for_a_moment(shop: Shop) -> None:
    shop.ask("SUP-1", at=TUESDAY)
    shop.jira.stop()
    ticking = Ticking()
    grades = Grades(shop.story.site, shop.story.protocol, ticking)
    assert getattr(grades.of(["SUP-5"])[0], "reason_code", "") == "jira-unreachable"
    began = time.monotonic()
    for n in range(50):
        assert getattr(grades.of([f"SUP-{n + 10}"])[0], "reason_code", "") == "jira-unreachable"
    assert time.monotonic() - began < 5


def test_no_worker_rests_because_a_stranger_asked(shop: Shop, kv: redis.Redis) -> None:
    """The gate keeps the pauses that workers were asked for; its own it keeps to itself."""
    shared = Pauses(kv)
    heeded = Heeded(shared)
    heeded.pause("site", 30, "429")
    assert shared.remaining(["site"]) == 0
    shared.pause("site", 30)
    assert heeded.remaining(["site"]) > 25


@BOTH
def test_a_rehearsal_asks_nothing_of_jira(shop: Shop) -> None:
    key = shop.graded("SEV-1")
    grades = Grades(shop.story.site, shop.story.protocol, shop.seconds)
    gate = replace(shop.gate, known=grades.of, rehearsed=grades.remembered)
    at = datetime.fromisoformat(TUESDAY)
    before = len(shop.jira.calls())
    answer = gate.answer(Question((key,), at=at), shop.clock())
    assert len(shop.jira.calls()) == before
    assert (answer.verdict, answer.issues[0].reason_code) == ("cannot-tell", "not-looked-at")
    grades.of([key])
    assert gate.answer(Question((key,), at=at), shop.clock()).allowed, "what is remembered is told"


def test_an_override_that_is_not_in_force_was_not_granted(kv: redis.Redis) -> None:
    """Such as one that a clock which went wrong has dated ahead: the same request, asked again, is granted anew."""
    overrides = Overrides(kv)
    ahead = MONDAY + timedelta(hours=5)
    early = Override("one", ("SUP-1",), "why", "who", ahead, ahead + timedelta(hours=1))
    assert overrides.keep(early) is None
    now = Override("one", ("SUP-1",), "why", "who", MONDAY, MONDAY + timedelta(hours=1))
    assert overrides.keep(now) is None
    assert overrides.listed(MONDAY + timedelta(minutes=1)) == (now,)
    again = Override("one", ("SUP-1",), "why", "who", MONDAY + timedelta(minutes=2), MONDAY + timedelta(hours=2))
    assert overrides.keep(again) == now, "and one that holds is not granted twice"
