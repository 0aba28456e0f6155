"""A round through everything: webhooks, queue, a real worker; and the promises about starting and ending."""

import time
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.system.conftest import System, until


def test_from_the_label_to_the_answer(system: System) -> None:
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails")
    jira.label(key, "escalation-requested")
    system.opened(key)
    system.vote(key, "SEV-1: all down", "SEV-2: some\n\nClient: It is slow.", "SEV-2: slow")
    until(lambda: system.decided(key))
    [answer] = system.told(key)
    assert "SEV-2" in answer and "It is slow." in answer
    assert jira.issue(key).labels == ("sev-2",)
    ready = system.get("/readyz")
    assert ready.status_code == 200, ready.text
    assert system.get("/healthz").status_code == 200


@pytest.mark.slow
def test_our_own_echoes_cost_no_call(jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, SWEEP_SECONDS="300").start()
    until(lambda: system.get("/readyz").status_code == 200)  # from then on it knows its own echoes
    try:
        _a_round_without_waste(system)
    finally:
        system.stop()


def _a_round_without_waste(system: System) -> None:
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    until(lambda: "escalation" in jira.issue(key).properties)  # the last thing that the look writes
    jira.drain()
    before = len(jira.calls())
    time.sleep(1)
    echoed = [call.path for call in jira.calls()[before:] if "/project" not in call.path]  # a start still learns those
    assert not echoed, "the echo of our own sub-tasks was looked at"
    system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
    until(lambda: system.decided(key))
    jira.drain()
    after = [f"{call.method} {call.path}" for call in jira.calls()[before:]]
    assert len(after) <= (11 if jira.flavour == "cloud" else 21), after


@pytest.mark.slow
def test_a_label_put_on_while_we_were_down(jira: Sandbox, tmp_path: Path) -> None:
    key = jira.create_ticket("OPS", "Export fails", labels=["Escalation-Requested"])
    running = System(jira, tmp_path).start()
    try:
        running.opened(key)
    finally:
        assert running.stop() < 10


@pytest.mark.slow
def test_power_loss_in_mid_round(system: System) -> None:
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    system.kill()
    system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
    system.start()
    until(lambda: system.decided(key))
    assert len(system.told(key)) == 1
    assert len(jira.issue(key).subtasks) == 3


@pytest.mark.slow
def test_commands_beside_a_running_system(system: System) -> None:
    jira = system.jira
    jira.hide_field("duedate", "SUP")
    key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
    until(lambda: system.decided(key))
    listed = until(lambda: (found := system.command("failures", "list")).stdout.startswith(key) and found)
    assert "due date" in listed.stdout and "Schedule Issues" in listed.stdout
    jira.show_field("duedate", "SUP")
    assert system.command("failures", "retry", key).returncode == 0
    until(lambda: jira.issue(key).duedate)
    assert until(lambda: "no failures" in system.command("failures", "list").stdout)
    settled = system.command("reconcile", key)
    assert (settled.returncode, settled.stdout.strip()) == (0, f"{key}: nothing to do")
    assert system.command("reconcile", "SUP-999").returncode == 2
