"""Without a webhook and without a secret: changes are asked for, and a round goes through all the same."""

import time
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.system.conftest import System, until

POLL, LAG = 2, 2


@pytest.mark.slow
def test_a_round_by_polling_alone(jira: Sandbox, tmp_path: Path) -> None:
    jira.index_lag = LAG
    system = System(jira, tmp_path, INTAKE="polling", POLL_SECONDS=str(POLL)).start()
    try:
        until(lambda: system.get("/readyz").status_code == 200)
        key, withdrawn = (jira.create_ticket("SUP", "Check-in fails") for _ in range(2))
        jira.label(key, "escalation-requested")
        jira.label(withdrawn, "escalation-requested")
        system.opened(key)
        system.opened(withdrawn)
        jira.unlabel(withdrawn, "escalation-requested")
        system.vote(key, "SEV-1: all down", "SEV-2: some\n\nClient: It is slow.", "SEV-2: slow")
        until(lambda: system.decided(key))
        assert len(system.told(key)) == 1 and jira.issue(key).labels == ("sev-2",)
        until(lambda: all(each.status == "Done" for each in system.evaluations(withdrawn).values()))
        time.sleep(2 * (POLL + LAG))  # the looks that our own writes bring about
        assert _calls(jira, 3 * POLL) <= 2 * (3 + 1)
        assert "INTAKE=polling" in system.get("/readyz").json()["changes"]
        doctor = system.command("doctor")
        assert "every 2 s (INTAKE=polling)" in doctor.stdout and "webhook register" not in doctor.stdout
        assert "JIRA_WEBHOOK_SECRETS" not in doctor.stdout, doctor.stdout
    finally:
        system.stop()


def _calls(jira: Sandbox, seconds: float) -> int:
    """How many calls are made in so many seconds."""
    before = len(jira.calls())
    time.sleep(seconds)
    return len(jira.calls()) - before
