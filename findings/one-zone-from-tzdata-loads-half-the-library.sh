#!/usr/bin/env bash
# zoneinfo with tzdata 2026.2: where the system has no zones (or none that are wanted), the first ZoneInfo is read through
# importlib.resources, which imports tempfile, and with it random, shutil, zipfile, bz2, lzma and forty more, to open one
# file of 3 kB that lies in an ordinary folder. Naming that folder (zoneinfo.reset_tzpath, PYTHONTZPATH) needs none of them.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" --disable-pip-version-check --quiet install tzdata==2026.2
cat >"$dir/ask.py" <<'PY'
import sys
import zoneinfo

import tzdata

folder = tzdata.__file__.removesuffix("__init__.py") + "zoneinfo"
zoneinfo.reset_tzpath([folder] if sys.argv[1:] == ["folder"] else [])
before = set(sys.modules)
assert zoneinfo.ZoneInfo("America/New_York")
loaded = {name for name in set(sys.modules) - before if not name.startswith("tzdata")}
print(len(loaded), *sorted(loaded & {"tempfile", "random", "shutil", "lzma"}))
PY
package=$("$dir/venv/bin/python" -I "$dir/ask.py") folder=$("$dir/venv/bin/python" -I "$dir/ask.py" folder)
echo "$("$dir/venv/bin/python" -V), tzdata 2026.2: modules loaded for one zone, from the package: $package; from its folder: $folder"
[ "${package%% *}" -gt 20 ] && [ "${package#* }" = "lzma random shutil tempfile" ] && [ "$folder" = "0 " -o "$folder" = 0 ]
