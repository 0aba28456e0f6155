"""A comment may be as long as Jira takes it, and of any signs: reading it takes no more than its length asks for, since
a worker that reads for seconds loses its leases (docs/security.md)."""

from time import process_time

import pytest

from config.messages import Keywords
from config.protocol import GRADES
from tests.escalation import mails
from tests.escalation.mails import typed
from worker.escalation.comments import authorship, own_texts, vote
from worker.escalation.plan.disclosure import LENGTH
from worker.escalation.plan.other_clients import tells_of_others
from worker.jira.text import reading

SHORT, TIMES = 4_000, 4
GERMAN = Keywords(client="Kunde", recused="Befangen")
HEADS = ("", "SEV-1", "SEV-1: ", "Client", "SEV-1\n\nClient", "SEV-1\n\nClient: ", "SEV-1\n\nCustomer", "Recused")
UNITS = [
    " ",
    "\u00a0",
    "\n",
    "\t",
    "(",
    ")",
    "*",
    ">",
    "-",
    "_",
    ":",
    "[",
    "]",
    "{",
    "|",
    "~",
    "!",
    "?",
    ".",
    "a",
    "1",
    "@",
]
UNITS += [
    "Client",
    "Client ",
    "Client\n",
    "Kunde ",
    "[ ] ",
    "{quote}",
    "[x|",
    "From: a\n",
    "SEV-1\n",
    "SEV-1 ",
    "a@",
    "-a",
]


def _seconds(text: str) -> float:
    reading._read.cache_clear()
    authorship.read.cache_clear()
    began = process_time()
    for body in (text, typed(text)):
        passages = reading.read(body).passages
        written = authorship.read(passages, own_texts.texts(mails.rules("en")), vote.begins(GRADES, GERMAN))
        vote.read(written, GRADES, GERMAN)
        vote.internal(written, GERMAN)
        vote.asks(written)
    tells_of_others(text[:LENGTH])
    return process_time() - began


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_a_text_four_times_as_long_takes_about_four_times_as_long(unit: str) -> None:
    """Nine times where it is long enough to be told; where a part of a text is looked at from each of its letters, it
    would be sixteen."""
    _seconds("SEV-1: all that is made once")
    for head in HEADS:
        short, long = (f"{head}{unit * (size // len(unit))}x" for size in (SHORT, SHORT * TIMES))
        before = min(_seconds(short) for _ in range(2))
        assert _seconds(long) <= 9 * max(before, 0.02) or _seconds(long) <= 9 * max(before, 0.02), head
