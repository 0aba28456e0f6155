"""The page's own calls: people click, and things happen as that person."""

from typing import Any

import requests

from sandbox import Sandbox
from sandbox.demo_tickets import seed


def ask(jira: Sandbox, path: str, wish: dict[str, Any] | None = None) -> Any:
    url = f"{jira.url}/sandbox/api{path}"
    answer = requests.get(url, timeout=5) if wish is None else requests.post(url, json=wish, timeout=5)
    return answer.json()


def test_the_page_is_there_and_loads_nothing_from_elsewhere(jira: Sandbox) -> None:
    page = requests.get(jira.url, timeout=5)
    assert page.status_code == 200 and "default-src 'none'" in page.headers["Content-Security-Policy"]
    for name in ("page.js", "page.css"):
        text = requests.get(f"{jira.url}/sandbox/{name}", timeout=5).text
        assert "http" not in text and "innerHTML" not in text


def test_a_ticket_is_filed_labelled_answered_and_closed(jira: Sandbox) -> None:
    key = ask(jira, "/tickets", {"summary": "Broken", "as": "clara"})["key"]
    ask(jira, f"/ticket/{key}/label", {"label": "escalation-requested", "as": "sam"})
    ask(jira, f"/ticket/{key}/comment", {"text": "Dear client", "public": True, "as": "sam"})
    ask(jira, f"/ticket/{key}/close", {"as": "sam"})
    ticket = ask(jira, f"/ticket/{key}")
    assert (ticket["reporter"], ticket["labels"], ticket["status"]) == ("clara", ["escalation-requested"], "Done")
    assert [(c["text"], c["public"], c["author"]) for c in ticket["comments"]] == [("Dear client", True, "sam")]
    assert ask(jira, "/tickets")[0]["key"] == key


def test_bad_days_and_time_are_set_from_the_page(jira: Sandbox) -> None:
    assert ask(jira, "/faults", {"action": "answer", "status": 503})["times"] == 1
    assert len(ask(jira, "/faults")) == 1
    ask(jira, "/faults/clear", {})
    assert ask(jira, "/faults") == []
    before = jira.state.now()
    assert ask(jira, "/settings", {"latency": 0.01, "forward": 3600})["latency"] == 0.01
    assert (jira.state.now() - before).total_seconds() == 3600


def test_odd_wishes_are_refused_kindly(jira: Sandbox) -> None:
    key = jira.create_ticket("SUP", "Broken")
    assert "error" in ask(jira, f"/ticket/{key}/label", {"label": "two words"})
    assert "error" in ask(jira, f"/ticket/{key}/dance", {})
    assert "error" in ask(jira, "/ticket/NOPE-1")
    assert "error" in ask(jira, "/faults", {"action": "answer", "nonsense": 1})
    foreign = requests.post(f"{jira.url}/sandbox/api/tickets", data="{}", timeout=5)
    assert foreign.status_code == 415


def test_the_demo_has_three_reports(jira: Sandbox) -> None:
    assert seed(jira) == ["SUP-1", "SUP-2", "SUP-3", "SUP-4", "OPS-1"]
    assert all(t.reporter in ("clara", "carl") and t.public_comments for t in jira.tickets("SUP"))
    assert [link.key for link in jira.issue("OPS-1").links] == ["SUP-1", "SUP-4"]


def test_a_client_sees_their_own_request_and_only_what_was_said_to_them(jira: Sandbox) -> None:
    seed(jira)
    jira.label("SUP-1", "vip")
    jira.comment("SUP-1", "They pay late.", by="sam", public=False)
    assert [row["key"] for row in ask(jira, "/tickets?as=carl")] == ["SUP-4"]
    seen = ask(jira, "/ticket/SUP-1?as=clara")
    assert [c["text"] for c in seen["comments"]] == [c.text for c in jira.issue("SUP-1").public_comments]
    assert not any(word in str(seen) for word in ("late", "vip", "OPS", "carl", "subtasks", "links"))
    assert "error" in ask(jira, "/ticket/SUP-1?as=carl") and "error" in ask(jira, "/ticket/OPS-1?as=clara")


def test_a_link_is_made_and_taken_away_on_the_page(jira: Sandbox) -> None:
    seed(jira)
    ask(jira, "/ticket/SUP-2/link", {"to": "OPS-1", "type": "Problem/Incident", "as": "sam"})
    assert [link["key"] for link in ask(jira, "/ticket/OPS-1?as=sam")["links"]] == ["SUP-1", "SUP-4", "SUP-2"]
    ask(jira, "/ticket/SUP-2/unlink", {"to": "OPS-1", "as": "sam"})
    assert jira.issue("SUP-2").links == ()
    assert "error" in ask(jira, "/ticket/SUP-2/link", {"to": "OPS-1", "type": "Nothing", "as": "sam"})
