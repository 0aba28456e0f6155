"""Every client who asked hears the answer: those behind linked requests, too, once each, and none a word of another."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sandbox import CommentView, Fault, Sandbox
from sandbox.state.people import User
from tests.story.telling import failed_steps, noted, told
from tests.storytelling import SEATS, Clock, Memory, Story
from worker.errors import TryAgain
from worker.escalation.views import preview
from worker.escalation.views.explanation import explained
from worker.jira.text.reading import plain
from worker.look.reconciler import Reconciler

SAID = "You cannot check in patients, and we have found no other way to do it."
VOTES = ("SEV-2 broken", f"SEV-2 queues\n\nClient: {SAID}", "OTHER")


@pytest.fixture
def bug(story: Story) -> Story:
    """A bug of the engineers', behind which two clients wait."""
    story.ticket("OPS", reporter="erin")
    for client, kind in (("clara", "Duplicate"), ("carl", "Problem/Incident")):
        link(story, client, kind)
    return story


def link(story: Story, client: str | User = "clara", kind: str = "Duplicate", **values: Any) -> str:
    """A client's request that is linked to the ticket; its key."""
    key = story.jira.create_ticket("SUP", "We cannot check in", reporter=client, **values)
    ends = (key, story.key) if kind == "Duplicate" else (story.key, key)
    story.jira.link(*ends, kind)
    return key


def requests(story: Story) -> list[str]:
    return [ticket.key for ticket in story.jira.tickets("SUP") if ticket.key != story.key]


def ours(story: Story, key: str) -> list[CommentView]:
    return [comment for comment in story.jira.issue(key).comments if comment.author == "bot"]


def answers(story: Story, key: str) -> list[str]:
    """What the client of a request can read from us; nothing else of ours may be there."""
    assert all(comment.public for comment in ours(story, key))
    return [plain(comment.body) for comment in ours(story, key)]


def test_each_client_hears_the_same_once(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    [own] = told(bug)
    for key in requests(bug):
        [answer] = answers(bug, key)
        assert answer == own and "SEV-2" in answer and SAID in answer and "November 24, 2026, 9:00 PM ET" in answer
        assert not any(word in answer for word in ("OPS", "SUP", "Clara", "Carl", "Northside", "Harbour", "Petra"))
    assert {each["key"] for each in bug.record["heard"]} == set(requests(bug))
    assert bug.look().plan.empty


def test_the_panel_sees_who_asked(bug: Story) -> None:
    bug.clock.forward(days=1)
    bug.request("OPS")
    asked = bug.evaluation("project-manager").description
    first, second = requests(bug)
    assert f"{first}: Northside Veterinary, since Monday, November 23, 2026" in asked
    assert f"{second}: Harbour Animal Hospital" in asked


@pytest.mark.parametrize("kind", ["Blocks", "Relates"])
def test_another_type_of_link_tells_nobody(story: Story, kind: str) -> None:
    story.ticket("OPS")
    key = link(story, kind=kind)
    story.request("OPS")
    story.vote(*VOTES)
    assert ours(story, key) == [] and "heard" not in story.record


def test_what_is_linked_from_elsewhere_than_a_service_project_is_no_client(story: Story) -> None:
    story.ticket("SUP")
    other = story.jira.create_ticket("OPS", "The same below", reporter="erin")
    story.jira.link(story.key, other, "Duplicate")
    story.request()
    story.vote(*VOTES)
    assert ours(story, other) == [] and len(told(story)) == 1


def test_linked_later_is_told_when_it_is_seen_and_unlinked_takes_nothing_back(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    late = link(bug)
    bug.forward(hours=1)
    first = requests(bug)[0]
    assert answers(bug, late) == answers(bug, first) == told(bug)
    bug.jira.unlink(first, bug.key)
    bug.forward(hours=1)
    assert len(answers(bug, first)) == 1
    bug.jira.link(first, bug.key, "Duplicate")
    bug.forward(hours=1)
    assert len(answers(bug, first)) == 1


def test_linked_after_the_night_was_over_hears_of_no_date_that_has_passed(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    bug.forward(days=4)
    late = link(bug)
    bug.settle()
    [answer] = answers(bug, late)
    assert "SEV-2" in answer and "November" not in answer and "ahead of planned work" in answer


def test_linked_after_it_was_resolved_is_left_alone(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    bug.jira.close(bug.key)
    bug.forward(minutes=1)
    bug.clock.forward(minutes=1)
    late = link(bug)
    bug.settle()
    assert ours(bug, late) == []


def test_a_grade_that_changes_and_one_that_is_confirmed_reach_all(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    for round, words in ((2, "The severity is now SEV-1 (it was SEV-2)"), (3, "The severity stays SEV-1")):
        bug.clock.forward(hours=1)
        bug.request("OPS")
        late = "" if round == 2 else link(bug)
        for seat in SEATS:
            bug.say(seat, "SEV-1", round=round)
        bug.forward(minutes=1)
        for key in requests(bug):
            first = "Severity: SEV-1." if key == late else words
            assert first in answers(bug, key)[-1], key
    assert [len(answers(bug, key)) for key in requests(bug)] == [3, 3, 1]


def test_all_hear_that_it_is_resolved_where_the_protocol_wants_it(bug: Story) -> None:
    bug.rules(client={"closing": True})
    bug.request("OPS")
    bug.vote(*VOTES)
    bug.clock.forward(hours=1)
    bug.jira.close(bug.key)
    bug.settle()
    bug.forward(hours=1)
    for key in requests(bug):
        _, closing = answers(bug, key)
        assert "has been resolved" in closing


def test_a_draft_is_left_on_each_request_for_colleagues(bug: Story) -> None:
    bug.rules(client={"comment": "draft"})
    bug.request("OPS")
    bug.vote(*VOTES)
    for key in requests(bug):
        [draft] = ours(bug, key)
        assert not draft.public and "To be sent to the client" in draft.text and SAID in draft.text
    assert bug.look().plan.empty


@pytest.mark.parametrize("how", ["off", "drill"])
def test_switched_off_or_only_a_drill_nobody_hears_anything(bug: Story, how: str) -> None:
    if how == "off":
        bug.rules(client={"comment": "off"})
    else:
        bug.jira.label(bug.key, "escalation-drill")
    bug.request("OPS")
    bug.vote("SEV-2", "SEV-2", "OTHER")
    assert all(ours(bug, key) == [] for key in requests(bug)) and told(bug) == []


def test_one_that_refuses_is_noted_once_and_mended_and_the_others_are_told(bug: Story) -> None:
    bug.request("OPS")
    first, second = requests(bug)
    there, no = f"/issue/{bug.jira.issue(first).id}/comment", {"errorMessages": ["no"], "errors": {}}
    bug.jira.faults.add(Fault("answer", method="POST", path=there, account="bot", status=403, times=9, body=no))
    bug.vote(*VOTES)
    bug.forward(minutes=40)
    assert ours(bug, first) == [] and len(answers(bug, second)) == 1 and failed_steps(bug) == [f"tell {first}"]
    assert len([text for text in noted(bug, "could not be done") if first in text]) == 1
    assert any(first in text for text in noted(bug, "not every client has been told"))
    bug.jira.faults.clear()
    bug.settle(retry=True)
    assert len(answers(bug, first)) == len(answers(bug, second)) == 1 and failed_steps(bug) == []


def test_an_account_that_is_no_agent_hides_one_comment_and_no_more(bug: Story) -> None:
    bug.jira.user("bot").agent = False
    bug.request("OPS")
    bug.vote(*VOTES)
    bug.forward(hours=1)
    hidden = [comment for key in requests(bug) for comment in ours(bug, key)]
    assert len(hidden) == 1 and not hidden[0].public and len(failed_steps(bug)) == 2
    bug.jira.user("bot").agent = True
    bug.settle(retry=True)
    public = [[comment for comment in ours(bug, key) if comment.public] for key in requests(bug)]
    assert [len(each) for each in public] == [1, 1] and failed_steps(bug) == []


UNFIT = {
    "the ticket's key": "This is our OPS-1.",
    "another client's name": "Carl Consumer has told us.",
    "another client's given name": "Carl has told us.",
    "another client's organisation": "It is as at harbour animal hospital.",
    "a number of clients": "Three clients told us so.",
    "other clients": "Other customers have it, too.",
    "all clients": "It is down for all our customers.",
    "many clients": "Dozens of customers wait.",
}


@pytest.mark.parametrize("why", UNFIT)
def test_no_client_learns_of_another_nor_of_the_ticket(bug: Story, why: str) -> None:
    bug.request("OPS")
    bug.vote("SEV-2", f"SEV-2\n\nClient: {UNFIT[why].replace('OPS-1', bug.key)}", "SEV-2\n\nClient: It stands still.")
    first, second = requests(bug)
    for key in (first, second):
        [answer] = answers(bug, key)
        own = why.startswith("another client's") and key == second
        assert (UNFIT[why] in answer) == own and ("It stands still." in answer) != own
        assert bug.key not in answer
    assert noted(bug, "was not sent")


def test_a_request_may_be_called_by_its_own_key(bug: Story) -> None:
    bug.request("OPS")
    first, second = requests(bug)
    bug.vote("SEV-2", f"SEV-2\n\nClient: As you told us in {first}, it stands still.", "SEV-2")
    assert first in answers(bug, first)[0] and first not in answers(bug, second)[0]


def test_two_bugs_with_the_same_grade_each_answer_one_request(bug: Story) -> None:
    """The same words, of another ticket, are no answer of this one's."""
    bug.request("OPS")
    other = bug.jira.create_ticket("OPS", "Another cause", reporter="erin")
    first = requests(bug)[0]
    bug.jira.link(first, other, "Duplicate")
    bug.vote(*VOTES)
    bug.key, before = other, bug.key
    bug.request("OPS")
    bug.vote(*VOTES)
    assert len(answers(bug, first)) == 2
    for key in (before, other):
        bug.key = key
        bug.forward(minutes=5)
    assert len(answers(bug, first)) == 2


@pytest.mark.parametrize("change", ["moved", "closed", "deleted", "moved away"])
def test_what_becomes_of_a_request(bug: Story, change: str) -> None:
    bug.request("OPS")
    first, second = requests(bug)
    if change == "closed":
        bug.jira.close(first)
    elif change == "deleted":
        bug.jira.delete(first)
    elif change == "moved away":
        first = bug.jira.move(first, "OPS")
    bug.vote(*VOTES)
    if change == "moved":
        first = bug.jira.move(first, "SUP")
    bug.forward(hours=1)
    assert len(answers(bug, second)) == 1 and failed_steps(bug) == []
    if change in ("moved", "closed"):
        assert len(answers(bug, first)) == 1
    elif change == "moved away":
        assert ours(bug, first) == []


def test_fifty_are_told_and_of_more_somebody_hears(story: Story) -> None:
    story.ticket("OPS", reporter="erin")
    keys = [link(story) for _ in range(53)]
    story.request("OPS")
    assert "And 33 more" in story.evaluation("project-manager").description
    story.vote(*VOTES)
    story.forward(hours=1)
    assert [len(answers(story, key)) for key in keys] == [1] * 50 + [0] * 3
    assert story.record["beyond"] == 3 and len(str(story.record)) < 16_000
    [text] = noted(story, "50 linked requests are told")
    assert "3 more are not" in text


def test_who_talks_with_the_client_is_found_on_the_newest_request(bug: Story) -> None:
    for key, person in zip(requests(bug), ("sam", "sue"), strict=True):
        bug.jira.comment(key, "We look into it.", by=person, public=True)
    bug.request("OPS")
    assert bug.evaluation("client-contact").assignee == "sue"


def test_where_no_client_hears_it_whoever_speaks_with_them_is_told(story: Story) -> None:
    story.ticket("OPS", reporter="erin")
    story.request("OPS")
    story.vote(*VOTES)
    [text] = noted(story, "No client hears of this")
    assert "Sam" in text and "Problem/Incident" in text
    late = link(story)
    story.settle()
    assert len(answers(story, late)) == 1
    assert len(noted(story, "No client hears of this")) == 1


# -- reasons that follow


def test_reasons_are_asked_for_by_name_and_follow_once_to_everyone(bug: Story) -> None:
    bug.request("OPS")
    bug.vote("SEV-2 broken", "SEV-2 queues", "OTHER")
    asked = [c for c in bug.evaluation("client-contact").comments if "and no reasons: nobody" in c.text]
    assert len(asked) == 1 and mentions(bug, asked[0], "sam") and "Wednesday, November 25" in asked[0].text
    bug.clock.forward(hours=3)
    bug.say("project-manager", f"Client: {SAID}")
    bug.settle()
    assert all(len(answers(bug, key)) == 1 for key in requests(bug)), "not their business"
    bug.say("client-contact", f"Here it is.\n\nClient: {SAID}\n\nThey pay late.")
    bug.settle()
    bug.say("client-contact", "Client: And another one.")
    bug.forward(hours=1)
    for said in (told(bug), *(answers(bug, key) for key in requests(bug))):
        assert len(said) == 2 and "Reasoning" not in said[0] and SAID in said[1] and "pay late" not in said[1]
    assert not noted(bug, "A vote after the decision")
    late = link(bug)
    bug.settle()
    [answer] = answers(bug, late)
    assert SAID in answer


def mentions(story: Story, comment: CommentView, nick: str) -> bool:
    id = story.jira.id_of(nick)
    return f"[~{id}]" in str(comment.body) or f"'id': '{id}'" in str(comment.body)


def test_an_edited_vote_may_bring_the_reasons(story: Story) -> None:
    story.request()
    story.vote("SEV-2 broken", "SEV-2 queues", "OTHER")
    story.clock.forward(hours=1)
    evaluation = story.evaluation("client-contact")
    vote = next(comment for comment in evaluation.comments if comment.author == "sam")
    story.jira.edit_comment(evaluation.key, vote.id, f"SEV-2 queues\n\nClient: {SAID}")
    story.settle()
    _, reasons = told(story)
    assert SAID in reasons and not noted(story, "A vote after the decision")


def test_too_late_they_are_told_to_nobody(story: Story) -> None:
    story.request()
    story.vote("SEV-2 broken", "SEV-2 queues", "OTHER")
    story.clock.forward(days=2, hours=1)
    story.say("client-contact", f"Client: {SAID}")
    story.settle()
    assert len(told(story)) == 1


def test_reasons_that_may_not_go_out_are_held_back_and_the_next_ones_go(story: Story) -> None:
    story.request()
    story.vote("SEV-2 broken", "SEV-2 queues", "OTHER")
    story.clock.forward(hours=1)
    story.say("client-contact", "Client: Ask erin@vendor.example.")
    story.settle()
    assert len(told(story)) == 1 and len(noted(story, "was not sent")) == 1
    story.clock.forward(hours=1)
    story.say("client-contact", f"Client: {SAID}")
    story.settle()
    assert SAID in told(story)[1]


def test_reasons_are_left_as_a_draft_where_a_person_sends_them(bug: Story) -> None:
    bug.rules(client={"comment": "draft"})
    bug.request("OPS")
    bug.vote("SEV-2 broken", "SEV-2 queues", "OTHER")
    bug.clock.forward(hours=1)
    bug.say("client-contact", f"Client: {SAID}")
    bug.settle()
    for key in requests(bug):
        assert [SAID in comment.text for comment in ours(bug, key)] == [False, True]
    assert told(bug) == [] and len(noted(bug, "after that")) == 1


def test_of_several_texts_the_summary_says_which_was_told_and_quotes_the_others(story: Story) -> None:
    story.request()
    story.vote("SEV-2\n\nClient: From the manager.", "SEV-2\n\nClient: From Support.", "SEV-2\n\nClient: And this.")
    [summary] = noted(story, "Decision of round 1")
    assert "the text from Client Contact" in summary and "From the manager." in summary and "And this." in summary
    assert "From Support." in told(story)[0] and "From the manager." not in told(story)[0]


# -- killed anywhere


@pytest.fixture(scope="module", params=["cloud", "dc"])
def site(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, clock=Clock(datetime.fromisoformat("2026-11-23T10:00:00-05:00"))) as jira:
        yield jira


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["reset-before", "reset-after"])
def test_killed_at_any_call_each_client_hears_it_once(site: Sandbox, how: Any) -> None:
    clock = site.state.clock
    assert isinstance(clock, Clock)
    number, struck = 0, True
    while struck:
        story = Story(site, clock)
        story.ticket("OPS", reporter="erin")
        keys = [link(story), link(story, "carl", "Problem/Incident"), link(story)]
        story.request("OPS")
        for seat in ("project-manager", "client-contact", "engineering-manager"):
            clock.forward(minutes=1)
            story.say(seat, "SEV-2 broken")
        fault = site.faults.add(Fault(how, account="bot", skip=number))
        steadily(story)
        clock.forward(hours=1)
        story.say("client-contact", f"Client: {SAID}")
        steadily(story)
        struck, number = fault.hits == 1, number + 1
        site.faults.clear()
        for said in (told(story), *(answers(story, key) for key in keys)):
            assert len(said) == 2 and SAID in said[1], f"{how} of call {number}"
    assert number > 20


def steadily(story: Story) -> None:
    for _ in range(12):
        try:
            if story.look().plan.empty:
                return
        except TryAgain:
            story.memory = Memory()
            story.rules()
    raise AssertionError("the ticket does not settle")


# -- what it costs, and who notices


@pytest.mark.parametrize("count", [2, 5])
def test_a_client_more_costs_one_call_on_cloud_and_three_on_data_center(story: Story, count: int) -> None:
    spent = []
    for number in (0, 0, count, count):  # each once to warm up
        story.ticket("OPS", reporter="erin")
        for _ in range(number):
            link(story)
        story.jira.label(story.key, "escalation-requested")
        story.look()
        story.jira.log.clear()
        for seat, text in zip(SEATS, VOTES, strict=True):
            story.clock.forward(minutes=1)
            story.say(seat, text)
        story.look()
        spent.append(len(story.jira.calls()))
        assert story.look().plan.empty
    each, reading = (1, 0) if story.jira.flavour == "cloud" else (3, 1)
    assert spent[3] - spent[1] <= count * each + reading, spent


def test_a_settled_ticket_with_requests_costs_no_more(bug: Story) -> None:
    bug.request("OPS")
    bug.vote(*VOTES)
    bug.jira.log.clear()
    assert bug.look().plan.empty
    assert len(bug.jira.calls()) == (1 if bug.jira.flavour == "cloud" else 5)


def test_a_dry_run_and_the_preview_show_it(bug: Story) -> None:
    bug.request("OPS")
    for seat, text in zip(SEATS, VOTES, strict=True):
        bug.say(seat, text)
    bug.clock.forward(minutes=1)
    dry = Reconciler(bug.site, bug.protocol, bug.memory, dry_run=True).look(bug.now.id, bug.clock(), lambda: None)
    names = dict(preview.planned(dry.plan))
    for key in requests(bug):
        assert ours(bug, key) == [] and f"To the client of {key}" in names
        assert any(str(action).startswith(f"tell the client of {key}") for action in dry.plan.actions)


def test_it_is_explained(bug: Story) -> None:
    bug.request("OPS")
    bug.vote("SEV-2", "SEV-2", "OTHER")
    first, second = requests(bug)
    bug.jira.unlink(second, bug.key)
    ticket = bug.look().escalation
    told = explained(ticket, bug.protocol, None, bug.clock())
    assert told["told"]["reasons"] == "no"
    assert [(each["key"], each["linked"], each["told"]["how"]) for each in told["requests"]] == [
        (first, True, "auto"),
        (second, False, "auto"),
    ]
