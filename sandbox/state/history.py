"""How a change of an issue reads in Jira's history: a line per field, in Jira's spelling of old and new values."""

from datetime import date
from typing import Any

from sandbox.state.adf import as_wiki
from sandbox.state.model import USER_FIELD, USER_FIELD_NAME, Change, Issue, IssueType, Named, Project, Status
from sandbox.state.people import Flavour, User

FIELDS = {
    "labels": "labels",
    "duedate": "duedate",
    "status": "status",
    "resolution": "resolution",
    "assignee": "assignee",
    "reporter": "reporter",
    "summary": "summary",
    "description": "description",
    "priority": "priority",
    "type": "issuetype",
    "project": "project",
    "contact": USER_FIELD,
    "key": None,
}
"""Attributes of an issue that leave a trace, with Jira's field id; moving writes `Key`, which has none."""
_NAMES = {"key": "Key", "contact": USER_FIELD_NAME, "type": "issuetype"}


def changes(issue: Issue, values: dict[str, Any], flavour: Flavour) -> tuple[Change, ...]:
    """The lines for setting `values` on the issue; what stays as it is leaves none."""
    traced = ((name, getattr(issue, name), new) for name, new in values.items() if name in FIELDS)
    return tuple(_line(name, old, new, flavour) for name, old, new in traced if not _same(old, new))


def _same(old: object, new: object) -> bool:
    """Labels are a set: their order is no change."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return set(old) == set(new)
    return old == new


def _line(name: str, old: object, new: object, flavour: Flavour) -> Change:
    return Change(_NAMES.get(name, name), FIELDS[name], *_value(old, flavour), *_value(new, flavour))


def _value(value: object, flavour: Flavour) -> tuple[str | None, str | None]:
    """(raw, text) of one side of a change."""
    match value:
        case User():
            return (value.account_id if flavour == "cloud" else value.key), value.display_name
        case Status() | Named() | Project() | IssueType():
            return value.id, value.name
        case date():
            return value.isoformat(), f"{value.isoformat()} 00:00:00.0"
        case tuple():
            return None, " ".join(value)
        case str() | dict():
            return None, as_wiki(value)
    return None, None
