#!/usr/bin/env bash
# uvicorn 0.54.0 (since 0.29): after an orderly shutdown on SIGTERM it raises the signal again against itself, so that
# the process does not end with 0: a supervisor, systemd or Kubernetes sees one that was killed (143), though every
# request was answered and lifespan ended. What helps: a handler of one's own before uvicorn.run, which is then called.
# Seen: "Finished server process", and exit status -15.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" uvicorn==0.54.0 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import signal, socket, subprocess, sys, time
serving = """
import sys, uvicorn
async def app(scope, receive, send):
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
uvicorn.run(app, port=int(sys.argv[1]))
"""
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
process = subprocess.Popen([sys.executable, "-c", serving, str(port)], stderr=subprocess.PIPE, text=True)
said = ""
while "Uvicorn running" not in said:
    said = process.stderr.readline()
process.send_signal(signal.SIGTERM)
rest = process.stderr.read()
code = process.wait(20)
print(rest.splitlines()[-1].split(" [")[0], code)
assert "Application shutdown complete." in rest and "Finished server process" in rest
assert code == -signal.SIGTERM
PYTHON
