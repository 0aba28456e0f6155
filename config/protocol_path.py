"""Where the protocol file is, found without reading any other setting.

For commands that need the clock alone, and must answer at once, whatever else is set or missing. It must give what
`config.settings` gives.
"""

from pathlib import Path

from config import ConfigError, environment

NAME = "PROTOCOL_FILE"
DEFAULT = Path(__file__).with_name("protocol.toml")


def protocol_file(env_file: str | Path = ".env") -> Path:
    """The path that the environment names, else `env_file` if it can be read, else the default protocol's."""
    try:
        found = environment.variables(env_file)
    except ConfigError:
        found = environment.variables(None)
    return Path(found.get(NAME) or DEFAULT)
