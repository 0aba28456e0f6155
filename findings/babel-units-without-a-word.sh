#!/usr/bin/env bash
# Babel 2.18.0: format_unit says the unit's key instead of its name in many locales that it knows, Bengali and Azerbaijani
# among them, without an error. Mended in 2.19.0.
# Seen: two hours in Bengali are "2 duration-hour" in 2.18.0, and so in 528 locales; in 2.19.0 in none.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" babel==2.18.0 2>/dev/null
export PYTHONPATH="$folder/site"
said() {
    python3 - <<'PYTHON'
from babel.localedata import locale_identifiers
from babel.units import format_unit
said = {each: format_unit(2, "duration-hour", locale=each) for each in locale_identifiers()}
print(said["en"], "/", said["bn"], "/", sum("duration" in words for words in said.values()))
PYTHON
}
older=$(said)
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/newer" babel==2.19.0 2>/dev/null
newer=$(PYTHONPATH="$folder/newer" said)
echo "2.18.0: $older; 2.19.0: $newer"
[ "$older" = "2 hours / 2 duration-hour / 528" ] && [[ "$newer" != *duration* && "$newer" = *"/ 0" ]]
