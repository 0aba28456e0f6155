"""`escalation webhook rule`: what to enter, and the first request seen; and what doctor then says of it."""

import threading
import time
from collections.abc import Callable

import pytest

from sandbox import Sandbox
from tests.webhooks.conftest import SECRET, Operator
from worker.commands.webhook import rule


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "BEAT", 0.02)
    monkeypatch.setattr(rule.wait, "__kwdefaults__", {**rule.wait.__kwdefaults__, "patience": 2.0})


def soon(what: Callable[[], object]) -> threading.Thread:
    def after_a_moment() -> None:
        for _ in range(8):  # whenever the command has begun to wait
            time.sleep(0.2)
            what()

    thread = threading.Thread(target=after_a_moment)
    thread.start()
    return thread


def test_what_to_enter_is_said_and_a_first_request_seen(operator: Operator, jira: Sandbox, intake: str) -> None:
    made = jira.add_rule(f"{intake}/webhooks/automation", SECRET)
    key = jira.create_ticket("SUP", "Broken")
    thread = soon(lambda: jira.run_rule(made, key))
    said = operator("webhook", "rule", "--url", intake)
    thread.join()
    assert said.code == 0
    assert f"{intake}/webhooks/automation" in said.out
    assert 'labels in ("escalation-requested", "escalation-evaluation")' in said.out
    assert jira.user("bot").id(jira.flavour) in said.out
    assert ("accountId" in said.out) == (jira.flavour == "cloud")
    assert "Authorization: Bearer SECRET" in said.out
    assert "verified: the rule's request arrived" in said.out
    told = operator("doctor").out
    assert "a rule of Jira Automation tells of changes" in told
    assert "no webhook, and none is needed" in told


def test_a_wrong_header_is_seen_too(operator: Operator, jira: Sandbox, intake: str) -> None:
    made = jira.add_rule(f"{intake}/webhooks/automation", "another secret")
    key = jira.create_ticket("SUP", "Broken")
    thread = soon(lambda: jira.run_rule(made, key))
    said = operator("webhook", "rule", "--url", intake)
    thread.join()
    assert "refused" in said.err and "401" in said.err


def test_nothing_is_written_to_jira(operator: Operator, jira: Sandbox, intake: str) -> None:
    operator("webhook", "rule", "--url", intake)
    assert not [call for call in jira.calls() if call.write]
