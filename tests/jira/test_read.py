"""Reading a ticket: everything fresh, whole, and by few calls; what Jira leaves out is asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import Fault
from tests.storytelling import Story
from worker.errors import CannotDo, TryAgain
from worker.jira import parsing
from worker.jira.read import Elsewhere

AT = "2026-11-23T10:00:00.000-0500"


def read(story: Story, issue: str = "") -> Any:
    return story.reconciler._reader.escalation(issue or story.now.id, story.protocol)


@pytest.fixture
def opened(story: Story) -> Story:
    story.request()
    return story


def test_a_ticket_is_found_by_id_and_key_and_by_the_key_it_had(opened: Story) -> None:
    old = opened.key
    opened.key = opened.jira.move(old, "OPS")
    for issue in (opened.now.id, opened.key, opened.key.lower(), old):
        found = read(opened, issue)
        assert (found.key, found.project, len(found.evaluations)) == (opened.key, "OPS", 3)


def test_evaluations_that_jira_left_out_of_an_answer_are_not_taken_for_deleted(opened: Story) -> None:
    """A bulk fetch may leave issues out "due to a retriable error": they are asked for one by one."""
    if opened.jira.flavour == "dc":
        pytest.skip("Data Center has no bulk fetch")
    story, call = opened, opened.site.call
    lost = story.evaluation("client-contact").id

    def cut(method: str, path: str, **how: Any) -> Any:
        answer = call(method, path, **how)
        if path.endswith("/bulkfetch"):
            answer["issues"] = [issue for issue in answer["issues"] if issue["id"] != lost]
            answer["issueErrors"] = [{"id": lost, "errorMessage": "too busy"}]
        return answer

    story.site.call = cut  # type: ignore[method-assign]
    assert len(read(story).evaluations) == 3
    assert story.look().plan.empty
    story.jira.faults.add(Fault("answer", status=503, path=f"/issue/{lost}$"))
    with pytest.raises(TryAgain):
        read(story)


def test_a_comment_without_an_instant_is_left_out(opened: Story) -> None:
    """Imports leave such comments behind: one of them must not keep its ticket from being looked at."""
    story, call = opened, opened.site.call
    story.jira.comment(story.key, "Imported.", by="sam")
    story.jira.comment(story.key, "Written here.", by="sam")

    def imported(method: str, path: str, **how: Any) -> Any:
        answer = call(method, path, **how)
        for issue in answer.get("issues", [answer]):
            for comment in issue.get("fields", {}).get("comment", {}).get("comments", ()):
                if "Imported" in str(comment["body"]):
                    del comment["created"]
        return answer

    story.site.call = imported  # type: ignore[method-assign]
    story.jira.log.clear()
    texts = [comment.text for comment in read(story).comments]
    assert "Written here." in texts and "Imported." not in texts
    assert not any(call.path.endswith("/comment") for call in story.jira.calls()), "it is known to be there"


def test_somebody_elses_sub_task_is_read_once_and_then_left_out(opened: Story) -> None:
    child = opened.jira.issue(opened.jira.create_subtask(opened.key, by="sam")).id
    assert {e.id for e in read(opened).evaluations} == {e.id for e in opened.evaluations()}
    opened.jira.log.clear()
    read(opened)
    assert not any(child in f"{call.path} {call.body}" for call in opened.jira.calls())


def test_an_evaluation_made_by_somebody_else_is_none_of_ours(opened: Story) -> None:
    child = opened.jira.create_subtask(opened.key, by="otto")
    opened.jira.set_property(child, "escalation", opened.evaluation("project-manager").properties["escalation"])
    assert len(read(opened).evaluations) == 3
    opened.memory.kin.clear()
    assert len(read(opened).evaluations) == 3


def test_an_evaluation_leads_to_its_ticket_and_is_remembered(opened: Story) -> None:
    opened.memory.kin.clear()
    evaluation = opened.evaluation("project-manager").id
    with pytest.raises(Elsewhere) as pointed:
        read(opened, evaluation)
    assert pointed.value.ticket == opened.now.id == opened.memory.kin[evaluation]


def test_a_jira_that_refuses_to_be_read_is_something_to_mend(opened: Story) -> None:
    opened.jira.faults.add(Fault("answer", status=400, path="bulkfetch|/issue/", times=None))
    with pytest.raises(CannotDo, match="cannot be read"):
        read(opened)


def test_what_a_client_sees_is_known_where_it_was_asked_for(story: Story) -> None:
    story.ticket("SUP")
    story.jira.comment(story.key, "public", by="sam", public=True)
    story.jira.comment(story.key, "internal", by="sam", public=False)
    story.request()
    found = read(story)
    assert len(found.comments) == 2
    known = story.reconciler._reader.with_visibility(found)
    assert [comment.public for comment in known.comments] == [True, False]


# -- raw JSON


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        (AT, 15),
        ("2026-11-23T10:00:00.000-05:00", 15),
        ("2026-11-23T15:00:00Z", 15),
        ("2026-11-23T15:00:00.000+0000", 15),
    ],
)
def test_instants_in_every_spelling(text: str, hour: int) -> None:
    assert parsing.instant(text) == datetime(2026, 11, 23, hour, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-23T10:00:00", "", None, "yesterday"])
def test_an_instant_without_an_offset_is_refused(text: Any) -> None:
    with pytest.raises(ValueError):
        parsing.instant(text)


@pytest.mark.parametrize(
    ("comment", "public"),
    [({"jsdPublic": True}, True), ({"public": False}, False), ({}, None), ({"properties": []}, True),
     ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, False),
     ({"properties": [{"key": "sd.public.comment", "value": {"internal": "true"}}]}, False),
     ({"properties": [{"key": "sd.public.comment", "value": None}, None, "x"]}, True), ({"jsdPublic": "yes"}, None)],
)  # fmt: skip
def test_who_sees_a_comment(comment: dict[str, Any], public: bool | None) -> None:
    assert parsing.is_public(comment) is public


def test_data_centers_keys_in_the_changelog_are_the_names_of_people(story: Story) -> None:
    petra = {"name": "petra", "key": "JIRAUSER10101", "displayName": "Petra"}
    paul = {"name": "paul", "key": "JIRAUSER10105", "displayName": "Paul"}
    moved = {"field": "assignee", "from": "JIRAUSER10101", "to": "JIRAUSER10105"}
    issue = {
        "id": "2", "key": "SUP-2",
        "fields": {"creator": {"name": "bot"}, "created": AT, "assignee": paul,
                   "comment": {"comments": [{"id": "3", "author": petra, "body": "SEV-2", "created": AT}]}},
        "properties": {"escalation": parsing.mark("1", 1, "project-manager")},
        "changelog": {"histories": [{"created": AT, "author": petra, "items": [moved]}]},
    }  # fmt: skip
    found = parsing.evaluation(issue, parsing.Home("1", frozenset(), "bot", story.protocol), parsing.user_names(issue))
    assert found and [(a.before, a.after) for a in found.assignments] == [("petra", "paul")]


@pytest.mark.parametrize(
    "fields",
    [{}, {"labels": None, "comment": None, "status": None, "assignee": None, "duedate": None, "subtasks": None},
     {"comment": {"comments": None, "total": None}, "project": None, "issuetype": None, "reporter": "x"}],
)  # fmt: skip
def test_missing_fields_are_nothing(fields: dict[str, Any], story: Story) -> None:
    issue = {"id": "1", "key": "SUP-1", "fields": {"created": AT, **fields}}
    found = parsing.escalation(issue, [], us="bot", service_project=False, protocol=story.protocol, members={})
    assert (found.project, found.labels, found.comments, found.done) == ("SUP", (), (), False)


def test_a_label_in_any_case_tells_who_put_it_on() -> None:
    def change(at: str, who: str, before: str, after: str) -> dict[str, Any]:
        item = {"field": "labels", "fromString": before, "toString": after}
        return {"created": f"2026-11-23T10:0{at}:00.000-0500", "author": {"name": who}, "items": [item]}

    log = [change("2", "sue", "a", "a Sev-1"), change("0", "sam", "", "a"), change("3", "sam", "a Sev-1", "a Sev-1 b")]
    puts = parsing.label_puts({"changelog": {"histories": log}})
    assert {label: put.by for label, put in puts.items()} == {"a": "sam", "sev-1": "sue", "b": "sam"}
