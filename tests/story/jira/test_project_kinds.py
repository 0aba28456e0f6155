"""A project of a kind that nobody here knows is refused by name, and nothing is written to it."""

import pytest

from tests.storytelling import Story
from worker.errors import CannotDo


@pytest.mark.parametrize("kind", ["customer_service", "product_discovery", "something_new"])
def test_a_project_of_an_unknown_kind_is_refused_by_name(story: Story, kind: str) -> None:
    story.jira.project("SUP").type = kind
    key = story.jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    with pytest.raises(CannotDo, match=f"SUP is a project of the kind '{kind}'"):
        story.reconciler.look(key, story.clock(), lambda: None)
    assert not [call for call in story.jira.calls() if call.write]


def test_what_does_not_concern_us_there_is_no_failure(story: Story) -> None:
    story.jira.project("SUP").type = "customer_service"
    key = story.jira.create_ticket("SUP", "A question")
    story.reconciler.look(key, story.clock(), lambda: None)
