"""`GET /gate` as a pipeline meets it: statuses, headers, the JSON, who may ask, and what else the process serves
meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from config import protocol_file
from config.settings import Settings
from sandbox.http import faults
from tests.release.conftest import TOKEN, Nobody, NoStore, Shop, get, rules, served, unasked
from worker.release.gate import Gate
from worker.release.http import GateHttp
from worker.release.overrides import Overrides
from worker.run import embedded_redis, web_process

TUESDAY, NIGHT = "2026-11-24T10:00:00-05:00", "2026-11-24T23:00:00-05:00"
KEYS = {
    "allowed", "reason_code", "reason", "evaluated_at", "timezone", "in_business_hours", "window_closes_at",
    "next_opening", "issues", "override", "rehearsal", "protocol_clause", "version",
}  # fmt: skip


def http(clock: str = TUESDAY, **changes: Any) -> GateHttp:
    """A gate whose clock stands still, without Jira and Redis."""
    gate = Gate(rules(), changes.pop("known", unasked))
    overrides = changes.pop("overrides", Overrides(NoStore()))
    at = datetime.fromisoformat(clock).astimezone(UTC)
    return GateHttp(gate, overrides, Nobody(), clock=lambda: at, **changes)


def test_yes() -> None:
    with served(http(NIGHT)) as url:
        answer = get(url, params={"issue": ["SUP-1", "SUP-2"]})
    told = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "Retry-After" not in answer.headers
    assert told.keys() == KEYS
    assert (told["allowed"], told["reason_code"], told["rehearsal"]) == (True, "open", False)
    assert told["evaluated_at"] == NIGHT and told["window_closes_at"] == "2026-11-25T07:00:00-05:00"
    assert [(issue["key"], issue["grade"], issue["decided_at"]) for issue in told["issues"]] == [
        ("SUP-1", None, None),
        ("SUP-2", None, None),
    ]


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [
        (TUESDAY, 11 * 3600),
        ("2026-11-24T20:59:59-05:00", 1),
        ("2026-11-24T20:59:59.999999-05:00", 1),
        ("2026-11-01T07:00:00-05:00", 14 * 3600),
        ("2026-11-24T07:00:00-05:00", 14 * 3600),
    ],
)
def test_wait_says_how_long(clock: str, seconds: int) -> None:
    with served(http(clock)) as url:
        answer = get(url)
    assert (answer.status_code, int(answer.headers["Retry-After"])) == (423, seconds)
    assert answer.json().keys() == KEYS


def test_a_gate_that_never_opens_asks_for_a_day() -> None:
    never = replace(http(), gate=Gate(rules(freezes=["2026-01-01/2028-12-31"]), unasked))
    with served(never) as url:
        answer = get(url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (423, "86400")
    assert answer.json()["next_opening"] is None and "does not open within 400 days" in answer.json()["reason"]


@pytest.mark.parametrize("at", [TUESDAY, NIGHT])
def test_a_rehearsal_says_that_it_is_one(at: str) -> None:
    with served(http()) as url:
        told = get(url, params={"at": at}).json()
    assert told["rehearsal"] is True and told["allowed"] is (at == NIGHT)
    assert told["reason"].startswith("rehearsal for ") and "no answer for now" in told["reason"]


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN])
def test_who_may_ask(given: str | None) -> None:
    headers = {"Authorization": given} if given is not None else {}
    with served(http(NIGHT, token=SecretStr(TOKEN))) as url:
        refused = get(url, headers=headers, params={"at": "nonsense"})
        assert refused.status_code == 401, "the credential comes before everything else"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.json().keys() == KEYS and refused.json()["allowed"] is False
        assert TOKEN not in refused.text
        assert get(url, headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_a_mistake_of_ours_reads_as_cannot_tell() -> None:
    def broken(keys: Any) -> Any:
        raise ZeroDivisionError

    with served(http(known=broken, overrides=Overrides(NoStore()))) as url:
        answer = get(url, params={"issue": "SUP-1"})
    assert (answer.status_code, answer.json()["reason_code"], answer.json()["allowed"]) == (503, "cannot-tell", False)
    assert "ZeroDivision" not in answer.text and "Traceback" not in answer.text


def test_other_verbs_and_paths() -> None:
    with served(http(NIGHT)) as url:
        assert requests.post(f"{url}/gate", timeout=5).status_code == 405
        assert requests.delete(f"{url}/gate", timeout=5).status_code == 405
        assert requests.head(f"{url}/gate", timeout=5).status_code == 200
        assert requests.get(f"{url}/gate/override", timeout=5).status_code == 405


def test_curl_would_do(shop: Shop) -> None:
    """`curl -fsS` fails from 400 on, so every no must be there."""
    worst, bad = shop.graded("SEV-1"), shop.graded("SEV-2")
    shop.clock.at = datetime.fromisoformat(TUESDAY)
    before = shop.writes()
    with served(shop.http) as url:
        statuses = [get(url, params={"issue": keys}).status_code for keys in ([worst], [bad], [worst, bad], ["SUP-99"])]
        shop.jira.faults.add(faults.refused(times=None))
        shop.seconds.at += 60
        statuses.append(get(url, params={"issue": [worst]}).status_code)
        shop.clock.at = datetime.fromisoformat(NIGHT)
        statuses.append(get(url, params={"issue": [worst]}).status_code)
    assert statuses == [200, 423, 423, 503, 503, 200]
    assert shop.writes() == before, "asking never writes"


@pytest.mark.slow
def test_a_slow_jira_does_not_stop_others() -> None:
    def slow(keys: Any) -> Any:
        sleep(1.5)
        return unasked(keys)

    class Empty(Overrides):
        def known(self, at: datetime) -> tuple[()]:
            return ()

    asked = http(known=slow, overrides=Empty(NoStore()))
    with served(asked) as url, ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(get, url, params={"issue": "SUP-1"}) for _ in range(3)]
        sleep(0.2)
        began = perf_counter()
        assert get(url).status_code == 423
        assert perf_counter() - began < 1.0
        assert [each.result().status_code for each in waiting] == [503] * 3


def test_the_web_process_serves_it(shop: Shop, valkey: embedded_redis.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put together as the web process does it, from settings alone."""
    key = shop.graded("SEV-2")
    settings = Settings(
        jira_url=shop.jira.url, jira_user=shop.jira.email(), jira_token=SecretStr(shop.jira.token()),
        redis_url=SecretStr(valkey.url), gate_token=SecretStr(TOKEN), gate_override_token=SecretStr("another token"),
    )  # fmt: skip
    protocol = protocol_file.load(settings.protocol_file)
    built = replace(web_process.gate(settings, protocol), clock=lambda: datetime.fromisoformat(TUESDAY))
    with served(built) as url:
        assert get(url, params={"issue": key}).status_code == 401
        answer = get(url, params={"issue": key}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["reason_code"]) == (423, "grade")
    routes = web_process.routes(settings, protocol)
    assert {"/gate", "/gate/override"} < {route.path for route in routes}  # type: ignore[attr-defined]
