"""A small history on a sandbox: what was graded, broken, withdrawn, and what is open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from sandbox import Sandbox
from tests.storytelling import MONDAY, Clock, Story


@dataclass(frozen=True)
class History:
    """The tickets of the history, and whoever tells of them: Monday to Wednesday, 2026-11-23 to 25."""

    story: Story
    graded: str
    gravest: str
    withdrawn: str
    open: str


@pytest.fixture(scope="session")
def clock() -> Clock:
    """One clock for all who read the same history; nobody moves it."""
    return Clock(MONDAY)


@pytest.fixture(scope="session", params=["cloud", "dc"])
def _site(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    clock.at = MONDAY
    with Sandbox(request.param, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def jira(_site: Sandbox) -> Iterator[Sandbox]:
    """The sandbox with the history, whose faults end with the test."""
    yield _site
    _site.faults.clear()


@pytest.fixture(scope="session")
def _history(_site: Sandbox, clock: Clock) -> History:
    return tell(_site, clock)


@pytest.fixture
def history(_history: History, jira: Sandbox, clock: Clock) -> History:
    """The same history for every test, as only reading is tested; whoever tells of it is new."""
    return replace(_history, story=Story(jira, clock))


def tell(jira: Sandbox, clock: Clock) -> History:
    """Graded SEV-2 on Monday and resolved on Tuesday; SEV-1 on Monday and still open; a request withdrawn; one open."""

    def asked() -> Story:
        story = Story(jira, clock)
        story.request()
        return story

    first, second, third = asked(), asked(), asked()
    clock.forward(minutes=30)
    first.vote("SEV-2: one", "SEV-2: two", "SEV-2: three")
    second.vote("SEV-1: one", "SEV-1: two", "")
    jira.unlabel(third.key, "escalation-requested")
    third.settle()
    clock.forward(days=1)
    jira.close(first.key)
    first.settle()
    clock.forward(days=1)
    last = asked()
    clock.forward(minutes=20)
    jira.reindex()
    return History(last, first.key, second.key, third.key, last.key)
