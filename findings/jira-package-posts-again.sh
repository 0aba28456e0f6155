#!/usr/bin/env bash
# jira 3.10.5: its session tries a POST again when the connection broke after Jira had taken it, as it does with a GET.
# Jira's POST is not idempotent: an issue or a comment is there twice, and the caller learns of one.
# Seen: a server that takes every POST and answers only the second has taken two, for one add_comment with
# max_retries=1; with max_retries=0 one, and an error.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" jira==3.10.5 2>/dev/null
export PYTHONPATH="$folder/site"
python3 - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import jira, requests
taken = []
class Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        if len(taken) == 1:
            self.close_connection = True  # taken, and the answer lost
            return
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        body = b'{"id": "1", "self": "http://127.0.0.1/comment/1", "body": "x"}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
found = {}
for retries in (1, 0):
    taken.clear()
    client = jira.JIRA(address, get_server_info=False, max_retries=retries, token_auth="x")
    try:
        client.add_comment("SUP-1", "said once")
        end = "answered"
    except (requests.ConnectionError, jira.JIRAError) as error:
        end = "an error"
    found[retries] = (len(taken), end)
server.shutdown()
print(found)
assert found == {1: (2, "answered"), 0: (1, "an error")}
PYTHON
