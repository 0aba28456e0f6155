#!/usr/bin/env bash
# holidays 0.109: `observed=False` is documented as leaving out the days on which holidays are made up for. For Japan it
# also leaves out a day of its own: the one between two holidays (国民の休日), which stands for nothing.
# Seen: 2026-09-22 is "国民の休日" with observed days and a working day without, though the days beside it stay holidays.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" holidays==0.109 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
from datetime import date
import holidays
with_them, without = (holidays.country_holidays("JP", years=2026, observed=o, language="ja") for o in (True, False))
days = [date(2026, 9, day) for day in (21, 22, 23)]
print([with_them.get(day) for day in days])
print([without.get(day) for day in days])
assert [with_them.get(day) for day in days] == ["敬老の日", "国民の休日", "秋分の日"]
assert [without.get(day) for day in days] == ["敬老の日", None, "秋分の日"]
assert without.is_working_day(days[1])
PYTHON
