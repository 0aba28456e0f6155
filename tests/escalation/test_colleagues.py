"""Whether a text for a client names a colleague."""

import pytest

from worker.escalation.comments.colleagues import are_called

NAMES = [
    "Erin Engineering",
    "Müller, Anna-Lena (R&D)",
    "Dr. Bob Ray Smith",
    "Will Power",
    "Support Desk",
    "山田 太郎",
    "ops",
]


@pytest.mark.parametrize(
    "text",
    [
        "Erin works on it.",
        "ERIN works on it.",
        "Erin's team works on it.",
        "Erins Team arbeitet daran.",
        "Engineering, Erin works on it.",
        "Ask Anna-Lena about it.",
        "Herr Müller arbeitet daran.",
        "frau müller arbeitet daran",
        "Mr. Power works on it.",
        "Bob found it.",
        "Dr. Smith found it.",
    ],
)
def test_a_colleague_is_named_as_people_call_each_other(text: str) -> None:
    assert are_called(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "Will be fixed soon; it will work.",
        "Support is looking into it, and so is Engineering.",
        "Erinnerungen kommen zu spät.",
        "You may power off the device.",
        "The smith's anvil does not load.",
        "erin is written small, and could be anything",
    ],
)
def test_words_that_are_no_names_are_let_through(text: str) -> None:
    assert not are_called(text, NAMES)


def test_a_reader_s_own_name_is_no_secret_to_them() -> None:
    assert not are_called("Dear Erin, exports fail.", NAMES, "Erin Client")
