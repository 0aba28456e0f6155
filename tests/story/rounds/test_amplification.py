"""What one hostile act can set off is bounded: comments, sub-tasks, calls. What is beyond the bound is said once, to
those who can act; it is listed, and goes on when they say so (docs/security.md)."""

import json
from dataclasses import replace

import pytest

from sandbox import Sandbox
from tests.story.panel_reading import notes
from tests.storytelling import SEATS, Clock, Story
from worker.escalation.facts import record as records
from worker.escalation.facts.record import Decision, Failure, Kept, PastRound, Record, Told
from worker.escalation.plan import open_round

PM, CC, EM = SEATS
BOTH = pytest.mark.parametrize("jira", ["cloud", "dc"], indirect=True)


def ours_on(story: Story, seat: str) -> list[str]:
    return [comment.text for comment in story.evaluation(seat).comments if comment.author == "bot"]


@BOTH
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_answering_machine_gets_a_few_hints(jira: Sandbox, clock: Clock, language: str) -> None:
    story = Story(jira, clock, language=language)
    story.request("OPS")
    for number in range(20):
        story.clock.forward(minutes=1)
        story.say(PM, f"I am away until {number}; is it SEV-1 or SEV-2?")
        story.look()
    story.settle()
    said = ours_on(story, PM)
    failures = story.record["failures"]
    assert len(said) <= open_round.HINTS + 2, said
    assert [each["step"] for each in failures] == [f"hints on {story.evaluation(PM).key}"]
    noted = [text for text in story.internal() if "20" not in text and story.evaluation(PM).key in text]
    assert len(noted) == 1, "said once"
    story.vote("SEV-2: for real", "SEV-2: slow", "SEV-2: slow")
    assert "sev-2" in story.now.labels, "a vote counts all the same"


def test_hints_go_on_when_somebody_says_so(story: Story) -> None:
    story.request("OPS")
    for number in range(open_round.HINTS + 3):
        story.say(PM, f"is it SEV-1 or SEV-2? ({number})")
        story.clock.forward(minutes=1)
        story.look()
    before = len(ours_on(story, PM))
    story.look()
    assert len(ours_on(story, PM)) == before
    story.say(PM, "SEV-1? or SEV-2?")
    story.look(retry=True)
    assert len(ours_on(story, PM)) > before


@BOTH
def test_two_hundred_look_alike_labels_get_a_few_notes(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock)
    story.ticket("SUP", labels=[f"escalation-request{'d' * (n % 3)}{n}" for n in range(100)] + ["escalation-request"])
    for number in range(100):
        story.jira.label(story.key, f"escalation_requested{number}")
    story.settle()
    assert 1 <= len(notes(story, "looks like")) <= 3
    assert len(json.dumps(story.record)) < records.LIMIT
    assert "escalation_request" not in json.dumps(story.record), "no label's text in the key of a note"
    story.request()
    assert len(story.evaluations()) == 3, "the right one works as ever"


@BOTH
def test_a_label_that_is_toggled_over_and_over(jira: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_round, "ROUNDS_A_DAY", 4)
    story = Story(jira, clock)
    for _ in range(8):
        story.request()
        story.clock.forward(minutes=5)
        story.jira.unlabel(story.key, "escalation-requested")
        story.settle()
        story.clock.forward(minutes=5)
    assert len(story.evaluations()) == 3 * 4
    story.request()
    assert [failure["step"] for failure in story.record["failures"]] == ["open the evaluations"]
    assert len(story.said("times within a day")) == 1
    story.settle(retry=True)
    assert len(story.evaluations()) == 3 * 5, "goes on when somebody says so"
    assert "failures" not in story.record


def test_a_toggled_label_opens_again_by_itself_a_day_later(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_round, "ROUNDS_A_DAY", 1)
    story.request()
    story.jira.unlabel(story.key, "escalation-requested")
    story.forward(minutes=5)
    story.request()
    assert len(story.evaluations()) == 3
    outcome = story.look()
    assert outcome.look_again_at, "it asks to be looked at when the day is over"
    story.forward(days=1, minutes=1)
    assert len(story.evaluations()) == 6


@BOTH
def test_a_field_that_anybody_may_edit_gives_nobody_a_seat(jira: Sandbox, clock: Clock) -> None:
    """Only who counts as Support or Operations, where the protocol says who does."""
    story = Story(jira, clock)
    story.ticket(contact="paul")
    story.request()
    assert story.evaluation(CC).assignee == SEATS[CC]


LONG = "x" * 600


@pytest.mark.parametrize("many", [0, 10, 300])
def test_a_record_stays_within_the_limit_whatever_there_is(story: Story, many: int) -> None:
    at = story.clock()
    record = Record(
        round=21, ended="decided", decision=Decision(21, "SEV-1", at), promise=Kept("SEV-1", at),
        told=Told(21, "auto", "1"),
        said={f"note {n}": str(n) for n in range(many)} | {"summary": "77"},
        late=tuple(f"{n}@{at.isoformat()}" for n in range(many)),
        unassignable=tuple(f"person {n}" for n in range(many)),
        failures=tuple(Failure(f"step {n}", LONG, LONG) for n in range(many)),
        rounds=tuple(PastRound(n, "decided", "SEV-2", at, str(n)) for n in range(20)),
    )  # fmt: skip
    value = records.dump(record, "10000")
    assert len(json.dumps(value)) <= 32_768
    kept = records.load(value, "10000")
    assert (kept.decision, kept.promise, kept.told, kept.round) == (record.decision, record.promise, record.told, 21)
    assert kept.said.get("summary") == "77", "what was said of the decision goes last"
    assert replace(kept, proven=True) == record or many
