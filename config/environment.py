"""The variables that people set: the process's environment, and a file such as `.env` below it.

Every reader of settings reads them here, those that want one setting alone and must answer at once too. A blank one is
unset; names are told in capitals, however they are written.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from config import ConfigError


def variables(env_file: str | Path | None = ".env") -> dict[str, str]:
    """Every variable that is set, by its name in capitals: the process's, then those of `env_file` where it exists.

    Raises:
        ConfigError: the file cannot be read.
    """
    return {**(in_file(env_file) if env_file else {}), **_set_ones(os.environ)}


def in_file(path: str | Path, *, interpolate: bool = True) -> dict[str, str]:
    """Those that a file says, where there is one; `interpolate`: ${NAME} in it is another's value.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        if not Path(path).is_file():
            return {}
        from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file to read

        return _set_ones(dotenv_values(path, interpolate=interpolate, encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path}: cannot be read, expected lines NAME=value in UTF-8") from None


def _set_ones(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value.strip() for name, value in values.items() if value and value.strip()}
