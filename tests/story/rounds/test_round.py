"""The main story: a request, three votes, a grade, a date, an answer (protocol.md §8, 1, 2, 4, 9, 16, 20)."""

from datetime import date

import pytest

from tests.storytelling import SEATS, Story


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_a_round_from_the_label_to_the_clients_answer(story: Story, project: str) -> None:
    story.request(project)
    assert {e.assignee for e in story.evaluations()} == set(SEATS.values())
    assert all("escalation-evaluation" in e.labels for e in story.evaluations())

    story.vote(
        "SEV 2 – check-in is broken for all doctors",
        "sev-2: they queue\n\nClient: You cannot check patients in at the moment.",
        "Other: a nuisance",
    )

    assert story.now.labels == ("sev-2",)
    assert story.now.duedate == date(2026, 11, 24)
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    [answer] = story.to_client()
    assert "Severity: SEV-2" in answer.text
    assert "You cannot check patients in" in answer.text
    assert "Tuesday, November 24, 2026" in answer.text and "9:00 PM ET" in answer.text
    assert "queue" not in answer.text and "nuisance" not in answer.text
    [summary] = story.said("Decision of round 1: SEV-2")
    assert all(reason in summary for reason in ("broken for all doctors", "they queue", "a nuisance"))
