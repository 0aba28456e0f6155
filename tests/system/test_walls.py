"""Inside a company's walls: fed by a rule of Automation, as a service account, behind an authority of one's own."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.http import certificates
from sandbox.state.people import Flavour
from tests.system.conftest import SECRET, System, until
from tests.system.forward_proxy import forward_proxy


def service_account(jira: Sandbox) -> dict[str, str]:
    id, secret = jira.service_account(lives=timedelta(minutes=60))
    tokens = {"JIRA_TOKEN_URL": f"{jira.url}/oauth/token"} if jira.flavour == "cloud" else {}
    return {"JIRA_TOKEN": "", "JIRA_USER": "", "JIRA_CLIENT_ID": id, "JIRA_CLIENT_SECRET": secret, **tokens}


def a_round(system: System) -> None:
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails")
    jira.label(key, "escalation-requested")
    system.opened(key)
    jira.door.logins.bearers.clear()  # whatever we were given ends in mid-round
    system.vote(key, "SEV-2: one", "SEV-2: two", "SEV-2: three")
    until(lambda: system.decided(key))
    assert len(system.evaluations(key)) == 3
    assert len(system.told(key)) == 1


@pytest.mark.slow
def test_a_service_account_fed_by_a_rule_alone_and_its_bearer_ends_in_mid_round(jira: Sandbox, tmp_path: Path) -> None:
    system = System(jira, tmp_path, **service_account(jira), SWEEP_SECONDS="300")
    jira.deliveries.webhooks.clear()
    labels = 'labels in ("escalation-requested", "escalation-evaluation")'
    jira.add_rule(f"{system.url}/webhooks/automation", SECRET, query=labels)
    system.start()
    try:
        a_round(system)
        assert jira.door.logins.exchanges > 1
    finally:
        system.stop()
    left = [tmp_path / "log", *(tmp_path / ".state").glob("*")]
    said = "".join(path.read_text(errors="replace") for path in left if path.is_file())
    assert not [bearer for bearer in jira.door.logins.bearers if bearer in said]
    assert jira.door.logins.clients["client-of-bot"].secret not in (tmp_path / "log").read_text()


@pytest.mark.slow
def test_behind_an_authority_of_ones_own(tmp_path: Path) -> None:
    tls = certificates.make(tmp_path / "tls")
    with Sandbox("cloud", tls=tls) as jira:
        system = System(jira, tmp_path, JIRA_CA_FILE=str(tls.authority)).start()
        try:
            a_round(system)
        finally:
            system.stop()


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_by_polling_through_a_forward_proxy_as_a_service_account(flavour: Flavour, tmp_path: Path) -> None:
    """As docs/behind-a-proxy.md and docs/without-administrator.md say, all of it at once."""
    tls = certificates.make(tmp_path / "tls")
    with Sandbox(flavour, tls=tls) as jira, forward_proxy() as proxy:
        ways = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy.url) | dict.fromkeys(("NO_PROXY", "no_proxy"), "")
        walls = {"JIRA_CA_FILE": str(tls.authority), "INTAKE": "polling", "POLL_SECONDS": "2", "INDEX_LAG_SECONDS": "1"}
        system = System(jira, tmp_path, **service_account(jira), **ways, **walls).start()
        try:
            a_round(system)
            doctor = system.command("doctor")
        finally:
            system.stop()
        host = jira.url.removeprefix("https://")
        assert set(proxy.tunnels) == {host}, "whatever leaves the machine goes that way"
        assert f"by the proxy {proxy.url}; trusts" in doctor.stdout, doctor.stdout
