"""Secrets from files: NAME_FILE and systemd's folder; two sources of one are refused, and nothing of them is shown."""

from pathlib import Path

import pytest

from config import ConfigError
from config.settings import SECRET, Settings, load

TOKEN = "hunter2swordfish"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)


def value_of(name: str) -> str:
    return "https://a.example/x" if name in ("redis_url", "notify_urls") else TOKEN


def shown(settings: Settings, name: str) -> str:
    found = getattr(settings, name)
    return str((found[0] if isinstance(found, tuple) else found).get_secret_value())


@pytest.mark.parametrize("name", SECRET)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str) -> None:
    value = "redis://127.0.0.1:1/0" if name == "redis_url" else value_of(name)
    (tmp_path / "secret").write_text(value + end, newline="")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / "secret"))
    settings = load()
    assert shown(settings, name) == value
    assert settings.secret_file(name) == tmp_path / "secret"


@pytest.mark.parametrize("name", SECRET)
def test_systemd_gives_a_folder_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    value = "redis://127.0.0.1:1/0" if name == "redis_url" else value_of(name)
    (tmp_path / name).write_text(f"{value}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert shown(load(), name) == value


def test_an_empty_credential_of_systemds_was_not_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "jira_token").write_text("\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("JIRA_TOKEN", TOKEN)
    assert shown(load(), "jira_token") == TOKEN


def test_the_env_file_may_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    Path(".env").write_text(f"JIRA_TOKEN_FILE={tmp_path / 'token'}\n")
    assert shown(load(), "jira_token") == TOKEN


VARIABLE, FILE, FOLDER = "JIRA_TOKEN", "JIRA_TOKEN_FILE", "$CREDENTIALS_DIRECTORY/jira_token"


@pytest.mark.parametrize("sources", [(VARIABLE, FILE), (VARIABLE, FOLDER), (FILE, FOLDER), (VARIABLE, FILE, FOLDER)])
def test_two_sources_of_one_secret_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: tuple[str, ...]
) -> None:
    (tmp_path / "jira_token").write_text(TOKEN)
    set_to = {VARIABLE: TOKEN, FILE: str(tmp_path / "jira_token"), FOLDER: str(tmp_path)}
    for source in sources:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY" if source == FOLDER else source, set_to[source])
    with pytest.raises(ConfigError) as error:
        load()
    assert error.value.mistakes == (f"JIRA_TOKEN: found {' and '.join(sources)}, expected one of them",)


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "not text"])
def test_a_file_that_holds_no_secret_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "token"
    if kind == "empty":
        path.write_text(" \n")
    elif kind == "folder":
        path.mkdir()
    elif kind == "not text":
        path.write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("JIRA_TOKEN_FILE", str(path))
    with pytest.raises(ConfigError) as error:
        load()
    [line] = error.value.mistakes
    assert line.startswith(f"JIRA_TOKEN_FILE: found '{path}'"[:60])
    assert "expected the path of a file that holds JIRA_TOKEN" in line


def test_all_files_that_cannot_be_read_are_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIRA_TOKEN_FILE", str(tmp_path / "a"))
    monkeypatch.setenv("GATE_TOKEN_FILE", str(tmp_path / "b"))
    with pytest.raises(ConfigError) as error:
        load()
    assert {line.partition(":")[0] for line in error.value.mistakes} == {"JIRA_TOKEN_FILE", "GATE_TOKEN_FILE"}


def test_what_is_given_outright_needs_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIRA_TOKEN_FILE", str(tmp_path / "missing"))
    assert shown(load(jira_token=TOKEN), "jira_token") == TOKEN


# -- service accounts


def refused(**given: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        load(jira_url="https://example.atlassian.net", **given).require_jira()  # type: ignore[arg-type]
    return error.value.mistakes


def test_a_service_account_needs_both_halves() -> None:
    assert refused(jira_client_id="a") == ("JIRA_CLIENT_SECRET: not set, expected the client id's secret",)
    assert refused(jira_client_secret="b") == (
        "JIRA_CLIENT_ID: not set, expected a service account's OAuth 2.0 client id",
    )


@pytest.mark.parametrize("beside", [{"jira_token": "t"}, {"jira_user": "u"}, {"jira_token": "t", "jira_user": "u"}])
def test_one_way_to_log_in_is_enough(beside: dict[str, str]) -> None:
    [line] = refused(jira_client_id="a", jira_client_secret="b", **beside)
    assert line.startswith("JIRA_CLIENT_ID: found beside ")


def test_a_service_accounts_access(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\n")
    access = load(
        jira_url="https://jira.example", jira_client_id="a", jira_client_secret="b", jira_ca_file=str(pem)
    ).require_jira()
    assert (access.token, access.client_id, access.ca_file) == (None, "a", pem)
    assert "'b'" not in repr(access)


@pytest.mark.parametrize(
    ("name", "value"),
    [("jira_ca_file", "/no/such/file"), ("jira_client_cert", "setup.txt"), ("jira_token_expires", "next year"),
     ("jira_token_url", "token.example")],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_would_do(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "setup.txt").write_text("no certificate")
    with pytest.raises(ConfigError) as error:
        load(**{name: value})  # type: ignore[arg-type]
    [line] = error.value.mistakes
    assert line.startswith(f"{name.upper()}: found '{value}', expected ")


def test_a_key_without_its_certificate_is_no_use(tmp_path: Path) -> None:
    pem = tmp_path / "key.pem"
    pem.write_text("-----BEGIN PRIVATE KEY-----\n")
    assert refused(jira_token="t", jira_user="u", jira_client_key=str(pem)) == (
        "JIRA_CLIENT_CERT: not set, expected the path of a certificate in PEM form",
    )


# what editors and other programs put around a secret


@pytest.mark.parametrize("name", SECRET)
def test_the_mark_that_windows_editors_begin_a_file_with_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    value = "redis://127.0.0.1:1/0" if name == "redis_url" else value_of(name)
    (tmp_path / "secret").write_text(value + "\r\n", encoding="utf-8-sig", newline="")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / "secret"))
    assert shown(load(), name) == value


def test_nor_of_the_env_file_s_first_name() -> None:
    Path(".env").write_text(f"JIRA_TOKEN={TOKEN}\r\nPORT=8081\r\n", encoding="utf-8-sig", newline="")
    assert (shown(load(), "jira_token"), load().port) == (TOKEN, 8081)


def test_several_secrets_may_stand_one_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("the first of them\nthe second of them\n\nthe third, the fourth\n")
    monkeypatch.setenv("JIRA_WEBHOOK_SECRETS_FILE", str(tmp_path / "secrets"))
    found = [secret.get_secret_value() for secret in load().jira_webhook_secrets]
    assert found == ["the first of them", "the second of them", "the third", "the fourth"]


HEADERS = [name for name in SECRET if name not in ("redis_url", "notify_urls")]


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("around", ['"{}"', "'{}'", "`{}`", "{}\x00{}", "{}\x1b[0m"])
def test_what_no_secret_can_hold_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, around: str
) -> None:
    (tmp_path / "secret").write_text(around.replace("{}", TOKEN))
    monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / "secret"))
    with pytest.raises(ConfigError, match="without quotation marks") as refused:
        load()
    assert name.upper() in str(refused.value) and TOKEN not in str(refused.value)


@pytest.mark.parametrize("token", [f"{TOKEN}\nJIRA_USER=x", f"{TOKEN}\r\nsecond line"])
def test_a_token_of_two_lines_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("JIRA_TOKEN", token)
    with pytest.raises(ConfigError, match="JIRA_TOKEN: found a value that is not shown"):
        load()


def test_a_bearer_token_is_ascii_a_password_need_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "https://jira.a.example")
    monkeypatch.setenv("JIRA_TOKEN", "Paßwort-mit-€")
    with pytest.raises(ConfigError, match="JIRA_TOKEN: found letters outside ASCII"):
        load().require_jira()
    monkeypatch.setenv("JIRA_USER", "bot")
    assert load().require_jira().user == "bot"
