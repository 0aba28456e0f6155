"""Doctor inside a company's walls: where each secret came from, which way Jira is reached, when the credentials end."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config import settings as all_settings
from sandbox import Sandbox
from sandbox.http import certificates
from worker.doctor import access, panel, settings, webhook
from worker.jira import connect, webhooks
from worker.jira.signin.credentials import Credentials
from worker.jira.site import Site
from worker.jira.webhooks import Wanted

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in all_settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_where_each_secret_came_from_and_never_what_it_is(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (given / "token").write_text("hunter2swordfish1\n")
    (given / ".env").write_text("JIRA_URL=http://127.0.0.1:1\nJIRA_WEBHOOK_SECRETS=hunter2swordfish2\n")
    monkeypatch.setenv("JIRA_TOKEN_FILE", str(given / "token"))
    monkeypatch.setenv("GATE_TOKEN", "hunter2swordfish3")
    _, findings = settings.read()
    found = {each.name: each.found for each in findings}
    assert found["JIRA_TOKEN"] == f"from the file {given / 'token'} (JIRA_TOKEN_FILE)"
    assert found["JIRA_WEBHOOK_SECRETS"] == "from .env"
    assert found["GATE_TOKEN"] == "from the environment"
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    ("ends", "level"), [("2027-06-01", "ok"), ("2027-02-20", "advice"), ("2027-02-05", "mend"), ("2027-01-01", "mend")]
)
def test_the_end_of_the_credentials(jira: Sandbox, given: Path, ends: str, level: str) -> None:
    user = jira.email() if jira.flavour == "cloud" else None
    found = all_settings.load(
        jira_url=jira.url, jira_user=user, jira_token=jira.token(), jira_token_expires=date.fromisoformat(ends)
    )
    findings = {each.name: each for each in access.check(connect.site(found), found, NOW)}
    assert findings["credentials' end"].level == level
    assert ends in findings["credentials' end"].found


def test_a_service_account_and_the_way_to_it(jira: Sandbox, given: Path) -> None:
    id, secret = jira.service_account()
    tokens = f"{jira.url}/oauth/token" if jira.flavour == "cloud" else None
    found = all_settings.load(jira_url=jira.url, jira_client_id=id, jira_client_secret=secret, jira_token_url=tokens)
    findings = list(access.check(connect.site(found), found, NOW))
    assert any("a service account's client credentials" in each.found for each in findings)
    assert any(each.name == "way to 127.0.0.1" and each.found.startswith("directly") for each in findings)
    wrong = all_settings.load(jira_url=jira.url, jira_client_id=id, jira_client_secret="wrong", jira_token_url=tokens)
    [refused] = [each for each in access.check(connect.site(wrong), wrong, NOW) if each.level == "mend"]
    assert "JIRA_CLIENT_ID and JIRA_CLIENT_SECRET" in refused.found


def test_an_unknown_authority_is_named_with_what_to_set(given: Path) -> None:
    tls = certificates.make(given / "tls")
    with Sandbox("cloud", tls=tls) as jira:
        login = {"jira_url": jira.url, "jira_user": jira.email(), "jira_token": jira.token()}
        found = all_settings.load(**login)  # type: ignore[arg-type]
        [refused] = [each for each in access.check(connect.site(found), found, NOW) if each.level == "mend"]
        assert "Sandbox Authority" in refused.found and "JIRA_CA_FILE" in refused.found
        found = all_settings.load(**login, jira_ca_file=str(tls.authority))  # type: ignore[arg-type]
        findings = list(access.check(connect.site(found), found, NOW))
        assert not [each for each in findings if each.level == "mend"]
        assert any(str(tls.authority) in each.found for each in findings)


@pytest.mark.parametrize(
    ("who", "cloud", "wrong"),
    [
        ("5b10ac8d82e05b22cc7d4ef5", True, ""),
        ("712020:1f0b3c5e-5f3a-4a52-9b3a-0a1b2c3d4e5f", True, ""),
        ("petra", False, ""),
        ("petra.p@vendor.example", False, ""),
        ("petra", True, "a user name of Data Center"),
        ("5b10ac8d82e05b22cc7d4ef5", False, "an accountId of Jira Cloud"),
        ("712020:1f0b3c5e-5f3a-4a52-9b3a-0a1b2c3d4e5f", False, "an accountId of Jira Cloud"),
    ],
)
def test_a_holder_written_as_on_the_other_kind_of_jira(who: str, cloud: bool, wrong: str) -> None:
    assert panel.of_other_kind(who, cloud=cloud) == wrong


def test_a_webhook_that_leaves_the_body_out(jira: Sandbox) -> None:
    registered = webhooks.Registered("1", "w", "https://x/webhooks/jira", webhooks.EVENTS, "", True, True, empty=True)
    assert [each.found for each in webhook.registration([registered], None, Wanted(registered.url, ""))] == [
        "leaves the body out: its deliveries name no ticket"
    ]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ("sun.security.validator.ValidatorException: PKIX path building failed", "trust store"),
        ("java.net.UnknownHostException: hooks.example", "PUBLIC_URL"),
        ("403", "same secret"),
        ("Connection refused", "firewall"),
    ],
)
def test_what_data_center_says_of_a_failed_delivery_names_its_remedy(words: str, mend: str) -> None:
    registered = webhooks.Registered("1", "w", "https://x/webhooks/jira", webhooks.EVENTS, "", True, None)
    last = webhooks.Attempt(None, words, failures=2, deliveries=5)
    [said] = webhook.attempt(registered, last, ZoneInfo("America/New_York"))
    assert words in said.found and "2 of 5 failed lately" in said.found and mend in said.mend


@pytest.mark.parametrize("jira", ["dc"], indirect=True)
@pytest.mark.parametrize("answer", [None, [], {}, {"result": 7}, {"result": {"outcome": "SUCCESS"}, "finish": 10**20}])
def test_another_shape_of_it_is_no_trouble(jira: Sandbox, answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(Credentials(jira.url, None, jira.token()))
    assert not site.cloud
    monkeypatch.setattr(site, "call", lambda method, path: answer)
    found = webhooks.latest(site, "1")
    assert found is None or (found.at is None and not found.failure)
