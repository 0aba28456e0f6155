"""The settings of a command that an operator runs beside a running system."""

from typing import TYPE_CHECKING

from worker import running_system

if TYPE_CHECKING:
    from config.settings import Settings


def found() -> "Settings":
    """All settings; from here on only warnings are logged, on stderr: stdout is the command's.

    Raises:
        ConfigError: a setting is wrong.
    """
    from worker import log  # noqa: PLC0415 - not for commands that want Redis alone, which log nothing

    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    return settings
