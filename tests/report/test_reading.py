"""What the report reads from Jira, on both flavours, and what it costs."""

from datetime import timedelta

import pytest

from sandbox import Sandbox
from sandbox.http import faults
from tests.report.conftest import History
from tests.storytelling import MONDAY, Clock, Story
from worker.errors import TryAgain
from worker.report.figures import Figures, figures
from worker.report.reading import read

SINCE = MONDAY - timedelta(days=28)


def told(story: Story, clock: Clock) -> Figures:
    facts = read(story.site, story.protocol, SINCE)
    return figures(facts, story.protocol, SINCE, clock())


def test_a_history_in_figures(history: History, clock: Clock) -> None:
    found = told(history.story, clock)
    assert [(row.grade, row.graded, row.kept, row.broken, row.open) for row in found.grades] == [
        ("SEV-1", 1, 0, 1, 0),
        ("SEV-2", 1, 1, 0, 0),
        ("OTHER", 0, 0, 0, 0),
    ]
    assert [row.median for row in found.grades] == [timedelta(minutes=35), timedelta(minutes=33), None]
    assert [each.key for each in found.breaches] == [history.gravest]
    assert [each.key for each in found.graded_open] == [history.gravest]
    assert found.ended == (("withdrawn", (history.withdrawn,)),)
    assert found.unreadable == 0


def test_who_waits_for_whom(history: History, clock: Clock) -> None:
    waiting = told(history.story, clock).waiting
    assert {each.key for each in waiting} == {history.open}
    seats = {"Project Manager": "Petra", "Client Contact": "Sam", "Engineering Manager": "Erin"}
    assert {each.seat for each in waiting} == set(seats)
    assert all(each.person.startswith(seats[each.seat]) for each in waiting)
    assert {clock() - each.since for each in waiting} == {timedelta(minutes=20)}


def test_only_the_projects_served(history: History, clock: Clock) -> None:
    history.story.rules(projects=["OPS"])
    found = told(history.story, clock)
    assert (found.total.graded, found.waiting) == (0, ())


def test_what_may_not_be_read_is_left_out_and_counted(history: History, jira: Sandbox, clock: Clock) -> None:
    gone = jira.issue(history.withdrawn).id
    jira.faults.add(faults.broken(404, path=rf"/issue/{gone}$", times=9))
    found = told(history.story, clock)
    assert (found.ended, found.unreadable) == ((), 1)


def test_jira_away_is_no_report(history: History, jira: Sandbox, clock: Clock) -> None:
    jira.faults.add(faults.Fault("answer", status=503, headers={"Retry-After": "60"}, times=None))
    with pytest.raises(TryAgain):
        told(history.story, clock)


def test_nothing_is_written_and_cloud_reads_many_at_once(history: History, jira: Sandbox, clock: Clock) -> None:
    before = len(jira.calls())
    told(history.story, clock)
    calls = jira.calls()[before:]
    assert {call.method for call in calls if not call.path.endswith(("search/jql", "search", "bulkfetch"))} <= {"GET"}
    if jira.flavour == "cloud":
        assert len(calls) <= 9, "half of them what a first look asks, at the ticket whose panel is being asked"


def test_progress_is_told(history: History) -> None:
    seen: list[tuple[int, int]] = []
    read(history.story.site, history.story.protocol, SINCE, lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] > 0
