"""What people write and how it ends: mails that quote us, words of others, texts that would not be told, machines."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.state.adf import plain
from tests.story.panel_reading import decision, replies
from tests.story.telling import assert_nothing_leaks, noted, told
from tests.storytelling import SEATS, Clock, Story
from worker.escalation.plan.open_round import HINTS

PM, CC, EM = SEATS
ONCE = pytest.mark.parametrize("jira", ["cloud"], indirect=True)
HINT = "could not be counted as a vote yet"
UNTOLD = "its text for the client is not told"
CASES = {
    case["id"]: case
    for case in map(
        json.loads,
        (Path(__file__).parents[2] / "escalation" / "comments.jsonl").read_text(encoding="utf-8").splitlines(),
    )
}
TELLING = ["mail-outlook-en", "mail-marked", "mail-own-client-above", "example-unchanged", "quote-adf", "strike-wiki"]
TELLING += ["strike-adf", "signature-dashes", "standard-0", "standard-1", "real-key", "client-newline"]


@pytest.fixture
def asked(story: Story) -> Story:
    story.request()
    return story


def body(story: Story, case: dict[str, Any]) -> Any:
    """The case's comment, with the evaluation's description where it quotes it."""
    if isinstance(case["body"], dict):
        return case["body"] if story.site.cloud else None
    text = plain(story.jira._issue(story.evaluation(PM).key).description)
    example = text[text.index("SEV-2: check-in") : text.index("The client will see")].strip()
    quoted = text.replace("\n\n", "\n\n> ") if "> {{OURS}}" in case["body"] else text
    return case["body"].replace("{{OURS}}", quoted).replace("{{EXAMPLE}}", example)


def write(story: Story, what: Any, seat: str = PM, by: str = "petra") -> str:
    story.clock.forward(minutes=1)
    return story.jira.comment(story.evaluation(seat).key, what, by=by)


@pytest.mark.parametrize("name", TELLING)
def test_the_client_reads_what_the_author_wrote_for_them_and_nothing_else(asked: Story, name: str) -> None:
    case = CASES[name]
    what = body(asked, case)
    if what is None:
        pytest.skip("a document of Cloud's editor")
    write(asked, what)
    asked.settle()
    asked.vote("", "SEV-2: slow", "SEV-2: slow")
    if decision(asked) is None:
        assert replies(asked, PM, HINT) and name == "example-unchanged"
        return
    [answer] = told(asked)
    for never in ("front desk", "deleted", "lost your data", "555", "OPS-12", "all clinics", "new index"):
        assert never not in answer
    client = case["expect"].get("client", "").removesuffix(" (or a hint at once)")
    assert ("Reasoning" in answer) == bool(client) or "client" not in case["expect"]
    assert client in answer
    assert_nothing_leaks(asked)


def test_a_quoted_vote_of_a_colleague_does_not_decide(asked: Story) -> None:
    quoted = "SEV-1: all clinics are down"
    body = (
        f"{{quote}}\n{quoted}\n{{quote}}\n\nOne moment, I ask the clinic."
        if not asked.site.cloud
        else CASES["quote-adf"]["body"]
    )
    write(asked, body)
    asked.vote("", "SEV-1: down")
    assert decision(asked) is None


def test_an_example_s_text_never_displaces_what_a_colleague_wrote(asked: Story) -> None:
    text = plain(asked.jira._issue(asked.evaluation(PM).key).description)
    asked.say(CC, f"SEV-2 – exports are broken\n\n{text}")
    asked.say(PM, "SEV-2: broken\n\nClient: Exports fail for two clinics.")
    asked.vote("", "", "SEV-2: broken")
    [answer] = told(asked)
    assert "Exports fail for two clinics." in answer and "patients" not in answer
    [summary] = noted(asked, "Decision of round 1")
    assert "exports are broken" in summary and "Please grade" not in summary


# -- never silence


@pytest.mark.parametrize("text", ["I think this is severe", "Not a hotfix, it can wait", "Agree with Sam", "SEV-1: no"])
def test_first_words_that_are_no_vote_are_asked_back_once(asked: Story, text: str) -> None:
    write(asked, text)
    asked.settle()
    write(asked, "As I said.")
    asked.settle()
    assert len(replies(asked, PM, HINT)) == 1


def test_what_quotes_only_is_asked_back(asked: Story) -> None:
    write(asked, "> SEV-1: all is down")
    asked.settle()
    assert len(replies(asked, PM, "nothing in it but quoted words")) == 1


def test_a_vote_on_the_ticket_is_asked_for_on_the_evaluation(asked: Story) -> None:
    asked.clock.forward(minutes=1)
    asked.jira.comment(asked.key, "SEV-2: check-in is down", by="petra")
    for _ in range(2):
        asked.settle()
    assert len(replies(asked, PM, f"It was written on {asked.key}")) == 1
    assert_nothing_leaks(asked, answers=0)
    asked.vote("SEV-2: check-in is down")
    asked.settle()
    assert len(replies(asked, PM, HINT)) == 1


def test_an_outsider_hears_that_assignment_comes_first(asked: Story) -> None:
    write(asked, "SEV-1: down", by="otto")
    asked.settle()
    [reply] = replies(asked, PM, HINT)
    assert "assigned first" in reply and "edit that one" not in reply


# -- known beforehand


def held(story: Story, seat: str = CC) -> list[str]:
    return replies(story, seat, UNTOLD)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Client: Write to dr.jones@clinic.example.", "it holds an e-mail address"),
        ("Client: Erin Engineering works on it.", "it holds the name of a colleague"),
        ("Client: Erin works on it.", "it holds the name of a colleague"),
        ("Client: Two of us voted for SEV-1.", "it may tell who judged the report, and how"),
        ("Client: See OPS-12, it is the same.", "it holds the key of another ticket"),
        ("For the client: You cannot work.", "it does not begin with the word that was asked for"),
        (
            "> mine\n\nOn Fri, Nov 27, 2026 Jira <j@a.example> wrote:\n\nHello\n\nClient: Down.",
            "it stands below a quotation",
        ),
        (
            "Client: You cannot check in patients, so your front desk has come to a halt. We are on it.",
            "a text of ours",
        ),
    ],
)
def test_who_writes_what_would_not_be_told_hears_it_at_once(asked: Story, text: str, reason: str) -> None:
    asked.vote("", f"SEV-2: slow\n\n{text}")
    asked.settle()
    assert len(held(asked)) == 1 and reason in held(asked)[0]
    asked.vote("SEV-2", "SEV-2: slow\n\nClient: You cannot work.", "SEV-2")
    assert len(held(asked)) == 1 and "You cannot work." in told(asked)[0]


@ONCE
def test_what_may_be_told_is_not_warned_of(asked: Story) -> None:
    asked.vote("", "SEV-2: import\n\nClient: Files in UTF-8 and dates in ISO-8601 cannot be imported, nor SHA-256.")
    assert held(asked) == []


def test_who_corrects_themselves_may_say_the_same_again(asked: Story) -> None:
    words = "Exports have failed for two clinics since this morning, and we are looking for the reason"
    asked.vote("", f"SEV-2: {words}")
    asked.vote("", f"SEV-2: {words}\n\nClient: {words}.")
    asked.vote("SEV-2: broken", "", "SEV-2: broken")
    assert f"{words}." in told(asked)[0]


def test_the_evaluation_says_what_is_held_back(asked: Story) -> None:
    text = plain(asked.jira._issue(asked.evaluation(PM).key).description)
    assert "It is held back, and you hear so at once" in text and "e-mail address" in text


@ONCE
def test_a_label_put_on_in_a_round_is_not_told_to_put_on_the_label_that_is_there(asked: Story) -> None:
    asked.jira.label(asked.key, "sev-1", by="otto")
    asked.settle()
    [note] = noted(asked, "not by a decision")
    assert "votes on it" in note and "escalation-requested" not in note


# -- no machine, no client


@ONCE
@pytest.mark.parametrize("kind", ["app", "customer", "unheard-of"])
@pytest.mark.parametrize("what", ["SEV-1: everything is down", "Recused: I am a machine"])
def test_apps_and_customers_neither_vote_nor_give_up_a_seat(asked: Story, kind: str, what: str) -> None:
    asked.jira.user("otto").account_type = kind
    asked.jira.assign(asked.evaluation(PM).key, "otto", by="petra")
    for _ in range(4):
        write(asked, what, by="otto")
        asked.settle()
    assert len(replies(asked, PM, "neither of them votes")) == 1
    asked.vote("", "SEV-1")
    assert decision(asked) is None and not asked.evaluation(PM).done


@ONCE
def test_an_app_with_authority_does_not_grade(story: Story) -> None:
    story.rules(panel={"authority": [story.jira.id_of("otto")]})
    story.jira.user("otto").account_type = "app"
    story.request()
    story.clock.forward(minutes=1)
    story.jira.label(story.key, "sev-1", by="otto")
    story.settle()
    assert decision(story) is None and told(story) == []


def test_a_machine_that_holds_a_seat_comes_to_an_end(asked: Story, clock: Clock) -> None:
    """Data Center cannot tell it from a person."""
    for number in range(20):
        write(asked, f"SEV-7: your message {number} was received")
        asked.settle()
    assert len(replies(asked, PM, HINT)) <= HINTS
    for _ in range(3):
        write(asked, "I am out of the office.", seat=EM, by="erin")
        asked.settle()
    assert len(replies(asked, EM, HINT)) == 1


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Vetspire Support", "Check-in in Vetspire stops for all your doctors.", ""),
        ("Don Draper", "Don't restart the device; the vote button in your survey waits, too.", ""),
        ("Jo Kim", "Jo found out why check-in stops.", "it holds the name of a colleague"),
        ("Draper, Don", "Don Draper found out why check-in stops.", "it holds the name of a colleague"),
        ("Don Draper", "Die Mehrheit war für SEV-2.", "it may tell who judged the report, and how"),
    ],
)
def test_what_a_colleague_is_called_costs_no_client_the_reasons(
    asked: Story, name: str, text: str, reason: str
) -> None:
    asked.jira.user("sam").display_name = name
    asked.vote("", f"SEV-2: slow\n\nClient: {text}")
    asked.settle()
    asked.vote("SEV-2", "", "SEV-2")
    assert (text in told(asked)[0]) == (not reason)
    assert [reason in why for why in held(asked)] == ([True] if reason else [])
