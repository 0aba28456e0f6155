"""Hostile intake: whatever is sent to the web process, by those who know a secret and those who do not.

Only the statuses of the contract ever come back, memory stays bounded, and what is marked is an issue id.
"""

import copy
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.intake import LARGEST, MIB, NEW, OLD, Door, body, bomb, event, of_size, opened, signed
from worker.queue import store
from worker.queue.workqueue import WorkQueue
from worker.run import embedded_redis

CAPTURED = Path(__file__).parents[3] / "shared" / "webhooks"
CONTRACT = {204, 400, 403, 413, 503}
KNOWN = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def door(valkey: embedded_redis.Server) -> Iterator[Door]:
    with store.connect(valkey.url) as client:
        client.flushall()
    with opened(valkey.url) as found:
        yield found


@pytest.fixture
def queue(kv: redis.Redis, door: Door) -> WorkQueue:
    """Emptied, so that what a test finds in it is its own."""
    found = WorkQueue(kv)
    found.begin(patience=0)
    return found


def marked(kv: redis.Redis) -> set[str]:
    """Everything that was put into the queue."""
    return {str(id) for name in kv.scan_iter("*dirty*") for id in _members(kv, name)}


def _members(kv: redis.Redis, name: str) -> list[Any]:
    kind: Any = kv.type(name)
    if kind == "zset":
        return list(kv.zrange(name, 0, -1))  # type: ignore[arg-type]
    if kind == "hash":
        return list(kv.hkeys(name))  # type: ignore[arg-type]
    return list(kv.smembers(name)) if kind == "set" else []  # type: ignore[arg-type]


# -- who may knock


def test_a_signed_delivery_marks_its_issue(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    """Else the tests below would prove nothing."""
    assert door.deliver(body()) == 204
    assert marked(kv) == {"10040"}


def forms(good: str) -> dict[str, str | None]:
    value = good.partition("=")[2]
    return {
        "none at all": None,
        "empty": "",
        "only a method": "sha256=",
        "only a value": value,
        "another's": signed(body(), b"a secret of nobody"),
        "of another body": signed(b"{}"),
        "without a secret": signed(body(), b""),
        "sha1": signed(body(), method="sha1"),
        "md5": signed(body(), method="md5"),
        "sha256 called none": f"none={value}",
        "sha256 called sha512": f"sha512={value}",
        "sha256 called hmac": f"hmac-sha256={value}",
        "cut": good[:-1],
        "longer": f"{good}0",
        "twice": f"{good},{good}",
        "quoted": f'"{good}"',
        "two equals": good.replace("=", "=="),
        "letters that look like it": good.replace("a", "\u00aa"),
        "very long": "sha256=" + "0" * 7_000,
        "shake": f"shake_256={value}",
    }


@pytest.mark.parametrize("form", list(forms("=")))
def test_who_does_not_sign_right_does_nothing(door: Door, queue: WorkQueue, kv: redis.Redis, form: str) -> None:
    given = forms(signed(body()))[form]
    assert door.knock(body(), {} if given is None else {"X-Hub-Signature": given}) == 403
    assert marked(kv) == set()


HEAD = "POST /webhooks/jira HTTP/1.1\r\nHost: x\r\n"
UPLOADS = ["Content-Length: 26214400", "Content-Length: 99999999999", "Transfer-Encoding: chunked"]


@pytest.mark.parametrize("upload", UPLOADS)
@pytest.mark.parametrize("signature", ["", "X-Hub-Signature: md5=00\r\n", "X-Hub-Signature: =sha256\r\n"])
def test_who_does_not_even_sign_need_not_send_the_body(door: Door, upload: str, signature: str) -> None:
    assert b" 403 " in door.raw(f"{HEAD}{signature}{upload}\r\n\r\n".encode())


@pytest.mark.parametrize("pieces", [1, 20])
def test_whoever_sends_a_large_body_unsigned_hears_why_it_was_not_taken(door: Door, pieces: int) -> None:
    """Also a client that reads no answer before it has sent everything."""
    before = door.memory()
    for _ in range(5):
        assert door.knock(bytes(20 * MIB) if pieces == 1 else (bytes(MIB) for _ in range(pieces))) == 403
    assert door.memory() - before < 10


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512", "SHA256", "Sha512"])
@pytest.mark.parametrize("secret", [NEW, OLD])
def test_the_methods_that_jira_may_use_under_either_secret(
    door: Door, queue: WorkQueue, method: str, secret: bytes
) -> None:
    good = signed(body(), secret, method.lower()).replace(method.lower(), method)
    assert door.knock(body(), {"X-Hub-Signature": good}) == 204
    assert door.knock(body(), {"x-HUB-signature": f"  {good.upper()} "}) == 204


def test_two_signatures_are_not_twice_the_chance(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    """Whichever of two headers counts, a wrong one alone never opens."""
    whole = body()
    head = f"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: {len(whole)}\r\n"
    wrong = f"X-Hub-Signature: {signed(whole, b'wrong')}\r\n"
    assert b" 403 " in door.raw(f"{head}{wrong}{wrong}\r\n".encode() + whole)
    assert marked(kv) == set()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_verbs_do_nothing(door: Door, queue: WorkQueue, kv: redis.Redis, method: str) -> None:
    assert door.knock(body(), {"X-Hub-Signature": signed(body())}, method=method) in (405, 404)
    assert marked(kv) == set()


def test_a_replay_is_one_look(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    for _ in range(5):
        assert door.deliver(body(), X_Atlassian_Webhook_Identifier="one") == 204
    lease = queue.claim("10040")
    assert lease and queue.done(lease)
    for identifier in ("one", "one"):
        assert door.deliver(body(), X_Atlassian_Webhook_Identifier=identifier) == 204
    assert queue.claim("10040") is None, "and it asks for no second one"


# -- what may be sent

BOMB = bomb(40 * MIB)
ODD_BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "XML": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    "invalid UTF-8": b'{"webhookEvent": "\xff\xfe"}',
    "UTF-16": '{"webhookEvent": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"issue": {"id": NaN}}',
    "infinity": b'{"issue": {"id": -Infinity}}',
    "a lone surrogate": b'{"issue": {"id": "\\ud800"}}',
    "deep lists": b"[" * 200_000 + b"]" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a huge number": b'{"issue": {"id": ' + b"9" * 100_000 + b"}}",
    "a huge exponent": b'{"issue": {"id": 1e999999}}',
    "zero bytes": bytes(5_000),
    "a bomb": BOMB,
}


@pytest.mark.parametrize("what", ODD_BODIES)
def test_odd_bodies_are_refused_or_passed_over(door: Door, queue: WorkQueue, kv: redis.Redis, what: str) -> None:
    assert door.deliver(ODD_BODIES[what]) in (204, 400)
    assert marked(kv) == set() and door.serves()


HALF = "\ud83d"  # as `json.dumps` writes it, the half of an emoji that cutting a text at a length leaves over
CUT = {
    "in a summary": {"issue": {"id": "10040", "fields": {"summary": HALF, "labels": ["escalation-requested"]}}},
    "in a label": {"issue": {"id": "10040", "fields": {"labels": ["escalation-requested", HALF]}}},
    "in a name": {"user": {"accountId": HALF, "displayName": HALF}},
    "in a key": {HALF: HALF},
    "in a change": {"changelog": {"items": [{"field": "labels", "fromString": HALF, "toString": f"sev-{HALF}"}]}},
    "in the instant of a comment": {"comment": {"id": "7", "updated": HALF, "body": HALF}},
}


@pytest.mark.parametrize("where", CUT)
def test_half_an_emoji_costs_no_delivery(door: Door, queue: WorkQueue, kv: redis.Redis, where: str) -> None:
    """Jira does not send again what it was told is no JSON."""
    assert door.deliver(body(**CUT[where])) == 204
    assert marked(kv) == {"10040"} and door.serves()


def test_half_an_emoji_alone_is_passed_over(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    assert door.deliver(ODD_BODIES["a lone surrogate"]) == 204
    odd = {"id": "10040", "fields": {"labels": [f"escalation{HALF}"]}}
    assert door.deliver(body(webhookEvent="jira:issue_created", issue=odd)) == 204
    assert marked(kv) == set()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_compressed_body_is_never_unpacked(door: Door, queue: WorkQueue, encoding: str) -> None:
    before = door.memory()
    assert door.deliver(BOMB, Content_Encoding=encoding) == 400
    assert door.memory() - before < 20


def test_the_last_of_two_equal_keys_counts_and_harms_nobody(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    twice = body().replace(b'"id": "10040"', b'"id": "../../x", "id": "10041"')
    assert door.deliver(twice) == 204
    assert marked(kv) <= {"10041"}


ODD_IDS = ["", "x", "-1", "1.5", "1e3", "\u0661\u0662", "10040\n", " 10040", "1" * 21, "*", "10040 OR 1=1", "{10040}"]


@pytest.mark.parametrize("id", [*ODD_IDS, None, True, 1.5, -1, [], {}, [10040], {"id": 1}])
def test_what_is_no_id_is_not_marked(door: Door, queue: WorkQueue, kv: redis.Redis, id: Any) -> None:
    issue = {"id": id, "fields": {"labels": ["escalation-requested"]}}
    assert door.deliver(body(issue=issue)) == 204
    assert marked(kv) == set()


def test_a_label_without_end_is_not_thought_about_for_long(door: Door, queue: WorkQueue) -> None:
    """Labels are compared with ours to find those that were meant to be: that must not be a way to keep us busy."""
    labels = ["escalation-request" * 500_000, *(f"escalation-request{number}" for number in range(500))]
    whole, began = body(issue={"id": "10040", "fields": {"labels": labels}}), time.monotonic()
    assert door.deliver(whole) == 204
    assert time.monotonic() - began < 3, "a label of Jira's has at most 255 characters"


@pytest.mark.parametrize(
    "half", [b"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf", b"POST /"]
)
def test_who_hangs_up_halfway_does_no_harm(door: Door, queue: WorkQueue, kv: redis.Redis, half: bytes) -> None:
    wires = [socket.create_connection(("127.0.0.1", door.port), timeout=5) for _ in range(50)]
    for wire in wires:
        wire.sendall(half)
    assert door.deliver(body()) == 204, "the others are served meanwhile"
    for wire in wires:
        wire.close()
    assert door.serves() and marked(kv) == {"10040"}


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5_000, "1, 2", "0x10"])
def test_a_length_that_is_none(door: Door, queue: WorkQueue, kv: redis.Redis, length: str) -> None:
    head = f"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    answer = door.raw(head.encode() + body())
    assert b" 400 " in answer or b" 413 " in answer or answer == b""
    assert door.serves() and marked(kv) == set()


# -- real deliveries, and what becomes of them in bad hands


def captured() -> list[Path]:
    return sorted(CAPTURED.glob("*.json"))


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured deliveries are not beside this checkout")
def test_every_captured_delivery_is_taken(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    assert len(captured()) >= 10
    for path in captured():
        assert door.deliver(path.read_bytes()) == 204, path.name
    assert all(id.isdigit() for id in marked(kv))


SEEDS = [event(), *(json.loads(path.read_bytes()) for path in captured())]
NONSENSE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["escalation-requested", "sev-1", "labels", "10040", "../../1", "\x00", "bot", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in places(one, (*path, name)))]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A delivery with parts left out, replaced, nested into themselves, or with bytes changed."""
    whole = {"root": copy.deepcopy(draw(st.sampled_from(SEEDS)))}
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from([place for place in places(whole) if place]))
        target: Any = whole
        for step in path:
            target = target[step]
        match draw(st.sampled_from(["replace", "replace", "drop", "nest"])):
            case "drop" if path:
                target.pop(last)
            case "nest":
                target[last] = [copy.deepcopy(target[last])] * 2
            case _:
                target[last] = draw(NONSENSE)
    written = json.dumps(whole["root"]).encode()
    cut = draw(st.none() | st.integers(0, len(written)))
    return written if cut is None else written[:cut] + draw(st.binary(max_size=3)) + written[cut + 1 :]


@KNOWN
@given(whole=mutated(), known=st.booleans())
def test_no_mutation_is_answered_otherwise_than_promised(
    door: Door, queue: WorkQueue, kv: redis.Redis, whole: bytes, known: bool
) -> None:
    status = door.deliver(whole) if known else door.knock(whole, {"X-Hub-Signature": signed(whole, b"guessed")})
    assert status in CONTRACT and (known or status == 403)
    assert all(id.isascii() and id.isdigit() and len(id) <= 20 for id in marked(kv))


@KNOWN
@given(
    header=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300),
    identifier=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300),
)
def test_no_header_is_answered_otherwise_than_promised(
    door: Door, queue: WorkQueue, header: str, identifier: str
) -> None:
    names = {"X-Hub-Signature": header, "X-Atlassian-Webhook-Identifier": identifier}
    assert door.knock(body(), names) == 403
    assert door.knock(body(), names | {"X-Hub-Signature": signed(body())}) == 204


# -- size


def test_the_largest_is_taken_and_one_byte_more_is_not(door: Door, queue: WorkQueue, kv: redis.Redis) -> None:
    largest = of_size(LARGEST)
    assert len(largest) == LARGEST and door.deliver(largest) == 204
    assert marked(kv) == {"10040"}
    above = of_size(LARGEST + 1)
    head = f"POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: {signed(above)}\r\n"
    assert b" 413 " in door.raw(f"{head}Content-Length: {len(above)}\r\n\r\n".encode())
    pieces = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in (above[:LARGEST], above[LARGEST:])]
    assert b" 413 " in door.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *pieces, b"0\r\n\r\n")


@pytest.mark.slow
def test_memory_does_not_grow_with_what_is_sent(door: Door, queue: WorkQueue) -> None:
    largest = of_size(LARGEST)
    for _ in range(2):
        door.deliver(largest)
    before = door.memory()
    for number in range(20):
        status = door.deliver(largest) if number % 2 else door.knock(largest, {"X-Hub-Signature": "sha256=00"})
        assert status == (204 if number % 2 else 403)
    for _ in range(5):
        assert door.knock((bytes(MIB) for _ in range(25)), {"X-Hub-Signature": "sha256=00"}) == 403
    # A body is held once while it is read; what the allocator keeps of it for the next is no leak, 25 bodies would be.
    assert door.memory() - before < 4 * LARGEST / MIB
