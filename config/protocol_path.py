"""Where the protocol file is, found without reading any other setting.

For commands that need the clock alone, and must answer at once, whatever else is set or missing. It must give what
`config.settings` gives.
"""

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "PROTOCOL_FILE"
DEFAULT = Path(__file__).with_name("protocol.toml")


def protocol_file(env_file: str | Path = ".env") -> Path:
    """The path that the environment names, else `env_file`, else the default protocol's."""
    return Path((_in(os.environ) or _in_file(Path(env_file))).strip() or DEFAULT)


def _in(values: Mapping[str, str | None]) -> str:
    """The variable's value, however its name is written; empty where it is unset."""
    return next((value for name, value in values.items() if name.upper() == NAME and value), "")


def _in_file(path: Path) -> str:
    if not path.is_file():
        return ""
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file to read

    try:
        return _in(dotenv_values(path))
    except UnicodeDecodeError:
        return ""
