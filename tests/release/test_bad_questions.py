"""What nobody should write, and somebody will: one helpful line, exit 2 or 400, no stack trace, no answer."""

from collections.abc import Iterator

import pytest
import requests

from tests.release.conftest import Nobody, NoStore, Run, rules, served, unasked
from worker.release.gate import Gate
from worker.release.http import GateHttp
from worker.release.overrides import Overrides

WRONG = [
    ("at", "2026-11-24T10:00:00", "with its offset"),
    ("at", "2026-11-24", "with its offset"),
    ("at", "tomorrow", "expected a timestamp"),
    ("at", "", "expected a timestamp"),
    ("at", "1764000000", "expected a timestamp"),
    ("at", "2026-02-30T10:00-05:00", "expected a timestamp"),
    ("at", "2026-11-24T25:00-05:00", "expected a timestamp"),
    ("at", "2026-11-24T10:00-25:00", "expected a timestamp"),
    ("at", "2026-11-24T10:00 America/New_York", "expected a timestamp"),
    ("at", "0001-01-01T00:00+14:00", "expected a year from"),
    ("at", "9999-12-31T23:59:59.999999-14:00", "expected a year from"),
    ("at", "2199-12-31T23:59:59-05:00", "expected a year from"),
    ("at", "1969-12-31T23:59:59+00:00", "expected a year from"),
    ("at", "12026-11-24T10:00-05:00", "expected a timestamp"),
    ("at", "2026-11-24T10:00-05:00" + "0" * 5_000, "expected a timestamp"),
    ("at", "\u0662\u0660\u0662\u0666-11-24T10:00Z", "expected a timestamp"),
    ("at", "2026-11-24T10:00-05:00\n", None),
    ("duration", "20", "such as 90s"),
    ("duration", "0m", "above zero"),
    ("duration", "-5m", "such as 90s"),
    ("duration", "1.5h", "such as 90s"),
    ("duration", "", "such as 90s"),
    ("duration", "99999999d", "at most 366d"),
    ("duration", "9" * 4_000 + "m", "such as 90s"),
    ("duration", "PT20M", "such as 90s"),
    ("issue", "", "an issue key"),
    ("issue", "SUP", "an issue key"),
    ("issue", "SUP-0", "an issue key"),
    ("issue", "SUP-01", "an issue key"),
    ("issue", "10041", "an issue key"),
    ("issue", "SUP-1,SUP-2", "once for each"),
    ("issue", "../../rest/api/2/myself", "an issue key"),
    ("issue", "SUP-1?fields=x", "an issue key"),
    ("issue", "SUP-\u0661", "an issue key"),
    ("issue", "S" * 5_000 + "-1", "an issue key"),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    http = GateHttp(Gate(rules(), unasked), Overrides(NoStore()), Nobody())  # type: ignore[arg-type]
    with served(http) as url:
        yield url


@pytest.mark.parametrize(("name", "value", "hint"), WRONG)
def test_by_command_line(run: Run, name: str, value: str, hint: str | None) -> None:
    ran = run("gate", f"--{name}={value}")
    if hint is None:
        assert ran.code in (0, 10)
        return
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"--{name}: found ") and hint in ran.err
    assert ran.err.count("\n") == 1 and len(ran.err) < 300


@pytest.mark.parametrize(("name", "value", "hint"), WRONG)
def test_over_http(url: str, name: str, value: str, hint: str | None) -> None:
    answer = requests.get(f"{url}/gate", params={name: value}, timeout=10)
    if hint is None:
        assert answer.status_code in (200, 423)
        return
    assert answer.status_code == 400
    told = answer.json()
    assert (told["allowed"], told["reason_code"], told["issues"]) == (False, "bad-request", [])
    assert told["reason"].startswith(f"{name}: found ") and hint in told["reason"]
    assert "\n" not in told["reason"] and len(told["reason"]) < 300


def test_too_many_issues(url: str, run: Run) -> None:
    keys = [f"SUP-{number}" for number in range(1, 52)]
    answer = requests.get(f"{url}/gate", params={"issue": keys}, timeout=10)
    assert (answer.status_code, "at most 50" in answer.json()["reason"]) == (400, True)
    assert run("gate", *(f"--issue={key}" for key in keys)).code == 2
    at = {"at": "2026-11-24T23:00-05:00"}
    assert requests.get(f"{url}/gate", params={"issue": keys[:50] * 2, **at}, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("issues=SUP-1", "did you mean issue?"),
        ("now=2h", "known here: issue, duration, at"),
        ("at=2026-11-24T10:00Z&at=2026-11-24T11:00Z", "expected one"),
        ("duration=1h&duration=2h", "expected one"),
    ],
)
def test_what_the_gate_does_not_know_is_not_ignored(url: str, query: str, hint: str) -> None:
    answer = requests.get(f"{url}/gate?{query}", timeout=10)
    assert answer.status_code == 400 and hint in answer.json()["reason"]


def test_a_plus_that_nobody_escaped_is_understood(url: str) -> None:
    told = requests.get(f"{url}/gate?at=2026-11-24T10:00:00+01:00", timeout=10).json()
    assert told["evaluated_at"] == "2026-11-24T04:00:00-05:00"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("gate", "SUP-1"), "did you mean --issue SUP-1?"),
        (("gate", "--isue", "SUP-1"), "--issue"),
        (("gate", "--issue"), "requires an argument"),
        (("gate", "--wait", "soon"), "--wait: found 'soon'"),
        (("gate", "--wait", "2h", "--at", "2026-11-24T10:00Z"), "a rehearsal does not wait"),
        (("gate", "--json", "explain"), "escalation gate explain"),
        (("gate", "explain", "--at", "now"), "--at: found 'now'"),
        (("explain",), "expected a ticket's key, or --grade"),
        (("explain", "--grade", "SEV-2"), "expected a ticket's key, or --grade"),
        (("explain", "SUP-1", "--grade", "SEV-2"), "and not both"),
        (("explain", "SUP 1"), "KEY: found 'SUP 1'"),
        (("explain", "--grade", "SEV-9", "--graded-at", "2026-11-24T10:00Z"), "expected one of SEV-1, SEV-2, OTHER"),
        (("explain", "--grade", "SVE-2", "--graded-at", "2026-11-24T10:00Z"), "did you mean"),
        (("explain", "--grade", "SEV-2", "--graded-at", "2026-11-24T10:00"), "with its offset"),
        (("explain", "--grade", "SEV-2", "--graded-at", "9999-12-31T10:00Z"), "expected a year from"),
    ],
)
def test_one_line_and_exit_2(run: Run, words: tuple[str, ...], hint: str) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err and ran.err.count("\n") == 1
