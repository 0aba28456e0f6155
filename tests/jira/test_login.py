"""Every way to log in, against the sandbox over real HTTP and TLS; and what is said when one is refused."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sandbox.http import certificates
from sandbox.sandbox import Sandbox
from sandbox.state.people import Flavour
from worker.errors import EscalationError, TryAgain, Unauthorized
from worker.jira.signin.credentials import Credentials
from worker.jira.signin.login import Login
from worker.jira.signin.tls_and_proxies import Trust
from worker.jira.site import Site

FLAVOURS: tuple[Flavour, ...] = ("cloud", "dc")


@pytest.fixture(params=FLAVOURS)
def jira(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param) as jira:
        yield jira


@pytest.fixture
def cloud() -> Iterator[Sandbox]:
    with Sandbox("cloud") as jira:
        yield jira


def client(jira: Sandbox, secret: str | None = None, **given: object) -> Credentials:
    """A service account's credentials; on Cloud the exchange stands elsewhere than the site."""
    id, known = jira.service_account()
    url = f"{jira.url}/oauth/token" if jira.flavour == "cloud" else None
    return Credentials(jira.url, client_id=id, client_secret=secret or known, token_url=url, **given)  # type: ignore[arg-type]


def at_gateway(jira: Sandbox) -> list[bool]:
    return [each.at_gateway for each in jira.log.records if each.account == "bot"]


# -- service accounts


def test_a_service_account_logs_in_with_its_client_credentials(jira: Sandbox) -> None:
    site = Site(client(jira))
    assert site.account == jira.user("bot").id(jira.flavour)
    assert set(at_gateway(jira)) == {jira.flavour == "cloud"}
    assert jira.door.logins.exchanges == 1


def test_a_bearer_that_ended_before_its_time_is_replaced_once(jira: Sandbox) -> None:
    site = Site(client(jira))
    before = site.account
    jira.door.logins.bearers.clear()
    assert site.get("/myself")["accountId" if jira.flavour == "cloud" else "name"] == before
    assert jira.door.logins.exchanges == 2


def test_a_bearer_is_renewed_before_its_end(jira: Sandbox) -> None:
    site, now = Site(client(jira)), [0.0]
    site._login._clock = lambda: now[0]
    site.get("/myself")
    now[0] = 3_600 - 61
    site.get("/myself")
    assert jira.door.logins.exchanges == 1
    now[0] = 3_600 - 59
    site.get("/myself")
    assert jira.door.logins.exchanges == 2
    assert all(each.status != 401 for each in jira.log.records)


def test_a_service_account_that_jira_refuses_is_not_asked_about_for_ever(jira: Sandbox) -> None:
    site = Site(client(jira))
    jira.user("bot").active = False
    with pytest.raises(Unauthorized, match="its id and secret gave a token"):
        site.get("/myself")
    assert jira.door.logins.exchanges <= 2


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"client_secret": "hunter2swordfish"}])
def test_the_half_that_is_wrong_is_named_and_no_secret_shown(jira: Sandbox, wrong: dict[str, str]) -> None:
    given = client(jira)
    refused = Credentials(
        given.url,
        client_id=wrong.get("client_id", given.client_id),
        client_secret=wrong.get("client_secret", given.client_secret),
        token_url=given.token_url,
    )
    with pytest.raises(Unauthorized) as error:
        Site(refused).get("/myself")
    assert "JIRA_CLIENT_ID and JIRA_CLIENT_SECRET (401 invalid_client)" in str(error.value)
    assert "The site itself was not asked" in str(error.value)
    assert "hunter2" not in str(error.value) + repr(error.value)


def test_an_address_that_gives_no_tokens_is_named(jira: Sandbox) -> None:
    id, secret = jira.service_account()
    nowhere = Credentials(jira.url, client_id=id, client_secret=secret, token_url=f"{jira.url}/no/such/place")
    with pytest.raises(Unauthorized, match="JIRA_TOKEN_URL"):
        Site(nowhere).get("/myself")


def test_nothing_of_a_login_stands_in_a_repr_or_in_the_log_of_calls(jira: Sandbox) -> None:
    given = client(jira)
    site = Site(given)
    site.get("/myself")
    bearer = next(iter(jira.door.logins.bearers))
    said = repr(given) + repr(site) + repr(vars(site)) + repr(vars(site._login)) + repr(jira.log.records)
    assert given.client_secret is not None
    assert given.client_secret not in said.replace(f"{given.client_id}", "")
    assert bearer not in said


# -- tokens


def test_a_token_with_scopes_works_at_the_sites_own_address(cloud: Sandbox) -> None:
    cloud.scope_token()
    site = Site(Credentials(cloud.url, cloud.email(), cloud.token()))
    assert site.account == cloud.user("bot").account_id
    site.get("/myself")
    refused = [each for each in cloud.log.records if each.status == 401]
    assert len(refused) == 1  # from then on the gateway is asked at once


def test_a_wrong_token_is_not_sent_to_the_gateway_for_ever(cloud: Sandbox) -> None:
    site = Site(Credentials(cloud.url, cloud.email(), "wrong"))
    with pytest.raises(
        Unauthorized, match=r"JIRA_USER and JIRA_TOKEN.*ended, been revoked|ended.*JIRA_USER and JIRA_TOKEN"
    ):
        site.get("/myself")
    assert len([each for each in cloud.log.records if each.path.endswith("/myself")]) <= 2


def test_a_new_token_in_its_file_is_taken_up(jira: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{jira.token()}\n")
    user = jira.email() if jira.flavour == "cloud" else None
    site = Site(Credentials(jira.url, user, jira.token(), token_file=file))
    site.get("/myself")
    jira.state.people.tokens["bot"] = "a-newer-one"
    file.write_text("a-newer-one\n")
    assert site.get("/myself")
    assert site.get("/myself")
    assert len([each for each in jira.log.records if each.status == 401]) == 1


@pytest.mark.parametrize(
    "text", ["NEWSECRET\nsecond line\n", "NEWSECRET\r\n\r\nx", "NEW\x00SECRET", "NEWSECRE\u0166", "NEW\tSECRET", "\n"]
)
def test_a_token_file_that_holds_no_token_leaves_the_old_one_and_is_not_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(text.encode())
    login = Login(Credentials("https://jira.example", token="the-old-one", token_file=file))
    with capture_logs() as said:
        assert [login.other_way(login.header()) for _ in range(2)] == [False, False]
    assert login.header() == "Bearer the-old-one"
    assert len(said) == (1 if text.strip() else 0) and "SECRE" not in str(said)
    file.write_bytes("\ufeffa-newer-one\r\n".encode())
    assert login.other_way(login.header()) and login.header() == "Bearer a-newer-one"


# -- the way to Jira


@pytest.fixture
def walled(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox("cloud", tls=certificates.make(tmp_path / "tls")) as jira:
        yield jira


def tls_of(jira: Sandbox) -> certificates.Tls:
    assert jira.tls is not None
    return jira.tls


def a_site(jira: Sandbox, trust: Trust) -> Site:
    return Site(Credentials(jira.url, jira.email(), jira.token(), trust=trust))


def test_an_authority_nobody_knows_is_named_with_what_to_set(walled: Sandbox) -> None:
    with pytest.raises(TryAgain) as error:
        a_site(walled, Trust()).get("/myself")
    assert "Sandbox Authority" in str(error.value)
    assert "JIRA_CA_FILE" in str(error.value)


def test_a_companys_own_authority_is_trusted_once_it_is_named(walled: Sandbox) -> None:
    site = a_site(walled, Trust(tls_of(walled).authority))
    assert site.get("/myself")


def test_a_service_account_goes_by_the_same_authority(walled: Sandbox) -> None:
    assert Site(client(walled, trust=Trust(tls_of(walled).authority))).get("/myself")


def test_a_certificate_for_another_name_is_said(tmp_path: Path) -> None:
    tls = certificates.make(tmp_path, "jira.example")
    with Sandbox("cloud", tls=tls) as jira, pytest.raises(TryAgain, match="check JIRA_URL"):
        a_site(jira, Trust(tls.authority)).get("/myself")


def test_a_client_certificate_is_shown_where_jira_asks_for_one(tmp_path: Path) -> None:
    tls = certificates.make(tmp_path, ask_clients=True)
    with Sandbox("dc", tls=tls) as jira:
        with pytest.raises(EscalationError):
            Site(Credentials(jira.url, None, jira.token(), trust=Trust(tls.authority))).call(
                "GET", "/rest/api/2/myself"
            )
        trust = Trust(tls.authority, tls.client)
        assert Site(Credentials(jira.url, None, jira.token(), trust=trust)).get("/myself")


def test_a_proxy_of_the_environment_is_used_and_no_proxy_heeded(
    cloud: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site = Site(Credentials(cloud.url, cloud.email(), cloud.token()))
    with pytest.raises(TryAgain, match="ProxyError"):
        site.get("/myself")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert Site(Credentials(cloud.url, cloud.email(), cloud.token())).get("/myself")


def test_a_bearer_lives_no_longer_than_it_is_said_to(jira: Sandbox) -> None:
    id, _ = jira.service_account(lives=timedelta(seconds=10))
    assert jira.door.logins.clients[id].lives.total_seconds() == 10
    site, now = Site(client(jira)), [0.0]
    jira.service_account(lives=timedelta(seconds=10))
    site._login._clock = lambda: now[0]
    site.get("/myself")
    now[0] = 8.5  # a fifth of so short a life is kept in hand
    site.get("/myself")
    assert jira.door.logins.exchanges == 2
