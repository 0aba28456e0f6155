"""The environment: defaults, who wins, and mistakes that are named without a secret ever being shown."""

import logging
from pathlib import Path

import pytest

from config import ConfigError
from config.protocol import DEFAULT
from config.settings import JiraAccess, Settings, load, look_alikes

SECRET = "hunter2swordfish"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def mistakes(**overrides: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refusal:
        load(**overrides)  # type: ignore[arg-type]
    return refusal.value.mistakes


def test_nothing_set_is_enough_to_start_with_the_sandbox() -> None:
    settings = load()
    assert settings.jira_url is settings.redis_url is settings.log_format is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.sweep_seconds, settings.sweep_limit, settings.dry_run) == (300, 25, False)
    assert (settings.protocol_file, settings.log_level, settings.notify_urls) == (DEFAULT, "INFO", ())


def test_the_environment_wins_over_the_file_and_overrides_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=1001\nHOST=file\nLOG_LEVEL=debug\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "1002")
    monkeypatch.setenv("HOST", "environment")
    settings = load(host="override")
    assert (settings.port, settings.host, settings.log_level) == (1002, "override", "DEBUG")
    assert load(None).log_level == "INFO"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        load().require("jira", "redis", "webhook_secrets")
    named = [line.partition(":")[0] for line in refusal.value.mistakes]
    assert named == ["JIRA_URL", "JIRA_TOKEN", "REDIS_URL", "JIRA_WEBHOOK_SECRETS"]
    complete = load(jira_url="https://x", jira_token="t", redis_url="redis://x", jira_webhook_secrets="s")
    complete.require("jira", "redis", "webhook_secrets")


@pytest.mark.parametrize("wrong", ["proxy", "10.0.0.0/33", "10.0.0.1/8", "*"])
def test_whom_to_trust_is_an_address_or_a_network(wrong: str) -> None:
    [mistake] = mistakes(trusted_proxies=f"127.0.0.1, {wrong}")
    assert mistake.startswith("TRUSTED_PROXIES: found ") and "10.0.0.0/8" in mistake
    given = load(trusted_proxies="10.0.0.0/8, ::1")
    assert given.trusted_proxies == ("10.0.0.0/8", "::1")
    assert given.plain()["TRUSTED_PROXIES"] == "10.0.0.0/8,::1"


@pytest.mark.parametrize("blank", ["", "   "])
def test_an_empty_text_counts_as_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), blank)
    assert load() == Settings()


def test_values_are_read_as_what_they_are() -> None:
    settings = load(
        jira_url="https://api.atlassian.com/ex/jira/1f-2/ ",
        jira_webhook_secrets=f" {SECRET} , other,",
        redis_url="redis+socket:///run/redis.sock",
        notify_urls="https://a/x, slack://b",
        dry_run="yes",
        log_format="JSON",
    )
    assert settings.jira_url == "https://api.atlassian.com/ex/jira/1f-2"
    assert [secret.get_secret_value() for secret in settings.jira_webhook_secrets] == [SECRET, "other"]
    assert len(settings.notify_urls) == 2
    assert settings.dry_run is True
    assert settings.log_format == "json"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "abc", "found 'abc', expected a whole number from 1 to 65535"),
        ("PORT", "65536", "found '65536', expected a whole number from 1 to 65535"),
        ("PORT", "0", "found '0'"),
        ("HOST", "a b", "found 'a b', expected a host name"),
        ("SWEEP_SECONDS", "0", "found '0', expected a whole number of seconds from 1 up"),
        ("SWEEP_LIMIT", "-1", "found '-1', expected a whole number from 0 up"),
        ("DRY_RUN", "maybe", "found 'maybe', expected true or false"),
        ("LOG_FORMAT", "xml", "found 'xml', expected 'json' or 'console'"),
        ("LOG_LEVEL", "loud", "found 'loud', expected DEBUG, INFO"),
        ("JIRA_URL", "example.atlassian.net", "found 'example.atlassian.net', expected an http:// or https://"),
        ("JIRA_URL", "ftp://example.net", "expected an http:// or https://"),
        ("JIRA_URL", f"https://example.net/?os_token={SECRET}", "not shown, expected an http:// or https://"),
        ("JIRA_URL", f"https://me:{SECRET}@example.net", "not shown, expected an http:// or https://"),
        ("JIRA_URL", f"https://me:{SECRET}/x@example.net", "not shown"),
        ("PUBLIC_URL", "https://", "expected an http:// or https://"),
        ("REDIS_URL", f"http://:{SECRET}@redis", "found another scheme, expected redis://HOST:PORT/DATABASE"),
        ("REDIS_URL", f"redis://:{SECRET}@redis:99999", "host or port cannot be read, expected redis://HOST:PORT"),
        ("NOTIFY_URLS", SECRET, "not shown, expected addresses of the form scheme://"),
        ("NOTIFY_URLS", f"slack://{SECRET},{SECRET}", "not shown"),
    ],
)
def test_a_wrong_setting_is_one_line_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = mistakes()
    assert line.startswith(f"{name}: ")
    assert words in line
    assert SECRET not in line


def test_every_mistake_is_told_at_once_from_the_file_too() -> None:
    Path(".env").write_text("PORT=x\nDRY_RUN=perhaps\n")
    assert [line.split(":")[0] for line in mistakes(log_level="z")] == ["PORT", "DRY_RUN", "LOG_LEVEL"]


def test_overriding_the_gate_takes_a_token_of_its_own() -> None:
    (line,) = mistakes(gate_token=SECRET, gate_override_token=SECRET)
    assert line.startswith("GATE_OVERRIDE_TOKEN: ")
    assert SECRET not in line


def test_what_is_missing_is_named_by_whoever_needs_it() -> None:
    settings = load()
    for need, names in (
        (settings.require_jira, ["JIRA_URL", "JIRA_TOKEN"]),
        (settings.require_redis, ["REDIS_URL"]),
        (settings.require_webhook_secrets, ["JIRA_WEBHOOK_SECRETS"]),
    ):
        with pytest.raises(ConfigError) as refusal:
            need()
        assert [line.split(": not set, expected ")[0] for line in refusal.value.mistakes] == names


def test_cloud_needs_a_user_and_data_center_does_not() -> None:
    with pytest.raises(ConfigError, match="JIRA_USER"):
        load(jira_url="https://example.atlassian.net", jira_token="t").require_jira()
    access = load(jira_url="https://jira.example.com/jira", jira_token="t").require_jira()
    assert access == JiraAccess("https://jira.example.com/jira", None, access.token)


def test_nothing_that_prints_settings_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    settings = load(
        jira_token=SECRET,
        jira_webhook_secrets=SECRET,
        redis_url=f"redis://:{SECRET}@redis",
        gate_token=SECRET,
        gate_override_token=SECRET + "2",
        notify_urls=f"slack://{SECRET}",
    )
    with caplog.at_level(logging.INFO):
        logging.getLogger().info("%s %r %s", settings, settings, settings.model_dump_json())
    assert SECRET not in caplog.text


def test_a_name_that_is_nearly_ours_is_hinted_and_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_TOKN", SECRET)
    Path(".env").write_text(f"JIRA_WEBHOOK_SECRET={SECRET}\n")
    load()
    hints = look_alikes()
    assert "JIRA_TOKN: not known here; did you mean JIRA_TOKEN?" in hints
    assert "JIRA_WEBHOOK_SECRET: not known here; did you mean JIRA_WEBHOOK_SECRETS?" in hints
    assert SECRET not in "".join(hints)


def test_an_unreadable_file_is_told_in_one_line() -> None:
    Path(".env").write_bytes(b"PORT=\xff\xfe")
    (line,) = mistakes()
    assert line.startswith(".env: ")


@pytest.mark.parametrize("name", ["gate_token", "gate_override_token"])
@pytest.mark.parametrize("token", ["a", "abc"])
def test_a_token_that_can_be_guessed_is_refused(name: str, token: str) -> None:
    (line,) = mistakes(**{name: token})
    assert line.startswith(f"{name.upper()}: found a value that is not shown, expected") and "at least 4" in line


def test_polling_needs_no_secret_and_has_a_period_of_its_own() -> None:
    told, asked = load(sweep_seconds=300), load(intake="Polling", poll_seconds=20, sweep_seconds=300)
    with pytest.raises(ConfigError, match=r"JIRA_WEBHOOK_SECRETS: not set.*INTAKE=polling"):
        told.require_intake()
    assert asked.require_intake() == ()
    with pytest.raises(ConfigError, match="JIRA_WEBHOOK_SECRETS"):
        asked.require_webhook_secrets()  # to register a webhook, one is needed all the same
    assert (told.sweep_period, told.sweep_patience) == (300, 600)
    assert (asked.sweep_period, asked.sweep_patience) == (20, 60)
    assert load(intake="polling", poll_seconds=120).sweep_patience == 240


@pytest.mark.parametrize(
    ("given", "every"),
    [
        ({}, 300),
        ({"sweep_seconds": 240}, 240),
        ({"sweep_seconds": 30}, 10),
        ({"sweep_seconds": 30, "index_lag_seconds": 15}, 30),
        ({"sweep_seconds": 30, "index_lag_seconds": 0}, 30),
        ({"intake": "polling"}, 20),
        ({"intake": "polling", "sweep_seconds": 30}, 20),
    ],
)
def test_sweeps_come_more_often_where_the_index_lags_behind_by_half_a_period(
    given: dict[str, object], every: float
) -> None:
    assert load(**given).sweep_every == every


def test_a_way_in_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match="INTAKE: found 'poll', expected 'webhook' or 'polling'"):
        load(intake="poll")
