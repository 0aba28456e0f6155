"""The panel is asked: when a round opens, who sits in it and why, and what opens none (protocol.md §8, 1–3, 7, 15)."""

from dataclasses import asdict

import pytest

from sandbox import Sandbox
from tests.story.panel_reading import decision, notes, replies, says
from tests.storytelling import SEATS, Clock, Story

PM, CC, EM = SEATS


def holders(story: Story, round: int = 1) -> dict[str, str | None]:
    return {seat: story.evaluation(seat, round).assignee for seat in SEATS}


# -- what opens a round


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_three_people_are_asked_with_all_they_need(story: Story, project: str) -> None:
    story.request(project)
    assert holders(story) == SEATS
    for seat in SEATS:
        asked = story.evaluation(seat)
        assert asked.labels == ("escalation-evaluation",)
        for needed in (
            "SEV-1",
            "cannot be used",
            "SEV-2",
            "no simple way",
            "Released",
            "first line begins",
            "12:00 PM",
        ):
            assert says(asked.description, needed) or needed == "Released", needed
    assert story.to_client() == []


def test_a_label_that_is_there_from_the_start_opens_the_round(story: Story) -> None:
    story.ticket(labels=["escalation-requested"])
    story.settle()
    assert len(story.evaluations()) == 3


@pytest.mark.parametrize("spelled", ["Escalation-Requested", "ESCALATION-REQUESTED"])
def test_the_label_counts_in_any_case_and_goes_as_it_was_written(story: Story, spelled: str) -> None:
    story.request(label=spelled)
    assert len(story.evaluations()) == 3
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",)


@pytest.mark.parametrize("lookalike", ["escalation_requested", "escalation-request", "escalationrequested"])
def test_a_label_that_looks_alike_starts_nothing_and_gets_one_hint(story: Story, lookalike: str) -> None:
    story.ticket()
    story.jira.label(story.key, lookalike)
    for _ in range(3):
        story.settle()
    assert story.evaluations() == []
    assert len(notes(story, "looks like")) == 1
    assert story.to_client() == []


def test_a_label_that_looks_alike_starts_nothing_where_there_is_no_safe_place_for_a_hint(story: Story) -> None:
    story.ticket("OPS")
    story.jira.label(story.key, "escalation_requested")
    story.settle()
    assert story.evaluations() == [] and story.now.comments == ()


def test_the_right_label_still_works_after_a_hint(story: Story) -> None:
    story.ticket()
    story.jira.label(story.key, "escalation-request")
    story.settle()
    story.request()
    story.vote("SEV-2", "SEV-2", "OTHER")
    assert set(story.now.labels) == {"escalation-request", "sev-2"}
    assert len(notes(story, "looks like")) == 1


def test_a_common_label_gets_no_hint(story: Story) -> None:
    story.ticket(labels=["escalation", "requested", "customer-escalation"])
    story.settle()
    assert story.internal() == []


def test_looking_often_asks_only_once(story: Story) -> None:
    story.request()
    for _ in range(4):
        story.memory.kin.clear()
        assert story.look().writes == 0
    assert len(story.now.subtasks) == 3


def test_two_labels_in_two_spellings_are_one_request(story: Story) -> None:
    story.ticket(labels=["Escalation-Requested", "escalation-requested"])
    story.settle()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.labels == ("sev-2",)
    assert len(story.evaluations()) == 3


# -- who spoke with the client


def contact(story: Story) -> tuple[str | None, str]:
    asked = story.evaluation(CC)
    return asked.assignee, asked.description


def found(story: Story, who: str, why: str) -> None:
    assignee, text = contact(story)
    assert assignee == who
    assert says(text, why), text


@pytest.fixture
def searched(story: Story) -> Story:
    """Paul is the fallback, so that nobody is found by accident; the request comes from a stranger."""
    story.rules(seats={CC: {"holder": story.jira.id_of("paul")}})
    return story


def test_the_field_names_who_spoke_with_the_client(searched: Story) -> None:
    searched.ticket(contact="sue", reporter="sam")
    searched.jira.comment(searched.key, "We are on it", by="sam", public=True)
    searched.request(by="sam")
    found(searched, "sue", "Sue Support is named in the ticket's field")


@pytest.mark.parametrize("project", ["SUP", "OPS"])
def test_else_the_author_of_the_latest_comment_the_client_sees(searched: Story, project: str) -> None:
    searched.ticket(project, reporter="sam")
    searched.jira.comment(searched.key, "First answer", by="sam", public=True)
    searched.jira.comment(searched.key, "Second answer", by="sue", public=True)
    searched.jira.comment(searched.key, "From a developer", by="emma", public=True)
    searched.jira.comment(searched.key, "From the client", by="clara")
    searched.request(by="sam")
    found(searched, "sue", "Sue Support wrote the latest comment the client can see")


def test_a_comment_for_colleagues_finds_nobody(searched: Story) -> None:
    searched.ticket(reporter="sam")
    searched.jira.comment(searched.key, "Between us", by="sue", public=False)
    searched.request(by="otto")
    found(searched, "sam", "Sam Support reported the ticket")


def test_a_comment_for_a_role_finds_nobody(searched: Story) -> None:
    searched.ticket("OPS", reporter="sam")
    searched.jira.comment(searched.key, "Between us", by="sue", visibility={"type": "role", "value": "Developers"})
    searched.request(by="otto")
    found(searched, "sam", "Sam Support reported the ticket")


def test_else_who_put_the_label_on(searched: Story) -> None:
    searched.ticket(reporter="clara")
    searched.request(by="sue")
    found(searched, "sue", "Sue Support asked for the escalation")


def test_else_the_fallback_and_it_says_so(searched: Story) -> None:
    searched.ticket(reporter="clara")
    searched.request(by="otto")
    found(searched, "paul", "holds the seat by the protocol")


def test_the_inactive_are_passed_over(searched: Story) -> None:
    searched.jira.user("sue").active = False
    searched.ticket(contact="sue", reporter="sam")
    searched.request(by="otto")
    found(searched, "sam", "reported the ticket")


def test_when_the_latest_author_left_the_one_before_is_asked(searched: Story) -> None:
    searched.ticket(reporter="clara")
    searched.jira.comment(searched.key, "First answer", by="sam", public=True)
    searched.jira.comment(searched.key, "Second answer", by="sue", public=True)
    searched.rules(seats={CC: {"holder": searched.jira.id_of("paul"), "members": members(searched.jira, "sam", "sue")}})
    searched.jira.user("sue").active = False
    searched.request(by="otto")
    found(searched, "sam", "wrote a comment the client can see")


def members(jira: Sandbox, *nicks: str) -> list[str]:
    return [jira.id_of(nick) for nick in nicks]


def test_our_own_account_is_never_asked(searched: Story) -> None:
    searched.rules(seats={CC: {"holder": searched.jira.id_of("paul"), "members": members(searched.jira, "bot", "sam")}})
    searched.ticket(reporter="sam", contact="bot")
    searched.jira.comment(searched.key, "Told the client", by="bot", public=True)
    searched.request(by="otto")
    found(searched, "sam", "reported the ticket")


def test_nobody_is_asked_for_two_seats(searched: Story) -> None:
    searched.ticket(contact="erin", reporter="sam")
    searched.request(by="otto")
    found(searched, "sam", "reported the ticket")
    assert holders(searched)[EM] == "erin"


def test_without_members_nobody_is_presumed_to_be_support(story: Story) -> None:
    fallback = {"holder": story.jira.id_of("paul"), "members": [], "find": ["field", "reporter", "label-adder"]}
    story.rules(seats={CC: fallback})
    story.ticket(reporter="sam")
    story.request(by="sue")
    found(story, "paul", "by the protocol")


def test_a_fixed_seat_says_nothing_of_a_search(story: Story) -> None:
    story.request()
    assert says(story.evaluation(PM).description, "holds the seat by the protocol")


def test_who_cannot_be_assigned_is_passed_over_and_it_is_said(story: Story) -> None:
    story.rules(seats={EM: {"holder": story.jira.id_of("nora"), "substitutes": [story.jira.id_of("emma")]}})
    story.request()
    assert holders(story)[EM] == "emma"
    assert len(notes(story, "cannot be assigned")) == 1


def test_where_nobody_can_be_assigned_it_is_open_to_all_and_says_why(story: Story) -> None:
    story.rules(seats={EM: {"holder": story.jira.id_of("nora")}})
    story.request()
    asked = story.evaluation(EM)
    assert asked.assignee is None
    assert says(asked.description, "Nobody is assigned")
    story.jira.assign(asked.key, "erin")
    story.vote("SEV-2", "OTHER", "SEV-2")
    assert decision(story) == ("SEV-2", "panel")


# -- nobody in two seats


@pytest.fixture
def shared(story: Story) -> Story:
    """Paul, then Emma, may stand in for both managers."""
    substitutes = [story.jira.id_of("paul"), story.jira.id_of("emma")]
    story.rules(seats={PM: {"substitutes": substitutes}, EM: {"substitutes": substitutes}})
    return story


def test_two_silent_seats_get_two_substitutes(shared: Story) -> None:
    shared.request()
    shared.forward(hours=2, minutes=1)
    assert holders(shared) == {PM: "paul", CC: "sam", EM: "emma"}


def test_two_seats_that_are_given_up_get_two_substitutes(shared: Story) -> None:
    shared.request()
    shared.say(PM, "Recused: holiday")
    shared.say(EM, "Recused: holiday")
    shared.forward(minutes=1)
    assert holders(shared) == {PM: "paul", CC: "sam", EM: "emma"}


def test_two_seats_whose_holders_cannot_be_assigned_get_two_substitutes(shared: Story) -> None:
    shared.jira.user("petra").assignable = shared.jira.user("erin").assignable = False
    shared.request()
    assert holders(shared) == {PM: "paul", CC: "sam", EM: "emma"}
    assert len(replies(shared, EM, "is asked as substitute. Whoever holds the seat cannot be assigned")) == 1


def test_a_substitute_for_two_seats_is_free_for_the_one_that_needs_them(shared: Story) -> None:
    shared.jira.user("erin").assignable = False
    shared.request()
    assert holders(shared) == {PM: "petra", CC: "sam", EM: "paul"}


def test_who_spoke_with_the_client_stands_in_for_nobody(story: Story) -> None:
    story.rules(seats={PM: {"substitutes": [story.jira.id_of("sue"), story.jira.id_of("paul")]}})
    story.jira.user("petra").assignable = False
    story.ticket(contact="sue")
    story.request()
    assert holders(story) == {PM: "paul", CC: "sue", EM: "erin"}


def test_who_stands_in_already_is_not_asked_as_the_one_who_spoke_with_the_client(story: Story) -> None:
    story.rules(seats={PM: {"substitutes": [story.jira.id_of("sue")]}})
    story.ticket(contact="sue")
    story.jira.user("sue").assignable = False
    story.request()
    assert holders(story)[CC] == "sam"
    story.jira.user("sue").assignable = True
    story.jira.assign(story.evaluation(PM).key, "sue")
    story.jira.delete(story.evaluation(CC).key)
    story.settle()
    assert holders(story) == {PM: "sue", CC: "sam", EM: "erin"}


# -- evaluations that are none, or too many


def test_of_two_evaluations_for_one_seat_the_older_counts(story: Story) -> None:
    story.request()
    first = story.evaluation(PM)
    twin = story.jira.create_subtask(story.key, by="bot", labels=("escalation-evaluation",))
    story.jira.set_property(twin, "escalation", first.properties["escalation"])
    story.settle()
    assert not story.jira.exists(twin)
    assert story.evaluation(PM).key == first.key


def test_a_twin_that_may_not_be_deleted_is_closed_once(story: Story) -> None:
    story.jira.deny("DELETE_ISSUES", "SUP")
    story.request()
    twin = story.jira.create_subtask(story.key, by="bot")
    story.jira.set_property(twin, "escalation", story.evaluation(PM).properties["escalation"])
    story.settle()
    assert story.jira.issue(twin).done
    assert story.look().writes == 0


def test_a_clone_of_an_evaluation_counts_for_nothing(story: Story) -> None:
    story.request()
    clone = story.jira.create_subtask(story.key, by="otto", labels=("escalation-evaluation",))
    story.jira.set_property(clone, "escalation", story.evaluation(PM).properties["escalation"])
    story.jira.assign(clone, "otto", by="otto")
    story.jira.comment(clone, "SEV-1: mine", by="otto")
    story.vote("", "SEV-1", "")
    assert decision(story) is None
    assert not story.jira.issue(clone).done


def test_an_evaluation_of_another_ticket_counts_for_nothing(story: Story) -> None:
    other = story.jira.create_ticket("SUP", "Another one")
    story.request()
    moved = story.jira.create_subtask(story.key, by="bot", assignee=story.jira.user("petra"))
    mark = {**story.evaluation(PM).properties["escalation"], "ticket": story.jira.issue(other).id}
    story.jira.set_property(moved, "escalation", mark)
    story.jira.comment(moved, "SEV-1: of another ticket", by="petra")
    story.vote("", "SEV-1", "")
    assert decision(story) is None
    assert story.jira.exists(moved) and not story.jira.issue(moved).done


def test_the_record_of_another_ticket_is_none(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1", "")
    copied = story.record
    story.ticket(labels=["sev-1"])
    story.jira.set_property(story.key, "escalation", copied, by="otto")
    story.settle()
    assert story.to_client() == []
    story.request()
    story.vote("SEV-2", "OTHER", "OTHER")
    assert decision(story) == ("OTHER", "panel")
    assert story.now.labels == ("sev-other",)


def test_a_deleted_evaluation_is_asked_again(story: Story) -> None:
    story.request()
    story.jira.delete(story.evaluation(EM).key)
    story.settle()
    assert holders(story) == SEATS
    assert len(story.evaluations()) == 3


# -- what closes an evaluation


def test_a_vote_closes_its_evaluation_and_no_other(story: Story) -> None:
    story.request()
    story.vote("SEV-2: queue")
    assert [story.evaluation(seat).done for seat in SEATS] == [True, False, False]


def test_a_person_who_opens_it_again_is_not_fought(story: Story) -> None:
    story.request()
    story.vote("SEV-2: queue")
    story.jira.reopen(story.evaluation(PM).key, by="petra")
    story.settle()
    assert not story.evaluation(PM).done
    story.vote("SEV-1: worse", "SEV-1", "")
    assert decision(story) == ("SEV-1", "panel")


def test_closing_without_a_vote_is_no_vote_and_said_once(story: Story) -> None:
    story.request()
    story.jira.close(story.evaluation(PM).key, by="petra")
    story.settle()
    story.settle()
    assert len(replies(story, PM, "closed without a vote")) == 1
    story.vote("", "SEV-2", "SEV-2")
    assert decision(story) is None
    story.vote("OTHER: late but in time")
    assert decision(story) == ("SEV-2", "panel")


# -- a changed protocol


def test_a_changed_protocol_holds_for_the_open_round(story: Story, clock: Clock) -> None:
    story.request()
    story.vote("SEV-2", "OTHER")
    assert decision(story) is None
    story.rules(panel={"evaluate_within": "4m"})
    clock.forward(minutes=10)
    story.settle()
    assert decision(story) == ("SEV-2", "time-out")


def test_a_new_seat_is_asked_in_the_open_round(story: Story) -> None:
    story.request()
    seats = [asdict(seat) for seat in story.protocol.panel.seats]
    extra = {"name": "security", "title": "Security", "holder": story.jira.id_of("emma")}
    story.rules(panel={"seats": [*seats, extra]})
    story.settle()
    assert story.evaluation("security").assignee == "emma"


def test_a_grade_that_was_taken_out_of_the_protocol_breaks_nothing(story: Story) -> None:
    story.request()
    story.vote("OTHER", "OTHER", "OTHER")
    grades = [asdict(grade) for grade in story.protocol.grades[:2]]
    story.rules(grades=grades)
    story.settle()
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2", round=2)
    assert decision(story) == ("SEV-2", "panel")
