#!/usr/bin/env bash
# holidays 0.109: without `language` a holiday's name is in the language of the process (LANG), so that a name
# that is taken out on one machine cannot be found on another: KeyError, with the same code and the same country.
# Seen: "Karfreitag" under LANG=C, "Good Friday" under en_US.UTF-8 and "วันศุกร์ประเสริฐ" under th_TH.UTF-8; taking out
# "Karfreitag" works under the first alone. What helps: language=calendar.default_language.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" holidays==0.109 2>/dev/null
export PYTHONPATH="$folder/site"
ask() {
    env -u LC_ALL -u LC_MESSAGES -u LANGUAGE LANG="$1" python3 - <<'PYTHON'
from datetime import date
import holidays
germany = holidays.country_holidays("DE", years=2027)
print(germany[date(2027, 3, 26)], end=" ")
try:
    germany.pop_named("Karfreitag")
    print("taken out")
except KeyError:
    print("KeyError")
PYTHON
}
found=$(ask C; ask en_US.UTF-8; ask th_TH.UTF-8)
echo "$found"
[ "$found" = "Karfreitag taken out
Good Friday KeyError
วันศุกร์ประเสริฐ KeyError" ]
