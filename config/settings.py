"""What operators set in the environment, or in `.env`, where the environment wins.

A wrong value stops the start with one line that names it; no message, repr or log may ever show a secret.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from config import ConfigError, environment, mistakes_in, redis_address, redis_settings, secret_files
from config.mistakes import line
from config.protocol_path import DEFAULT
from config.redis_address import RedisAddress
from config.secret_files import SECRET, SecretFile

_ADDRESS = {"jira_url", "jira_token_url", "public_url"}
SHORTEST_SECRET = 16
SHORTEST_TOKEN = 4
_BARE = "without quotation marks around it or line breaks in it"
DAY = 24 * 3600
UP_TO_A_DAY = "a whole number of seconds from 0 to 86400 (a day)"
_WHOLE_URL = "an http:// or https:// address without user, password, query or fragment"


def _web_address(value: str) -> str:
    """An address as it may be joined with a path."""
    parts = _split(value)
    bare = not (parts.username or parts.password or parts.query or parts.fragment or re.search(r"\s", value))
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare:
        raise ValueError(value)
    return value.rstrip("/?#")


def _redis_address(value: SecretStr) -> SecretStr:
    redis_address.read(value.get_secret_value())
    return value


def _key_prefix(value: str) -> str:
    if not redis_settings.is_prefix(value):
        raise ValueError
    return value


def _split(value: str) -> SplitResult:
    parts = urlsplit(value)
    _ = parts.port  # raises ValueError where it is none
    return parts


def _sendable(value: SecretStr) -> SecretStr:
    """A secret that can be sent in a header, as it was meant: `docker --env-file` keeps quotation marks."""
    text = value.get_secret_value()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`"
    if quoted or not text.isprintable():
        raise ValueError(_BARE)
    return value


def _token(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_TOKEN:
        raise ValueError
    return value


def _targets(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not all(re.match(r"[a-z][a-z0-9+.-]*://\S+$", value.get_secret_value(), re.IGNORECASE) for value in values):
        raise ValueError
    return values


def _long_enough(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """A seal lies open in Jira: who guesses the secret can make one."""
    if any(len(value.get_secret_value()) < SHORTEST_SECRET for value in values):
        raise ValueError
    return values


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ip_network(value)
    return values


def _comma_separated(value: object) -> object:
    """Its parts; in a file people write one a line."""
    return [part.strip() for part in re.split("[,\r\n]", value) if part.strip()] if isinstance(value, str) else value


def _in_any_case(*names: str) -> BeforeValidator:
    """Takes one of these however it is written; what is none of them stays as it was found, for whoever wrote it."""
    spelled = {name.casefold(): name for name in names}
    return BeforeValidator(lambda value: spelled.get(value.casefold(), value) if isinstance(value, str) else value)


def _pem(value: Path) -> Path:
    """A file in PEM form; what the file system has against it is a mistake like any other."""
    try:
        text = value.read_bytes()
    except OSError:
        raise ValueError from None
    if b"-----BEGIN " not in text:
        raise ValueError
    return value


Address = Annotated[str, AfterValidator(_web_address)]
Pem = Annotated[Path, AfterValidator(_pem)]
Secret = Annotated[SecretStr, AfterValidator(_sendable)]
Secrets = Annotated[tuple[Secret, ...], BeforeValidator(_comma_separated)]
Token = Annotated[Secret, AfterValidator(_token)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LogFormat = Literal["json", "console"]
Intake = Literal["webhook", "polling"]


@dataclass(frozen=True, slots=True)
class JiraAccess:
    """What a connection to Jira needs: a token, or a service account's client id and secret.

    Attributes:
        url: the site, or its gateway.
        user: the account's e-mail address; None with a Data Center token (Bearer) and with a service account.
        token: an API token or a personal access token; None where a service account logs in by client credentials.
        token_file: where the token was read from, so that a new one in it can be taken up.
        client_id, client_secret, token_url: a service account's; `token_url` is None where the usual one holds.
        ca_file: certificates to trust besides the usual ones.
        client_cert, client_key: what we show to Jira; the key may lie in the certificate's file.
    """

    url: str
    user: str | None
    token: SecretStr | None
    token_file: Path | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    token_url: str | None = None
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None


class _Environment(PydanticBaseSettingsSource):
    """The environment, and the file below it, as every reader of settings reads them (environment.py)."""

    def __init__(self, of: type[BaseSettings], env_file: str | Path | None) -> None:
        super().__init__(of)
        self._variables = environment.variables(env_file)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """What it is set to, as text: its own check takes that apart."""
        return self._variables.get(field_name.upper()), field_name, False

    def __call__(self) -> dict[str, str]:
        """Those that are set."""
        return {n: self._variables[n.upper()] for n in self.settings_cls.model_fields if n.upper() in self._variables}


class Settings(BaseSettings):
    """The environment, read once and checked. Attributes are the variables' names in small letters.

    `log_format` is None where it should be `console` on a terminal and `json` elsewhere.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    jira_url: Address | None = Field(default=None, description=f"{_WHOLE_URL}, such as https://example.atlassian.net")
    jira_user: str | None = Field(default=None, description="an account's e-mail address")
    jira_token: Secret | None = Field(default=None, description="a token")
    jira_client_id: str | None = Field(default=None, description="a service account's OAuth 2.0 client id")
    jira_client_secret: Secret | None = Field(default=None, description="the client id's secret")
    jira_token_url: Address | None = Field(default=None, description=f"{_WHOLE_URL} that gives tokens")
    jira_token_expires: date | None = Field(default=None, description="a day such as 2027-03-01")
    jira_ca_file: Pem | None = Field(default=None, description="the path of certificates in PEM form")
    jira_client_cert: Pem | None = Field(default=None, description="the path of a certificate in PEM form")
    jira_client_key: Pem | None = Field(default=None, description="the path of a private key in PEM form")
    jira_webhook_secrets: Secrets = Field(default=(), description="secrets, separated by commas")
    record_secrets: Annotated[Secrets, AfterValidator(_long_enough)] = Field(
        default=(), description="secrets of 16 characters or more, separated by commas"
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_address)] | None = Field(
        default=None, description=redis_settings.EXPECTED["REDIS_URL"]
    )
    redis_ca_file: Path | None = Field(default=None, description=redis_settings.EXPECTED["REDIS_CA_FILE"])
    redis_key_prefix: Annotated[str, AfterValidator(_key_prefix)] = Field(
        default="", description=redis_settings.EXPECTED["REDIS_KEY_PREFIX"]
    )
    protocol_file: Path = Field(default=DEFAULT, description="the path of a protocol file")
    host: Annotated[str, Field(pattern=r"^\S+$")] = Field(default="127.0.0.1", description="a host name or address")
    port: int = Field(default=8080, ge=1, le=65535, description="a whole number from 1 to 65535")
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(_comma_separated), AfterValidator(_networks)] = Field(
        default=(), description="addresses or networks such as 10.0.0.0/8, separated by commas"
    )
    public_url: Address | None = Field(default=None, description=f"{_WHOLE_URL} at which Jira reaches the web process")
    gate_token: Token | None = Field(default=None, description=f"a token of at least {SHORTEST_TOKEN} characters")
    gate_override_token: Token | None = Field(
        default=None, description=f"another token than GATE_TOKEN, of at least {SHORTEST_TOKEN} characters"
    )
    intake: Annotated[Intake, _in_any_case(*get_args(Intake))] = Field(
        default="webhook", description="'webhook' or 'polling'"
    )
    poll_seconds: int = Field(default=20, ge=1, description="a whole number of seconds from 1 up")
    sweep_seconds: int = Field(default=300, ge=1, description="a whole number of seconds from 1 up")
    index_lag_seconds: int = Field(default=120, ge=0, le=DAY, description=UP_TO_A_DAY)
    sweep_overlap_seconds: int = Field(default=60, ge=0, le=DAY, description=UP_TO_A_DAY)
    sweep_limit: int = Field(default=25, ge=0, description="a whole number from 0 up")
    burst_limit: int = Field(default=100, ge=0, description="a whole number from 0 up, 0 for no limit")
    dry_run: bool = Field(default=False, description="true or false")
    notify_urls: Annotated[Secrets, AfterValidator(_targets)] = Field(
        default=(), description="addresses of the form scheme://…, separated by commas"
    )
    log_format: Annotated[LogFormat, _in_any_case(*get_args(LogFormat))] | None = Field(
        default=None, description="'json' or 'console'"
    )
    log_level: Annotated[LogLevel, _in_any_case(*get_args(LogLevel))] = Field(
        default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )

    _secret_files: Mapping[str, SecretFile] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _blank_is_unset(cls, raw: dict[str, Any]) -> dict[str, Any]:
        stripped = {key: value.strip() if isinstance(value, str) else value for key, value in raw.items()}
        return {key: value for key, value in stripped.items() if value != ""}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given wins over what is set."""
        named = dotenv_settings.env_file if isinstance(dotenv_settings, DotEnvSettingsSource) else None
        return init_settings, _Environment(settings_cls, named if isinstance(named, str | Path) else None)

    def plain(self) -> dict[str, str]:
        """What was set and is no secret, by the names of variables and as it may be read again."""
        values = self.model_dump(mode="json", include=self.model_fields_set - set(SECRET))
        return {name.upper(): ",".join(v) if isinstance(v, list) else str(v) for name, v in values.items()}

    def require(self, *wanted: Literal["jira", "redis", "intake", "webhook_secrets"]) -> None:
        """That all of it is set; ConfigError names everything that is missing at once."""
        missing = mistakes_in(*(getattr(self, f"require_{name}") for name in wanted))
        if missing:
            raise ConfigError(*missing)

    @property
    def secret_sources(self) -> Mapping[str, SecretFile]:
        """The secrets that were read from a file."""
        return self._secret_files

    def secret_file(self, name: str) -> Path | None:
        """Where the secret of that name was read from; None where it lies in no file."""
        file = self._secret_files.get(name)
        return file.path if file else None

    def require_jira(self) -> JiraAccess:
        """What a connection to Jira needs; ConfigError names each variable that is missing."""
        missing = [*([_missing("jira_url")] if self.jira_url is None else []), *self._missing_login()]
        if self.jira_client_key and not self.jira_client_cert:
            missing.append(_missing("jira_client_cert"))
        if missing or self.jira_url is None:
            raise ConfigError(*missing)
        return JiraAccess(
            self.jira_url,
            self.jira_user,
            self.jira_token,
            self.secret_file("jira_token"),
            self.jira_client_id,
            self.jira_client_secret,
            self.jira_token_url,
            self.jira_ca_file,
            self.jira_client_cert,
            self.jira_client_key,
        )

    def _missing_login(self) -> list[str]:
        """What is missing of the one way to log in that was begun, or of any."""
        if self.jira_client_id or self.jira_client_secret:
            return self._missing_of_a_service_account()
        missing = []
        if self.jira_token is None:
            missing.append(
                "JIRA_TOKEN: not set, expected an API token (Cloud) or a personal access token (Data Center)"
            )
        elif self.jira_user is None and not self.jira_token.get_secret_value().isascii():
            missing.append("JIRA_TOKEN: found letters outside ASCII, which no token has, expected one as Jira shows it")
        if self.jira_user is None and _on_cloud(self.jira_url):
            missing.append("JIRA_USER: not set, expected the e-mail address of the API token's account (Cloud)")
        return missing

    def _missing_of_a_service_account(self) -> list[str]:
        if self.jira_token or self.jira_user:
            given = " and ".join(name for name in ("JIRA_USER", "JIRA_TOKEN") if getattr(self, name.lower()))
            return [f"JIRA_CLIENT_ID: found beside {given}, expected one way to log in: leave out the other"]
        both = {"jira_client_id": self.jira_client_id, "jira_client_secret": self.jira_client_secret}
        return [_missing(name) for name, value in both.items() if not value]

    def require_redis(self) -> RedisAddress:
        """Where Redis is and what goes with it; ConfigError where it is missing."""
        if self.redis_url is None:
            raise ConfigError(_missing("redis_url"))
        return self.redis_at(self.redis_url.get_secret_value())

    def redis_at(self, url: str) -> RedisAddress:
        """The same for another address.

        Raises:
            ConfigError: REDIS_CA_FILE does not go with it.
        """
        return redis_settings.together(url, self.redis_ca_file, self.redis_key_prefix)

    @property
    def polls(self) -> bool:
        """Whether changes are asked for, instead of told by webhooks."""
        return self.intake == "polling"

    @property
    def sweep_period(self) -> int:
        """The period of the sweep: of the polls, where changes come in by them."""
        return self.poll_seconds if self.polls else self.sweep_seconds

    @property
    def sweep_every(self) -> float:
        """Seconds from one sweep to the next. What Jira did not tell of is to be seen within two periods: where the
        index may lag behind by more than half of one, a sweep runs three times in it."""
        hurries = not self.polls and self.sweep_seconds < 2 * self.index_lag_seconds
        return self.sweep_period / 3 if hurries else self.sweep_period

    @property
    def sweep_patience(self) -> int:
        """Seconds within which a sweep must have ended: two periods, but a minute where polls are frequent."""
        return max(60, 2 * self.poll_seconds) if self.polls else 2 * self.sweep_seconds

    def require_webhook_secrets(self) -> tuple[SecretStr, ...]:
        """The secrets of which any one may sign a delivery; ConfigError where there are none."""
        if not self.jira_webhook_secrets:
            hint = "; where nobody can make a webhook, set INTAKE=polling instead"
            raise ConfigError(_missing("jira_webhook_secrets") + ("" if self.polls else hint))
        return self.jira_webhook_secrets

    def require_intake(self) -> tuple[SecretStr, ...]:
        """What the way in which changes come needs: the same, and nothing where they are asked for."""
        return self.jira_webhook_secrets if self.polls else self.require_webhook_secrets()


def load(env_file: str | Path | None = ".env", **overrides: object) -> Settings:
    """Read the environment, then `env_file` where it exists; `overrides` win over both.

    Raises:
        ConfigError: one line per mistake: the variable, what was found (never a secret), what was expected.
    """
    files = secret_files.find(set(SECRET) - overrides.keys(), environment.variables(env_file))
    unreadable = mistakes_in(*(partial(file.read, name) for name, file in files.items()))
    if unreadable:
        raise ConfigError(*unreadable)
    settings = _checked(env_file, {**{name: file.read(name) for name, file in files.items()}, **overrides})
    settings._secret_files = files
    override = settings.gate_override_token
    if override and override == settings.gate_token:
        raise ConfigError("GATE_OVERRIDE_TOKEN: found the same as GATE_TOKEN, expected another token")
    redis_settings.check_together(settings.redis_url, settings.redis_ca_file)
    if settings.redis_url:
        settings.require_redis()
    return settings


def _checked(env_file: str | Path | None, given: Mapping[str, object]) -> Settings:
    try:
        return Settings(_env_file=env_file, **given)  # type: ignore[arg-type, call-arg]
    except ValidationError as error:
        raise ConfigError(*(_line(one) for one in _once(error.errors()))) from None


def look_alikes(env_file: str | Path | None = ".env") -> tuple[str, ...]:
    """A hint for each unknown variable whose name is nearly one of ours. Its value is never shown."""
    ours = [name.upper() for name in Settings.model_fields] + [f"{name.upper()}_FILE" for name in SECRET]
    return tuple(hint for name in sorted(environment.variables(env_file)) if (hint := _hint(name, ours)))


def _hint(name: str, ours: list[str]) -> str:
    near = get_close_matches(name, ours, n=1, cutoff=0.85) if name not in ours else []
    return f"{name}: not known here; did you mean {near[0]}?" if near else ""


def _once(errors: list[ErrorDetails]) -> Iterable[ErrorDetails]:
    return {one["loc"][0]: one for one in errors if one["loc"]}.values()


def _line(one: ErrorDetails) -> str:
    name = str(one["loc"][0])
    expected = Settings.model_fields[name].description or ""
    if name == "redis_url" and one["type"] == "value_error":
        return f"REDIS_URL: {one['ctx']['error']}"  # in words that show nothing of it
    if str(one.get("ctx", {}).get("error")) == _BARE:
        expected = f"{expected}, {_BARE}"
    if name in SECRET or (name in _ADDRESS and re.search("[@?#]", str(one["input"]))):
        return f"{name.upper()}: found a value that is not shown, expected {expected}"
    return line(name.upper(), one["input"], expected)


def _missing(name: str) -> str:
    return f"{name.upper()}: not set, expected {Settings.model_fields[name].description}"


def _on_cloud(url: str | None) -> bool:
    host = (urlsplit(url).hostname or "") if url else ""
    return host == "api.atlassian.com" or host.endswith((".atlassian.net", ".jira.com"))
