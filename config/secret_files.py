"""Secrets that lie in files: one that `NAME_FILE` names, or one in systemd's `$CREDENTIALS_DIRECTORY`.

Compose and Kubernetes mount secrets as files and `NAME_FILE` names one; systemd's `LoadCredential=` puts them into a
folder of its own, here under the variable's name in small letters. Must never show what is in one.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config import ConfigError

SECRET = (
    "jira_token",
    "jira_client_secret",
    "jira_webhook_secrets",
    "record_secrets",
    "redis_url",
    "gate_token",
    "gate_override_token",
    "notify_urls",
)
"""The settings that are secrets, as attributes of the settings."""
CREDENTIALS = "CREDENTIALS_DIRECTORY"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds one secret.

    Attributes:
        said_by: the variable that leads to it, `JIRA_TOKEN_FILE` or `CREDENTIALS_DIRECTORY`.
        path: where it lies.
    """

    said_by: str
    path: Path

    def read(self, name: str) -> str:
        """What it holds, without its last line break.

        Raises:
            ConfigError: it cannot be read, or is empty.
        """
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8"
            raise ConfigError(self._mistake(name, f"it cannot be read ({why})")) from None
        if not text.strip():
            raise ConfigError(self._mistake(name, "the file is empty"))
        return text.removesuffix("\n").removesuffix("\r")

    def _mistake(self, name: str, why: str) -> str:
        from config.mistakes import line  # noqa: PLC0415 - only where there is one

        return f"{line(self._key(name), str(self.path), f'the path of a file that holds {name.upper()}')}; {why}"

    def _key(self, name: str) -> str:
        """The variable to name in a mistake: in systemd's folder there is none but the secret's own."""
        return name.upper() if self.said_by == CREDENTIALS else self.said_by


def find(names: Iterable[str], variables: Mapping[str, str]) -> dict[str, SecretFile]:
    """The file of each of these secrets that lies in one.

    Args:
        names: some of SECRET.
        variables: the environment, names in capitals.

    Raises:
        ConfigError: a secret has two sources; one line for each.
    """
    sources = {name: _sources(name, variables) for name in names}
    twice = [
        f"{name.upper()}: found {' and '.join(_said(each))}, expected one of them"
        for name, each in sources.items()
        if len(each) > 1
    ]
    if twice:
        raise ConfigError(*twice)
    return {name: each[0] for name, each in sources.items() if each and isinstance(each[0], SecretFile)}


def _sources(name: str, variables: Mapping[str, str]) -> list[SecretFile | str]:
    variable = name.upper()
    found: list[SecretFile | str] = [variable] if variable in variables else []
    if path := variables.get(f"{variable}_FILE"):
        found.append(SecretFile(f"{variable}_FILE", Path(path)))
    if (folder := variables.get(CREDENTIALS)) and _holds_something(lying := Path(folder) / name):
        found.append(SecretFile(CREDENTIALS, lying))
    return found


def _holds_something(path: Path) -> bool:
    """Systemd puts a lone line break for a credential that was not given (`SetCredential=name:\\n`)."""
    try:
        return path.is_file() and path.read_bytes().strip() != b""
    except OSError:
        return path.is_file()  # whoever reads it says what is wrong


def _said(sources: Iterable[SecretFile | str]) -> list[str]:
    return [each if isinstance(each, str) else _place(each) for each in sources]


def _place(file: SecretFile) -> str:
    return f"${CREDENTIALS}/{file.path.name}" if file.said_by == CREDENTIALS else file.said_by


def is_set(variable: str, variables: Mapping[str, str]) -> bool:
    """Whether one of these variables, or a file that they lead to, gives the setting of that name (in capitals)."""
    name = variable.lower()
    return variable in variables or (name in SECRET and bool(_sources(name, variables)))


def told(name: str, files: Mapping[str, SecretFile], variables: Mapping[str, str]) -> str:
    """Where a secret came from, in words for the operator; empty where it is not set anywhere."""
    if file := files.get(name):
        return f"the file {file.path} ({_place(file)})"
    if any(spelled.upper() == name.upper() and value.strip() for spelled, value in os.environ.items()):
        return "the environment"
    return ".env" if name.upper() in variables else ""
