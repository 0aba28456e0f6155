#!/usr/bin/env bash
# A Unix socket's database is named `?db=` for redis-py and `?virtual_host=` for kombu (Celery's transport), and each passes over the
# other's word without saying so: with one address for both, the client and the broker work in two different databases.
# Likewise kombu takes any `redis+x://host` and dials localhost, while redis-py refuses it. No server is needed: this reads what
# each would connect to. Seen with kombu 5.7.0 and redis 8.1.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check kombu==5.7.0 redis==8.1.0 packaging
"$folder/venv/bin/python" - <<'PYTHON'
import kombu
import redis
from kombu.transport import get_transport_cls


def kombus(url):
    """What kombu's Redis transport would connect with, read before anything is sent."""
    channel = object.__new__(get_transport_cls("redis").Channel)
    channel.connection = type("Transport", (), {"client": kombu.Connection(url), "default_port": 6379})()
    found = channel._connparams()
    return found.get("path") or found.get("host", "localhost"), found["db"]


def pys(url):
    found = redis.ConnectionPool.from_url(url).connection_kwargs
    return found.get("path") or found.get("host"), found.get("db", 0)


seen = {
    "redis-py  unix:///run/kv.sock?db=2": pys("unix:///run/kv.sock?db=2"),
    "kombu     redis+socket:///run/kv.sock?db=2": kombus("redis+socket:///run/kv.sock?db=2"),
    "kombu     redis+socket:///run/kv.sock?virtual_host=2": kombus("redis+socket:///run/kv.sock?virtual_host=2"),
    "redis-py  unix:///run/kv.sock?virtual_host=2": pys("unix:///run/kv.sock?virtual_host=2"),
    "kombu     redis+cluster://kv:7000/0": kombus("redis+cluster://kv:7000/0"),
}
for what, where in seen.items():
    print(f"{what:55} -> {where}")
assert list(seen.values()) == [
    ("/run/kv.sock", 2), ("/run/kv.sock", 0), ("/run/kv.sock", 2), ("/run/kv.sock", 0), ("localhost", 0),
], "this has changed"
PYTHON
