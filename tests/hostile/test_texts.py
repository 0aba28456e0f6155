"""Hostile text in whole rounds: wherever people's words go they are words, and what is internal stays so."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.markup_reading import assert_inert, assert_nothing_but_ours, bodies, called, letters, seen
from tests.hostile.people import EM, PM, SEATS
from tests.story.telling import assert_nothing_leaks, noted, told
from tests.storytelling import Story
from worker.escalation.release.override import Override
from worker.escalation.texts import wording
from worker.jira.issue_memory import NoIssueMemory
from worker.jira.override_note import Notices

BOTH = pytest.mark.parametrize("project", ["SUP", "OPS"])
HIGH, LOW = "\ue123", "\ue124"  # what stands for half a character in the sandbox, which could not send one
ATTACKS = {
    "mentions": "[~petra] [~accountid:5b10ac8d82e05b22cc7d4ef5] @petra [[~admin]] \\[~admin]",
    "documents": '{adf}{"type":"mention","attrs":{"id":"1"}}{adf} {"type":"doc","version":1,"content":[]}',
    "images": "!https://evil.example/x.png! !x.png|width=1! ![x](https://evil.example/x.png)",
    "links": "[pay|https://evil.example|smart-card] https://evil.example/pay [x](javascript:alert(1)) www.evil.example",
    "macros": "{panel:title=Big}a{panel} {code}b{code} {noformat}[~z]{noformat} {html}<b>{html} {include:X}",
    "fences": "```\n# x\n``` ~~~ {quote}a{quote} > q",
    "tables": "||head||\n|cell|[~petra]|\n\n| a | b |\n|---|---|",
    "headings": "h1. Big\n# Big\nbq. quoted\n* item\n----\n\n- item",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>&#91;~admin&#93; <!-- x -->",
    "templates": "{{ decision.grade }} {% raw %} {{ 7*7 }} {# x #} ${7*7} %s %(x)s {0.__class__}",
    "directions": "\u202eBig\u202c \u2066x\u2069 \u200bzero\u200d width\ufeff \u061c",
    "controls": "bell\x07 null\x00 escape\x1b[31m \ue0001\ue001 \ufdd0 \uffff",
    "surrogates": f"lone {HIGH} and {LOW}",
}


@pytest.fixture(autouse=True)
def half_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jira can send half a character, escaped in its JSON."""
    whole = requests.Response.content.fget

    def cut(answer: requests.Response) -> bytes:
        return (whole(answer) or b"").replace(HIGH.encode(), b"\\ud800").replace(LOW.encode(), b"\\udfff")

    monkeypatch.setattr(requests.Response, "content", property(cut))


def one_line(text: str) -> str:
    return " ".join(text.split())


def hostile_round(story: Story, project: str, attack: str) -> None:
    """The attack in everything that people may write or be called."""
    for nick in ("petra", "sam", "otto"):
        story.jira.user(nick).display_name = f"{nick} {one_line(attack)}"[:200]
    story.ticket(project)
    story.jira.edit(story.key, summary=one_line(attack)[:200])
    story.request()
    story.say(EM, f"SEV-7 {one_line(attack)}")
    story.say(PM, "SEV-1", by="otto")
    story.settle()
    story.vote(f"SEV-2 {attack}", f"SEV-2: {attack}\n\nClient: Know this: {attack}", "SEV-2\n\nRest\n\n" + attack)


@BOTH
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_stays_text_through_a_whole_round(story: Story, project: str, name: str) -> None:
    attack = ATTACKS[name]
    hostile_round(story, project, attack)
    assert story.now.labels == ("sev-2",) and story.record["decision"]["how"] == "panel"
    assert_inert(called(story, bodies(story)))
    assert_nothing_leaks(story)
    assert all("\n" not in evaluation.summary for evaluation in story.evaluations())
    assert story.look().plan.empty, "and it is known again by its words"


def test_half_a_character_does_arrive_and_goes_no_further(story: Story) -> None:
    """Neither Jira nor Redis would take it from us, and a look would end there."""
    story.ticket()
    story.jira.edit(story.key, summary=ATTACKS["surrogates"])
    assert story.look().escalation.summary == "lone  and "


@pytest.mark.slow
@pytest.mark.parametrize("jira", ["dc"], indirect=True)
def test_atlassians_converter_reads_nothing_into_whole_rounds(story: Story) -> None:
    written = []
    for attack in ATTACKS.values():
        story.key = ""
        hostile_round(story, "SUP", attack)
        written += bodies(story)
    assert_nothing_but_ours(written)


@pytest.mark.parametrize("name", ["links", "macros", "templates", "HTML"])
def test_what_was_written_can_still_be_read(story: Story, name: str) -> None:
    """Inert does not mean gone: colleagues see what a panelist wrote."""
    story.request()
    story.vote(f"SEV-2 because {one_line(ATTACKS[name])}", "SEV-2", "SEV-2")
    [summary] = noted(story, "Decision of round 1")
    shown = {word for word in map(letters, ATTACKS[name].split()) if len(word) > 4}
    if story.jira.flavour == "cloud":
        assert shown and all(word in letters(summary) for word in shown)
    else:
        assert any(word in letters(summary) for word in shown)


@pytest.mark.parametrize("attack", [ATTACKS["mentions"], ATTACKS["macros"], "lone \ud800 and \udfff"])
def test_the_reason_of_an_override_is_inert(story: Story, attack: str) -> None:
    story.ticket()
    notices, now = Notices(story.site, story.protocol, NoIssueMemory()), story.clock()
    override = Override("1", (story.key,), attack, attack, now, now + timedelta(hours=1))
    notices.leave(notices.find(story.key), lambda rules, key: wording.overridden(rules, key, override))
    assert_inert(called(story, bodies(story)))


@pytest.mark.parametrize(
    "label", ["escalation-request[~petra]", "{adf}escalation-request", "escalation-requestet!x.png!"]
)
def test_a_label_that_looks_alike_is_quoted_as_text(story: Story, label: str) -> None:
    story.ticket()
    story.jira.label(story.key, label)
    story.settle()
    for body in bodies(story):
        assert_inert([body])


def test_a_status_may_be_called_anything(story: Story) -> None:
    story.request()
    story.vote("SEV-1", "SEV-1")
    issue = story.jira.state.find(story.key)
    assert issue is not None
    issue.status = type(issue.status)("77", "[~petra] {adf} !x.png! {{ x }}", "indeterminate")
    for _ in range(4):
        story.forward(hours=2)
    assert_inert(called(story, bodies(story)))


# -- size


@BOTH
def test_three_long_votes_fit_into_one_summary(story: Story, project: str) -> None:
    filling = {"p": "[~x] {y} why ", "s": "\U0001f525 so ", "e": "ordinary words "}
    story.request(project)
    texts = {nick: (filling[nick] * 30_000)[:30_000] for nick in filling}
    story.vote(*(f"SEV-2 {text}" for text in texts.values()))
    assert story.now.labels == ("sev-2",)
    [summary] = noted(story, "Decision of round 1")
    assert all(title in summary for title in ("Project Manager", "Client Contact", "Engineering Manager"))
    assert "Promise:" in summary
    assert_inert(called(story, bodies(story)))


def test_the_longest_comment_of_jira_is_a_vote(story: Story) -> None:
    story.request()
    story.vote("SEV-2 " + "x" * (32_767 - 6), "SEV-2\n\nClient: " + "y" * (32_767 - 15), "SEV-2")
    assert story.now.labels == ("sev-2",)
    [answer] = told(story)
    assert "yyyy" not in answer and len(noted(story, "A text for the client was not sent")) == 1
    assert_inert(called(story, bodies(story)))


# -- nothing internal in what clients read

WINDOW = 40
WORDS = st.sampled_from(
    ["contract", "renewal", "angry", "lawyer", "discount", "churn", "Größe", "paywall", "100k", "secret", "roadmap"]
)
SENTENCE = st.lists(WORDS, min_size=8, max_size=25).map(" ".join)
POLITE = st.sampled_from(["Checking in fails.", "We know that you cannot work.", "It is slow at present."])
IDENTITY = st.sampled_from(
    ["OPS-17", "dr.jones@clinic.example", "Erin Engineering", "petra project", "[~petra]", "sup-9"]
)


@st.composite
def spoken(draw: st.DrawFn) -> tuple[list[str], list[str], list[bool]]:
    """Three votes with internal reasons, some of which are let slip in a text for the client; and what must not out."""
    internal = [draw(SENTENCE) for _ in SEATS]
    votes = []
    for number in range(3):
        grade = draw(st.sampled_from(["SEV-2", "SEV-2", "OTHER"]))
        text = f"{grade} {internal[number]}"
        if draw(st.booleans()):  # one's own reasons may be told; what must not out is somebody else's
            first, second = (each for other, each in enumerate(internal) if other != number)
            slip = draw(st.sampled_from(["", first, second, first.upper(), second.replace(" ", "  ")]))
            slip = slip or draw(IDENTITY | st.just(""))
            text += f"\n\nClient: {draw(POLITE)} {slip}"
        if draw(st.booleans()):
            text += f"\n\n{draw(st.sampled_from(internal))}"
        votes.append(text)
    return votes, internal, [draw(st.booleans()) for _ in range(2)]


def flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def to_clients(story: Story) -> str:
    written: list[Any] = [comment.body for comment in story.to_client()]
    return flat(" ".join(body.replace("\\", "") if isinstance(body, str) else seen(body) for body in written))


def assert_kept(story: Story, internal: list[str]) -> None:
    """No forty characters of an internal text, no name, key or address in what a client can read.

    In small letters only what looks like a key of a project that we know is one: `covid-19` is none.
    """
    public = to_clients(story)
    for text in map(flat, internal):
        assert not any(
            text[at : at + WINDOW] in public for at in range(max(1, len(text) - WINDOW + 1)) if len(text) >= WINDOW
        )
    identities = ["ops-17", "jones", "erin engineering", "petra project", "[~"]
    identities += ["sup-9 "] if story.key.startswith("SUP-") else []
    assert not any(word in public for word in identities)


def leak_free(story: Story, told_to_panel: tuple[list[str], list[str], list[bool]], project: str) -> None:
    votes, internal, (note, late) = told_to_panel
    story.key = ""
    story.ticket(project)
    if note and project == "SUP":
        story.jira.comment(story.key, internal[2], by="sam", public=False)
    story.request()
    story.vote(*votes)
    if late:
        story.clock.forward(minutes=1)
        story.say(PM, f"SEV-1 {internal[1]}\n\nClient: {internal[0]}")
        story.settle()
    assert story.record["decision"]
    assert_kept(story, internal)
    assert_nothing_leaks(story)


EXAMPLES = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@settings(max_examples=6, **EXAMPLES)  # type: ignore[arg-type]
@given(spoken(), st.sampled_from(["SUP", "OPS"]))
def test_nothing_internal_reaches_a_client(
    story: Story, said: tuple[list[str], list[str], list[bool]], project: str
) -> None:
    leak_free(story, said, project)


@pytest.mark.slow
@settings(max_examples=60, **EXAMPLES)  # type: ignore[arg-type]
@given(spoken(), st.sampled_from(["SUP", "OPS"]))
def test_nothing_internal_reaches_a_client_in_many_rounds(
    story: Story, said: tuple[list[str], list[str], list[bool]], project: str
) -> None:
    leak_free(story, said, project)
