"""Bad days on demand, the log of calls, and the hooks around them."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import requests

from sandbox import PortTaken, Sandbox
from sandbox.http import faults
from sandbox.http.server import bind

Calls = Callable[..., Any]


def test_too_many_requests_in_every_spelling(cloud: Sandbox, client: Calls) -> None:
    call = client(cloud)
    for wait in (7, None, "soon", 10**9, datetime(2026, 11, 23, 10, tzinfo=UTC)):
        cloud.faults.add(faults.too_many(wait, path="/myself$"))
    headers = [call("GET", "myself").headers for _ in range(5)]
    waits = [h.get("Retry-After") for h in headers]
    assert waits == ["7", None, "soon", "1000000000", "Mon, 23 Nov 2026 10:00:00 GMT"]
    assert headers[0]["RateLimit-Reason"] == "jira-burst-based"
    assert call("GET", "myself").status_code == 200


def test_the_nth_call_of_somebody_breaks(jira: Sandbox, client: Calls) -> None:
    jira.faults.add(faults.broken(502, method="GET", path="/myself$", account="bot", skip=1, times=2))
    assert [client(jira)("GET", "myself").status_code for _ in range(4)] == [200, 502, 502, 200]
    jira.faults.add(faults.unavailable(3, account="bot"))
    assert client(jira, "sam")("GET", "myself").status_code == 200
    assert client(jira)("GET", "myself").headers["Retry-After"] == "3"


@pytest.mark.parametrize(("fault", "done"), [(faults.refused, 0), (faults.lost_answer, 1)])
def test_a_connection_breaks_before_or_after_the_work(jira: Sandbox, client: Calls, fault: Any, done: int) -> None:
    key, call = jira.create_ticket("SUP", "Broken"), client(jira)
    jira.faults.add(fault(method="POST"))
    with pytest.raises(requests.ConnectionError):
        call("POST", f"issue/{key}/comment", {"body": call.text("Hello")})
    assert len(jira.issue(key).comments) == done
    assert "status" not in jira.calls()[-1].line() and jira.calls()[-1].fault
    assert call("GET", "myself").status_code == 200


def test_slow_and_silent_answers(jira: Sandbox, client: Calls) -> None:
    call = client(jira)
    jira.faults.add(faults.Fault("slow", seconds=0.1))
    started = monotonic()
    assert call("GET", "myself").status_code == 200 and monotonic() - started >= 0.1
    jira.faults.add(faults.Fault("hang", seconds=1))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{jira.url}/rest/api/2/serverInfo", timeout=0.2)
    jira.faults.latency = 0.05
    started = monotonic()
    assert call("GET", "myself").status_code == 200 and monotonic() - started >= 0.05


def test_one_issue_takes_twenty_writes_in_two_seconds(cloud: Sandbox, client: Calls) -> None:
    key, call = cloud.create_ticket("SUP", "Broken"), client(cloud)
    cloud.faults.write_limit = True
    answers = [call("PUT", f"issue/{key}/properties/n", n + 1) for n in range(21)]
    assert {a.status_code for a in answers[:20]} <= {200, 201}
    assert answers[20].status_code == 429 and answers[20].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert call("GET", f"issue/{key}").status_code == 200


def test_the_log_tells_accounts_apart_and_keeps_no_token(jira: Sandbox, client: Calls, tmp_path: Path) -> None:
    client(jira)("GET", "myself", expand="groups")
    client(jira, "sam")("GET", "myself")
    (record,) = jira.calls()
    assert (record.method, record.query, record.status, record.account) == ("GET", "expand=groups", 200, "bot")
    assert len(jira.calls("sam")) == 1 and len(jira.calls(None)) == 2
    assert jira.write_log(tmp_path / "log", None) == 2
    assert jira.token() not in (tmp_path / "log").read_text()


def test_hooks_stand_before_and_after_the_work(jira: Sandbox, client: Calls) -> None:
    key, call, seen = jira.create_ticket("SUP", "Broken"), client(jira), []
    jira.on_call(lambda moment, record: seen.append((moment, record.method, len(jira.issue(key).comments))))
    call("POST", f"issue/{key}/comment", {"body": call.text("Hello")})
    assert seen == [("before", "POST", 0), ("after", "POST", 1)]


def test_a_taken_port_is_refused_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTaken, match="Choose another port"):
            bind("127.0.0.1", other.getsockname()[1])
