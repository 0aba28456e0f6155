#!/usr/bin/env bash
# Babel 2.19.0 (CLDR 42 and later): between the hour and PM stands U+202F, a narrow space that does not break. It looks
# like a space, and no search for "9:00 PM" finds it: not in Jira, not in a test, not in a mail filter. \s does.
# Seen: '9:00\u202fPM' in en and en_CA (there 'p.m.'), and no such space in en_GB, whose clock has 24 hours.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" babel==2.19.0 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import re
from datetime import time
from babel.dates import format_time
said = {locale: format_time(time(21), "short", locale=locale) for locale in ("en", "en_CA", "en_GB")}
print({locale: ascii(text) for locale, text in said.items()})
assert said == {"en": "9:00\u202fPM", "en_CA": "9:00\u202fp.m.", "en_GB": "21:00"}
assert "9:00 PM" not in said["en"] and re.fullmatch(r"9:00\sPM", said["en"])
PYTHON
