#!/usr/bin/env bash
# tzdata 2026.2 (since 2024b): EST, MST and HST, which look like fixed offsets, are Panama, Phoenix and Honolulu, with
# all their history: a timestamp of 1967 in "MST" has summer time, and "EST" in 1900 is not a whole number of minutes.
# Seen: MST on 1967-07-01 is UTC-6 (MDT), HST on 1944-01-01 is UTC-9:30 (HWT), EST on 1900-01-01 is UTC-5:19:36 (CMT).
# What helps, where a fixed offset is meant: Etc/GMT+5, whose sign is the other way round.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" tzdata==2026.2 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import zoneinfo
from datetime import datetime, timedelta
zoneinfo.reset_tzpath(())  # the package's own, whatever the system has
found = {}
for name, day in (("MST", (1967, 7, 1)), ("HST", (1944, 1, 1)), ("EST", (1900, 1, 1)), ("Etc/GMT+5", (1967, 7, 1))):
    at = datetime(*day, tzinfo=zoneinfo.ZoneInfo(name))
    found[name] = (at.utcoffset(), at.tzname())
    print(name, *found[name])
assert found["MST"] == (-timedelta(hours=6), "MDT")
assert found["HST"] == (-timedelta(hours=9, minutes=30), "HWT")
assert found["EST"] == (-timedelta(hours=5, minutes=19, seconds=36), "CMT")
assert found["Etc/GMT+5"][0] == -timedelta(hours=5)
PYTHON
