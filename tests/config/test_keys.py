"""The keys that Jira may write: on Data Center an administrator chooses the pattern."""

import pytest

from config.keys import ISSUE_KEY, PROJECT_KEY


@pytest.mark.parametrize("key", ["SUP", "A", "R2D2", "SUPPORT_EU", "4DX", "2026_Q"])
def test_a_projects_key(key: str) -> None:
    assert PROJECT_KEY.fullmatch(key) and ISSUE_KEY.fullmatch(f"{key}-17")


@pytest.mark.parametrize("key", ["", "sup", "SUP-1", "2026", "_", "SÜD", "A B"])
def test_no_projects_key(key: str) -> None:
    assert not PROJECT_KEY.fullmatch(key)


@pytest.mark.parametrize("key", ["SUP", "SUP-0", "SUP-01", "sup-1", "2026-11", "SUP-1\n", "SUP-" + "9" * 19])
def test_no_issues_key(key: str) -> None:
    assert not ISSUE_KEY.fullmatch(key)
