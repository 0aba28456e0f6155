"""The sandbox's page is true in every state of a ticket: what it says is next, what it says was told, where the clock
may go. Stories with the real worker, on both flavours."""

from datetime import datetime
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.page.clock_jumps import ZONE, business_time
from sandbox.page.tickets import Tickets
from sandbox.webhooks.automation import Rule
from tests.sandbox.test_page import ask
from tests.storytelling import Story


def shown(story: Story, key: str = "") -> dict[str, Any]:
    return Tickets(story.jira).one(key or story.key, "sam")


def stages(story: Story, key: str = "") -> dict[str, str]:
    return {stage["name"]: stage["state"] for stage in shown(story, key)["standing"]["stages"]}


def says(story: Story, key: str = "") -> str:
    return str(shown(story, key)["standing"]["next"])


def ahead(story: Story) -> list[str]:
    return [place["words"] for place in shown(story)["standing"]["ahead"]]


def test_a_round_from_the_report_to_the_answer(story: Story) -> None:
    story.ticket()
    assert "Press Request escalation" in says(story) and set(stages(story).values()) == {"waits"}
    story.request()
    assert stages(story) == {
        "Requested": "done", "Panel: 0 of 3": "now", "Graded": "waits", "Client told": "waits", "Promise": "waits",
    }  # fmt: skip
    assert ahead(story) == ["the reminder", "a substitute is asked", "the panel's time is up"]
    story.say("project-manager", "SEV-2: slow")
    story.settle()
    assert says(story).startswith("1 of 3 have voted.") and shown(story)["answers"] == []
    story.vote("", "SEV-2: slow\n\nClient: It is slow.", "SEV-2: slow")
    assert says(story).startswith(f"{story.key} is graded SEV-2: the answer is below.")
    [answer] = shown(story)["answers"]
    assert answer["whose"] == "Clara Client" and "It is slow." in str(answer["shown"])
    assert stages(story)["Client told"] == "done" and stages(story)["Promise"] == "now"
    assert ahead(story) == ["the worker's next look", "the promised night", "the end of that night"]


def test_two_for_sev_1_decide_and_the_day_s_end_is_ahead(story: Story) -> None:
    story.request()
    story.vote("SEV-1: down", "SEV-1: down", "")
    assert stages(story)["Panel: 2 of 3"] == "done" and "the end of that day" in ahead(story)
    story.forward(hours=15)
    assert stages(story)["Promise broken"] == "bad" and shown(story)["standing"]["tone"] == "bad"
    assert "is broken" in says(story)
    story.jira.close(story.key)
    story.settle()
    assert stages(story)["Promise broken"] == "bad" and "the breach stays on record" in says(story)


def test_nothing_is_promised_for_the_rest(story: Story) -> None:
    story.request()
    story.vote("OTHER: fine", "OTHER: fine", "OTHER: fine")
    assert stages(story)["No promise"] == "not" and "Nothing is promised for this grade" in says(story)
    assert "the end of that night" not in ahead(story)


def test_a_request_that_was_taken_back(story: Story) -> None:
    story.request()
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    assert says(story).startswith("The request was taken back.") and shown(story)["answers"] == []
    assert {"No grade", "Client not told", "No promise"} <= set(stages(story))


def test_a_label_by_hand_is_no_grade(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "sev-1")
    story.settle()
    assert says(story).startswith("sev-1 was put on by hand, and decides nothing")
    assert stages(story)["Not graded"] == "not" and shown(story)["answers"] == []


def test_a_label_put_on_by_who_may_grade_is_one(story: Story) -> None:
    story.rules(panel={"authority": [story.jira.id_of("erin")]})
    story.request()
    story.jira.label(story.key, "sev-2", by="erin")
    story.settle()
    assert stages(story)["Panel"] == "not" and stages(story)["Graded SEV-2"] == "done"
    assert says(story).startswith(f"{story.key} is graded SEV-2: the answer is below.")


def test_an_answer_that_is_only_a_draft_is_not_said_to_be_there(story: Story) -> None:
    story.rules(client={"comment": "draft"})
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    assert "the client is not told (a draft for Support to send)" in says(story) and shown(story)["answers"] == []


def test_in_a_software_project_the_clients_of_linked_requests_are_told(story: Story) -> None:
    request = story.jira.create_ticket("SUP", "Slow", reporter="carl")
    story.ticket("OPS", reporter="erin")
    story.jira.link(request, story.key, by="sam")
    story.request("OPS")
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    told = shown(story)["answers"]
    assert [(answer["key"], answer["whose"]) for answer in told] == [
        (story.key, "whoever may see the ticket"),
        (request, "Carl Consumer"),
    ]
    assert f"was told the grade of {story.key}" in says(story, request)
    assert (
        stages(story, request)["Client told"] == "done" and shown(story, request)["answers"][0]["through"] == story.key
    )


def test_a_second_round_keeps_the_first_decision_in_sight(story: Story) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    story.forward(minutes=5)
    story.jira.label(story.key, "escalation-requested")
    assert says(story) == "The worker is opening three evaluations …"
    story.settle()
    assert stages(story)["Graded again"] == "waits" and says(story).startswith("0 of 3 have voted.")


def test_a_jira_that_no_worker_calls_says_so(jira: Sandbox, clock: Any) -> None:
    key = jira.create_ticket("SUP", "Broken")
    jira.label(key, "escalation-requested")
    clock.forward(seconds=30)
    assert "Is a worker running" in Tickets(jira).one(key, "sam")["standing"]["next"]
    assert ask(jira, "/site")["followed"] is False
    ask(jira, "/clock")
    assert ask(jira, "/site")["followed"] is True


def test_a_text_is_shown_as_jira_shows_it(story: Story) -> None:
    story.request()
    asked = shown(story)["subtasks"][0]
    tags = {node[0] for node in asked["shown"]}
    assert {"h3", "table", "ul", "pre", "div"} <= tags, "wiki markup and Atlassian documents alike"
    assert "{panel}" not in str(asked["shown"])


def test_begin_again(jira: Sandbox) -> None:
    jira.create_ticket("SUP", "Broken")
    ask(jira, "/settings", {"latency": 0.01, "index_lag": 5, "forward": 3600})
    assert ask(jira, "/reset", {})["tickets"] == ["SUP-1", "SUP-2", "SUP-3", "SUP-4", "OPS-1"]
    assert ask(jira, "/tickets")[0]["summary"].startswith("Nightly export")
    site = ask(jira, "/site")
    assert (site["latency"], site["index_lag"], site["clock_offset"]) == (0, 0, 3600), "the clock only goes on"


def test_a_rule_of_automation_is_made_and_run_from_the_page(jira: Sandbox) -> None:
    key = jira.create_ticket("SUP", "Broken")
    assert "make one first" in ask(jira, f"/ticket/{key}/run-rule", {})["error"]
    assert "expected where the rule's requests go" in ask(jira, "/rules", {})["error"]
    jira.add_webhook("http://127.0.0.1:9/webhooks/jira", "secret-of-16-chars")
    made = ask(jira, "/rules", {"alone": True})
    assert made["url"] == "http://127.0.0.1:9/webhooks/automation" and "secret" not in str(made)
    [hook, rule] = jira.deliveries.webhooks
    assert isinstance(rule, Rule) and (hook.active, rule.secret) == (False, "secret-of-16-chars")
    assert ask(jira, f"/ticket/{key}/run-rule", {})["result"] == 1 and ask(jira, "/site")["rules"] == 1
    assert "form: expected one of" in ask(jira, "/rules", {"form": "xml"})["error"]
    ask(jira, "/reset", {})
    assert jira.deliveries.webhooks == [hook] and hook.active


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23T10:00", 2, "2026-11-23T12:01"),
        ("2026-11-23T20:00", 2, "2026-11-24T08:01"),
        ("2026-11-27T20:30", 1, "2026-11-30T07:31"),
        ("2026-11-28T10:00", 3, "2026-11-30T10:01"),
    ],
)
def test_hours_of_business(start: str, hours: int, end: str) -> None:
    found = business_time(datetime.fromisoformat(start).replace(tzinfo=ZONE), hours)
    assert f"{found:%Y-%m-%dT%H:%M}" == end
