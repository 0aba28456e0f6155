"""Who we are at Jira, asked in the background, so that our own echo can be told apart."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

WELL_SECONDS, UNWELL_SECONDS = 300.0, 5.0  # that our login ended, looks and sweeps notice before (retry_after.py)

log = structlog.get_logger()


@dataclass
class Account:
    """Who we are at Jira, asked in the background; until it is known nothing counts as our own echo.

    Attributes:
        probe: asks Jira (GET /myself) and gives our accountId or user name; raises when that fails.
        name: what it gave last.
        works: whether the last question was answered; None before the first answer.
    """

    probe: Callable[[], str]
    name: str | None = None
    works: bool | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to ask, in a thread that ends with the process."""
        threading.Thread(target=self._ask_for_ever, name="account", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def _ask_for_ever(self) -> None:
        while True:
            self._ask()
            if self._stopped.wait(WELL_SECONDS if self.works else UNWELL_SECONDS):
                return

    def _ask(self) -> None:
        try:
            self.name, works = self.probe(), True
        except Exception as error:  # the probe's failures are many; here they all mean "not now"
            works = False
            if self.works is not False:
                log.warning("Jira does not say who we are", reason=type(error).__name__)
        self.works = works
