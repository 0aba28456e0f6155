"""The weekly digest: once, on Monday morning, in counts, keys and seats."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from structlog.testing import LogCapture

from config.settings import Settings
from sandbox import Sandbox
from sandbox.http import faults
from tests.report.conftest import History
from tests.storytelling import Clock
from worker.errors import TryAgain
from worker.escalation.plan.alert import Alert
from worker.look.context import Context
from worker.look.failures import Failures
from worker.queue import queues
from worker.report import weekly_digest

NEXT_MONDAY = datetime.fromisoformat("2026-11-30T09:00-05:00")


@dataclass
class Reader:
    """Whoever the digest is told to, and what the log has of it."""

    context: Context
    log: list[Any]
    alerts: list[Alert] = field(default_factory=list)

    def at(self, now: datetime) -> list[Alert]:
        """What is new to read at that instant."""
        before = len(self.alerts)
        weekly_digest.weekly(self.context, now, self.alerts.extend)
        return self.alerts[before:]


@pytest.fixture
def reader(history: History, kv: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Reader:
    capture = LogCapture()
    monkeypatch.setattr(weekly_digest, "log", structlog.wrap_logger(None, processors=[capture]))
    story, settings = history.story, Settings(protocol_file=Path("unused"))
    return Reader(
        Context(settings, story.protocol, kv, queues.tickets(kv), Failures(kv), story.reconciler), capture.entries
    )


def test_it_is_told_once_on_monday_from_nine_on(reader: Reader) -> None:
    assert reader.at(NEXT_MONDAY - timedelta(seconds=1)) == []
    [told] = reader.at(NEXT_MONDAY)
    assert (told.kind, told.key, told.ticket) == ("digest", "digest 2026-W49", "")
    for hours in (0, 1, 23, 24, 100):
        assert reader.at(NEXT_MONDAY + timedelta(hours=hours)) == []
    assert [each.key for each in reader.at(NEXT_MONDAY + timedelta(days=7))] == ["digest 2026-W50"]


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
def test_redis_wiped_repeats_it_on_that_day_at_most(reader: Reader, kv: redis.Redis) -> None:
    assert len(reader.at(NEXT_MONDAY)) == 1
    kv.flushall()
    assert len(reader.at(NEXT_MONDAY + timedelta(hours=23, minutes=59))) == 1
    kv.flushall()
    assert reader.at(NEXT_MONDAY + timedelta(hours=24)) == []


def test_what_it_says(reader: Reader, history: History) -> None:
    [told] = reader.at(NEXT_MONDAY)
    lines = told.words.splitlines()
    assert lines[:3] == [
        "2026-11-23 to 2026-11-30: 2 graded, median time to grade 34 min.",
        "Promises: 1 kept, 1 broken, 0 open.",
        f"Broken: {history.gravest}.",
    ]
    assert lines[-2] == f"Waiting: {history.open} for Client Contact, Engineering Manager, Project Manager (4 d 22 h)."
    assert lines[-1].startswith(f"Graded and open: 1, oldest first {history.gravest} (SEV-1, ")


def test_the_log_has_counts_and_keys(reader: Reader, history: History) -> None:
    reader.at(NEXT_MONDAY)
    sections = {line["section"]: line for line in reader.log}
    assert {line["event"] for line in reader.log} == {"digest"}
    assert (sections["promises"]["kept"], sections["promises"]["broken"]) == (1, 1)
    assert (sections["waiting"]["count"], sections["waiting"]["tickets"]) == (1, history.open)
    assert sections["ended without a grade"]["tickets"] == history.withdrawn


def test_it_names_no_person_and_writes_nothing(reader: Reader, history: History, jira: Sandbox) -> None:
    before = len(jira.calls())
    [told] = reader.at(NEXT_MONDAY)
    everything = told.words + str(reader.log)
    people = [jira.user(nick) for nick in ("petra", "sam", "erin")]
    shown = [each.display_name for each in people] + [each.account_id for each in people]
    assert [name for name in shown if name in everything] == []
    reads = ("search", "bulkfetch")
    assert all(call.method == "GET" or any(read in call.path for read in reads) for call in jira.calls()[before:])


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
def test_jira_away_puts_it_off(reader: Reader, jira: Sandbox) -> None:
    away = faults.Fault("answer", status=503, headers={"Retry-After": "0"}, times=None)
    jira.faults.add(away)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("worker.jira.search.PAUSES", ())
        with pytest.raises(TryAgain):
            reader.at(NEXT_MONDAY)
    away.times = 0
    assert len(reader.at(NEXT_MONDAY + timedelta(minutes=5))) == 1


@pytest.mark.parametrize("_site", ["cloud"], indirect=True)
def test_when_the_clocks_change_it_is_still_nine_on_the_clock(reader: Reader, clock: Clock) -> None:
    assert weekly_digest.due_at(
        reader.context, datetime.fromisoformat("2027-03-15T12:00-04:00")
    ) == datetime.fromisoformat("2027-03-15T09:00-04:00")
    assert weekly_digest.due_at(
        reader.context, datetime.fromisoformat("2027-01-03T23:59-05:00")
    ) == datetime.fromisoformat("2026-12-28T09:00-05:00")
