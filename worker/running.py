"""How a command finds the system that `escalation run` has started in the same folder.

What that system uses and nobody has set (the private Redis, the sandbox with its secrets) stands in a file that only
its owner may read, as long as it runs. What is set in the environment wins.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from config import settings as all_settings
from config.settings import Settings

NOTE = Path(".state") / "running.env"


@contextlib.contextmanager
def noted(environment: Mapping[str, str]) -> Iterator[None]:
    """Tells the commands about a running system for as long as it runs."""
    NOTE.parent.mkdir(exist_ok=True)
    NOTE.unlink(missing_ok=True)
    NOTE.touch(mode=0o600, exist_ok=False)
    NOTE.write_text("".join(f"{name}='{value}'\n" for name, value in environment.items()))
    try:
        yield
    finally:
        NOTE.unlink(missing_ok=True)


def settings() -> Settings:
    """The settings, completed by those of the system that runs here.

    Raises:
        ConfigError: a setting is wrong.
    """
    own = all_settings.load()
    running = {name.lower(): value for name, value in dotenv_values(NOTE).items()} if NOTE.exists() else {}
    if own.jira_url and "jira_url" in running:
        return own  # the sandbox runs here, but another Jira is meant
    unset = {name: value for name, value in running.items() if name not in own.model_fields_set}
    return all_settings.load(**unset) if unset else own
