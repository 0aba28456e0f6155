"""An editor who may do everything but write as others gets nothing out of it, whatever they do in whatever order.

For hours, with random seeds and on both flavours: `.venv/bin/python -m tests.hostile.editor --minutes 120`.
"""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile.editor import ACTS, OFTEN, SETTINGS, Act, Setting, Town, live

pytestmark = pytest.mark.slow
NUMBERS = st.integers(0, 999)
LIVES = st.lists(st.tuples(st.sampled_from(OFTEN), NUMBERS, st.integers(0, 99_999)), min_size=5, max_size=25)


@pytest.mark.parametrize("setting", SETTINGS)
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
@given(acts=LIVES, cloud=st.booleans())
def test_an_editor_gets_nothing_out_of_it(setting: Setting, acts: list[Act], cloud: bool) -> None:
    live("cloud" if cloud else "dc", setting, acts)


def test_every_act_is_one_that_the_town_knows() -> None:
    assert {f"do_{name}" for name in ACTS} <= set(vars(Town)) and len(ACTS) >= 20
