#!/usr/bin/env bash
# holidays 0.109: a country can have no holiday in a year, and nothing says so: neither a warning nor an error, and the
# 1st of January is a working day. Ukraine keeps none while it is at war (from 2023 on), Sri Lanka's next year is not
# published yet, and Bouvet Island never had any.
# Seen: 0 holidays for UA and LK in 2027 (UA 2021: more than ten), none in any year for BV, and no warning at all.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" holidays==0.109 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import warnings
from datetime import date
import holidays
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    found = {code: len(holidays.country_holidays(code, years=2027)) for code in ("UA", "LK", "BV", "DE")}
    ever = len(holidays.country_holidays("BV", years=range(2000, 2051)))
    worked = holidays.country_holidays("UA", years=2027).is_working_day(date(2027, 1, 1))
print(found, ever, worked, len(said))
assert found["UA"] == found["LK"] == found["BV"] == ever == 0 < found["DE"]
assert len(holidays.country_holidays("UA", years=2021)) > 10
assert worked and not said
PYTHON
