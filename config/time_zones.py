"""Which rules of time zones are used: the system's, or those of the `tzdata` package, whichever are newer.

Python takes the system's wherever there are any, and a system that nobody keeps up to date would then move a promise by
an hour.
"""

import os
import zoneinfo
from functools import cache
from pathlib import Path

import tzdata

_ENVIRONMENT = "PYTHONTZPATH"
_PACKAGES = Path(tzdata.__file__).parent / "zoneinfo"


@cache
def in_use() -> str:
    """The release of the rules in use, and whose they are: `2026f (tzdata 2026.6)`."""
    if zoneinfo.TZPATH in ((), (str(_PACKAGES),)):
        return f"{tzdata.IANA_VERSION} (tzdata {tzdata.__version__})"
    return f"{_systems() or 'an unknown release'} (the system's; tzdata has {tzdata.IANA_VERSION})"


def use_the_newest() -> None:
    """From now on use the newer rules in this process, unless somebody chose a folder for Python (PYTHONTZPATH).

    The package's are named as a folder too, where they lie in one: Python's own way to them loads half of its library
    (findings/one-zone-from-tzdata-loads-half-the-library.sh).
    """
    if _ENVIRONMENT not in os.environ and _systems() <= tzdata.IANA_VERSION:
        zoneinfo.reset_tzpath((str(_PACKAGES),) if _PACKAGES.is_dir() else ())
        zoneinfo.ZoneInfo.clear_cache()


def _systems() -> str:
    """The release of the system's rules, such as 2025b; "" where it has none or does not say."""
    return next((found for folder in zoneinfo.TZPATH if (found := _release(Path(folder)))), "")


def _release(folder: Path) -> str:
    """What a folder of compiled rules says in its first line, as the makers of the rules ship it."""
    try:
        with (folder / "tzdata.zi").open(encoding="ascii") as file:
            return file.readline().removeprefix("# version ").strip()
    except (OSError, UnicodeDecodeError):
        return ""
