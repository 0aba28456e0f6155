"""Whose words a comment holds: its author's are a vote and for the client, nobody else's ever (design §4, "What is the
author's own")."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.protocol import GRADES
from tests.escalation import mails
from tests.escalation.mails import COLLEAGUE, LANGUAGES, PROGRAMS, Mail, fallen_out, in_cells, typed
from worker.escalation.comments import authorship, own_texts, vote
from worker.escalation.comments.authorship import Written
from worker.escalation.comments.client_text import BELOW, EXAMPLE, NEARLY
from worker.escalation.comments.own_texts import letters
from worker.escalation.comments.vote import Botched, Recusal, Vote
from worker.jira.text.reading import read

CASES = [
    json.loads(line) for line in Path(__file__).with_name("comments.jsonl").read_text(encoding="utf-8").splitlines()
]
ENGLISH, GERMAN = mails.rules("en"), mails.rules("de")
GATEWAYS = ("gateway", "outlook-mobile")


@cache
def texts() -> dict[str, dict[str, str]]:
    return {language: mails.ours(language) for language in ("en", "de")}


def evaluation(language: str = "en") -> str:
    return texts()[language]["Evaluation, Project Manager"]


def written(body: Any, colleagues: tuple[str, ...] = (), openings: tuple[str, ...] = ()) -> Written:
    begins = vote.begins(GRADES, vote.ENGLISH)
    return authorship.read(read(body).passages, own_texts.texts(ENGLISH), begins, colleagues, openings)


def said(body: Any, colleagues: tuple[str, ...] = ()) -> vote.Statement:
    return vote.read(written(body, colleagues), GRADES)


def given_vote(body: Any) -> Vote:
    what = said(body)
    assert isinstance(what, Vote), (body, what)
    return what


def filled(body: str) -> str:
    text = evaluation()
    example = [
        part for part in text.split("\n\n") if part.startswith(("SEV-2: check-in", "Client: You cannot check in"))
    ]
    quoted = text.replace("\n\n", "\n\n> ") if "> {{OURS}}" in body else text
    return body.replace("{{OURS}}", quoted).replace("{{EXAMPLE}}", "\n\n".join(example))


@pytest.mark.parametrize("shape", [str, typed], ids=["text", "document"])
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_people_really_produce(case: dict[str, Any], shape: Any) -> None:
    body = case["body"] if isinstance(case["body"], dict) else shape(filled(case["body"]))
    expected, what = case["expect"], said(body)
    if expected["kind"] == "vote":
        assert isinstance(what, Vote)
    elif expected["kind"] in ("hint", "not a vote"):
        assert not isinstance(what, Vote | Recusal)
    if isinstance(what, Vote):
        assert what.grade == expected.get("grade", what.grade)
        if "client" in expected:
            assert what.client == expected["client"].removesuffix(" (or a hint at once)")


# -- answered mails


def assert_only_the_authors(mail: Mail, body: Any) -> None:
    what = said(body, COLLEAGUE)
    client = what.client if isinstance(what, Vote) else ""
    assert client in (mail.client, ""), mail.made
    if mail.top:
        assert isinstance(what, Vote) and what.grade == "SEV-2", (mail.made, what)
        assert client == mail.client, (mail.made, what)
        assert not shares(what.reasoning, mail.quoted), (mail.made, what.reasoning)


def shares(text: str, other: str, size: int = 30) -> bool:
    row, whole = letters(text), letters(other)
    return any(row[at : at + size] in whole for at in range(len(row) - size + 1))


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_above_every_program_s_quotation_the_author_is_heard_and_nobody_else(program: str, language: str) -> None:
    opening, why, client = mails.VOTES[language]
    for own in ("en", "de"):
        body = "\n\n".join(
            filter(None, [opening, why, f"Client: {client}", mails.head(program, language), evaluation(own)])
        )
        for shape in (str, typed, fallen_out, in_cells):
            assert given_vote(shape(body)).client == client
            assert given_vote(shape(body)).reasoning.endswith(why)
            without = shape(body.replace(f"Client: {client}\n\n", ""))
            assert given_vote(without).client == ""


def test_a_hundred_mails() -> None:
    for mail in mails.mails(1, 100, texts()):
        for body in (mail.body, typed(mail.body)):
            assert_only_the_authors(mail, body)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_two_thousand_mails(seed: int) -> None:
    for mail in mails.mails(100 + seed, 500, texts()):
        for body in (mail.body, typed(mail.body), in_cells(mail.body), fallen_out(mail.body)):
            assert_only_the_authors(mail, body)


@pytest.mark.parametrize("name", ["Evaluation, Project Manager", "Reminder", "Client, SEV-2 after None with reasoning"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_our_text_in_one_line_or_cell_by_cell_is_ours(name: str, language: str) -> None:
    text = texts()[language][name]
    in_a_line = f"SEV-2 – broken\n\n{text.replace(chr(10) * 2, ' ')}"
    for body in (in_a_line, typed(in_a_line)):
        assert given_vote(body) == Vote("SEV-2", "broken")
    cells = given_vote(in_cells(f"SEV-2 – broken\n\n{text}"))
    assert cells == Vote("SEV-2", "broken")


def test_our_text_joined_to_the_vote_s_own_line_is_cut_off() -> None:
    what = given_vote("SEV-2 – broken. " + evaluation().replace("\n\n", " "))
    assert (what.reasoning, what.client) == ("broken.", "")


# -- quotations of people


def test_a_colleague_s_words_without_marks_are_not_the_author_s() -> None:
    body = f"{COLLEAGUE[0]}\n\nI do not agree, one moment please."
    assert isinstance(said(body), Vote), "nobody is known to have said it"
    assert not isinstance(said(body, COLLEAGUE), Vote)
    above = f"SEV-2 – two clinics\n\n{COLLEAGUE[0]}\n\n{COLLEAGUE[1]}"
    assert said(above, COLLEAGUE) == Vote("SEV-2", "two clinics")


def test_a_second_vote_by_mail_does_not_tell_the_first_one_s_words() -> None:
    first = "SEV-1: everything is down here"
    body = f"SEV-2 – it is only two clinics\n\n{first}\n\nClient: Everything is down."
    read = vote.read(written(body, openings=(first,)), GRADES)
    assert read == Vote("SEV-2", "it is only two clinics", "", BELOW)
    again = f"{first}\n\nClient: Two clinics are down."
    assert vote.read(written(again, openings=(first,)), GRADES) == Vote(
        "SEV-1", "everything is down here", "Two clinics are down."
    )


@pytest.mark.parametrize(
    "body",
    [
        "{quote}\nSEV-1: all is down\n\nClient: All is down.\n{quote}\nSEV-2: two clinics",
        "{quote}SEV-1: all is down{quote}\n\nSEV-2: two clinics",
        "bq. SEV-1: all is down\nSEV-2: two clinics",
        "> SEV-1: all is down\n>\n> Client: All is down.\n\nSEV-2: two clinics",
        "On Fri, Nov 27, 2026 at 10:15 AM Sam\n<sam@a.example> wrote:\n> SEV-1: all is down\n\nSEV-2: two clinics",
        "| SEV-1: all is down\nSEV-2: two clinics",
    ],
)
def test_below_a_quotation_that_is_marked_the_author_goes_on(body: str) -> None:
    assert said(body) == Vote("SEV-2", "two clinics")
    assert said(typed(body)) == Vote("SEV-2", "two clinics")


def test_a_row_of_a_table_is_no_mark() -> None:
    assert said("|SEV-2|slow|") == Vote("SEV-2", "slow")


@pytest.mark.parametrize(
    "head",
    [
        "—-—-—-—\nReply above this line.",
        "Reply above this line.",
        "Bitte antworten Sie oberhalb dieser Zeile.",
        "\u202bבתאריך יום ו׳, 27 בנוב׳ 2026 ב-10:15 מאת \u202aSam\u202c\u200f <\u202as@a.example\u202c\u200f>:\u202c",
        "Sam Support <s@a.example> writes:",
    ],
)
@pytest.mark.parametrize("shape", [str, typed], ids=["text", "document"])
def test_below_the_sign_of_a_program_nothing_counts(head: str, shape: Any) -> None:
    what = given_vote(shape(f"SEV-2 – two clinics\n\n{head}\n\nHi Sam,\n\nClient: They have lost everything."))
    assert what.client == "" and "Hi Sam" not in what.reasoning
    told = given_vote(shape(f"SEV-2 – two clinics\n\nClient: Exports fail.\n{head}\n\nHi Sam"))
    assert told.client == "Exports fail."


@pytest.mark.parametrize("word", ["code", "noformat", "quote", "panel", "expand"])
def test_a_macro_s_name_in_typewriter_s_letters_is_a_word(word: str) -> None:
    what = given_vote(f"SEV-2: it is in {{{{{word}}}}} only\n\nClient: The {{{{{word}}}}} button fails.\n\nInternal.")
    assert what == Vote("SEV-2", f"it is in {word} only\n\nInternal.", f"The {word} button fails.")


@pytest.mark.parametrize("heading", ["For the client", "Message to the customer", "Für den Kunden", "Customer"])
def test_a_heading_that_nearly_begins_a_text_for_the_client_is_named(heading: str) -> None:
    assert given_vote(f"SEV-2: queue\n\nh3. {heading}\n\nYou cannot check in.").untold == NEARLY
    assert given_vote(f"SEV-2: queue\n\nh3. {heading} impact\n\nAll of them wait.").untold == ""


def test_a_text_for_the_client_below_a_quotation_is_asked_about() -> None:
    head = mails.head("outlook", "en")
    assert given_vote(f"SEV-2 – two clinics\n\n{head}\n\nHello\n\nClient: Exports fail.").untold == BELOW
    assert given_vote("SEV-2 – two clinics\n\n> Client: Exports fail.").untold == ""


def test_the_example_s_text_for_the_client_is_not_told_and_that_is_said() -> None:
    example = next(part for part in evaluation().split("\n\n") if part.startswith("Client: "))
    assert given_vote(f"SEV-2: two clinics cannot export\n\n{example}") == Vote(
        "SEV-2", "two clinics cannot export", "", EXAMPLE
    )


@pytest.mark.parametrize(
    "text",
    [
        "SEV-2: queue\n\nOn Friday they wrote that nothing works.\n\nClient: You cannot check in.",
        "SEV-2: queue\n\nFrom: 10:15\nTo: 12:30\n\nClient: You cannot check in.",
        "SEV-2: queue\n\nTimeline of 2026-11-27:\n10:15 first call\n\nClient: You cannot check in.",
        "SEV-2: queue\n\n---- Update ----\n\nClient: You cannot check in.",
        "SEV-2: queue\n\nThe clinic wrote:\n\nClient: You cannot check in.",
        "SEV-2: queue\n\nRegards to the team, they were quick.\n\nClient: You cannot check in.",
        "SEV-2: queue\n\nSubject: check-in\n\nClient: You cannot check in.",
        "SEV-2: Everyday work is severely disrupted, and there is no simple way around the problem.\n\n"
        "Client: You cannot check in.",
        "SEV-2: check-in is broken for all doctors since the update, and nothing we tried helps\n\n"
        "Client: You cannot check in.",
        "SEV-2\n\nEveryday work is severely disrupted, and there is no simple way around the problem.\n\n"
        "Client: You cannot check in.",
        "SEV-2: queue\n\n- sent to the team\n- from: 10 clinics\n\nClient: You cannot check in.",
        "SEV-2: a > b, and x | y\n\nClient: You cannot check in.",
        "SEV-2 on 27.11.2026 10:15 they wrote:\n\nClient: You cannot check in.",
    ],
)
def test_what_was_typed_and_never_was_a_mail_counts(text: str) -> None:
    assert given_vote(text).client == given_vote(typed(text)).client == "You cannot check in."


# -- struck out, signed


def struck(*parts: tuple[str, bool]) -> dict[str, Any]:
    nodes = [{"type": "text", "text": text} | ({"marks": [{"type": "strike"}]} if gone else {}) for text, gone in parts]
    return {"type": "paragraph", "content": nodes}


def test_what_is_struck_out_is_taken_back_on_both_flavours() -> None:
    document = {
        "type": "doc",
        "version": 1,
        "content": [
            struck(("SEV-1", True), (" SEV-2: two clinics", False)),
            struck(("Client: Exports fail", False), (" because we deleted the index", True), (".", False)),
        ],
    }
    text = "-SEV-1- SEV-2: two clinics\n\nClient: Exports fail -because we deleted the index-."
    braced = "{-}SEV-1{-} SEV-2: two clinics\n\nClient: Exports fail {-}because we deleted the index{-}."
    for body in (document, text, braced):
        assert given_vote(body) == Vote("SEV-2", "two clinics", "Exports fail.")
        assert "deleted the index" in vote.internal(written(body)) or "deleted" in read(body).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_signature_is_for_nobody(language: str) -> None:
    opening, _, client = mails.VOTES[language]
    for signature in mails.SIGNATURES[language]:
        for between in ("\n", "\n\n"):
            what = given_vote(f"{opening}\n\nClient: {client}{between}{signature}")
            assert what.client == client and "555" not in what.reasoning


# -- the text for the client as people type it


def block(kind: str, text: str, **attributes: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"type": kind, "content": [{"type": "text", "text": text}]}
    return node | ({"attrs": attributes} if attributes else {})


def items(*texts: str) -> dict[str, Any]:
    return {
        "type": "bulletList",
        "content": [{"type": "listItem", "content": [block("paragraph", text)]} for text in texts],
    }


@pytest.mark.parametrize(
    "below",
    [
        [block("heading", "Client", level=3), block("paragraph", "You cannot check in.")],
        [block("heading", "Client:", level=3), block("paragraph", "You cannot check in.")],
        [block("paragraph", "Client:"), block("paragraph", "You cannot check in.")],
        [block("paragraph", "Client: You cannot check in.")],
        [items("Client: You cannot check in.")],
    ],
)
def test_the_text_for_the_client_as_cloud_s_editor_makes_it(below: list[dict[str, Any]]) -> None:
    content = [block("paragraph", "SEV-2: queue"), *below, block("paragraph", "The intern broke it.")]
    what = given_vote({"type": "doc", "version": 1, "content": content})
    assert what == Vote("SEV-2", "queue\n\nThe intern broke it.", "You cannot check in.")


@pytest.mark.parametrize(
    "below",
    ["h3. Client\nYou cannot check in.", "*Client:*\nYou cannot check in.", "*Client*: You cannot check in.",
     "Client:\n\nYou cannot check in.", "{{Client}}: You cannot check in."],
)  # fmt: skip
def test_the_text_for_the_client_as_wiki_markup_has_it(below: str) -> None:
    assert given_vote(f"SEV-2: queue\n{below}\n\nThe intern broke it.").client == "You cannot check in."


def test_a_list_below_the_word_is_told_whole() -> None:
    document = [
        block("paragraph", "SEV-2"),
        block("paragraph", "Client:"),
        items("You cannot check in.", "Paper helps."),
    ]
    told = "- You cannot check in.\n- Paper helps."
    assert given_vote({"type": "doc", "version": 1, "content": document}).client == told
    assert given_vote("SEV-2\n\nClient:\n* You cannot check in.\n* Paper helps.\n\nThe intern broke it.").client == told


def test_the_paragraph_below_a_word_that_stands_alone_has_to_be_the_author_s() -> None:
    quotation = {"type": "blockquote", "content": [block("paragraph", "We are furious.")]}
    content = [block("paragraph", "SEV-2"), block("paragraph", "Client:"), quotation, block("paragraph", "The intern.")]
    what = given_vote({"type": "doc", "version": 1, "content": content})
    assert what.client == "" and what.untold


# -- for any comment

PIECES = st.sampled_from(
    [*COLLEAGUE, "Client: You cannot check in.", "SEV-2: queue", "words of mine", "Client:", "> quoted", "-- ", "On",
     "{quote}", "bq. quoted words", "From: Jira <a@b.example>", "Sent: 2026-11-27 10:15", "To: Sam",
     "Sent from my iPhone"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.sampled_from(evaluation().split("\n\n"))), max_size=12))
def test_what_is_told_is_made_of_what_its_author_wrote(parts: list[str]) -> None:
    for body in ("\n\n".join(parts), "\n".join(parts), typed("\n\n".join(parts))):
        found = written(body)
        what = vote.read(found, GRADES)
        if isinstance(what, Vote) and what.client:
            own = letters("".join(part.text for part in found.own))
            assert all(letters(line) in own for line in what.client.split("\n"))
            assert not own_texts.is_ours(what.client, ENGLISH)


@given(st.text())
def test_any_comment_can_be_read(text: str) -> None:
    for body in (text, typed(text)):
        assert isinstance(said(body), Vote | Recusal | Botched | None)


# -- a folder of one's own texts


def test_one_s_own_texts_are_known_too(tmp_path: Path) -> None:
    (tmp_path / "evaluation.md").write_text(
        "Cher collègue, merci de noter {{ key }} dans un commentaire.\n\n"
        "{{ client }}: Notre serveur ne répond plus, nous y travaillons.\n",
        encoding="utf-8",
    )
    rules = replace(ENGLISH, messages=str(tmp_path))
    body = (
        "SEV-2 – cassé\n\nCher collègue, merci de noter SUP-7 dans un commentaire.\n\n"
        "Client: Notre serveur ne répond plus, nous y travaillons."
    )
    begins = vote.begins(GRADES, vote.ENGLISH)
    found = authorship.read(read(body).passages, own_texts.texts(rules), begins)
    assert vote.read(found, GRADES) == Vote("SEV-2", "cassé")
    assert own_texts.is_ours("Notre serveur ne répond plus, nous y travaillons.", rules)
    assert not own_texts.is_ours("Notre serveur ne répond plus, nous y travaillons.", ENGLISH)


@pytest.mark.parametrize(
    "closing",
    [
        "Pozdrawiam",
        "Z poważaniem,",
        "Best,",
        "Best, Petra",
        "VG Petra",
        "Regards, Petra",
        "Cordiali saluti",
        "Met vriendelijke groet,",
    ],
)
def test_a_closing_of_another_language_or_with_a_name_begins_a_signature(closing: str) -> None:
    what = given_vote(f"SEV-2: queue\n\nClient: You cannot check in.\n{closing}\nP. Project\n+48 555 0100")
    assert what.client == "You cannot check in."


@pytest.mark.parametrize("set_up", ["title=Client", "title=Client|borderStyle=dashed", "bgColor=#fff|title=Client"])
def test_the_title_of_a_panel_is_read_as_that_of_an_expand(set_up: str) -> None:
    what = given_vote(f"SEV-2: queue\n\n{{panel:{set_up}}}\nYou cannot check in.\n{{panel}}")
    assert what.client == "" and what.untold == NEARLY
