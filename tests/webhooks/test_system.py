"""From nothing to a verified webhook with the whole system running, as an operator does it once."""

import threading
import time
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.system.conftest import System, until

pytestmark = pytest.mark.slow


def test_a_webhook_registered_beside_a_running_system(jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, SWEEP_SECONDS="300")
    jira.deliveries.webhooks.clear()
    key = jira.create_ticket("SUP", "Check-in fails")
    system.start()
    try:
        editing = threading.Thread(target=_edit_when_asked, args=(jira, key))
        editing.start()
        said = system.command("webhook", "register")
        editing.join()
        assert (said.returncode, said.stderr) == (0, ""), said
        assert said.stdout.endswith("verified: a signed delivery arrived\n")
        [made] = jira.deliveries.webhooks
        assert made.secret == "an older one"  # the first of the two that the web process takes
        jira.label(key, "escalation-requested")
        until(lambda: len(jira.issue(key).subtasks) == 3)
    finally:
        assert system.stop() < 10
    assert "deleted" in system.command("webhook", "delete").stdout
    assert jira.deliveries.webhooks == []


def _edit_when_asked(jira: Sandbox, key: str) -> None:
    """On Data Center somebody edits a ticket, once the webhook is there and the command waits."""
    if jira.flavour == "cloud":
        return
    until(lambda: jira.deliveries.webhooks)
    for number in range(5):
        time.sleep(1)
        jira.label(key, f"vip-{number}")
