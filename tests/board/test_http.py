"""The board over HTTP: who may see it, what a browser may do with it, and what is left when Redis is away."""

import base64
from dataclasses import replace

import redis
import requests

from tests.board.conftest import Board, Watched, served
from worker.look.failures import Failed
from worker.look.snapshots import Snapshots

TOKEN = "a token of this test"


def test_whoever_has_no_token_sees_nothing(story: Watched, board: Board) -> None:
    story.request()
    with served(board.http(TOKEN)) as url:
        for headers in ({}, _basic("wrong"), {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Basic ÿ"}):
            answer = requests.get(url, headers={k: v.encode("latin-1") for k, v in headers.items()}, timeout=5)
            assert answer.status_code == 401 and story.key not in answer.text
            assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_browser_and_a_script_show_the_token(story: Watched, board: Board) -> None:
    story.request()
    with served(board.http(TOKEN)) as url:
        for headers in (_basic(TOKEN), {"Authorization": f"Bearer {TOKEN}"}):
            answer = requests.get(url, headers=headers, timeout=5)
            assert answer.status_code == 200 and story.key in answer.text and "Erin Engineering" in answer.text


def test_names_are_shown_only_behind_a_token(story: Watched, board: Board) -> None:
    story.request()
    with served(board.http()) as url:
        answer = requests.get(url, timeout=5)
    assert answer.status_code == 200 and "Engineering Manager" in answer.text and "Erin" not in answer.text


def test_why_something_failed_is_told_only_behind_a_token(story: Watched, board: Board) -> None:
    failed = Failed(
        "assign engineering-manager", "Erin Engineering cannot be assigned.", "Let Erin be assigned issues."
    )
    story.context.failures.note("1", "SUP-9", [failed])
    with served(board.http()) as url, served(board.http(TOKEN)) as kept:
        open_to_all = requests.get(url, timeout=5).text
        known = requests.get(kept, headers=_basic(TOKEN), timeout=5).text
    assert "Erin Engineering cannot" in known and "Let Erin" in known
    assert "Erin" not in open_to_all and "SUP-9" in open_to_all
    assert "assign engineering-manager" in open_to_all and "escalation failures list" in open_to_all


def test_it_loads_nothing_from_elsewhere_and_may_not_be_framed(story: Watched, board: Board) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    with served(board.http()) as url:
        answer = requests.get(url, timeout=5)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert "style=" not in answer.text and "<svg" in answer.text
        for name in ("style.css", "board.css", "board.js", "board.svg"):
            file = requests.get(f"{url}/board/{name}", timeout=5)
            assert file.status_code == 200 and "https:" not in file.text and name in answer.text + "board.js"
        assert requests.post(url, timeout=5).status_code == 405


def test_without_redis_it_says_so_and_still_shows_the_light(board: Board, valkey_gone: redis.Redis) -> None:
    board.sources = replace(board.sources, memory=Snapshots(valkey_gone))
    with served(board.http()) as url:
        answer = requests.get(url, timeout=5)
    assert answer.status_code == 503 and "Redis does not answer" in answer.text and "Release window" in answer.text


def test_the_report_of_what_is_known(story: Watched, board: Board) -> None:
    story.request()
    with served(board.http(TOKEN)) as url, served(board.http()) as open_to_all:
        assert requests.get(f"{url}/report", timeout=5).status_code == 401
        known = requests.get(f"{url}/report", headers=_basic(TOKEN), timeout=5)
        bare = requests.get(f"{open_to_all}/report", timeout=5)
    assert known.status_code == 200 and "Sam Support" in known.text and f'href="/ticket/{story.key}"' in known.text
    assert bare.status_code == 200 and "Sam" not in bare.text and "Who waits for whom" in bare.text
    assert "default-src 'none'" in known.headers["Content-Security-Policy"]


def test_a_part_is_shared_by_its_address(story: Watched, board: Board) -> None:
    story.request()
    with served(board.http(TOKEN)) as url:
        for asked, there in (("?project=SUP", True), ("?project=OPS", False), ("", True)):
            answer = requests.get(f"{url}/{asked}", headers=_basic(TOKEN), timeout=5)
            assert answer.status_code == 200 and (f'id="open-{story.key}"' in answer.text) == there


def test_many_readers_cost_one_page(board: Board) -> None:
    made = []
    http = board.http()
    clock = board.clock
    http.clock = lambda: made.append(1) or clock()  # type: ignore[func-returns-value]
    with served(http) as url:
        for _ in range(10):
            assert requests.get(url, timeout=5).status_code == 200
    assert len(made) <= 2


def _basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()}
