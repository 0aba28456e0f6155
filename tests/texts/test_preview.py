"""`escalation preview`, as an operator calls it before the first ticket, and before a decision."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from config import protocol_file
from config.protocol_path import DEFAULT
from sandbox import Sandbox
from sandbox.http import faults
from tests.storytelling import Clock, Story
from tests.texts.conftest import PROTOCOL
from worker.commands import main
from worker.escalation.views import preview


def escalation(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(["preview", *arguments])
    return int(ended.value.code or 0)


def test_a_sample_needs_nothing(alone: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation() == 0
    shown = capsys.readouterr().out
    assert shown.startswith("A sample ticket: nothing of this has been said")
    for name in (
        "Evaluation, Project Manager",
        "Hint after a botched vote",
        "Client, SEV-1",
        "Client, SEV-2, confirmed",
    ):
        assert f"── {name}\n" in shown
    assert "between **Tuesday, November 24, 2026, 9:00 PM ET** and" in shown
    assert "\n       SEV-2: check-in is broken" in shown, "the example stands apart, as it is to be copied"


def test_in_another_language(alone: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--language", "de") == 0
    assert "### Bitte SUP-41 einstufen" in capsys.readouterr().out
    assert escalation("--language", "fr") == 2
    assert capsys.readouterr().err.startswith("language: found 'fr', expected fr/client.md and fr/closing.md")


def test_every_language_shows_every_block(alone: None) -> None:
    """The same texts, built of the same blocks: nobody has to look into another language for what is missing."""
    english = protocol_file.load(DEFAULT)
    german = replace(english, language="de")
    shape = {name: [block.kind for block in text.blocks] for name, text in preview.shown(english).items()}
    assert {name: [block.kind for block in text.blocks] for name, text in preview.shown(german).items()} == shape


def test_by_the_rules_of_a_project(alone: None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("protocol.toml").write_text(
        PROTOCOL.format(petra="p", sam="s", erin="e") + '[projects.SUP]\nlanguage = "de"\n[projects.OPS]\n'
    )
    os.environ["PROTOCOL_FILE"] = "protocol.toml"
    try:
        assert escalation("--project", "sup") == 0 and "Bitte SUP-41" in capsys.readouterr().out
        assert escalation("--project", "ops") == 0 and "Please grade" in capsys.readouterr().out
        assert escalation("--project", "XYZ") == 2
        assert capsys.readouterr().err.startswith("--project: found 'XYZ', expected a project that the protocol")
    finally:
        del os.environ["PROTOCOL_FILE"]


def test_a_page(alone: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("--html", "texts.html") == 0
    assert capsys.readouterr().out == "written to texts.html\n"
    page = Path("texts.html").read_text(encoding="utf-8")
    assert (
        '<aside class="important">' in page and "<th>Grade</th>" in page and "<td><strong>SEV-1</strong></td>" in page
    )
    assert escalation("--html", "no/such/texts.html") == 2
    assert capsys.readouterr().err.startswith("--html: found 'no/such/texts.html', expected a file that can be written")


@pytest.mark.parametrize("arguments", [("SUP41",), ("SUP-41", "--project", "SUP"), ("SUP-41", "SUP-42")])
def test_a_bad_question_is_one_line(alone: None, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation(*arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_ticket_that_was_asked_for_shows_what_would_be_said_now(
    settings: None, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.jira.label(story.ticket(), "escalation-requested", by="sam")
    before = story.jira.issue(story.key)
    assert escalation(story.key.lower()) == 0
    now, texts = capsys.readouterr().out.split("══ Texts")
    assert now.count("── New evaluation, Severity evaluation (") == 3
    assert f"Please grade {story.key}" in texts
    assert story.jira.issue(story.key) == before and story.evaluations() == [], "nothing is written"


def test_a_ticket_with_votes_shows_the_reasoning_that_would_go_out(
    settings: None, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.request()
    story.say("project-manager", "SEV-2: the index <b>\n\nClient: Check-in does not work at the moment.")
    story.say("client-contact", "SEV-1 or SEV-2?")
    assert escalation(story.key, "--html", "texts.html") == 0
    assert "the index &lt;b&gt;" in Path("texts.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert escalation(story.key) == 0
    now, texts = capsys.readouterr().out.split("══ Texts")
    assert "could not be counted as a vote yet" in now
    client = {part.split("\n", 1)[0]: part for part in texts.split("── ")}
    assert "**Reasoning:** Check-in does not work at the moment." in client["Client, SEV-2"]
    assert "Reasoning" not in client["Client, SEV-1"] and "index" not in client["Client, SEV-2"]


@pytest.mark.parametrize("jira", ["cloud"], indirect=True)
def test_no_such_ticket_and_no_jira(settings: None, jira: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalation("SUP-999") == 2
    jira.faults.add(faults.Fault("answer", status=503, headers={"Retry-After": "60"}, times=None))
    assert escalation("SUP-1") == 3
    assert capsys.readouterr().err.splitlines()[-1] == "Jira answered 503"


def test_the_question_to_the_chair_is_one_that_is_asked(jira: Sandbox, clock: Clock) -> None:
    """Its votes do not settle it by the protocol's own rule, so that nobody wonders what they may be asked."""
    story = Story(jira, clock)
    votes = "The votes so far (Project Manager: SEV-1 and Engineering Manager: SEV-2) do not settle it."
    assert votes in preview.shown(story.protocol)["Question to the chair"].text
    story.request()
    story.vote("SEV-1: down", "Recused: away", "SEV-2: slow")
    assert any(votes in comment.text for comment in story.evaluation("engineering-manager").comments)
