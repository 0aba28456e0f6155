"""Jira asks to be left alone: no worker asks for what is paused before the time is over, and no step is lost.

Two workers and several tickets that all want a look; one call is answered with 429 or 503. What was asked when is seen
by Jira's own door, on the machine's clock.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox import Fault
from sandbox.http import faults
from sandbox.http.call_log import Record
from tests.faults.places import rounds
from tests.faults.places.house import House, house
from worker.queue.retry_after import Pauses

ON_THE_WAY = 0.3
"""Seconds in which a call may arrive that was sent before anybody could know of the pause."""
QUOTA, BURST, ISSUE = "jira-quota-tenant-based", "jira-burst-based", "jira-per-issue-on-write"
OPENING = {"method": "POST", "path": r"/issue/bulk$"}


@dataclass(slots=True)
class Watch(Fault):
    """A fault that never strikes: it only sees every call as it comes in."""

    seen: list[tuple[float, Record]] = field(default_factory=list)

    def wants(self, record: Record) -> bool:
        if record.account == "bot":
            self.seen.append((time.monotonic(), record))
        return False

    @property
    def struck(self) -> tuple[float, Record]:
        """When the first call was hit by another fault, and which one."""
        return next((at, record) for at, record in self.seen if record.fault)

    def inside(self, seconds: float, paused: Callable[[Record], bool]) -> list[str]:
        """Calls of what was paused that came in before so many seconds were over."""
        began, first = self.struck
        return [
            f"{record.method} {record.path} after {at - began:.2f} s"
            for at, record in self.seen
            if record is not first and began + ON_THE_WAY < at < began + seconds - 0.05 and paused(record)
        ]


def requests_that_meet(place: House, fault: Fault) -> tuple[Watch, list[str]]:
    """Two workers get three requests at once, and one call is hit; more requests follow."""
    place.patience = 25
    place.begin()
    place.start()
    watch = Watch("slow")
    place.jira.faults.rules[:] = [watch, fault]
    keys = [place.jira.create_ticket("SUP", f"Report {n}", labels=["escalation-requested"]) for n in range(3)]
    for key in keys:
        place.hint(place.jira.issue(key).id)
    place.until(lambda: fault.hits)
    return watch, [*keys, *more_tickets(place)]


def more_tickets(place: House, seconds: float = 1.4) -> Iterator[str]:
    """While Jira wants to be left alone, people go on asking."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = place.jira.create_ticket("SUP", "One more", labels=["escalation-requested"])
        place.hint(place.jira.issue(key).id)
        yield key
        time.sleep(0.2)


def all_opened(place: House, keys: list[str]) -> None:
    """Waits until every round has its three evaluations, and all is quiet."""
    for key in keys:
        place.until(lambda key=key: len(rounds.evaluations(place, key)) == 3)
        place.settled(place.jira.issue(key).id)
        assert len(place.jira.issue(key).subtasks) == 3


def everything(record: Record) -> bool:
    return True


@pytest.fixture(scope="module", params=["cloud", "dc"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(request.param, tmp_path_factory.mktemp("house")) as built:
        yield built


def soon(seconds: float) -> datetime:
    """An instant that a date in a header, which has no fractions, can say."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


AFTER = {
    "seconds": (lambda: 2, 2.0),
    "a date": (lambda: soon(6), 0.0),
    "nothing": (lambda: None, 3.0),
    "a negative number": (lambda: -5, 3.0),
    "a date long past": (lambda: "Sun, 06 Nov 1994 08:49:37 GMT", 3.0),
    "words": (lambda: "soon", 3.0),
}


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("says", AFTER)
def test_a_quota_stops_everything_for_as_long_as_jira_says(place: House, says: str) -> None:
    after, least = AFTER[says]
    wish = after()
    watch, keys = requests_that_meet(place, faults.too_many(wish, QUOTA, account="bot", **OPENING))
    if isinstance(wish, datetime):
        least = (wish - datetime.now(UTC)).total_seconds() + time.monotonic() - watch.struck[0]
    all_opened(place, keys)
    assert watch.inside(least, everything) == []
    print(f"\n{place.jira.flavour}, Retry-After is {says}: {len(watch.seen)} calls, none within {least:.1f} s")


@pytest.mark.slow
@pytest.mark.parametrize("spelt", ["epoch", "ISO date"])
def test_the_end_of_a_quota_may_be_said_as_an_instant(place: House, spelt: str) -> None:
    end = soon(5)
    reset = int(end.timestamp()) if spelt == "epoch" else end.isoformat()
    fault = faults.too_many(None, QUOTA, reset=reset, account="bot", **OPENING)
    watch, keys = requests_that_meet(place, fault)
    least = (end - datetime.now(UTC)).total_seconds() + time.monotonic() - watch.struck[0]
    all_opened(place, keys)
    assert watch.inside(least, everything) == []


@pytest.mark.slow
def test_a_503_with_retry_after_stops_everything(place: House) -> None:
    watch, keys = requests_that_meet(place, faults.unavailable(2, account="bot", **OPENING))
    all_opened(place, keys)
    assert watch.inside(2, everything) == []


@pytest.mark.slow
def test_a_burst_stops_that_endpoint_alone(place: House) -> None:
    watch, keys = requests_that_meet(place, faults.too_many(2, BURST, account="bot", **OPENING))
    all_opened(place, keys)
    struck = watch.struck[1]
    assert watch.inside(2, lambda record: record.path == struck.path and record.method == struck.method) == []


@pytest.mark.slow
def test_one_issues_write_limit_holds_up_no_other(place: House) -> None:
    watch, keys = requests_that_meet(place, faults.too_many(6, ISSUE, account="bot", **OPENING))
    ticket = _parent(watch.struck[1])
    others = [key for key in keys if place.jira.issue(key).id != ticket]
    all_opened(place, others)
    [held] = set(keys) - set(others)
    assert not rounds.evaluations(place, held), "the others had to wait as long as this one"
    all_opened(place, keys)
    assert watch.inside(6, lambda record: record.write and ticket in (_parent(record), _named(record))) == []


@pytest.mark.slow
def test_an_absurdly_long_wish_is_kept_for_an_hour_at_most(place: House) -> None:
    watch, keys = requests_that_meet(place, faults.too_many(10**9, QUOTA, account="bot", **OPENING))
    time.sleep(3)
    assert watch.inside(3, everything) == []
    pauses = Pauses(place.kv)
    assert 3_500 < pauses.remaining(["site"]) <= 3_600
    place.kv.delete("pause:site")  # the hour is over
    place.kill()
    for key in keys:
        place.kv.zadd("tickets:wait", {place.jira.issue(key).id: 0}, xx=True)
    place.start()
    all_opened(place, keys)


@pytest.mark.slow
def test_the_write_limit_of_one_issue_as_jira_keeps_it(place: House) -> None:
    """Somebody else writes to the ticket until Jira has had enough; our step comes later, and comes once."""
    place.begin()
    key = place.jira.create_ticket("SUP", "Report", labels=["escalation-requested"])
    place.hint(place.jira.issue(key).id)
    all_opened(place, [key])
    for seat, nick in rounds.SEATS.items():
        place.jira.comment(rounds.evaluations(place, key)[seat].key, "SEV-2: broken", by=nick)
    watch = Watch("slow")
    place.jira.faults.rules[:] = [watch]
    place.jira.faults.write_limit = True
    place.jira.faults._writes[place.jira.issue(key).id] = deque([time.monotonic() + 0.5] * 20, maxlen=100)
    place.hint(place.jira.issue(key).id)
    place.settled(place.jira.issue(key).id)
    place.jira.faults.clear()
    assert watch.inside(2, lambda record: record.write and place.jira.issue(key).id == _named(record)) == []
    assert place.jira.issue(key).labels == ("sev-2",) and rounds.answers(place, key) == 1


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", ["forgets pauses", "keeps pauses to itself"])
def test_it_turns_red_when_a_guarantee_is_broken(sabotage: str, tmp_path: Path) -> None:
    with house("cloud", tmp_path, sabotage) as place:
        watch, _ = requests_that_meet(
            place, faults.too_many(3, QUOTA, account="bot", method="POST", path="/bulkfetch$")
        )
        time.sleep(3)
        assert watch.inside(3, everything)


def _named(record: Record) -> str:
    """The issue that a call names in its path."""
    found = re.search(r"/issue/(\d+)", record.path)
    return found[1] if found else ""


def _parent(record: Record) -> str:
    """The ticket under which a call opens evaluations."""
    body: Any = record.body if isinstance(record.body, dict) else {}
    return next((str(one["fields"]["parent"]["id"]) for one in body.get("issueUpdates") or ()), "")
