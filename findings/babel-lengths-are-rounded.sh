#!/usr/bin/env bash
# Babel 2.19.0: format_timedelta says less than it is given: from 85 % of the next unit on it takes that one, and it says
# one unit only. For a deadline that is a wrong sentence: twenty-one hours are "1 day", twenty-five days "4 weeks".
# Seen: 52 minutes are "1 hour", 21 hours and 35 hours are both "1 day", 25 days are "4 weeks", 90 minutes "2 hours".
# What helps: format_unit with the largest unit that divides the length.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" babel==2.19.0 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
from datetime import timedelta
from babel.dates import format_timedelta
lengths = [timedelta(minutes=52), timedelta(minutes=90), timedelta(hours=21), timedelta(hours=35), timedelta(days=25)]
said = [format_timedelta(length, locale="en") for length in lengths]
print(said)
assert said == ["1 hour", "2 hours", "1 day", "1 day", "4 weeks"]
PYTHON
