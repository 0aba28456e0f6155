"""The page of all texts: each once with its switches, to whom it is said, and of a graded ticket what was said beside
what would be said now."""

import re
from pathlib import Path
from typing import Any

import pytest

from config import messages, protocol_file
from config.protocol_path import DEFAULT
from sandbox import Sandbox
from tests.storytelling import Story
from tests.texts.test_preview import escalation
from worker.escalation.views import catalogue, preview

CLIENT = {"The answer", "The answer, after SEV-2", "The answer, confirmed", "The reasons afterwards", "Resolved"}


def made(*arguments: str) -> str:
    assert escalation(*arguments, "--html", "texts.html") == 0
    return Path("texts.html").read_text(encoding="utf-8")


def test_what_is_said_to_clients_is_marked_and_first() -> None:
    found = catalogue.kinds(preview.shown(protocol_file.load(DEFAULT)), protocol_file.load(DEFAULT))
    assert {kind.title for kind in found if kind.audience == "client"} == CLIENT
    assert [kind.audience for kind in found] == sorted(kind.audience for kind in found)
    forms: dict[str, Any] = {kind.title: [(v.seat, v.grade) for v in kind.variants] for kind in found}
    assert forms["Evaluation"] == [
        (seat, "") for seat in ("Project Manager", "Support or Operations", "Engineering Manager")
    ]
    assert forms["The answer"] == [("", grade) for grade in ("SEV-1", "SEV-2", "OTHER")]
    assert forms["Breach"] == [("", "SEV-1"), ("", "SEV-2")] and forms["Client not told"] == [("", "")]


def test_each_text_is_there_once_in_each_language_and_can_be_reached(alone: None) -> None:
    page, rules = made(), protocol_file.load(DEFAULT)
    texts = preview.shown(rules)
    assert page.count("<article class=") == len(texts) * len(messages.shipped())
    for kind in catalogue.kinds(texts, rules):
        anchor = re.sub(r"\W+", "-", kind.title.lower()).strip("-")
        assert page.count(f'id="{anchor}"') == 1 and f'<a href="#{anchor}">' in page
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    for name, values in (("seat", 3), ("grade", 3), ("language", len(messages.shipped())), ("flavour", 3)):
        assert page.count(f'<input type="radio" name="{name}"') == values
        assert len(re.findall(rf'<input type="radio" name="{name}"[^>]* checked', page)) == 1
    assert 'data-grade="OTHER">Not said for OTHER; choose SEV-2 to see it.' in page


def test_the_language_that_was_asked_for_is_shown_first(alone: None) -> None:
    page = made("--language", "de")
    assert re.search(r'id="language-1" checked', page) and "Bitte SUP-41 einstufen" in page and "Please grade" in page


def test_of_a_graded_ticket_what_was_said_beside_what_would_be_said_now(
    settings: None,
    story: Story,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = story.jira.create_ticket("SUP", "Slow", reporter="carl")
    story.ticket()
    story.jira.link(request, story.key, by="sam")
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow\n\nClient: Check-in <b> is slow.", "SEV-2: slow")
    Path("texts").mkdir()
    Path("texts/client.md").write_text("Dear client: {{ grade }}.\n")
    told = Path("protocol.toml").read_text()
    Path("protocol.toml").write_text(f'messages = "texts"\n{told}')
    page = made(story.key)
    beside = page.partition('id="said"')[2].partition("</section>")[0]
    assert beside.count("Was said, ") == beside.count("Would be said now") == 3
    assert f"The answer on {request}" in beside and "Summary" in beside
    assert beside.count("Check-in &lt;b&gt; is slow.") >= 2 and "<b>" not in beside
    assert beside.count("<p>Dear client: SEV-2.</p>") == 2
    capsys.readouterr()
    assert escalation(story.key) == 0
    shown = capsys.readouterr().out
    assert f"══ The answer on {story.key}: was said ══" in shown and "would be said now ══" in shown


def test_a_comment_that_is_gone_is_said_to_be_gone(settings: None, story: Story, jira: Sandbox) -> None:
    story.request()
    story.vote("SEV-2: slow", "SEV-2: slow", "SEV-2: slow")
    [answer] = story.to_client()
    jira.delete_comment(story.key, answer.id, by="sam")
    assert "The comment is not there any more, or cannot be seen." in made(story.key)
