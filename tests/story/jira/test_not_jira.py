"""What a proxy, a starting node or a suspended site says is not what Jira says (design.md §5.1).

Nothing is taken for gone, nothing is asked or said twice because of it, and a broken answer stops one look, once.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from sandbox import Fault, Sandbox
from sandbox.http import faults
from tests.story.jira.test_crash import VOTES, a_round, calls_of, steadily
from tests.storytelling import MONDAY, SEATS, Clock, Story
from worker.errors import NotOurs, TryAgain
from worker.jira.answers import NotJira

PAGE = b"<html>Your site is currently unavailable.</html>"
OTHERS: tuple[tuple[int, Any], ...] = (
    (404, PAGE), (403, PAGE), (410, PAGE), (404, None), (404, {"message": "no Route matched with those values"}),
    (403, {"error": "blocked by policy"}), (407, PAGE), (451, PAGE), (405, PAGE),
    (200, PAGE), (200, None), (200, []), (200, 17), (200, "ok"), (200, {}), (200, {"status": "ok"}),
    (200, {"issues": None}),
)  # fmt: skip
"""Answers, status and body, that no Jira gives to any call of a round."""
FOURTH = ("SEV-2 broken", "", "")


@pytest.fixture(scope="module", params=["cloud", "dc"])
def site(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, clock=Clock(MONDAY)) as jira:
        yield jira


def disturbed(jira: Sandbox, number: int, status: int, body: Any, how: Any = "answer") -> dict[str, Any]:
    fault = Fault(how, account="bot", skip=number, status=status, body=body)
    found = a_round(jira, "SUP", fault)
    assert fault.hits == 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize("how", ["answer", "answer-after"])
def test_a_round_ends_the_same_whatever_somebody_else_answers_to_one_of_its_calls(site: Sandbox, how: str) -> None:
    undisturbed, count = calls_of(site, "SUP")
    for number, (status, body) in zip(range(2 * count), cycle(OTHERS), strict=False):
        found = disturbed(site, number % count, status, body, how)
        assert found == undisturbed, f"{status} {body!r} to call {number % count + 1}"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 451])
@pytest.mark.parametrize("path", ["/issue/", r"/issue/bulkfetch$|/issue/\d+$", "/rest/"])
def test_a_page_that_stands_for_long_drops_no_ticket(story: Story, status: int, path: str) -> None:
    story.request()
    story.vote(*FOURTH)
    fault = story.jira.faults.add(faults.page(status, path=path, account="bot", times=None))
    story.restart()
    story.clock.forward(minutes=1)
    with pytest.raises(NotJira) as meant:
        story.look()
    assert fault.hits and meant.value.down and not meant.value.unreachable
    assert "not Jira" in str(meant.value)
    story.jira.faults.clear()
    story.settle()
    assert len(story.evaluations()) == 3, "a vote that was cast is asked for again"


@pytest.mark.parametrize("status", [400, 406, 413])
def test_a_text_that_a_firewall_refuses_stops_no_decision(story: Story, status: int) -> None:
    story.request()
    refused = faults.page(status, path=rf"/issue/{story.now.id}/comment$", method="POST", account="bot", times=None)
    story.jira.faults.add(refused)
    story.vote("SEV-2 broken", "SEV-2 too", "SEV-2")
    outcome = story.look()
    assert refused.hits and "sev-2" in story.now.labels
    assert any(str(status) in failure.what for failure in outcome.failures)
    assert not story.to_client()


def test_one_evaluation_behind_a_page_is_not_asked_again(jira: Sandbox, clock: Clock) -> None:
    """On Data Center each evaluation is one call: the others' answers must not stand for all."""
    story = Story(jira, clock)
    story.request()
    story.say("project-manager", "SEV-2 broken")
    voted = story.evaluation("project-manager").id
    jira.faults.add(faults.page(404, path=rf"/issue/({voted}|bulkfetch)$", account="bot"))
    with pytest.raises(TryAgain):
        story.look()
    story.settle()
    assert len(story.evaluations()) == 3


@pytest.mark.parametrize("status", [403, 404])
def test_what_jira_itself_says_is_believed(story: Story, status: int) -> None:
    story.request()
    story.jira.faults.add(faults.broken(status, path=rf"/issue/{story.now.id}$", account="bot", times=None))
    if story.jira.flavour == "cloud":
        story.jira.faults.add(Fault("answer", status=200, body={"issues": []}, path="/bulkfetch$", times=None))
    with pytest.raises(NotOurs):
        story.look()


def test_an_evaluation_that_jira_says_is_gone_is_asked_again_once(story: Story) -> None:
    story.request()
    story.jira.delete(story.evaluation("project-manager").key)
    steadily(story)
    assert len(story.evaluations()) == len(SEATS) == len(VOTES)
