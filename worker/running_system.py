"""How a command finds the system that `escalation run` has started in the same folder.

What that system works with, and a command could not know (the private Redis, the sandbox with its secrets, what was
set for that process alone), stands in a file that only its owner may read, as long as it runs. What is set in the
command's own environment wins; where it means another Jira, nothing of the file is used.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from config import protocol_path
from worker import clock

if TYPE_CHECKING:
    from config.settings import Settings

NOTE = Path(".state") / "running.env"
LOCK = Path(".state") / "running.lock"
"""Held by the system that the note is about; the kernel lets go of it however that system ends."""


@contextlib.contextmanager
def noted(environment: Mapping[str, str]) -> Iterator[bool]:
    """Tells the commands about a running system for as long as it runs. One that was started here before stays the one
    that they are told about: then False is given."""
    NOTE.parent.mkdir(exist_ok=True)
    with LOCK.open("a") as lock:
        if not _hold(lock):
            yield False
            return
        _held.append(lock)
        _write(environment)
        try:
            yield True
        finally:
            _held.remove(lock)
            NOTE.unlink(missing_ok=True)


_held: list[IO[str]] = []


def let_go() -> None:
    """Called in a forked child: the system ends with its supervisor, whatever becomes of the children."""
    while _held:
        _held.pop().close()


def _hold(lock: IO[str], *, alone: bool = True) -> bool:
    """Takes hold of the lock until it is closed, if nobody else has it."""
    import fcntl  # noqa: PLC0415 - not on Windows, where commands run and nothing can run beside them

    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(environment: Mapping[str, str]) -> None:
    NOTE.unlink(missing_ok=True)
    NOTE.touch(mode=0o600, exist_ok=False)
    NOTE.write_text("".join(f"{name}='{_quoted(value)}'\n" for name, value in environment.items()), encoding="utf-8")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def is_here() -> bool:
    """Whether a system runs in this folder. One that was killed has left its note behind, but holds no lock."""
    if not (NOTE.exists() and LOCK.exists()):
        return False
    with LOCK.open() as lock:
        return not _hold(lock, alone=False)


def settings() -> "Settings":
    """The settings, completed by those of the system that runs here, whose time `clock.now` tells from now on.

    Raises:
        ConfigError: a setting is wrong.
    """
    from config import settings as all_settings  # noqa: PLC0415 - most of the time of a command that needs none

    own, note = all_settings.load(), _note()
    if own.jira_url and own.jira_url != note.get("JIRA_URL"):
        clock.ask_sandbox(own.jira_url)
        return own
    unset = {name.lower(): value for name, value in note.items() if name.lower() not in own.model_fields_set}
    found = all_settings.load(**unset) if unset else own
    if found.jira_url and found.jira_url == note.get(clock.SANDBOX):
        clock.ask(found.jira_url)
    return found


def protocol_file() -> Path:
    """The path of the protocol in these settings; where nothing runs here, found without reading any other.

    Raises:
        ConfigError: a system runs here, and a setting is wrong.
    """
    return settings().protocol_file if is_here() else protocol_path.protocol_file()


def _note() -> dict[str, str]:
    """What the system that runs here has noted, by the names of variables."""
    if not is_here():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file to read

    return {name: value or "" for name, value in dotenv_values(NOTE, interpolate=False, encoding="utf-8").items()}
