"""The report of what the board knows, at `/report`: the last weeks of the tickets that looks have seen."""

from dataclasses import replace
from urllib.parse import quote

from worker.report.figures import Figures
from worker.report.page import page as report

SOURCE = (
    "Of the tickets this worker has looked at in the last twelve weeks; escalation report counts all that Jira has."
)


def page(found: Figures, *, names: bool) -> str:
    """The page; without names where its reader may not see them."""
    return report(found if names else _nameless(found), _own_page, source=SOURCE)


def _own_page(key: str) -> str:
    return "" if "," in key else f"/ticket/{quote(key)}"


def _nameless(found: Figures) -> Figures:
    waiting = tuple(replace(each, person="") for each in found.waiting)
    hidden = "shown where GATE_TOKEN is set"
    overrides = tuple(replace(each, by=hidden, reason=hidden) for each in found.overrides or ())
    return replace(found, waiting=waiting, overrides=overrides)
