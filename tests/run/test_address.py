"""The address of the web process: what cannot be had is told by the setting that is to blame, and IPv6 is one."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import ConfigError
from worker.web import address

try:
    socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    IPV6 = True
except OSError:
    IPV6 = False

needs_ipv6 = pytest.mark.skipif(not IPV6, reason="this machine has no IPv6")
NOT_HERE = "192.0.2.1"  # kept for documentation: nobody has it


def refusal(host: str, port: int) -> str:
    with pytest.raises(ConfigError) as refused:
        address.check(host, port)
    [mistake] = refused.value.mistakes
    return mistake


@pytest.mark.parametrize(
    ("host", "in_url", "from_here"),
    [
        ("127.0.0.2", "http://127.0.0.2:80", "http://127.0.0.2:80"),
        ("0.0.0.0", "http://0.0.0.0:80", "http://127.0.0.1:80"),
        ("::", "http://[::]:80", "http://[::1]:80"),
        ("::1", "http://[::1]:80", "http://[::1]:80"),
        ("worker.example", "http://worker.example:80", "http://worker.example:80"),
    ],
)
def test_how_it_is_called(host: str, in_url: str, from_here: str) -> None:
    assert (address.url(host, 80), address.url_here(host, 80)) == (in_url, from_here)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0.0.0.0", *(pytest.param(each, marks=needs_ipv6) for each in ("::", "::1"))]
)
def test_what_can_be_had_is_not_refused(host: str) -> None:
    address.check(host, 0)


def test_a_port_that_is_taken_is_the_ports_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert refusal("127.0.0.1", port).startswith(f"PORT: found {port}, which another program has on 127.0.0.1, exp")


@pytest.mark.parametrize("host", [NOT_HERE, "no-such-host.invalid", "a" * 70])
def test_a_host_that_is_not_this_machine_is_the_hosts_fault(host: str) -> None:
    mistake = refusal(host, 0)
    assert mistake.startswith(f"HOST: found '{host}', ") and mistake.endswith(": set HOST")
    assert "PORT" not in mistake and "\n" not in mistake


def test_a_port_for_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refused)
    assert refusal("127.0.0.1", 80).startswith("PORT: found 80, which only root may have")


def test_the_web_process_alone_says_the_same_line(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA_", "REDIS_"))}
    env |= {"JIRA_URL": "http://127.0.0.1:9", "JIRA_TOKEN": "t", "JIRA_WEBHOOK_SECRETS": "s"}
    env |= {"REDIS_URL": "redis://127.0.0.1:9/0", "HOST": NOT_HERE}
    start = [sys.executable, "-m", "worker.commands.main", "web"]
    ended = subprocess.run(start, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"HOST: found '{NOT_HERE}', ") and ended.stderr.count("\n") == 1
