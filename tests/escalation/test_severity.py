"""One grade, one colour, on every page: by its place among the grades that promise something."""

import pytest
from protocols import protocol

from worker.escalation.views.severity import severity


@pytest.mark.parametrize(
    ("grade", "colour"),
    [("SEV-1", "sev-first"), ("SEV-2", "sev-second"), ("OTHER", "sev-other"), ("known no more", "sev-other")],
)
def test_a_grade_has_one_colour(grade: str, colour: str) -> None:
    assert severity(grade, protocol()) == colour
