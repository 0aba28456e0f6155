"""How a command finds the system that `escalation run` has started in the same folder.

What that system works with, and a command could not know (the private Redis, the sandbox with its secrets, what was
set for that process alone), stands in a file that only its owner may read, as long as it runs. What is set in the
command's own environment wins; where it means another Jira, nothing of the file is used.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from config import environment, protocol_path, redis_settings, secret_files
from config.redis_address import RedisAddress
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

    found = all_settings.load(**{name.lower(): value for name, value in _completing().items()})
    tell_time()
    return found


def redis() -> RedisAddress:
    """Where Redis is by these settings, found without reading any other.

    Raises:
        ConfigError: it is not set, or wrong.
    """
    return redis_settings.found(variables())


def protocol_file() -> Path:
    """The path of the protocol in these settings, found without reading any other; the time is told as by them.

    Raises:
        ConfigError: a system runs here, and `.env` cannot be read.
    """
    if not is_here():
        return protocol_path.protocol_file()
    tell_time()
    return Path(variables().get(protocol_path.NAME) or protocol_path.DEFAULT)


def tell_time() -> None:
    """From now on `clock.now` tells the time of the sandbox that these settings work on, if they name one as a clock.

    Raises:
        ConfigError: `.env` cannot be read.
    """
    found = variables()
    sandbox = found.get(clock.SANDBOX)
    if sandbox and sandbox == _site(found):
        clock.ask(sandbox)


def variables() -> dict[str, str]:
    """Every variable that is set, by its name in capitals, completed by those of the system that runs here.

    Raises:
        ConfigError: `.env` cannot be read.
    """
    return {**_completing(), **environment.variables()}


def _completing() -> dict[str, str]:
    """Those of the system that runs here which are not set, where it works on the Jira that is meant."""
    own, note = environment.variables(), _note()
    if _site(own) and _site(own) != _site(note):
        return {}
    return {name: value for name, value in note.items() if not secret_files.is_set(name, own)}


def _site(found: Mapping[str, str]) -> str:
    """The Jira that is meant, however its address ends."""
    return found.get("JIRA_URL", "").rstrip("/?#")


def _note() -> dict[str, str]:
    """What the system that runs here has noted, by the names of variables."""
    return environment.in_file(NOTE, interpolate=False) if is_here() else {}
