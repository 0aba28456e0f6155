"""What the sandbox's page tells of the worker: its calls in words, turn by turn; and where the clock may jump to."""

from datetime import datetime
from typing import Any

import requests

from sandbox import Sandbox
from sandbox.page.clock_jumps import jumps
from sandbox.page.reasoning import Reasoning, Turn
from tests.storytelling import Story

MONDAY_MORNING = datetime.fromisoformat("2026-11-23T10:00:00-05:00")


def turns(jira: Sandbox) -> list[Turn]:
    return Reasoning(jira.state).turns(jira.calls(), jira.deliveries.log)


def test_a_round_told_from_its_calls(jira: Sandbox, story: Story) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow\n\nClient: It is slow.", "SEV-1: down")
    told = [
        step.words for turn in turns(jira) if turn.about == story.key for step in turn.steps if step.kind == "write"
    ]
    opened = [words for words in told if words.startswith("opens 3 evaluations: Project Manager, Client Contact")]
    assert len(opened) == 1
    [edit] = [words for words in told if "puts sev-2 on" in words]
    assert "takes escalation-requested off" in edit and "sets the due date to 2026-11-24" in edit
    assert "(decided: SEV-2 from SEV-2, SEV-2, SEV-1)" in edit
    assert any(words.startswith(f"tells the client on {story.key}") for words in told)
    assert any(words.startswith(f"notes for colleagues on {story.key}") for words in told)
    assert any(words.startswith("closes SUP-") for words in told)


def test_what_is_asked_once_is_no_ticket_s_business(jira: Sandbox, story: Story) -> None:
    story.request()
    learning = [step.words for turn in turns(jira) if turn.about == "set-up" for step in turn.steps]
    assert "asks who it is here" in learning


def test_what_only_asks_and_is_about_no_ticket_is_quiet(jira: Sandbox, story: Story, client: Any) -> None:
    """Sweeps and polls are noise in the story; what is done to a ticket never is."""
    story.request()
    searched = {"cloud": "search/jql", "dc": "search"}[jira.flavour]
    assert client(jira)("POST", searched, {"jql": "labels = escalation-requested"}).status_code == 200
    assert {turn.about for turn in turns(jira) if turn.quiet} == {"set-up", "sweep"}
    assert all(not turn.quiet for turn in turns(jira) if turn.about == story.key)


def test_webhooks_of_people_are_heard_and_our_own_echo_is_not(jira: Sandbox, story: Story) -> None:
    jira.add_webhook("http://127.0.0.1:9/", None)
    story.request()
    heard = {step.words for turn in turns(jira) for step in turn.steps if step.kind == "heard"}
    assert f"hears that Sam Support did something on {story.key}" in heard
    assert not any("Worker" in words for words in heard)


def test_no_text_is_quoted_whole(jira: Sandbox, story: Story) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: " + "long " * 100)
    assert all(len(step.words) < 250 for turn in turns(jira) for step in turn.steps)


def test_the_clock_may_jump_to_where_something_happens() -> None:
    labels = {jump.label: jump.why for jump in jumps(MONDAY_MORNING)}
    assert list(labels) == ["+30 min", "+1 h", "+1 day", "Mon 23 Nov, 21:01 ET", "Tue 24 Nov, 07:01 ET"]
    friday = {jump.label: jump.why for jump in jumps(datetime.fromisoformat("2026-11-27T22:00:00-05:00"))}
    assert friday["Mon 30 Nov, 07:01 ET"] == "business hours begin" and friday["Mon 30 Nov, 21:01 ET"] == "Monday night"


def test_news_come_at_once_and_no_news_after_a_while(jira: Sandbox) -> None:
    ask = lambda seen: requests.get(f"{jira.url}/sandbox/api/news", {"seen": seen}, timeout=5).json()["mark"]  # noqa: E731
    first = ask("")
    jira.create_ticket("SUP", "Broken")
    assert ask(first) != first


def test_a_link_to_an_issue_leads_to_the_page(jira: Sandbox) -> None:
    answer = requests.get(f"{jira.url}/browse/SUP-1", timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/#SUP-1")
