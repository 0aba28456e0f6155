"""The settings of a command that an operator runs beside a running system."""

from config.settings import Settings
from worker import log, running_system


def found() -> Settings:
    """All settings; from here on only warnings are logged, on stderr: stdout is the command's.

    Raises:
        ConfigError: a setting is wrong.
    """
    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    return settings
