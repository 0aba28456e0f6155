"""The results that are kept, and the folder in which they lie.

A folder of the user's own, each result under everything that it depends on, so that after a change of file, package or
checker it is simply not found. The folder may be deleted at any time; where it cannot be read or written everything is
only slower: nothing here ever fails or says a word. Must never hold a mistake, a secret, or what depends on anything
but its key.
"""

import contextlib
import json
import os
import stat
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, source_hash
from pathlib import Path
from typing import TypeVar

from config.kept.plain import decoded, encoded

T = TypeVar("T")

MOST = 32
_NAME = "escalation-worker"
_ASKED = ("holidays", "pydantic")
_CODE = Path(__file__).parents[1]


def or_made(make: Callable[[], T], *key: str, of: tuple[type, ...]) -> T:
    """What `make` gives: as it was kept under this key, else made now, and kept.

    `make` may depend on the key, our own code in config/, Python and the installed packages, and on nothing else. `of`:
    the dataclasses of ours that occur in what it gives (see plain.py).
    """
    basis = _basis()
    name = _digest(repr((basis, key)).encode()) if basis else ""
    found = _read(name) if name else None
    if found is not None:
        value: T = decoded(json.loads(found), of)
        return value
    made = make()
    if name and _told() == basis:  # nobody has installed anything in the meantime
        _write(name, json.dumps(encoded(made)).encode())
    return made


def folder() -> Path | None:
    """Where things are kept: below the folder that systemd gives a service, else where the user's caches are."""
    systemds = os.environ.get("CACHE_DIRECTORY", "").partition(os.pathsep)[0]
    bases = (Path(systemds), Path(os.environ.get("XDG_CACHE_HOME", "")), _of_the_user())
    return next((base / _NAME for base in bases if base.is_absolute()), None)


def _of_the_user() -> Path:
    """Where Windows wants it, else `~/.cache`; no absolute path where the user has no home of their own."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", ""))
    try:
        home = Path.home()
    except RuntimeError:
        return Path()
    return Path() if home == Path("/") else home / ".cache"


# -- what it depends on


@cache
def _basis() -> str:
    """As it was when this process began."""
    return _told()


def _told() -> str:
    """Our own code, the packages beside it, and Python; "" where any of these cannot be told."""
    try:
        files = sorted((*_CODE.glob("*.py"), *_CODE.glob("*/*.py")))
        code = b"".join(file.read_bytes() for file in files)
        return repr((_digest(code), _installed(), sys.version)) if code else ""
    except (OSError, ValueError):
        return ""


def _installed() -> list[str]:
    """Names and versions of all packages that lie beside those that are asked, by the folders in which pip notes them:
    a package itself tells its version only once it is imported."""
    noted = {package: _noted_beside(package) for package in _ASKED}
    for package, names in noted.items():
        if not any(name.startswith(f"{package}-") for name in names):
            raise ValueError(f"nobody has noted the version of {package}")
    return [name for names in noted.values() for name in names]


def _noted_beside(package: str) -> list[str]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return []
    with os.scandir(Path(spec.origin).parents[1]) as listed:
        return sorted(each.name for each in listed if each.name.endswith("-info"))


def _digest(data: bytes) -> str:
    """What Python puts into .pyc files: whoever meant ill could as well write the file that is read."""
    return source_hash(data).hex()


# -- the folder


def _read(name: str) -> bytes | None:
    """What is kept under this name: whole, and put there by nobody else."""
    inside = folder()
    try:
        if inside is None or not _is_ours(inside.lstat(), stat.S_ISDIR):
            return None
        with (inside / name).open("rb") as file:
            ours, (digest, _, data) = _is_ours(os.fstat(file.fileno()), stat.S_ISREG), file.read().partition(b"\n")
    except OSError:
        return None
    return data if ours and digest == _digest(data).encode() else None


def _is_ours(there: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is of that kind, and nobody else may write it; Windows shuts a user's folders to others by itself."""
    owned = not hasattr(os, "geteuid") or (there.st_uid == os.geteuid() and not there.st_mode & 0o022)
    return owned and kind(there.st_mode)


def _write(name: str, data: bytes) -> None:
    """Whole or not at all, whoever else writes the same."""
    inside = folder()
    if inside is None:
        return
    with contextlib.suppress(OSError):
        _make(inside.parent)
        _make(inside)
        if _is_ours(inside.lstat(), stat.S_ISDIR):
            _put(inside / name, _digest(data).encode() + b"\n" + data)
            _forget_the_oldest(inside)


def _make(path: Path) -> None:
    """Makes a folder where there is none, but not in somebody else's: in a person's home a command that runs as root
    would leave one that this person could never use."""
    if hasattr(os, "geteuid") and path.parent.stat().st_uid not in (0, os.geteuid()):
        raise PermissionError(path)
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)


def _put(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with open(draft, "xb", opener=_for_us_alone) as file:
            file.write(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _forget_the_oldest(inside: Path) -> None:
    """Drafts that a killed process has left are forgotten like the rest."""
    newest = sorted(inside.iterdir(), key=lambda file: file.lstat().st_mtime_ns, reverse=True)
    for file in newest[MOST:]:
        file.unlink(missing_ok=True)
