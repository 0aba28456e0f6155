"""Which half of these suites is for the long run, and how many tests each suite has."""

from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ON_BOTH = ("test_a_forged_failure_does_not_make_us_put_the_label_on",)
LONG = (
    "test_a_record_blown_up_to_the_limit_breaks_nothing",
    "test_three_long_votes_fit_into_one_summary",
    "test_the_longest_comment_of_jira_is_a_vote",
    "test_what_was_written_can_still_be_read",
    "test_a_status_may_be_called_anything",
    "test_nothing_internal_reaches_a_client",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long run has what takes long, and the flavour or project that tells no more than the other; attacks on
    markup are told on Data Center, where it is parsed."""
    for item in items:
        if item.path.parent == HERE and _is_long(item.name, item.path.stem):
            item.add_marker(pytest.mark.slow)


def _is_long(test: str, suite: str) -> bool:
    name = test.partition("[")[0]
    if name in LONG or (name == "test_a_compressed_body_is_never_unpacked" and "gzip]" not in test):
        return True
    if name == "test_an_attack_stays_text_through_a_whole_round":
        return not ("dc" in test and "OPS" in test)
    return "dc" in test and name not in ON_BOTH and suite != "test_intake"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each suite prints its count."""
    passed = terminalreporter.stats.get("passed", [])
    counts = Counter(Path(report.fspath).stem for report in passed if "tests/hostile/" in str(report.fspath))
    for suite, count in sorted(counts.items()):
        terminalreporter.write_line(f"{suite.removeprefix('test_')}: {count} attempts came to nothing")
