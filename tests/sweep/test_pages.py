"""Pages that fail, pages with nonsense in them: what was found counts, what is missing is tried again."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
import redis
import responses

from sandbox import Sandbox
from sandbox.http.faults import broken, refused, too_many
from tests.storytelling import Clock
from tests.sweep.conftest import NOW, TOLD, built, graded
from worker.errors import TryAgain, Unauthorized
from worker.jira.search import Candidate, pages, read
from worker.jira.signin.credentials import Credentials
from worker.jira.site import Site
from worker.look.context import Context
from worker.look.due import DueState
from worker.queue.workqueue import WorkQueue
from worker.sweep import sweep
from worker.sweep.nomination import Nomination

REQUESTS, GRADED = "open requests", "graded tickets"


def asked(jira: Sandbox, many: int) -> set[str]:
    keys = {jira.create_ticket("OPS", labels=["escalation-requested"]) for _ in range(many)}
    jira.reindex()
    return keys


def test_a_page_that_fails_once_is_asked_for_again(context: Context, jira: Sandbox) -> None:
    keys = asked(jira, 3)
    jira.faults.add(broken(503, path="search", times=1))
    jira.faults.add(refused(path="search", skip=1, times=1))
    swept = sweep.whole(context, NOW)
    assert set(swept.due.values()) == keys


def test_a_page_that_fails_for_good_leaves_the_sweep_unfinished(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    context = built(jira, clock, kv, limit=1_000)
    asked(jira, 150)
    jira.faults.add(broken(503, path="search", says="escalation-requested", skip=1, times=3))
    swept = sweep.sweep(context, NOW)
    assert list(swept.incomplete) == [REQUESTS]
    assert not swept.due, "no first contact is touched while nobody knows how many there are"
    with pytest.raises(TryAgain, match="open requests did not end") as found:
        swept.ensure_finished()
    assert found.value.down
    assert len(sweep.whole(context, NOW).due) == 150


def test_what_was_found_before_a_page_failed_is_marked(context: Context, jira: Sandbox) -> None:
    for key in [graded(jira, replace(TOLD, told=None)) for _ in range(130)]:
        context.due_states.remember(jira.issue(key).id, DueState(ours=True, untold=True))
    jira.reindex()
    jira.faults.add(broken(500, path="search", says="sev-1", skip=1, times=3))
    swept = sweep.sweep(context, NOW)
    assert list(swept.incomplete) == [GRADED]
    assert len(swept.due) == 100 and context.queue.sizes()["dirty"] == 100


def test_the_other_searches_still_run(context: Context, jira: Sandbox) -> None:
    keys = asked(jira, 2)
    jira.faults.add(broken(500, path="search", says="escalation-evaluation", times=3))
    swept = sweep.sweep(context, NOW)
    assert list(swept.incomplete) == ["open evaluations"]
    assert set(swept.due.values()) == keys


def test_a_long_pause_is_not_sat_out(context: Context, jira: Sandbox) -> None:
    jira.faults.add(too_many(60, path="search", times=None))
    swept = sweep.sweep(context, NOW)
    assert len(swept.incomplete) == 3
    searches = [call for call in jira.calls() if "search" in call.path]
    assert len(searches) <= 3, "all keep the pause, but for those that were under way"


def test_wrong_credentials_end_the_sweep(context: Context, jira: Sandbox) -> None:
    _ = context.site.api
    jira.faults.add(broken(401, path="search", times=None))
    with pytest.raises(Unauthorized):
        sweep.sweep(context, NOW)


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"fields": {}}, {"id": "x", "fields": {}}, {"id": "7"}])
def test_nonsense_is_no_candidate(odd: object) -> None:
    assert isinstance(read(odd), str)


@responses.activate
def test_nonsense_in_a_page_is_skipped_and_counted(kv: redis.Redis) -> None:
    site = Site(Credentials("https://example.atlassian.net", "a@example.com", "t"))
    _says(responses, [{"id": "7", "key": "SUP-7", "fields": {"parent": None}}, {"id": None}, {"id": "8"}, None])
    [page] = pages(site, "labels = x", ["parent"])
    assert page.candidates == (Candidate("7", "SUP-7", {"parent": None}),)
    assert page.nonsense == ("an issue without an id", "an issue without fields", "an issue without an id")


@responses.activate
@pytest.mark.parametrize("answer", [[], "x", None, {}, {"issues": "x"}])
def test_what_is_no_page_is_tried_again_and_given_up(answer: object) -> None:
    site = Site(Credentials("https://example.atlassian.net", "a@example.com", "t"))
    responses.get("https://example.atlassian.net/rest/api/2/serverInfo", json={"deploymentType": "Cloud"})
    responses.post("https://example.atlassian.net/rest/api/3/search/jql", json=answer)
    with pytest.raises(TryAgain):
        list(pages(site, "labels = x", []))
    assert len([call for call in responses.calls if "search" in call.request.url]) == 3


def _says(mock: Any, issues: list[Any]) -> None:
    mock.get("https://example.atlassian.net/rest/api/2/serverInfo", json={"deploymentType": "Cloud"})
    mock.post("https://example.atlassian.net/rest/api/3/search/jql", json={"issues": issues, "isLast": True})


def test_an_issue_that_moved_to_the_next_page_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(Credentials("https://example.atlassian.net", "a@example.com", "t"))
    both = iter([{"issues": [_issue(1), _issue(2)], "nextPageToken": "n"}, {"issues": [_issue(2), _issue(3)]}])
    monkeypatch.setattr(Site, "cloud", True)
    monkeypatch.setattr(Site, "send", lambda *_: next(both))
    assert [[each.id for each in page.candidates] for page in pages(site, "x", [])] == [["1", "2"], ["3"]]


def _issue(number: int) -> dict[str, Any]:
    return {"id": str(number), "key": f"SUP-{number}", "fields": {}}


def test_what_a_page_finds_is_marked_before_the_next_is_asked_for(
    context: Context, jira: Sandbox, kv: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = [jira.create_ticket("OPS") for _ in range(120)]
    for key in story:
        jira.create_subtask(key, by="bot", labels=("escalation-evaluation",))
    jira.reindex()
    log: list[int] = []
    monkeypatch.setattr(WorkQueue, "mark", lambda self, ids: log.append(len(ids)))
    assert len(sweep.sweep(context, NOW).due) == 120
    assert [marked for marked in log if marked] == [100, 20]


def test_a_search_that_turns_in_a_circle_ends_as_incomplete(
    context: Context, jira: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(jira, 2)
    page = {"issues": [_issue(1)], "nextPageToken": "again"}
    whole = Site.send

    def send(self: Site, method: str, path: str, body: Any = None, **query: Any) -> Any:
        turns = "sev-1" in str(body) and path == "/search/jql"
        return page if turns else whole(self, method, path, body, **query)

    monkeypatch.setattr(Site, "send", send)
    swept = sweep.sweep(context, NOW)
    if context.site.cloud:
        assert list(swept.incomplete) == [GRADED] and "circle" in str(swept.incomplete[GRADED])
    assert len(swept.due) == 2, "the others go on"


def test_a_ticket_that_is_gone_while_its_evaluations_are_asked_for(context: Context, jira: Sandbox) -> None:
    """Jira refuses the whole search for one ticket that does not exist; the index has not heard of it."""
    both = [jira.create_ticket("OPS", labels=["escalation-requested"]) for _ in range(2)]
    for key in both:
        jira.create_subtask(key, by="bot", labels=("escalation-evaluation",))
        jira.close(jira.issue(key).subtasks[0])
    jira.reindex()
    candidates = [Candidate(jira.issue(key).id, key, {"subtasks": [{}]}) for key in both]
    gone = candidates[0].id
    jira.delete(both[0])
    nomination = Nomination(context, NOW)
    found = nomination._with_evaluations([each.id for each in candidates])
    assert found == {candidates[1].id} and gone not in found


def test_pages_are_asked_for_ahead_of_the_work_and_searches_side_by_side(
    context: Context, jira: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(130):
        graded(jira, replace(TOLD, told=None))
    jira.reindex()
    under_way, most = 0, 0
    whole = Site.call
    lock = threading.Lock()

    def call(self: Site, method: str, path: str, **how: Any) -> Any:
        nonlocal under_way, most
        with lock:
            under_way += "search" in path
            most = max(most, under_way)
        try:
            time.sleep(0.05 if "search" in path else 0)
            return whole(self, method, path, **how)
        finally:
            with lock:
                under_way -= "search" in path

    monkeypatch.setattr(Site, "call", call)
    sweep.sweep(context, NOW)
    assert most == 3
