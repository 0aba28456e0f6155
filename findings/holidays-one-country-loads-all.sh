#!/usr/bin/env bash
# holidays 0.109: asking for one country's calendar imports the modules of all countries, because each lies in the
# package holidays.countries, whose own __init__ imports them all. Its lazy registry does not help.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" --disable-pip-version-check --quiet install holidays==0.109
"$dir/venv/bin/python" - <<'PY'
import sys

import holidays

before = {name for name in sys.modules if name.startswith("holidays.countries.")}
assert holidays.country_holidays("US", years=2026)
after = {name for name in sys.modules if name.startswith("holidays.countries.")}
print(f"holidays {holidays.__version__}: {len(before)} countries loaded before, {len(after)} after asking for the US alone")
assert not before and len(after) > 200
PY
