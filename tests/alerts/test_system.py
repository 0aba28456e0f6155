"""The whole product, in its own processes: who carries a pager hears of a SEV-1, though the target was in trouble."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.alerts.conftest import SECRET, Receiver
from tests.system.conftest import System, until

pytestmark = pytest.mark.slow


@pytest.fixture
def system(tmp_path: Path, receiver: Receiver) -> Iterator[System]:
    with Sandbox("cloud") as jira:
        running = System(jira, tmp_path, NOTIFY_URLS=receiver.url, LOG_FORMAT="json", LOG_LEVEL="DEBUG")
        try:
            yield running.start()
        finally:
            running.stop()


def about(key: str, receiver: Receiver) -> list[dict[str, str]]:
    """What was told of that ticket: the clock is the wall's here, and on a Monday the weekly digest comes, too."""
    return [each for each in receiver.got if key in each["title"]]


def test_a_sev_1_is_told_once_and_stands_in_the_report(system: System, receiver: Receiver) -> None:
    receiver.answers = [500]
    key = system.jira.create_ticket("SUP", "A client's own words")
    system.jira.label(key, "escalation-requested")
    system.opened(key)
    system.vote(key, "SEV-1: the panel's own words", "SEV-1: more of them")
    until(lambda: system.decided(key))
    until(lambda: about(key, receiver), seconds=40)
    [told] = about(key, receiver)
    assert told["title"] == f"{key}: graded SEV-1"
    assert f"{system.jira.url}/browse/{key}" in told["message"]
    assert "own words" not in str(receiver.got)
    assert SECRET not in system.log
    assert '"problem": "answered 500"' in system.log
    report = system.command("report")
    assert report.returncode == 0, report.stderr
    assert re.search(rf"{key} +SEV-1 ", report.stdout)
    assert system.command("report", "--html", "report.html").stdout == "written to report.html\n"
    assert (system.folder / "report.html").stat().st_size > 5_000


def test_a_wrong_address_stops_the_start(tmp_path: Path) -> None:
    with Sandbox("cloud") as jira:
        found = System(jira, tmp_path, NOTIFY_URLS=f"nonsense://{SECRET}").command("run")
    assert found.returncode == 2
    assert "NOTIFY_URLS: found an address at place 1 that is not shown" in found.stderr
    assert SECRET not in found.stderr + found.stdout
