"""Letting a fix ship against the rule: who may, for how long, what is left on the tickets, and what it does not do."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
import requests
from structlog.testing import CapturingLogger

from sandbox.http import faults
from tests.release.conftest import BOTH, OVERRIDE_TOKEN, TOKEN, Run, Shop, served
from worker.queue import store
from worker.release import granting as overriding
from worker.release import http as gate_http
from worker.release.overrides import Overrides
from worker.run import embedded_redis

TUESDAY = "2026-11-24T10:00:00-05:00"
WHY = "The fix for the outage in Ohio; the panel cannot be reached."


class Web:
    """The web process of a shop."""

    def __init__(self, url: str) -> None:
        self.url = url

    def override(self, *keys: str, token: str | None = OVERRIDE_TOKEN, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        given = {"issues": list(keys), "reason": WHY, "for": "2h", "by": "anna"} | body
        sent = {name: value for name, value in given.items() if value is not None}
        return requests.post(f"{self.url}/gate/override", json=sent, headers=headers, timeout=10)


@pytest.fixture
def web(shop: Shop) -> Iterator[Web]:
    shop.ask(at="2026-11-24T23:00:00-05:00")  # the clock stands at some time of that day
    shop.clock.at = shop.clock.at.replace(hour=10)
    with served(shop.http) as url:
        yield Web(url)


@BOTH
def test_the_life_of_an_override(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    assert not shop.ask(key).allowed
    granted = web.override(key)
    assert granted.status_code == 201, granted.text
    answer = shop.ask(key)
    assert (answer.verdict, answer.reason_code) == ("ship", "override")
    assert "overridden by anna until 12:00 ET" in answer.reason and WHY in answer.reason
    told = answer.to_json()
    assert told["override"][0]["by"] == "anna" and told["window_closes_at"] == "2026-11-24T12:00:00-05:00"
    shop.clock.forward(hours=2)
    assert not shop.ask(key).allowed
    assert shop.overrides.listed(shop.clock()) == ()


@BOTH
def test_it_leaves_an_internal_note_on_each_ticket(shop: Shop, web: Web) -> None:
    first, second = shop.jira.create_ticket("SUP"), shop.jira.create_ticket("SUP")
    granted = web.override(first, second).json()
    for key, note in zip((first, second), granted["notes"], strict=True):
        [comment] = shop.jira.issue(key).comments
        assert (note["noted_on"], note["comment"], note["problem"]) == (key, comment.id, None)
        assert not comment.public and comment.author == "bot"
        assert f"overridden for {key} until Tuesday, November 24, 2026, 12:00 PM ET" in comment.text
        assert "anna" in comment.text and WHY in comment.text
        assert (second if key == first else first) not in comment.text


@BOTH
def test_where_there_is_no_service_project_an_evaluation_is_noted_on_or_the_role(shop: Shop) -> None:
    key = shop.graded("SEV-2", "OPS")
    evaluation = shop.story.evaluation("client-contact")
    with served(shop.http) as url:
        note = Web(url).override(key, until="2026-11-23T12:00:00-05:00", **{"for": None}).json()["notes"][0]
    assert note["noted_on"] == evaluation.key
    shop.jira.user("bot").roles.add("Developers")
    shop.rules(internal={"role": "Developers"})
    with served(shop.http) as url:
        note = Web(url).override(key).json()["notes"][0]
    assert note["noted_on"] == key, note
    assert (shop.jira.issue(key).comments[-1].visibility or {})["value"] == "Developers"


def test_where_no_place_is_safe_it_says_so_and_holds(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("OPS")
    granted = web.override(key)
    assert granted.status_code == 201
    [note] = granted.json()["notes"]
    assert note["noted_on"] is None and "no place that clients cannot read" in note["problem"]
    assert shop.jira.issue(key).comments == ()
    assert shop.ask(key).allowed


def test_what_people_write_stays_text(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    assert web.override(key, reason="[~accountid:x] h1. now {adf}1{adf} # one", by="*root*").status_code == 201
    body = shop.jira.issue(key).comments[0].body
    kinds = {node["type"] for block in body["content"] for node in [block, *block.get("content", [])]}
    assert kinds <= {"paragraph", "text", "hardBreak"}


def test_a_note_that_comes_out_public_is_taken_back(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    shop.jira.faults.add(replace(faults.broken(201, path=r"/comment$"), body={"id": "99", "jsdPublic": True}))
    [note] = web.override(key).json()["notes"]
    assert "came out public" in note["problem"]
    assert any(call.method == "DELETE" and call.path.endswith("/comment/99") for call in shop.jira.calls())


def test_asking_twice_grants_once(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    first, second = web.override(key), web.override(key.lower())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert len(shop.jira.issue(key).comments) == 1
    assert len(shop.overrides.listed(shop.clock())) == 1


def test_asking_for_a_length_again_later_is_the_same_until_it_ends(shop: Shop, web: Web) -> None:
    """The answer was lost, and the minute is over when it is asked for again."""
    key = shop.jira.create_ticket("SUP")
    first = web.override(key).json()
    shop.clock.forward(minutes=5)
    second = web.override(key, **{"for": "120m"})
    assert (second.status_code, second.json()["until"]) == (200, first["until"])
    assert second.json()["granted_at"] == first["granted_at"]
    assert len(shop.jira.issue(key).comments) == 1
    shop.clock.forward(hours=2)
    third = web.override(key)
    assert third.status_code == 201 and third.json()["until"] > first["until"]
    assert len(shop.jira.issue(key).comments) == 2 and shop.ask(key).allowed


@pytest.mark.parametrize("other", [{"by": "ben"}, {"for": "3h"}, {"reason": "Another."}])
def test_another_request_is_another_override(shop: Shop, web: Web, other: dict[str, str]) -> None:
    key = shop.jira.create_ticket("SUP")
    assert [web.override(key).status_code, web.override(key, **other).status_code] == [201, 201]


def test_asking_until_the_same_minute_is_the_same_whoever_asks(shop: Shop, web: Web) -> None:
    key, ends = shop.jira.create_ticket("SUP"), {"for": None, "until": "2026-11-24T12:00:00-05:00"}
    assert web.override(key, **ends).status_code == 201
    shop.clock.forward(minutes=5)
    assert web.override(key, **ends, by="ben").status_code == 200


def test_jira_down_does_not_stop_it(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    shop.jira.faults.add(faults.unavailable(times=None))
    granted = web.override(key)
    assert granted.status_code == 201
    assert "Write the note by hand" in granted.json()["notes"][0]["problem"]
    assert shop.ask(key).allowed


def test_it_holds_for_its_tickets_alone(shop: Shop, web: Web) -> None:
    key, other, worst = shop.jira.create_ticket("SUP"), shop.graded("SEV-2"), shop.graded("SEV-1")
    shop.clock.at = shop.clock.at.replace(day=24, hour=10, minute=0)
    web.override(key)
    assert shop.says(key, other) == ("wait", "grade")
    assert shop.says(key, worst) == ("ship", "override")
    assert shop.says() == ("wait", "business-hours")


def test_a_release_must_end_before_it_does(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    web.override(key)
    question = f"{web.url}/gate?issue={key}&duration="
    assert requests.get(f"{question}2h", timeout=10).status_code == 200
    assert requests.get(f"{question}121m", timeout=10).status_code == 503


def test_losing_redis_shuts_the_gate_again(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    web.override(key)
    assert shop.ask(key).allowed
    shop.kv.flushall()
    assert not shop.ask(key).allowed
    gone = Overrides(store.connect("redis://127.0.0.1:1/0", patience=0.1))
    assert gone.known(shop.clock()) == ()


def test_redis_forgets_with_the_last_of_them(shop: Shop, web: Web) -> None:
    first, second = shop.jira.create_ticket("SUP"), shop.jira.create_ticket("SUP")
    web.override(first, **{"for": "3h"})
    web.override(second, **{"for": "1h"})
    left = shop.kv.ttl("gate:overrides")
    assert isinstance(left, int) and 3 * 3600 - 60 < left <= 3 * 3600 + 1
    shop.clock.forward(hours=2)
    web.override(second, **{"for": "1h"}, reason="again")
    assert len(shop.kv.hkeys("gate:overrides")) == 2  # type: ignore[arg-type]


def test_only_its_own_credential_will_do(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    for token in (None, "", "wrong", TOKEN, OVERRIDE_TOKEN + "x", OVERRIDE_TOKEN[:-1], "\u00c3\u00bcn\u00c3\u00afcode"):
        refused = web.override(key, token=token)
        assert refused.status_code == 401, token
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.json()["reason_code"] == "unauthorized"
    assert shop.jira.calls() == [] and shop.kv.keys("*") == []


def test_without_a_token_set_nobody_can(shop: Shop) -> None:
    for changes, why in (({"override_token": None}, "GATE_OVERRIDE_TOKEN"), ({"dry_run": True}, "DRY_RUN")):
        with served(replace(shop.http, **changes)) as url:
            refused = Web(url).override("SUP-1")
        assert refused.status_code == 403 and why in refused.json()["reason"]
    assert shop.writes() == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"issues": []}, "issues: found []"),
    ({"issues": "SUP-1"}, "a list of issue keys"),
    ({"issues": [7]}, "a list of issue keys"),
    ({"issues": ["SUP"]}, "an issue key"),
    ({"issues": [f"SUP-{n}" for n in range(1, 99)]}, "at most 50"),
    ({"issues": ["SUP-999"]}, "SUP-999"),
    ({"reason": None}, "reason: found None"),
    ({"reason": " … "}, "a few words"),
    ({"reason": "x" * 1001}, "at most 1000"),
    ({"reason": 7}, "a few words"),
    ({"by": ""}, "a few words"),
    ({"for": None}, "expected either 'for'"),
    ({"until": TUESDAY}, "and not both"),
    ({"for": "25h"}, "at most 24 hours"),
    ({"for": "2"}, "such as 90s"),
    ({"for": 7200}, "a duration such as 2h"),
    ({"for": None, "until": "2026-11-24T09:00:00-05:00"}, "lies ahead"),
    ({"for": None, "until": "2026-11-24T12:00:00"}, "with its offset"),
    ({"for": None, "until": "2026-11-26T12:00:00-05:00"}, "at most 24 hours"),
    ({"expires": "2h"}, "unknown key"),
    ({"reasons": "x"}, "did you mean reason"),
    ({"reason": "half a \ud83d"}, "expected a JSON object"),
    ({"by": "\ude00"}, "expected a JSON object"),
    ({"\ud800": 1}, "expected a JSON object"),
    ({"reason": "\x00\x07"}, "a few words"),
]


def test_what_is_kept_and_shown_is_one_line_of_what_can_be_seen(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    assert web.override(key, reason="Outage\n in\x00 Ohio\t", by="an\x1bna").status_code == 201
    [override] = shop.overrides.listed(shop.clock())
    assert (override.reason, override.by) == ("Outage in Ohio", "anna")


def test_what_is_asked_for_wrongly(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    for body, hint in WRONG:
        refused = web.override(key, **body)
        assert refused.status_code == 400, body
        assert hint in refused.json()["reason"] and "\n" not in refused.json()["reason"], body
    assert shop.kv.keys("*") == [] and shop.writes() == 0


def test_what_is_no_request_at_all(web: Web) -> None:
    headers = {"Authorization": f"Bearer {OVERRIDE_TOKEN}"}
    for body in (b"", b"{", b"[]", b"null", b"[" * 30_000, b"{" + b" " * 70_000 + b"}", b"\xff"):
        refused = requests.post(f"{web.url}/gate/override", data=body, headers=headers, timeout=10)
        assert (refused.status_code, refused.json()["reason_code"]) == (400, "bad-request"), body[:9]


def test_no_ticket_no_override_even_among_others(shop: Shop, web: Web) -> None:
    key = shop.jira.create_ticket("SUP")
    assert web.override(key, "SUP-999").status_code == 400
    assert shop.jira.issue(key).comments == () and not shop.ask(key).allowed


def test_without_redis_nothing_is_granted(shop: Shop) -> None:
    http = replace(shop.http, overrides=Overrides(store.connect("redis://127.0.0.1:1/0", patience=0.1)))
    key = shop.jira.create_ticket("SUP")
    with served(http) as url:
        refused = Web(url).override(key)
    assert refused.status_code == 503 and "Redis" in refused.json()["reason"]
    assert shop.jira.issue(key).comments == ()


def test_by_command_line(
    shop: Shop, web: Web, run: Run, valkey: embedded_redis.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.jira.create_ticket("SUP")
    words = ("gate", "override", f"--issue={key}", f"--reason={WHY}", "--for=2h", f"--url={web.url}")
    assert run(*words).code == 2
    monkeypatch.setenv("GATE_OVERRIDE_TOKEN", "wrong")
    ran = run(*words)
    assert (ran.code, "Authorization" in ran.err, "wrong" in ran.err) == (2, True, False)
    monkeypatch.setenv("GATE_OVERRIDE_TOKEN", OVERRIDE_TOKEN)
    granted = run(*words, "--by=anna")
    assert granted.code == 0 and f"{key}: noted on {key}" in granted.out
    assert run(*words, "--json").json["issues"] == [key]
    refused = run(*words[:-2], "--for=3d", words[-1])
    assert refused.code == 2 and "at most 24 hours" in refused.err
    unreachable = run(*words[:-1], "--url=http://127.0.0.1:1")
    assert unreachable.code == 3 and unreachable.err.count("\n") == 1
    monkeypatch.setenv("REDIS_URL", valkey.url)
    monkeypatch.setattr("worker.clock.now", shop.clock)
    listed = run("gate", "overrides")
    assert listed.code == 0 and f"{key}: until 12:00 ET" in listed.out and "by anna" in listed.out
    assert run("gate", "overrides", "--json").json[0]["issues"] == [key]
    shop.clock.forward(hours=3)
    assert "no overrides in force" in run("gate", "overrides").out
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    away = run("gate", "overrides")
    assert away.code == 3 and away.err.startswith("Redis cannot be used: it does not answer (connection refused). ")


def test_nonsense_in_redis_is_no_override(shop: Shop, kv: redis.Redis) -> None:
    for number, text in enumerate(("{", "{}", "[]", '{"id": 1}', "null")):
        kv.hset("gate:overrides", str(number), text)
    assert shop.overrides.listed(shop.clock()) == ()


def test_everything_is_logged_but_secrets(shop: Shop, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = CapturingLogger()
    for module in (gate_http, overriding):
        monkeypatch.setattr(module, "log", logged)
    key = shop.jira.create_ticket("SUP")
    web.override(key, token="a wrong but precious one")
    web.override(key)
    requests.get(f"{web.url}/gate?issue={key}", headers={"Authorization": "Bearer precious too"}, timeout=10)
    events = {call.args[0]: call.kwargs for call in logged.calls}
    assert events.keys() == {"gate refused", "gate overridden", "override answered", "gate asked"}
    assert (events["gate asked"]["issues"], events["gate asked"]["allowed"]) == (key, True)
    assert events["gate asked"]["who"]["address"] == "127.0.0.1"
    assert (events["gate overridden"]["by"], events["gate overridden"]["reason"]) == ("anna", WHY)
    assert OVERRIDE_TOKEN not in str(logged.calls) and "precious" not in str(logged.calls)
