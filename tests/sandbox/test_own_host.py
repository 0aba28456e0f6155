"""The sandbox's page is nobody else's: a foreign name that leads to this machine gets nothing of it."""

import pytest
import requests

from sandbox import Sandbox


@pytest.mark.parametrize("path", ["/", "/sandbox/api/site", "/sandbox/page.js", "/browse/SUP-1", "/_edge/x"])
def test_only_under_its_own_host(path: str) -> None:
    with Sandbox() as jira:
        for named in ("evil.example", "evil.example:8090", "127.0.0.1.evil.example", "localhost.evil.example", ""):
            answer = requests.get(f"{jira.url}{path}", headers={"Host": named}, timeout=5, allow_redirects=False)
            assert answer.status_code in (400, 421), named
        for named in ("localhost", "127.0.0.1:1", "[::1]:8090"):
            answer = requests.get(f"{jira.url}{path}", headers={"Host": named}, timeout=5, allow_redirects=False)
            assert answer.status_code != 421, named


def test_an_act_under_another_name_does_nothing() -> None:
    with Sandbox() as jira:
        before = len(jira.tickets())
        answer = requests.post(
            f"{jira.url}/sandbox/api/tickets", json={"project": "SUP"}, headers={"Host": "evil.example"}, timeout=5
        )
        assert answer.status_code == 421 and len(jira.tickets()) == before
