"""Texts of one's own, and other languages: what is overridden, what falls back, what stops the start with one line."""

import re
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.localedata import locale_identifiers

from config import ConfigError, messages
from config.messages import Keywords
from config.protocol import GRADES, Protocol
from tests.story.telling import noted, told
from tests.storytelling import SEATS as HOLDERS
from tests.storytelling import Story
from worker.escalation.comments.authorship import unread
from worker.escalation.comments.client_text import NEARLY
from worker.escalation.comments.vote import Recusal, Vote, internal, read
from worker.escalation.texts import localized
from worker.escalation.views import preview
from worker.look import protocol_with_texts

SEATS = """
[[panel.seats]]
name = "project-manager"
title = "Project Manager"
holder = "ann"
[[panel.seats]]
name = "engineering-manager"
title = "Engineering Manager"
holder = "cy"
"""
GERMAN = Keywords("Kunde", "Befangen")


def file(folder: Path, **texts: str) -> Path:
    """A protocol file beside a folder `texts` with these files (`de_client` stands for `de/client.md`)."""
    for name, text in texts.items():
        path = folder / "texts" / f"{name.replace('_', '/', 1)}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "protocol.toml"


def loaded(path: Path, head: str = "", tail: str = "") -> Protocol:
    path.write_text(head + SEATS + tail)
    return protocol_with_texts.load_protocol(path)


def mistake(path: Path, head: str = "", tail: str = "") -> str:
    with pytest.raises(ConfigError) as error:
        loaded(path, head, tail)
    [line] = str(error.value).splitlines()
    return line


def shown(protocol: Protocol, name: str) -> str:
    return preview.shown(protocol)[name].text


class TestOwnFolder:
    def test_a_text_of_ones_own_replaces_the_shipped_one_and_only_that(self, tmp_path: Path) -> None:
        protocol = loaded(file(tmp_path, closing="**Done, dear client.**"), 'messages = "texts"\n')
        assert shown(protocol, "Client, resolved") == "Done, dear client."
        assert "We have evaluated this report." in shown(protocol, "Client, SEV-1")

    def test_one_project_may_have_its_own(self, tmp_path: Path) -> None:
        path = file(tmp_path, de_closing="**Fertig.**")
        protocol = loaded(path, tail='[projects.SUP]\nlanguage = "de"\nmessages = "texts"\n[projects.OPS]\n')
        assert shown(protocol.for_project("SUP"), "Client, resolved") == "Fertig."
        assert "The problem that you reported" in shown(protocol.for_project("OPS"), "Client, resolved")

    def test_a_folder_that_is_not_there_stops_the_start(self, tmp_path: Path) -> None:
        line = mistake(file(tmp_path), 'messages = "txts"\n')
        assert "messages: found " in line and "expected a folder of texts that is there" in line

    def test_a_broken_text_stops_the_start_and_is_named(self, tmp_path: Path) -> None:
        line = mistake(file(tmp_path, hint="{{ grads }}"), 'messages = "texts"\n')
        assert line == f"{tmp_path}/texts/hint.md: 'grads' is undefined"

    def test_a_slip_in_a_files_name_stops_the_start(self, tmp_path: Path) -> None:
        line = mistake(file(tmp_path, clint="Hello"), 'messages = "texts"\n')
        assert line.endswith("clint.md: found 'clint', expected the name of a text; did you mean client?")

    def test_other_files_may_lie_there(self, tmp_path: Path) -> None:
        assert loaded(file(tmp_path, README="ours"), 'messages = "texts"\n').messages == f"{tmp_path}/texts"


class TestLanguage:
    def test_a_language_without_texts_for_clients_is_refused_with_what_is_missing(self, tmp_path: Path) -> None:
        line = mistake(file(tmp_path), 'language = "fr"\n')
        assert line.startswith("language: found 'fr', expected fr/client.md and fr/closing.md in a folder of your own")
        assert "one of the languages en, de" in line
        path = file(tmp_path, fr_client="**Sévérité : {{ grade }}.**")
        half = mistake(path, 'language = "fr"\nmessages = "texts"\n')
        assert half.startswith(f"language: found 'fr', expected fr/closing.md in {tmp_path}/texts, or one of")

    def test_with_them_the_dates_are_in_that_language_and_texts_for_colleagues_in_english(self, tmp_path: Path) -> None:
        path = file(
            tmp_path, fr_client="**Sévérité : {{ grade }}.**\n\nEntre {{ start }} et {{ end }}.", fr_closing="Fini."
        )
        protocol = loaded(path, 'language = "fr"\nmessages = "texts"\n')
        assert "Entre mardi 24 novembre 2026, 21:00 ET et mercredi" in shown(protocol, "Client, SEV-2")
        assert shown(protocol, "Closed without a vote").startswith("This sub-task was closed without a vote.")

    @pytest.mark.parametrize("language", ["german", "DE", "de_DE", ""])
    def test_what_is_no_language_is_refused(self, tmp_path: Path, language: str) -> None:
        line = mistake(file(tmp_path), f'language = "{language}"\n')
        assert "language: found" in line and "expected a language such as 'en', 'de' or 'en-GB'" in line

    def test_a_language_whose_dates_nobody_knows_is_refused(self, tmp_path: Path) -> None:
        path = file(tmp_path, zz_client="{{ grade }}", zz_closing="Zz.")
        assert "a language whose dates are known" in mistake(path, 'language = "zz"\nmessages = "texts"\n')

    def test_a_region_has_its_own_dates(self, tmp_path: Path) -> None:
        protocol = loaded(file(tmp_path), 'language = "en-GB"\n')
        assert re.search(r"between Tuesday,? 24 November 2026, 21:00 ET and", shown(protocol, "Client, SEV-2"))

    def test_phrases_may_be_ones_own_and_must_be_phrases(self, tmp_path: Path) -> None:
        path = file(tmp_path, closing="Done.")
        (tmp_path / "texts" / "phrases.toml").write_text(
            '[keywords]\nclient = "Patient"\n[phrases]\nnobody = "no one"\n'
        )
        texts = messages.of(loaded(path, 'messages = "texts"\n'))
        assert (texts.keywords, texts.phrase("nobody")) == (Keywords("Patient", "Recused"), "no one")
        for folder, words in (("slip", '[keywords]\nclent = "Patient"\n'), ("nonsense", "nonsense")):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "phrases.toml").write_text(words)
        assert mistake(path, 'messages = "slip"\n').endswith("[keywords] with client, recused and resolved")
        assert "found text that is not TOML" in mistake(path, 'messages = "nonsense"\n')


class TestVotes:
    def test_the_words_of_the_language_count_and_the_english_ones_too(self) -> None:
        for word in ("Kunde", "kunde ", "**Client**"):
            assert read(f"SEV-2: weil\n\n{word}: Es geht nicht.", GRADES, GERMAN) == Vote(
                "SEV-2", "weil", "Es geht nicht."
            )
        assert read("Befangen: mein Code", GRADES, GERMAN) == Recusal("mein Code")
        assert read("Recused: my code", GRADES, GERMAN) == Recusal("my code")

    def test_where_nobody_was_told_so_that_paragraph_is_for_colleagues(self) -> None:
        text = "SEV-2: because\n\nKunde: Tierklinik Nord is angry"
        assert read(text, GRADES) == Vote("SEV-2", "because\n\nKunde: Tierklinik Nord is angry", "", NEARLY)
        assert "Tierklinik" in internal(unread(text)) and "Tierklinik" not in internal(unread(text), GERMAN)
        assert read("Befangen: mein Code", GRADES) is None

    @pytest.mark.parametrize("text", ["Befangenheit sehe ich nicht", "Befangen bin ich nicht", "Kunden rufen an"])
    def test_other_words_that_begin_so_are_talk(self, text: str) -> None:
        assert read(text, GRADES, GERMAN) is None


def test_a_german_round(story: Story) -> None:
    story.rules(language="de")
    story.request()
    asked = story.evaluation("project-manager")
    assert asked.summary.startswith("Bewertung des Schweregrads (")
    story.vote("SEV-2: Anmeldung\n\nKunde: Die Anmeldung geht zurzeit nicht.", "SEV-2 Schlangen", "Befangen: mein Code")
    story.vote("", "", "OTHER: lästig")
    [answer] = told(story)
    assert "Wir haben diese Meldung bewertet. Schweregrad: SEV-2." in answer
    assert "Begründung: Die Anmeldung geht zurzeit nicht." in answer
    assert "Dienstag, 24. November 2026, 21:00 Uhr ET" in answer
    assert noted(story, "Entscheidung der Runde 1") and len(HOLDERS) == 3
    assert story.look().plan.empty


class Tongue(NamedTuple):
    """All that is asked of texts here."""

    language: str


LENGTHS = (timedelta(days=3), timedelta(hours=1), timedelta(hours=2), timedelta(minutes=15), timedelta(seconds=5))


@pytest.mark.slow
def test_no_length_of_time_is_said_without_its_unit() -> None:
    """Babel 2.18 says "2 duration-hour" in 528 of its locales."""
    tags = [tag for tag in (each.replace("_", "-") for each in locale_identifiers()) if len(tag) <= 5]
    said = {(tag, localized.duration(each, Tongue(tag))) for tag in tags for each in LENGTHS}
    assert len(tags) > 500
    assert [each for each in said if "duration" in each[1]] == []
