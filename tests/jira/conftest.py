"""A desk on a sandbox of each flavour, without a clock of its own."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.story.conftest import MONDAY, Clock, Story


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(request.param, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def story(jira: Sandbox, clock: Clock) -> Story:
    return Story(jira, clock)
