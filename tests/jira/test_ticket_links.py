"""A ticket's own key leads to it, on Cloud, in what a panelist is asked."""

from typing import Any

import pytest

from tests.storytelling import Story
from worker.jira.text.ticket_links import linked

ADDRESS = "https://vendor.atlassian.net/browse/SUP-41"


def texts(node: dict[str, Any]) -> list[tuple[str, bool]]:
    """Every text in order, and whether it is a link."""
    if node["type"] == "text":
        return [(node["text"], any(mark["type"] == "link" for mark in node.get("marks", ())))]
    return [text for child in node.get("content", ()) for text in texts(child)]


def paragraph(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text, **more}]}]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SUP-41", [("SUP-41", True)]),
        ("Please grade SUP-41: now", [("Please grade ", False), ("SUP-41", True), (": now", False)]),
        ("SUP-41 and SUP-41", [("SUP-41", True), (" and ", False), ("SUP-41", True)]),
        ("SUP-412, XSUP-41", [("SUP-412, XSUP-41", False)]),
        ("SUP-4", [("SUP-4", False)]),
    ],
)
def test_only_the_key_itself(text: str, found: list[tuple[str, bool]]) -> None:
    assert texts(linked(paragraph(text), "SUP-41", ADDRESS)) == found


def test_bold_stays_bold_and_code_stays_code() -> None:
    [node] = linked(paragraph("SUP-41", marks=[{"type": "strong"}]), "SUP-41", ADDRESS)["content"][0]["content"]
    assert node["marks"] == [{"type": "strong"}, {"type": "link", "attrs": {"href": ADDRESS}}]
    code = {"type": "doc", "content": [{"type": "codeBlock", "content": [{"type": "text", "text": "SUP-41"}]}]}
    assert linked(code, "SUP-41", ADDRESS) == code


def test_an_evaluation_leads_to_its_ticket(story: Story) -> None:
    story.request()
    asked = story.site.get(f"/issue/{story.evaluation('project-manager').key}", fields="description")
    body = asked["fields"]["description"]
    if story.jira.flavour == "dc":
        assert story.key in body and "browse" not in body
    else:
        assert (story.key, True) in texts(body)
        assert f"/browse/{story.key}" in str(body)
