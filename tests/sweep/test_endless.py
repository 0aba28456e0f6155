"""A search that gets no further ends as incomplete: its pages repeat, or there is always one more."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sweep.conftest import NOW
from tests.sweep.test_pages import GRADED, asked
from worker.errors import TryAgain
from worker.jira.search import pages
from worker.jira.signin.credentials import Credentials
from worker.jira.site import Site
from worker.look.context import Context
from worker.sweep import sweep

Answer = dict[str, Any]


def page(first: int, many: int = 100) -> list[Answer]:
    return [{"id": str(id), "key": f"SUP-{id}", "fields": {}} for id in range(first, first + many)]


def always_the_same(_: Mapping[str, Any], number: int) -> Answer:
    return {"issues": page(1), "total": 10**9, "nextPageToken": f"token {number}"}


def always_nothing(_: Mapping[str, Any], number: int) -> Answer:
    return {"issues": [], "total": 10**9, "nextPageToken": f"token {number}"}


def every_other(_: Mapping[str, Any], number: int) -> Answer:
    return {"issues": page(1 + 100 * (number % 2)), "total": 10**9, "nextPageToken": f"token {number}"}


ENDLESS = [always_the_same, always_nothing, every_other]


@pytest.fixture
def site(jira: Sandbox) -> Site:
    return Site(Credentials(jira.url, jira.email() if jira.flavour == "cloud" else None, jira.token()))


def answering(monkeypatch: pytest.MonkeyPatch, how: Any, only: str = "") -> list[int]:
    """Every search with these words in it is answered so; gives the numbers of those that were made."""
    asked_for: list[int] = []
    whole = Site.send

    def send(self: Site, method: str, path: str, body: Any = None, **query: Any) -> Any:
        if "/search" not in path or only not in str(body):
            return whole(self, method, path, body, **query)
        asked_for.append(len(asked_for))
        assert len(asked_for) < 200, "it does not end"
        return how(body, asked_for[-1])

    monkeypatch.setattr(Site, "send", send)
    return asked_for


@pytest.mark.parametrize("how", ENDLESS)
def test_a_search_without_an_end_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    made = answering(monkeypatch, how)
    with pytest.raises(TryAgain):
        list(pages(site, "labels = x", []))
    assert len(made) <= 22


def test_a_total_that_grows_with_each_page_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "cloud", False)
    made = answering(monkeypatch, lambda body, number: {"issues": page(100 * number + 1), "total": 100 * number + 200})
    with pytest.raises(TryAgain, match="no end: Jira found 200 issues at first"):
        list(pages(Site(Credentials("https://jira.example", None, "t")), "labels = x", []))
    assert len(made) < 20


@pytest.mark.parametrize("total", [None, "many", []])
def test_a_page_without_a_total_may_not_be_the_last(monkeypatch: pytest.MonkeyPatch, total: object) -> None:
    monkeypatch.setattr(Site, "cloud", False)
    answering(monkeypatch, lambda *_: {"issues": page(1), "total": total})
    with pytest.raises(TryAgain, match="number of issues"):
        list(pages(Site(Credentials("https://jira.example", None, "t")), "labels = x", []))


def test_a_few_more_than_at_first_are_no_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "cloud", False)
    sizes = iter([(1, 100, 150), (101, 100, 260), (201, 60, 260)])

    def answer(*_: object) -> Answer:
        first, many, total = next(sizes)
        return {"issues": page(first, many), "total": total}

    answering(monkeypatch, answer)
    found = pages(Site(Credentials("https://jira.example", None, "t")), "labels = x", [])
    assert sum(len(each.candidates) for each in found) == 260


@pytest.mark.parametrize("how", ENDLESS)
def test_the_others_go_on(context: Context, jira: Sandbox, monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    keys = asked(jira, 2)
    answering(monkeypatch, how, only="sev-1")
    swept = sweep.sweep(context, NOW)
    assert list(swept.incomplete) == [GRADED] and keys <= set(swept.due.values())
