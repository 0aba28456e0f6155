"""What people set: the environment and the protocol. Nothing here may read Jira, Redis or the clock."""


class ConfigError(Exception):
    """Something people set is wrong; the start must stop.

    Attributes:
        mistakes: one line each: the key, what was found (never a secret), what was expected.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
