"""What is examined: settings, the protocol, a Jira and a Redis, as far as each could be had.

Opened once, for all checks; it decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from config.settings import Settings
from worker.jira.site import Site
from worker.queue.store import Store


@dataclass(frozen=True, slots=True)
class Subject:
    """One set-up.

    Attributes:
        settings: with defaults in place of what is wrong in them.
        protocol: None where the file cannot be used.
        site: None where it is not known which Jira is meant, or as whom.
        store: None where no Redis is named.
        projects: the keys asked for on the command line; empty: all that are served.
        now: an aware instant.
    """

    settings: Settings
    protocol: Protocol | None
    site: Site | None
    store: Store | None
    projects: tuple[str, ...]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """In which instants are told: the protocol's."""
        return self.protocol.zone if self.protocol else ZoneInfo("UTC")
