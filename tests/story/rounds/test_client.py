"""What the client reads, and what never: the answer, its reasoning, what is held back (protocol.md §8, 16–24)."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.state.adf import document
from tests.story.telling import assert_nothing_leaks, failed_steps, hidden, noted, told
from tests.storytelling import MONDAY, SEATS, Clock, Story
from worker.escalation.facts import record
from worker.escalation.facts.record import CountedVote, Decision, Failure, Kept, PastRound, Record, Told
from worker.escalation.plan import decided_round

SECRET = "their contract ends in May and the account is worth two hundred thousand a year"
BOTH = pytest.mark.parametrize("project", ["SUP", "OPS"])


@BOTH
def test_one_public_answer_and_everything_else_is_internal(story: Story, project: str) -> None:
    story.request(project)
    story.say("project-manager", "SEV-7, I think")
    story.forward(minutes=1)
    story.vote(f"SEV-2 {SECRET}", "SEV-2\n\nClient: Checking in fails.", "SEV-1 all is down")
    story.clock.forward(minutes=1)
    story.say("project-manager", "SEV-1 after all")
    story.settle()

    [answer] = told(story)
    assert "Severity: SEV-2" in answer and "Checking in fails." in answer
    assert "contract" not in answer and "Petra" not in answer and "SEV-1" not in answer
    assert len(hidden(story)) >= 3
    assert_nothing_leaks(story)
    assert [e.status for e in story.evaluations()] == ["Done"] * 3


def test_on_a_software_project_the_configured_role_reads_on_the_ticket(story: Story) -> None:
    story.rules(internal={"role": "Developers"})
    story.jira.user("bot").roles.add("Developers")
    story.request("OPS")
    story.vote("SEV-2", "SEV-2", "OTHER")
    assert_nothing_leaks(story, role="Developers")
    assert noted(story, "Decision of round 1")
    assert all(c.visibility for c in story.now.comments if c not in story.to_client())


def test_a_role_does_not_make_a_service_projects_note_less_internal(story: Story) -> None:
    story.rules(internal={"role": "Developers"})
    story.request("SUP")
    story.vote("SEV-2", "SEV-2", "OTHER")
    assert_nothing_leaks(story)


@BOTH
def test_the_reasoning_is_supports_then_the_project_managers_then_the_engineering_managers(
    story: Story, project: str
) -> None:
    story.request(project)
    story.vote(
        "SEV-2\n\nClient: From the manager.", "SEV-2\n\nClient: From Support.", "SEV-2\n\nClient: From the engineer."
    )
    assert "From Support." in told(story)[0] and "From the" not in told(story)[0]


def test_only_a_vote_for_the_decided_grade_speaks_to_the_client(story: Story) -> None:
    story.request()
    story.vote("SEV-2 broken", "OTHER\n\nClient: It is nothing.", "SEV-2\n\nClient: You cannot work.")
    [answer] = told(story)
    assert "You cannot work." in answer and "nothing" not in answer


@BOTH
def test_without_a_text_for_the_client_the_definition_speaks_and_support_is_told(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2 broken", "SEV-2 queues", "OTHER nuisance")
    [answer] = told(story)
    assert "Your everyday work is severely disrupted" in answer and "Reasoning" not in answer
    [summary] = noted(story, "Decision of round 1")
    assert "No vote for SEV-2 had a text for the client" in summary and "Client Contact" in summary


WITHHELD = {
    "an e-mail address": "Write to dr.jones@clinic.example, please.",
    "an e-mail address that hides": "Write to dr.jones\u200b@ clinic.example, please.",
    "another ticket's key": "It is the same as in OPS-17.",
    "another ticket's key in small letters": "It is the same as in sup-1700.",
    "another ticket's key with an odd hyphen": "It is the same as in OPS\u201117.",
    "a colleague's text": f"The reason is that {SECRET}.",
    "a colleague's text, laid out anew": f"The reason: {SECRET.upper().replace(' ', '  ')}!",
    "a colleague's name": "Erin Engineering says it is hard.",
}


def test_what_may_not_go_out_is_replaced_and_support_gets_it(story: Story) -> None:
    for why, text in WITHHELD.items():
        story.key = ""
        story.request()
        story.vote(f"SEV-2 {SECRET}", f"SEV-2 because\n\nClient: {text}", "OTHER")
        [answer] = told(story)
        assert "Your everyday work is severely disrupted" in answer and "Reasoning" not in answer, why
        assert not any(word in answer.lower() for word in ("jones", "contract", "erin", "ops")), why
        [held] = noted(story, "A text for the client was not sent")
        assert "held back because it" in held, why
        [summary] = noted(story, "Decision of round 1")
        assert "What was written for the client could not be sent" in summary and "No vote" not in summary, why
        assert_nothing_leaks(story)


def mentioning(story: Story, nick: str, name: str = "") -> Any:
    """A vote whose text for the client mentions somebody, as the editor of either flavour writes it."""
    if story.site.cloud:
        body = document("SEV-2 because\n\nClient: ")
        mention = {"type": "mention", "attrs": {"id": story.jira.id_of(nick), **({"text": name} if name else {})}}
        body["content"][-1]["content"] += [mention, {"type": "text", "text": " looks into it."}]
        return body
    return f"SEV-2 because\n\nClient: [{f'{name}|' if name else ''}~{nick}] looks into it."


@pytest.mark.parametrize("name", ["", "@Otto Outsider"])
def test_a_text_that_mentions_somebody_is_held_back(story: Story, name: str) -> None:
    story.request()
    story.jira.comment(story.evaluation("client-contact").key, mentioning(story, "otto", name), by="sam")
    story.vote("SEV-2\n\nClient: You cannot work.", "", "SEV-2")
    [answer] = told(story)
    assert "You cannot work." in answer and "looks into it" not in answer
    [held] = noted(story, "A text for the client was not sent")
    assert "held back because it mentions a person" in held and "looks into it" in held


def test_a_mention_among_colleagues_holds_nothing_back(story: Story) -> None:
    story.request()
    text = "[~otto] knows more" if not story.site.cloud else mentioning(story, "otto")
    story.jira.comment(story.evaluation("project-manager").key, text, by="petra")
    story.vote("SEV-2", "SEV-2\n\nClient: You cannot work @ night, nor at 5 Euro @home.", "SEV-2")
    assert "You cannot work @ night, nor at 5 Euro @home." in told(story)[0]


@pytest.mark.parametrize("text", ["Emma Standin is on it.", "@emma, for short, is on it.", "Sue Support called you."])
def test_nobody_at_work_on_the_ticket_is_named(story: Story, text: str) -> None:
    story.ticket(assignee="emma")
    story.jira.comment(story.key, "I called them.", by="sue", public=False)
    story.request()
    text = text.replace("@emma", f"@{story.jira.id_of('emma')}")
    story.vote("SEV-2", f"SEV-2\n\nClient: {text}", "SEV-2")
    assert "Reasoning" not in told(story)[0]
    assert len(noted(story, "A text for the client was not sent")) == 1


def test_who_reported_it_may_be_called_by_their_name(story: Story) -> None:
    story.ticket(reporter="clara")
    story.request()
    name = story.jira.user("clara").display_name
    story.vote("SEV-2", f"SEV-2\n\nClient: Thank you, {name}.", "SEV-2")
    assert f"Thank you, {name}." in told(story)[0]


@BOTH
def test_a_text_that_is_held_back_makes_room_for_the_next_one(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2\n\nClient: You cannot work.", "SEV-2\n\nClient: See OPS-9.", "OTHER")
    assert "You cannot work." in told(story)[0]
    assert len(noted(story, "A text for the client was not sent")) == 1
    assert_nothing_leaks(story)


def test_an_internal_comment_on_the_ticket_does_not_reach_the_client_through_a_vote(story: Story) -> None:
    story.ticket("SUP")
    story.jira.comment(story.key, f"Between us: {SECRET}", by="sue", public=False)
    story.request()
    story.vote("SEV-2", f"SEV-2\n\nClient: You should know that {SECRET}.", "SEV-2")
    assert "contract" not in told(story)[0]


def test_what_the_client_has_read_before_may_be_said_again(story: Story) -> None:
    words = "Since this morning nobody at our clinic can check a patient in, and the phones are ringing."
    story.ticket("SUP")
    story.jira.comment(story.key, words, by="clara")
    story.jira.comment(
        story.key, "We have seen it here, and we are looking for the reason at this very moment.", by="sam", public=True
    )
    story.request()
    story.vote(
        "SEV-2", f"SEV-2\n\nClient: You wrote: {words} We are looking for the reason at this very moment.", "SEV-2"
    )
    assert "the phones are ringing" in told(story)[0]


def test_the_tickets_own_key_may_stand_in_the_answer(story: Story) -> None:
    story.request()
    story.vote("SEV-2", f"SEV-2\n\nClient: We work on {story.key}, a SEV-2.", "SEV-2")
    assert f"We work on {story.key}" in told(story)[0]


@BOTH
def test_another_tickets_key_is_known_in_small_letters_and_other_words_are_not_taken_for_one(
    story: Story, project: str
) -> None:
    theirs = story.jira.create_ticket("OPS" if project == "SUP" else "SUP", "Another client's")
    story.request(project)
    words = "It is a utf-8 matter, as with covid-19 and sev-2"
    story.vote(f"SEV-2\n\nClient: {words}.", f"SEV-2\n\nClient: {words}, see {theirs.lower()}.", "SEV-2")
    [answer] = told(story)
    assert f"{words}." in answer and theirs.lower() not in answer
    [held] = noted(story, "A text for the client was not sent")
    assert "it holds the key of another ticket" in held


def test_what_follows_the_clients_paragraph_is_internal_again(story: Story) -> None:
    story.request()
    story.vote("SEV-2", f"SEV-2\n\nClient: You cannot work.\nWe know.\n\nBut {SECRET}.\n\nClient: {SECRET}", "SEV-2")
    [answer] = told(story)
    assert "You cannot work." in answer and "We know." in answer and "contract" not in answer


@BOTH
def test_other_is_told_plainly_and_promises_no_date(story: Story, project: str) -> None:
    story.ticket(project, duedate=date(2026, 12, 24))
    story.request()
    story.vote("OTHER", "Other: small", "SEV-2")
    [answer] = told(story)
    assert "Severity: OTHER" in answer and "No date is promised" in answer and "2026" not in answer
    assert story.now.labels == ("sev-other",)
    assert story.now.duedate == date(2026, 12, 24)


@BOTH
def test_a_grade_that_changes_is_told_with_what_it_was_and_starts_a_new_clock(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.clock.forward(days=1)
    story.request()
    story.vote("SEV-1", "SEV-1 \n\nClient: Now all is down.", round=2)
    _, second = told(story)
    assert "is now SEV-1 (it was SEV-2)" in second.replace("\n", " ") and "Now all is down." in second
    assert story.now.labels == ("sev-1",) and story.now.duedate == date(2026, 11, 24)
    assert story.record["promise"]["graded_at"].startswith("2026-11-24")
    assert story.record["rounds"][0]["grade"] == "SEV-2"
    assert_nothing_leaks(story, answers=2)


@BOTH
def test_a_confirmed_grade_is_told_briefly_and_keeps_its_clock(story: Story, project: str) -> None:
    story.request(project)
    story.vote("SEV-2", "SEV-2", "SEV-2")
    before = story.record["promise"]
    story.clock.forward(days=3)
    story.jira.set_due(story.key, date(2026, 12, 1))
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    _, again = told(story)
    assert "stays SEV-2" in again and "2026" not in again
    assert story.record["promise"] == before
    assert story.now.duedate == date(2026, 12, 1)
    assert story.now.labels == ("sev-2", "sla-breached")


@BOTH
def test_a_grade_that_goes_up_and_down_again_is_told_each_time(story: Story, project: str) -> None:
    story.request(project)
    for round, grade in enumerate(("SEV-2", "SEV-1", "SEV-2", "SEV-1", "SEV-2"), 1):
        story.clock.forward(hours=1)
        story.request()
        story.vote(grade, grade, grade, round=round)
    assert len(told(story)) == 5
    assert_nothing_leaks(story, answers=5)


@BOTH
def test_a_draft_is_left_for_support_and_the_client_hears_nothing_from_us(story: Story, project: str) -> None:
    story.rules(client={"comment": "draft"})
    story.request(project)
    story.vote("SEV-2", "SEV-2\n\nClient: You cannot work.", "OTHER")
    assert told(story) == []
    [draft] = noted(story, "To be sent to the client")
    assert "Severity: SEV-2" in draft and "You cannot work." in draft and "Client Contact" in draft
    assert story.record["told"]["how"] == "draft"
    assert_nothing_leaks(story, answers=0)
    assert story.settle().plan.empty


@BOTH
def test_with_telling_off_nothing_is_said_and_nothing_is_owed(story: Story, project: str) -> None:
    story.rules(client={"comment": "off"})
    story.request(project)
    story.vote("SEV-2", "SEV-2\n\nClient: You cannot work.", "OTHER")
    assert told(story) == [] and noted(story, "You cannot work.") == []
    assert story.record["told"]["how"] == "off"
    story.rules(client={"comment": "auto"})
    assert story.look().plan.empty


# -- dates


def test_sev2_on_the_friday_before_the_clocks_change(jira: Sandbox, clock: Clock) -> None:
    clock.at = datetime.fromisoformat("2026-10-30T16:00:00-04:00")
    story = Story(jira, clock)
    story.request()
    clock.at = datetime.fromisoformat("2026-10-30T16:43:00-04:00")
    story.vote("SEV-2", "OTHER", "SEV-2")
    assert story.record["decision"]["graded_at"].startswith("2026-10-30T")
    assert story.now.duedate == date(2026, 11, 2)
    start = datetime.fromisoformat(story.record["promise"]["window_start"])
    assert start == datetime.fromisoformat("2026-11-02T21:00:00-05:00")
    assert "Monday, November 2, 2026" in told(story)[0] and "9:00 PM ET" in told(story)[0]


def test_a_vote_at_20_58_found_at_22_00_promises_as_of_20_58(story: Story) -> None:
    story.clock.at = datetime.fromisoformat("2026-11-23T20:30:00-05:00")
    story.request()
    for seat, at in (("project-manager", 56), ("client-contact", 57), ("engineering-manager", 58)):
        story.clock.at = datetime.fromisoformat(f"2026-11-23T20:{at}:00-05:00")
        story.say(seat, "SEV-2")
    story.clock.at = datetime.fromisoformat("2026-11-23T22:00:00-05:00")
    story.settle()
    graded = datetime.fromisoformat(story.record["decision"]["graded_at"])
    assert graded == datetime.fromisoformat("2026-11-23T20:58:00-05:00")
    assert story.now.duedate == date(2026, 11, 24)
    assert "Tuesday, November 24, 2026" in told(story)[0]


@BOTH
def test_the_decision_sets_the_due_date_over_an_earlier_one_and_remembers_that(story: Story, project: str) -> None:
    story.ticket(project, duedate=date(2026, 12, 24))
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.duedate == date(2026, 11, 24)
    assert story.record["due_before"] == "2026-12-24"
    [summary] = noted(story, "Decision of round 1")
    assert "The due date was Thursday, December 24, 2026 before this decision." in summary


@pytest.mark.parametrize("day", [date(2026, 12, 1), None])
def test_a_person_who_changes_the_due_date_is_never_overruled(story: Story, day: date | None) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    promise = story.record["promise"]
    story.jira.set_due(story.key, day)
    for _ in range(3):
        story.forward(hours=7)
        story.look(retry=True)
    assert story.now.duedate == day
    assert story.record["promise"] == promise


# -- the record


def test_the_record_holds_no_persons_text(story: Story) -> None:
    story.request()
    story.vote(f"SEV-2 {SECRET}", f"SEV-2 {SECRET}\n\nClient: See OPS-9 or ask dr.jones@clinic.example.", "OTHER tiny")
    kept = json.dumps(story.now.properties)
    assert "contract" not in kept and "jones" not in kept and "OPS-9" not in kept and "tiny" not in kept
    assert failed_steps(story) == []


def test_the_record_stays_small_however_often_people_change_their_minds(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decided_round, "LATE_LIMIT", 3)
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    story.clock.forward(minutes=1)
    comment = story.say("project-manager", "SEV-1 late")
    for _ in range(6):
        story.forward(minutes=1)
        story.jira.edit_comment(story.evaluation("project-manager").key, comment, "SEV-1 later still")
    assert len(story.record["late"]) == 3
    assert story.look().plan.empty


def test_the_fullest_record_fits_into_jira() -> None:
    at, person = MONDAY.isoformat(), "712020:" + "f" * 36
    votes = tuple(CountedVote(seat, person, "SEV-2", "1" * 8, MONDAY) for seat in SEATS)
    promise = Kept("SEV-2", MONDAY, MONDAY, MONDAY, MONDAY, MONDAY.date())
    full = Record(
        round=21,
        ended="decided",
        request_at=MONDAY,
        decision=Decision(21, "SEV-2", MONDAY, "chair-silent", True, votes, "SEV-1"),
        promise=promise,
        told=Told(21, "auto", "1" * 8),
        said={f"failed note {name} {'x' * 200}": "1" * 8 for name in range(12)},
        late=(f"{'1' * 8}@{at}",) * decided_round.LATE_LIMIT,
        failures=tuple(Failure(f"close SUP-{n}", "x" * 900, "y" * 200, 9, MONDAY) for n in range(8)),
        rounds=(PastRound(1, "decided", "SEV-2", MONDAY, "1" * 8),) * 20,
    )
    assert len(json.dumps(record.dump(full, "1" * 8))) <= 32_768


def test_a_record_copied_to_another_ticket_is_none(story: Story) -> None:
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    copied = story.record
    story.key = story.jira.create_ticket("SUP", "A clone", labels=["sev-2"])
    story.jira.set_property(story.key, "escalation", copied)
    assert story.look().plan.empty
    story.request()
    assert len(story.evaluations()) == 3 and told(story) == []


def test_a_severity_label_put_on_by_hand_becomes_ours_by_the_decision(story: Story) -> None:
    """The gate trusts a label only if the changelog says that our account put it on."""
    story.request("SUP")
    story.jira.label(story.key, "sev-1", by="otto")
    story.settle()
    story.vote("SEV-1: all is down", "SEV-1: all is down")
    assert story.now.labels == ("sev-1",)
    put = [
        change for change in story.now.changelog if change.field == "labels" and "sev-1" in (change.new or "").split()
    ]
    assert put[-1].author == "bot"
