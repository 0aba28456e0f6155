"""What time it is for the worker: the clock on the wall, and nothing else wherever a real Jira is served.

The sandbox Jira has a clock that can be moved on from its page, to see a reminder or a broken promise today. Where
`escalation run` has started that sandbox itself, or SANDBOX_CLOCK names the sandbox that JIRA_URL is, and only there,
the worker's clock follows it, and a command asks it once (`running_system.py`). Spans that belong to the machine
(leases, pauses, doorbells) are never measured here.

What asks over HTTP is imported where that happens: a command which wants the wall's clock alone starts at once.
"""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

SANDBOX = "SANDBOX_CLOCK"
"""The variable that names the sandbox whose clock is followed: the supervisor tells its children so, and whoever
points workers at a sandbox that stands alone may."""
EVERY = 0.5
PATIENCE = 2.0


class Follower:
    """How far the sandbox's clock is ahead of the wall's, asked for again and again."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.stopped = threading.Event()

    def follow(self, address: str, jumped: Callable[[], None]) -> None:
        """Ask the sandbox at `address` until stopped; `jumped` is called whenever its clock was moved."""
        import structlog  # noqa: PLC0415

        while not self.stopped.wait(EVERY):
            if self.ask(address):
                structlog.get_logger().info("the sandbox's clock was moved", ahead=str(self.ahead))
                jumped()

    def ask(self, address: str) -> bool:
        """Ask once; whether its clock was moved since the last time."""
        import requests  # noqa: PLC0415

        before = self.ahead
        try:
            answer: Any = requests.get(f"{address}/sandbox/api/clock", timeout=PATIENCE).json()
            self.ahead = timedelta(seconds=float(answer["ahead"]))
        except (requests.RequestException, KeyError, TypeError, ValueError):
            return False  # it is only starting, or ending
        return self.ahead != before


_sandbox = Follower()


def now() -> datetime:
    """The present instant, aware."""
    return datetime.now(UTC) + _sandbox.ahead


def ask(address: str) -> None:
    """Tell, from now on, the time that it is now for the sandbox at `address`; the wall's where it does not answer."""
    _sandbox.ask(address)


def follow(jira_url: str | None, jumped: Callable[[], None] = lambda: None) -> None:
    """Follow the sandbox's clock from now on, if that is the Jira this process works on; else do nothing."""
    address = os.environ.get(SANDBOX)
    if address and address == jira_url:
        threading.Thread(target=_sandbox.follow, args=(address, jumped), daemon=True, name="sandbox clock").start()
