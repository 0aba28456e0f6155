"""A newcomer's first minutes in a real browser: `escalation run` without a Jira, and Chromium in front of its pages.

The browser is the system's own (on Debian the package `chromium`); where there is none, these tests are passed over.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from dotenv import dotenv_values
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DESKTOP, PHONE = {"width": 1400, "height": 1000}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Demo:
    """A running system with its sandbox: the addresses of the two pages, and the folder in which it runs."""

    sandbox: str
    board: str
    folder: Path

    def ask(self, path: str, wish: dict[str, Any] | None = None) -> Any:
        """One of the page's own calls."""
        url = f"{self.sandbox}/sandbox/api{path}"
        return (requests.get(url, timeout=5) if wish is None else requests.post(url, json=wish, timeout=5)).json()

    def reported(self, summary: str, **about: str) -> str:
        """A new ticket of the client's; its key."""
        return str(self.ask("/tickets", {"summary": summary, "as": "clara", **about})["key"])

    def requested(self, summary: str) -> str:
        """A ticket with its request label, as Support puts it on."""
        key = self.reported(summary)
        self.ask(f"/ticket/{key}/label", {"label": "escalation-requested", "as": "sam"})
        return key


@contextmanager
def running(folder: Path, *options: str, **env: str) -> Iterator[Demo]:
    """`escalation run` with nothing set but this, as `make run` does it."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("JIRA", "REDIS", "MAKE", "GATE"))
    }
    command = [sys.executable, "-m", "worker.commands.main", "run", *options]
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            command, env={**clean, "PORT": str(port), **env}, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout and process.stdout.readline().startswith("ready "), (folder / "log").read_text()
        yield Demo(
            str(dotenv_values(folder / ".state" / "running.env")["JIRA_URL"]), f"http://127.0.0.1:{port}/", folder
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture(scope="session")
def data_center(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The same on a sandbox of the other flavour."""
    with running(tmp_path_factory.mktemp("data-center"), "--flavour", "dc") as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a desktop's size, in which nothing may go wrong unseen."""
    found = browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda message: wrong.append(message.text) if _is_bad(message) else None)
    yield found
    found.close()
    assert not wrong


def _is_bad(message: ConsoleMessage) -> bool:
    return message.type == "error" and "status of 4" not in message.text
