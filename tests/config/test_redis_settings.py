"""What a command that needs Redis alone reads of the environment is what all settings say, address and mistakes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ConfigError, environment, redis_settings
from config import settings as all_settings
from config.redis_address import RedisAddress
from worker import running_system

SECRET = "hunter2swordfish"
URLS = [
    "redis://kv:6380/3", f"redis://me:{SECRET}@kv", "rediss://kv?ssl_ca_certs=/ca.pem", "redis+socket:///run/kv.sock",
    "unix:///kv", f"http://:{SECRET}@kv", f"redis://:{SECRET}@kv:99999", "valkey://kv", " redis://kv ", "  ", "",
]  # fmt: skip
VALUES = {
    "REDIS_URL": st.sampled_from(URLS),
    "redis_url": st.sampled_from(URLS),
    "REDIS_CA_FILE": st.sampled_from(["/ca.pem", "/other.pem", " ", ""]),
    "REDIS_KEY_PREFIX": st.sampled_from(["sup:", "a*", "x" * 65, "a b", " sup: ", " ", "sup:\n"]),
    "JIRA_URL": st.sampled_from(["https://jira.example", "https://jira.example/", "https://other.example"]),
}
FILED = {
    "REDIS_URL_FILE": st.sampled_from(["", " \n", "redis://filed/4\n", "unix:///f\r\n", f"http://{SECRET}", None]),
    "CREDENTIALS_DIRECTORY": st.sampled_from(["\n", "redis://given/5\n"]),
}
Anything = st.fixed_dictionaries({}, optional=VALUES)
Files = st.fixed_dictionaries({}, optional=FILED)
many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*VALUES, *FILED]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def outcome(read: Callable[[], RedisAddress]) -> RedisAddress | tuple[str, ...]:
    try:
        return read()
    except ConfigError as error:
        assert SECRET not in str(error)
        return error.mistakes


def laid(files: dict[str, str | None], folder: Path) -> dict[str, str]:
    """Files with that in them (None: missing); gives the variables that lead to them."""
    (folder / "redis_url").write_text(files.get("CREDENTIALS_DIRECTORY") or "", newline="")
    path = folder / "a-file"
    path.unlink(missing_ok=True)
    if (text := files.get("REDIS_URL_FILE")) is not None:
        path.write_text(text, newline="")
    leads = {"REDIS_URL_FILE": str(path), "CREDENTIALS_DIRECTORY": str(folder)}
    return {name: leads[name] for name in files}


@many
@given(set_here=Anything, in_file=Anything, files=Files)
def test_both_readings_of_an_environment_agree(
    set_here: dict[str, str], in_file: dict[str, str], files: dict[str, str | None], tmp_path: Path
) -> None:
    Path(".env").write_text("".join(f"{name}='{value.strip()}'\n" for name, value in in_file.items()))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {**set_here, **laid(files, tmp_path)}.items():
            patched.setenv(name, value)
        plain = outcome(lambda: redis_settings.found(environment.variables()))
        assert plain == outcome(lambda: all_settings.load().require_redis())


@many
@given(noted=Anything, set_here=Anything, files=Files)
def test_beside_a_running_system_too(
    noted: dict[str, str], set_here: dict[str, str], files: dict[str, str | None], tmp_path: Path
) -> None:
    note = {name.upper(): value for name, value in noted.items()}
    with pytest.MonkeyPatch.context() as patched, running_system.noted(note):
        for name, value in {**set_here, **laid(files, tmp_path)}.items():
            patched.setenv(name, value)
        plain = outcome(running_system.redis)
        assert plain == outcome(lambda: running_system.settings().require_redis())


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_variable_leaves_what_the_file_says(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    Path(".env").write_text("REDIS_URL=redis://filed/1\n")
    monkeypatch.setenv("REDIS_URL", blank)
    assert running_system.redis() == all_settings.load().require_redis() == RedisAddress("filed", 6379, database=1)


def test_nothing_else_that_is_wrong_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://kv/1")
    monkeypatch.setenv("PORT", "many")
    assert running_system.redis() == RedisAddress("kv", 6379, database=1)


def test_a_file_that_cannot_be_read_is_one_line() -> None:
    Path(".env").write_bytes(b"REDIS_URL=\xff\xfe")
    assert outcome(running_system.redis) == (".env: cannot be read, expected lines NAME=value in UTF-8",)


def test_a_secret_of_the_running_system_gives_way_to_a_file_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("redis://ours/2")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "url"))
    with running_system.noted({"REDIS_URL": "redis://theirs/3", "REDIS_KEY_PREFIX": "theirs:"}):
        assert running_system.redis() == RedisAddress("ours", 6379, database=2, prefix="theirs:")
