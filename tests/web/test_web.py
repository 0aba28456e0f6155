"""Intake over real HTTP, with a real queue behind it."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from tests.web.serving import Site, serving
from worker.queue.workqueue import WorkQueue
from worker.run import embedded_redis
from worker.web import group_commit

DEEP = b"[" * 5000 + b"]" * 5000
REQUEST = {
    "webhookEvent": "jira:issue_updated",
    "user": {"accountId": "anna"},
    "issue": {"id": "10040", "fields": {"labels": ["escalation-requested"]}},
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 1.0)


@pytest.fixture
def queue(kv: redis.Redis) -> WorkQueue:
    opened = WorkQueue(kv)
    opened.begin(patience=0)
    return opened


@pytest.fixture
def site(valkey: embedded_redis.Server, queue: WorkQueue) -> Iterator[Site]:
    yield from serving(valkey.url)


def body(**changes: Any) -> bytes:
    return json.dumps(REQUEST | changes).encode()


def test_a_signed_request_is_in_the_queue_when_the_answer_comes(site: Site, queue: WorkQueue) -> None:
    assert site.post(body())[0] == 204
    assert queue.sizes()["dirty"] == 1
    assert queue.sizes()["bells"] == 1
    assert queue.claim("10040")


def test_only_deliveries_pass_by_the_routing(site: Site, queue: WorkQueue) -> None:
    assert site.ask("GET", "/webhooks/jira")[0] == 405
    assert site.ask("POST", "/webhooks/jira/elsewhere")[0] == 404
    assert site.ask("GET", "/healthz")[0] == 200
    assert queue.sizes()["dirty"] == 0


def test_each_delivery_has_a_trace_of_its_own(site: Site, queue: WorkQueue) -> None:
    for id in ("10040", "10041"):
        assert site.post(body(issue={"id": id, "fields": {"labels": ["sev-1"]}}))[0] == 204
    leases = [queue.claim(id) for id in ("10040", "10041")]
    traces = {lease.trace for lease in leases if lease}
    assert len(traces) == 2 and all(len(trace) == 8 and int(trace, 16) >= 0 for trace in traces)


def test_any_of_the_secrets_signs(site: Site) -> None:
    assert site.post(body(), secret=b"old")[0] == 204
    assert site.post(body(), secret=b"wrong")[0] == 403
    assert site.post(body(), secret=None)[0] == 403


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"[" * 5000 + b"}" * 5000])
def test_what_is_not_json(site: Site, raw: bytes) -> None:
    assert site.post(raw)[0] == 400


@pytest.mark.parametrize(
    "raw",
    [b"[]", b"null", b"1e999", b'"x"', b'{"issue": 7}', b'{"webhookEvent": "jira:issue_updated"}', DEEP],
)
def test_what_is_json_but_odd(site: Site, raw: bytes) -> None:
    assert site.post(raw)[0] == 204
    assert site.counts["accepted"] == 0


def test_too_large_by_what_it_says_and_by_what_it_is(site: Site) -> None:
    length = {"Content-Length": str(25 * 1024 * 1024 + 1)}
    assert site.post(b"", **length)[0] == 413
    assert site.post(b"", secret=None, **length)[0] == 403, "who does not sign is not asked how much it is"
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as raw:
        raw.sendall(b"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: sha256=00\r\n")
        raw.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        try:
            for _ in range(27):
                raw.sendall(chunk)
        except OSError:
            pass  # it hung up on us, with the answer already sent
        assert b" 413 " in raw.recv(100)


def test_the_same_delivery_twice_is_one_look(site: Site, queue: WorkQueue) -> None:
    assert site.post(body(), **{"X-Atlassian-Webhook-Identifier": "a"})[0] == 204
    lease = queue.claim("10040")
    assert lease and queue.done(lease)
    assert site.post(body(timestamp=1), **{"X-Atlassian-Webhook-Identifier": "a"})[0] == 204
    assert queue.claim("10040") is None


def test_our_echo_and_others_labels_leave_no_trace(site: Site, queue: WorkQueue) -> None:
    eventually(lambda: site.ask("GET", "/readyz")[2].find(b'"credentials":true') > 0)
    assert site.post(body(user={"accountId": "bot"}))[0] == 204
    assert site.post(body(issue={"id": "10041", "fields": {"labels": ["vip"]}}))[0] == 204
    assert queue.sizes()["dirty"] == 0
    assert site.counts["not-for-us"] == 2


def test_a_flood_is_taken_in(site: Site, queue: WorkQueue) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: site.post(body(timestamp=n))[0], range(500)))
    assert set(answers) == {204}
    assert queue.sizes()["bells"] == 1


def test_ready_means_redis_credentials_and_a_sweep(site: Site, queue: WorkQueue) -> None:
    assert site.ask("GET", "/healthz")[0] == 200
    status, _, answer = site.ask("GET", "/readyz")
    assert status == 503 and json.loads(answer)["sweep"] is False
    queue.sweep_finished()
    eventually(lambda: site.ask("GET", "/readyz")[0] == 200)


def test_what_is_red_says_what_to_do(site: Site, queue: WorkQueue, kv: redis.Redis) -> None:
    queue.sweep_finished()
    eventually(lambda: site.ask("GET", "/readyz")[0] == 200)
    assert all(value is True for value in json.loads(site.ask("GET", "/readyz")[2]).values())
    kv.set("sweep:held", 40)
    status, _, answer = site.ask("GET", "/readyz")
    told = json.loads(answer)
    assert status == 503 and told["first_contacts"] is False and told["sweep"] is True
    [sentence] = told["mend"]
    assert "escalation adopt --since" in sentence
    kv.delete("sweep:held")
    assert site.ask("GET", "/readyz")[0] == 200


@pytest.mark.slow
def test_without_redis_jira_is_asked_to_come_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes connections and never says a word
        for site in serving(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", probe=_refused):
            began = time.monotonic()
            status, headers = site.post(body())
            assert (status, headers["retry-after"]) == (503, "5")
            assert time.monotonic() - began < 4
            answer = json.loads(site.ask("GET", "/readyz")[2])
            assert len(answer.pop("mend")) == 5
            assert answer == dict.fromkeys(("redis", "credentials", "sweep", "first_contacts", "worker"), False)
            assert site.post(body(user={"accountId": "bot"}))[0] == 503, "nobody is an echo until we know who we are"


def _refused() -> str:
    raise PermissionError


def eventually(true: Callable[[], bool], patience: float = 5) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
