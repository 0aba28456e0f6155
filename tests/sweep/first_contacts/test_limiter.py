"""Forty old labelled tickets at the first start: nothing is written, one line says what to do, and `adopt` does it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis
import structlog
from structlog.testing import capture_logs

from config.settings import Settings
from sandbox import Sandbox
from tests.storytelling import MONDAY, Clock, Story
from tests.sweep.conftest import NOW, built, due
from worker.commands import adopt
from worker.escalation.plan.alert import Alert
from worker.look.context import Context
from worker.sweep import adoption, sweep
from worker.sweep.result import HELD

OLD, NEW = MONDAY - timedelta(days=60), MONDAY - timedelta(days=2)
SINCE = "2026-11-20"


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def requests(jira: Sandbox, clock: Clock) -> dict[str, list[str]]:
    """Thirty-seven requests of September, three of Saturday."""
    made: dict[str, list[str]] = {}
    for name, at, many in (("old", OLD, 37), ("new", NEW, 3)):
        clock.at = at
        made[name] = [jira.create_ticket("OPS") for _ in range(many)]
        for key in made[name]:
            jira.label(key, "escalation-requested")
    clock.at = MONDAY
    for key in made["old"][:5]:
        jira.comment(key, "Is anybody there?")  # changed today, asked for in September
    jira.reindex()
    return made


def everything(jira: Sandbox) -> list[object]:
    return [(ticket.key, ticket.labels, ticket.properties, len(ticket.comments)) for ticket in jira.tickets()]


def dump(kv: redis.Redis) -> dict[str, object]:
    """Everything in Redis, by key."""
    read = {"string": kv.get, "hash": kv.hgetall, "set": kv.smembers, "zset": lambda key: kv.zrange(key, 0, -1)}
    return {str(key): read.get(str(kv.type(key)), kv.type)(key) for key in sorted(kv.scan_iter())}


def test_nothing_is_written_and_one_line_says_what_to_do(
    jira: Sandbox, clock: Clock, kv: redis.Redis, requests: dict[str, list[str]], told: list[Alert]
) -> None:
    context = built(jira, clock, kv, tell=told.extend)
    before = everything(jira)
    with capture_logs() as lines:
        first = sweep.sweep(context, NOW)
        sweep.sweep(context, NOW + timedelta(minutes=5))
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert line["held"] == 40 and "escalation adopt --since" in line["mend"]
    assert [alert.kind for alert in told] == ["operator"] and "escalation adopt --since" in told[0].words
    assert (first.due, first.held_back, len(first.held)) == ({}, 40, 40)
    assert everything(jira) == before and context.queue.sizes()["dirty"] == 0
    assert kv.get(HELD) == "40"


def test_it_is_settled_by_a_higher_limit(
    jira: Sandbox, clock: Clock, kv: redis.Redis, requests: dict[str, list[str]]
) -> None:
    assert due(built(jira, clock, kv)) == set()
    assert len(due(built(jira, clock, kv, limit=40))) == 40
    assert not kv.exists(HELD)


def test_adopting_takes_on_the_new_ones_and_sets_the_old_ones_aside(
    jira: Sandbox, clock: Clock, kv: redis.Redis, settings: Settings, requests: dict[str, list[str]], *,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    context = built(jira, clock, kv)
    sweep.sweep(context, NOW)
    before, memory = everything(jira), dump(kv)
    adopt.adopt(settings, SINCE, dry_run=True)
    planned = capsys.readouterr().out
    assert (everything(jira), dump(kv)) == (before, memory), "a dry run writes nothing"
    assert planned.splitlines()[-1] == "dry run: 3 taken on, 37 set aside"
    assert all(f"{key}: would be taken on (requested Sat 2026-11-21 10:00 ET)" in planned for key in requests["new"])

    adopt.adopt(settings, SINCE, dry_run=False)
    assert capsys.readouterr().out.splitlines()[-1] == "3 taken on, 37 set aside"
    assert not kv.exists(HELD), "at once"
    assert context.queue.sizes()["dirty"] == 3
    assert all(not jira.issue(key).comments for key in requests["old"][5:])
    assert due(context) == set(requests["new"])
    adopt.adopt(settings, SINCE, dry_run=False)
    assert capsys.readouterr().out.splitlines()[-1] == "3 taken on, 0 set aside", "again does no harm"


def test_what_was_set_aside_rests_until_the_label_is_put_on_again(
    jira: Sandbox, clock: Clock, kv: redis.Redis, settings: Settings, requests: dict[str, list[str]]
) -> None:
    adopt.adopt(settings, SINCE, dry_run=False)
    context, key, other = built(jira, clock, kv), *requests["old"][:2]
    story = Story(jira, clock)
    story.key = key
    assert story.settle().plan.empty and not story.evaluations()
    clock.forward(minutes=1)
    jira.comment(other, "Hello?")
    jira.reindex()
    assert other in due(context) and other not in due(context), "a change is looked at once"
    clock.forward(minutes=1)
    jira.unlabel(key, "escalation-requested")
    jira.label(key, "escalation-requested")
    jira.reindex()
    assert key in due(context)
    story.settle()
    assert len(story.evaluations()) == 3


def test_an_earlier_date_takes_on_what_was_set_aside(
    jira: Sandbox, clock: Clock, kv: redis.Redis, settings: Settings, requests: dict[str, list[str]], *,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    adopt.adopt(settings, SINCE, dry_run=False)
    adopt.adopt(settings, "2026-09-01", dry_run=False)
    assert capsys.readouterr().out.splitlines()[-1] == "40 taken on, 0 set aside"
    context = built(jira, clock, kv)
    assert due(context) == {*requests["old"], *requests["new"]}
    story = Story(jira, clock)
    story.key = requests["old"][0]
    story.settle()
    assert len(story.evaluations()) == 3


def test_after_a_wipe_what_was_set_aside_is_not_taken_for_new(
    jira: Sandbox, clock: Clock, kv: redis.Redis, settings: Settings, requests: dict[str, list[str]]
) -> None:
    adopt.adopt(settings, "2026-11-23", dry_run=False)
    kv.flushall()
    context = built(jira, clock, kv)
    swept = sweep.sweep(context, NOW)
    assert (len(swept.due), swept.held_back) == (40, 0), "each is looked at once, and is known again"
    assert due(context) == set()


def test_a_round_that_has_begun_is_none_of_it(
    jira: Sandbox, clock: Clock, kv: redis.Redis, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.at = OLD
    story = Story(jira, clock)
    story.request("OPS")
    clock.at = MONDAY
    jira.reindex()
    adopt.adopt(settings, SINCE, dry_run=False)
    assert capsys.readouterr().out.splitlines()[-1] == "0 taken on, 0 set aside"
    assert "standing" not in story.record


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "20261123", "2026-11-23T09:00", "", "23.11.2026"])
def test_a_date_that_is_none(jira: Sandbox, settings: Settings, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        adopt.adopt(settings, since, dry_run=False)
    assert end.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"--since: found '{since}', expected a date")


def test_the_dates_that_are_some(context: Context) -> None:
    assert adopt.instant("2026-07-01", context.protocol) == datetime.fromisoformat("2026-07-01T00:00-04:00")
    assert adopt.instant("2026-07-01T08:00:00Z", context.protocol) == datetime.fromisoformat("2026-07-01T08:00Z")


def test_one_that_cannot_be_set_aside_is_named_and_the_rest_goes_on(
    jira: Sandbox, clock: Clock, kv: redis.Redis, requests: dict[str, list[str]]
) -> None:
    jira.deny("EDIT_ISSUES", "OPS")
    context = built(jira, clock, kv)
    found = adoption.candidates(context)
    sorted_out = adoption.sort(adoption.read(context, found), NEW, lambda id: False)
    adoption.adopt(context, sorted_out, NOW)
    assert len(sorted_out.taken_on) == 3
    assert set(sorted_out.cannot) == set(requests["old"])
    assert kv.get(HELD) == "37", "they are still held back"
