"""Which rules of time zones a process uses: the newer ones, whoever ships them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tzdata

ASK = """
import sys, zoneinfo
zoneinfo.reset_tzpath([sys.argv[1]])
from config import time_zones
from zoneinfo import ZoneInfo
from datetime import datetime
print(datetime(2027, 1, 15, 12, tzinfo=ZoneInfo("America/Vancouver")).utcoffset(), time_zones.in_use())
"""


def in_use(folder: Path, release: str, **environment: str) -> str:
    """What a process says whose system has these rules: New York's, called Vancouver's to be told apart."""
    (folder / "America").mkdir(exist_ok=True)
    there = Path(tzdata.__file__).parent / "zoneinfo" / "America" / "New_York"
    (folder / "America" / "Vancouver").write_bytes(there.read_bytes())
    if release:
        (folder / "tzdata.zi").write_text(f"# version {release}\n")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONTZPATH"} | environment
    asked = [sys.executable, "-c", ASK, str(folder)]
    return subprocess.run(asked, env=kept, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("release", ["", "2025b", "2026a"])
def test_older_rules_of_the_system_are_passed_over(release: str, tmp_path: Path) -> None:
    assert in_use(tmp_path, release) == f"-1 day, 17:00:00 {tzdata.IANA_VERSION} (tzdata {tzdata.__version__})"


def test_newer_rules_of_the_system_are_used(tmp_path: Path) -> None:
    assert in_use(tmp_path, "2199a").endswith(f"19:00:00 2199a (the system's; tzdata has {tzdata.IANA_VERSION})")


def test_a_folder_that_somebody_chose_is_used(tmp_path: Path) -> None:
    chosen = in_use(tmp_path, "2025b", PYTHONTZPATH=str(tmp_path))
    assert chosen.endswith(f"19:00:00 2025b (the system's; tzdata has {tzdata.IANA_VERSION})")
