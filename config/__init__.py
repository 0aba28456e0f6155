"""What people set: the environment and the protocol. Nothing here may read Jira, Redis or the clock."""

from collections.abc import Callable

from config import time_zones

time_zones.use_the_newest()  # here, because every process reads what people set before it asks for a zone


class ConfigError(Exception):
    """Something people set is wrong; the start must stop.

    Attributes:
        mistakes: one line each: the key, what was found (never a secret), what was expected.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def mistakes_in(*checks: Callable[[], object]) -> tuple[str, ...]:
    """What each of these checks has against what people set, all of it at once."""
    return tuple(mistake for check in checks for mistake in _mistakes(check))


def _mistakes(check: Callable[[], object]) -> tuple[str, ...]:
    try:
        check()
    except ConfigError as error:
        return error.mistakes
    return ()
