"""What every text keeps to, in every language and both markups: explicit dates, no jargon for clients, an example that
is a vote, heads that tell one text from another."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from config import messages
from config.protocol import Protocol
from worker.escalation.comments.vote import LATER, Vote, read
from worker.escalation.facts.record import Decision
from worker.escalation.panel.seats import EDITED, NO_PERSON, NOT_HOLDER
from worker.escalation.plan import decided_round
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document, words
from worker.escalation.views import preview
from worker.jira.text.markup import adf, wiki
from worker.jira.text.reading import plain

SCHEMA = Path(__file__).parents[3] / "shared" / "contract" / "specs" / "adf-full.json"
CONVERTER = Path(__file__).parents[1] / "jira" / "converter.cjs"
ZERO_WIDTH = "\u200b"
JARGON = {
    "en": "round panel vote votes seat quorum ticket escalation sweep hotfix sub-task evaluation evaluations internal "
    "worker promise breach override gate chair protocol grade graded definition webhook",
    "de": "Runde Gremium Stimme Stimmen Platz Ticket Eskalation Hotfix Unteraufgabe intern Zusage Sperre Vorsitz "
    "Protokoll Stufe Einstufung eingestuft Definition Vorgang Label",
}
MOMENT = {
    "en": r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \w+ \d{1,2}, 20\d\d, \d{1,2}:\d\d [AP]M ET",
    "de": r"(?:Mon|Diens|Donners|Frei|Sams|Sonn)?(?:Mittwoch|tag), \d{1,2}\. \w+ 20\d\d, \d\d:\d\d Uhr ET",
}
ENGLISH_WORDS = re.compile(r"\b(?:the|and|is|please|of|vote|client|not|with|by|for|no|has)\b", re.IGNORECASE)


def for_client(rules: Protocol) -> dict[str, Document]:
    return {name: text for name, text in preview.every_text(rules).items() if name.startswith("Client, ")}


def evaluation(rules: Protocol) -> Document:
    return preview.every_text(rules)["Evaluation, Project Manager"]


def test_every_text_of_a_language_is_there_and_no_other() -> None:
    for language in set(messages.shipped()) - {"en"}:
        assert {path.stem for path in (messages.FOLDER / language).glob("*.md")} == set(messages.names())


def test_no_text_is_forgotten_in_the_preview(rules: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = set()
    render = messages.Messages.render

    def watched(self: messages.Messages, name: str, /, **values: object) -> messages.Rendered:
        rendered.add(name)
        return render(self, name, **values)

    monkeypatch.setattr(messages.Messages, "render", watched)
    preview.shown(rules)
    assert rendered == set(messages.names())


class TestClient:
    def test_it_holds_no_word_of_the_house(self, rules: Protocol) -> None:
        for name, text in for_client(rules).items():
            found = set(re.findall(r"[\w-]+", text.text.casefold())) & set(JARGON[rules.language].casefold().split())
            assert not found, name

    def test_every_date_has_its_weekday_hour_and_zone(self, rules: Protocol) -> None:
        for name, text in for_client(rules).items():
            assert len(re.findall(MOMENT[rules.language], text.text)) == len(re.findall(r"\b20\d\d\b", text.text)), name

    def test_a_night_is_told_from_its_beginning_to_its_end(self, rules: Protocol) -> None:
        told = for_client(rules)["Client, SEV-2 after None"].text
        first, last = re.findall(MOMENT[rules.language], told)
        assert "24" in first and "25" in last

    def test_only_a_grade_with_a_night_names_a_date(self, rules: Protocol) -> None:
        told = {name: text.text for name, text in for_client(rules).items()}
        assert [name for name, text in told.items() if "2026" in text and not name.startswith("Client, SEV-2")] == []

    def test_a_confirmed_grade_repeats_a_night_that_lies_ahead_and_none_that_is_over(self, rules: Protocol) -> None:
        first = Decision(1, "SEV-2", preview.SAMPLE_AT)
        promised = decided_round.promised_by(rules, first)
        soon, late = (
            Decision(2, "SEV-2", preview.SAMPLE_AT + timedelta(days=days), previous="SEV-2") for days in (1, 9)
        )
        assert len(re.findall(MOMENT[rules.language], wording.client(rules, soon, promised, "").text)) == 2
        assert "2026" not in wording.client(rules, late, promised, "").text

    def test_more_is_announced_only_where_more_will_come(self, rules: Protocol) -> None:
        decision = Decision(1, "SEV-2", preview.SAMPLE_AT)
        promised = decided_round.promised_by(rules, decision)

        def told(**client: Any) -> str:
            changed = replace(rules, client=replace(rules.client, **client))
            return wording.client(changed, decision, promised, "").text

        assert told(closing=True) != told(closing=False)
        assert told(closing=True, comment="draft") == told(closing=False)

    def test_the_first_the_changed_and_the_confirmed_grade_begin_differently(self, rules: Protocol) -> None:
        told = for_client(rules)
        heads = [words(told[f"Client, SEV-1 after {before}"].head) for before in ("None", "SEV-1")]
        heads += [words(told["Client, SEV-2 after SEV-1"].head), words(told["Client, resolved"].head)]
        assert not any(a in b for a in heads for b in heads if a is not b)


class TestEvaluation:
    def test_one_look_tells_all_that_is_needed(self, rules: Protocol) -> None:
        text = evaluation(rules)
        assert [block.kind for block in text.blocks].count("table") == 1
        first, panel = text.blocks[:2]
        assert "SUP-41" in first.text and panel.kind == "important"
        assert re.search(MOMENT[rules.language], panel.text)
        table = next(block for block in text.blocks if block.kind == "table")
        for grade in rules.grades:
            assert grade.name in table.text
            assert wording.phrase(rules, grade.definition) in table.text
            assert wording.phrase(rules, wording.EFFECTS[grade.timing]) in table.text

    def test_its_example_is_the_vote_it_shows(self, rules: Protocol) -> None:
        for name, text in preview.every_text(rules).items():
            for block in text.blocks:
                if block.kind == "example":
                    vote = read(block.text, rules.grades, wording.keywords(rules))
                    assert isinstance(vote, Vote) and vote.grade == "SEV-2" and vote.reasoning, name
                    assert vote.client or not name.startswith("Evaluation"), name

    def test_its_example_can_be_copied_from_both_markups(self, rules: Protocol) -> None:
        example = next(block.text for block in evaluation(rules).blocks if block.kind == "example")
        assert f"{{noformat}}\n{example}\n{{noformat}}" in wiki(evaluation(rules))
        [code] = [node for node in adf(evaluation(rules))["content"] if node["type"] == "codeBlock"]
        assert code["content"] == [{"type": "text", "text": example}]

    def test_what_the_client_sees_stands_in_a_panel_of_its_own(self, rules: Protocol) -> None:
        [note] = [block for block in evaluation(rules).blocks if block.kind == "note"]
        assert f"{wording.keywords(rules).client}:" in note.text and len(note.lines) == 3


class TestHint:
    def test_it_shows_what_was_read_and_says_what_is_missing(self, rules: Protocol) -> None:
        hint = wording.hint(rules, LATER, "My vote is SEV-2 *bold*")
        assert wording.phrase(rules, LATER.problem) in hint.head
        assert next(block.text for block in hint.blocks if block.kind == "quote") == "My vote is SEV-2 *bold*"

    def test_it_names_the_step_that_is_really_next(self, rules: Protocol) -> None:
        edit = {"en": "edit that one", "de": "oder diesen bearbeiten"}[rules.language]
        assert edit in wording.hint(rules, LATER).text
        for what in (NOT_HOLDER, EDITED, NO_PERSON):
            assert edit not in wording.hint(rules, what).text
        assert edit not in wording.elsewhere(rules, "SUP-1").text and "SUP-1" in wording.elsewhere(rules, "SUP-1").head

    def test_a_long_line_is_shown_from_its_beginning(self, rules: Protocol) -> None:
        hint = wording.hint(rules, LATER, "I think SEV-2 " * 50)
        [quoted] = [block.text for block in hint.blocks if block.kind == "quote"]
        assert quoted.startswith("I think SEV-2") and len(quoted) < 130

    def test_markup_in_that_line_stays_text(self, rules: Protocol) -> None:
        hint = wording.hint(rules, LATER, "[~admin] SEV-2 {panel}")
        assert r"\[\~admin] SEV-2 \{" in wiki(hint)
        assert '"mention"' not in json.dumps(adf(hint))


class TestChair:
    def test_votes_are_named_only_to_a_chair_who_has_voted(self, rules: Protocol) -> None:
        others = (("project-manager", "SEV-1"), ("client-contact", "OTHER"))
        silent = wording.chair_question(rules, others)
        spoken = wording.chair_question(rules, (*others, ("engineering-manager", "SEV-2")))
        manager = wording.title(rules, rules.panel.seat("project-manager"))
        assert f"{manager}: SEV-1" not in silent.text and f"{manager}: SEV-1" in spoken.text
        assert silent.head == spoken.head


class TestMarkup:
    @pytest.mark.slow
    def test_it_is_valid_in_atlassians_format(self, rules: Protocol) -> None:
        if not SCHEMA.exists():
            pytest.skip("the schema of Atlassian documents is not beside this checkout")
        schema = Draft4Validator(json.loads(SCHEMA.read_text()))
        of_each_shape = {tuple(block.kind for block in text.blocks): text for text in preview.shown(rules).values()}
        for text in of_each_shape.values():
            assert schema.is_valid(adf(text)), text.head

    def test_wiki_markup_needs_no_escape_and_both_read_as_the_text(self, rules: Protocol) -> None:
        for name, text in preview.shown(rules).items():
            assert "\\" not in wiki(text) and ZERO_WIDTH not in wiki(text), name
            called = {
                span.mentions: span.text for b in text.blocks for line in b.lines for span in line if span.mentions
            }
            written = wiki(text)
            for person, shown in called.items():
                assert f"[~{person}]" in written, name
                written = written.replace(f"[~{person}]", shown)
            assert words(plain(written)) == words(plain(adf(text))) == words(text.text), name

    def test_wiki_markup_is_what_we_meant(self, rules: Protocol) -> None:
        if not (os.environ.get("MARKUP_CONVERTER") and shutil.which("node")):
            pytest.skip("MARKUP_CONVERTER does not name a folder with Atlassian's converter, or there is no node")
        written = json.dumps([wiki(evaluation(rules))])
        done = subprocess.run(["node", CONVERTER], input=written, capture_output=True, text=True, check=True)
        [node] = json.loads(done.stdout)
        assert shape(node) == shape(adf(evaluation(rules)))


class TestGerman:
    def test_nothing_english_is_left(self, german: Protocol) -> None:
        for name, text in preview.shown(german).items():
            if name not in ("Failure", "Override of the gate"):  # what Jira refused is named as in the documentation
                assert not ENGLISH_WORDS.search(text.text), f"{name}: {ENGLISH_WORDS.findall(text.text)}"

    def test_clients_are_addressed_formally(self, german: Protocol) -> None:
        for name, text in for_client(german).items():
            assert not re.search(r"\b(?:du|dir|dich|dein\w*|ihr|euch)\b", text.text), name

    def test_what_is_translated_is_what_the_code_says(self) -> None:
        """A sentence that is changed in the code has to be changed in the phrases, too."""
        root = messages.FOLDER.parents[1]
        sources = [*(root / "worker" / "escalation").rglob("*.py"), root / "config" / "protocol.toml"]
        said = " ".join("".join(path.read_text() for path in sources).split())
        said = said.replace("{LENGTH}", "6000").replace("{OVERLAP}", "40")
        phrases = messages.load("de")._phrases
        assert [english for english in phrases if english not in said] == []

    def test_what_the_code_says_is_translated(self, german: Protocol) -> None:
        said = [*wording.HOW.values(), *wording.EFFECTS.values(), *(seat.title for seat in german.panel.seats)]
        said += [grade.definition for grade in german.grades]
        assert [english for english in said if wording.phrase(german, english) == english] == []


def shape(node: dict[str, Any]) -> list[str]:
    """Headings, panels, tables with their cells, code: in their order, without what stands in them."""
    wanted = {
        "heading",
        "panel",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "codeBlock",
        "bulletList",
        "listItem",
    }
    own = [node["type"]] if node["type"] in wanted else []
    return own + [kind for child in node.get("content", ()) for kind in shape(child)]
