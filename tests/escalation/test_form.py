"""Lists with a line for each grade: which line is ticked is asked about and never guessed, in any markup (design §4, "A
vote": it must never guess between two grades)."""

from collections.abc import Callable
from typing import Any

import pytest

from config.messages import Keywords
from config.protocol import GRADES
from tests.escalation import mails
from tests.escalation.mails import in_cells, typed
from worker.escalation.comments import authorship, own_texts, vote
from worker.escalation.comments.vote import DENIED, ENGLISH, FORM, TWO, Recusal, Statement, Vote
from worker.jira.text.reading import read

GERMAN = Keywords(client="Kunde", recused="Befangen")


def _list(kind: str, item: str) -> Callable[[str], dict[str, Any]]:
    """The lines as items of a list."""

    def made(body: str) -> dict[str, Any]:
        lines = [[{"type": "text", "text": line}] for line in body.split("\n") if line]
        items = [line if item == "taskItem" else [{"type": "paragraph", "content": line}] for line in lines]
        content = [{"type": item, "attrs": {"state": "TODO"}, "content": each} for each in items]
        return {"type": "doc", "version": 1, "content": [{"type": kind, "content": content}]}

    return made


def _apart(body: str) -> str:
    return body.replace("\n", "\n\n")


def _bullets(body: str) -> str:
    return "\n".join(f"* {line}" for line in body.split("\n") if line)


def _rows(body: str) -> str:
    return "\n".join(f"|{line}| |" for line in body.split("\n") if line)


SHAPES: dict[str, Callable[[str], Any]] = {
    "markup": str,
    "markup-paragraphs": _apart,
    "markup-list": _bullets,
    "markup-table": _rows,
    "document": typed,
    "document-paragraphs": lambda body: typed(_apart(body)),
    "document-table": lambda body: in_cells(_apart(body)),
    "document-list": _list("bulletList", "listItem"),
    "document-tasks": _list("taskList", "taskItem"),
}
MARKED = [
    "[ ] SEV-1 / [x] SEV-2 / [ ] OTHER",
    "[x] SEV-2 / [ ] SEV-1",
    "[✓] SEV-2 / [ ] SEV-1",
    "[ ] SEV-2 / [X] OTHER",
    "☐ SEV-1 / ☑ SEV-2",
    "SEV-1 / x SEV-2",
    "SEV-1 [ ] / SEV-2 [x]",
    "SEV-2 [ ] / Other [x]",
    "SEV-1 ☐ / SEV-2 ☑",
    "SEV-2 ☐ / Other ☑",
    "SEV-1 ❌ / SEV-2 ✅",
    "SEV-1 :x: / SEV-2 :white_check_mark:",
    "SEV-1 (x) / SEV-2 (/)",
    "SEV-1: / SEV-2: x / OTHER:",
    "SEV-2: / OTHER: x",
    "OTHER: / SEV-2: x",
    "SEV-1: N / SEV-2: Y",
    "SEV-1: 0 / SEV-2: 1",
    "SEV-1: - / SEV-2: x",
    "SEV-1 n/a / SEV-2 yes",
    "SEV-1: nein / SEV-2: ja",
    "SEV-1 = falsch / SEV-2 = wahr",
    "SEV-1: false / SEV-2: true",
]
REASONED = [
    "SEV-1: / SEV-2: yes, because the index is broken",
    "SEV-1: / SEV-2: ja, der Index ist kaputt",
    "[ ] SEV-1: all down / [x] SEV-2: slow",
    "[ ] SEV-1 all down / [x] SEV-2 slow",
    "[ ] SEV-2: slow / [x] OTHER: cosmetic",
    "☐ SEV-1: alles steht / ☑ SEV-2: langsam",
    "(n) SEV-1: down / (y) SEV-2: slow",
    "SEV-1: all down [ ] / SEV-2: slow [x]",
    "SEV-1: all down / ☐ / SEV-2: slow / ☑",
    "SEV-1 (all clinics down): / SEV-2 (one clinic): x",
    "SEV-1 – alles steht: nein / SEV-2 – langsam: ja",
]


def said(body: Any, keywords: Keywords = ENGLISH) -> Statement:
    begins = vote.begins(GRADES, keywords)
    written = authorship.read(read(body).passages, own_texts.texts(mails.rules("en")), begins)
    return vote.read(written, GRADES, keywords)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("form", [*MARKED, *REASONED])
def test_which_line_of_a_form_is_ticked_is_asked(form: str, shape: Callable[[str], Any]) -> None:
    for keywords in (ENGLISH, GERMAN):
        assert said(shape(form.replace(" / ", "\n")), keywords) == FORM


@pytest.mark.parametrize("shape", [_list("bulletList", "listItem"), _list("taskList", "taskItem"), _bullets])
def test_a_list_with_an_item_for_each_grade_is_a_form_without_a_mark_too(shape: Callable[[str], Any]) -> None:
    assert said(shape("SEV-1: all down\nSEV-2: slow")) == FORM
    assert said(shape("SEV-1: all down\n\nSEV-1 is what the definition says")).__class__ is Vote


@pytest.mark.parametrize("line", ["SEV-2 [ ] OTHER [x]", "[ ] SEV-2 [x] OTHER", "SEV-1 ☐ SEV-2 ☑"])
def test_so_it_is_in_one_line(line: str) -> None:
    assert said(line) == said(typed(line)) == TWO


@pytest.mark.parametrize("form", ["[ ] Recused\n[x] SEV-2", "[ ] Befangen\n[x] SEV-2", "Befangen: nein\nSEV-2: ja"])
def test_a_seat_is_not_given_up_by_a_line_that_may_not_be_ticked(form: str) -> None:
    assert said(form, GERMAN) == said(_apart(form), GERMAN) == FORM


@pytest.mark.parametrize("form", ["[ ] SEV-2\n[x] Recused", "SEV-2: nein\nBefangen: ja", "SEV-2 ☐\nRecused ☑"])
def test_nor_is_a_vote_given_beside_one(form: str) -> None:
    assert said(form, GERMAN) == said(_apart(form), GERMAN) == FORM


@pytest.mark.parametrize("text", ["SEV-1 ❌", "SEV-1: [ ]", "SEV-1 ☐", "SEV-1 (x)", "SEV-1: 0", "SEV-1: n/a"])
def test_a_grade_that_is_crossed_or_left_empty_is_no_vote_for_it(text: str) -> None:
    assert said(text) == said(typed(text)) == DENIED


@pytest.mark.parametrize(
    "text",
    [
        "SEV-2\n\nSEV-1 was my first thought.",
        "SEV-2\n\nSEV-1: would need everything to be down",
        "SEV-2\nSEV-1: all down, I first thought",
        "SEV-2\n\nReasons\nSEV-1: nobody can work",
        "SEV-2\nyes, it is",
        "SEV-2\n\nja, das ist es",
        "SEV-2\n\nSEV-1: not justified, as there is a way around",
        "SEV-2\n\nOther:\n\nnothing",
        "SEV-2:\nOther: nothing to add",
        "SEV-2: x",
        "SEV-2: check-in is slow, and here is why:\n\nSEV-1 does not fit for these reasons:\n\nThere is a way around.",
        "SEV-2 [x]",
        "SEV-2 ✅",
        "[x] SEV-2",
        "[✓] SEV-2: slow",
        "SEV-2: here is why:\n\nSEV-1 would be wrong",
        "SEV-2: yes\n\nClient: SEV-1: is for outages, and this is none.",
    ],
)
def test_a_tick_beside_the_only_grade_is_a_vote_for_it(text: str) -> None:
    for what in (said(text), said(typed(text))):
        assert isinstance(what, Vote) and what.grade == "SEV-2"


def test_who_gives_up_the_seat_may_say_what_they_would_have_said() -> None:
    assert said("Recused\n\nSEV-2: would have been mine") == Recusal("SEV-2: would have been mine")
