"""Which issues a parsed query means.

Values are resolved once, before the first issue is looked at, so that an unknown field or value is refused even when
there is nothing to find. Dates without an offset are read in the asker's time zone, as Jira does.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.http.errors import bad
from sandbox.search.jql import All, Clause, Node, Not, Query, Some, Value
from sandbox.state.adf import plain
from sandbox.state.model import PRIORITIES, RESOLUTIONS, STATUSES, Issue
from sandbox.state.people import User
from sandbox.state.state import State

Match = Callable[[Issue], bool]
_RELATIVE = re.compile(r"([+-]?)(\d+)([wdhm])")
_UNITS = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
EQUALITY = {"=", "!=", "in", "not in"}
EMPTINESS = {"is empty", "is not empty"}
ORDERING = {"<", "<=", ">", ">="}
CATEGORY_NAMES = {"new": "to do", "indeterminate": "in progress", "done": "done"}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: functions and dates depend on both."""

    state: State
    user: User
    now: datetime
    strict: bool = True
    """False: an issue that does not exist spoils nothing (`validateQuery` of Data Center's search)."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.user.timezone)


def matcher(query: Query, asker: Asker) -> Match:
    """A test for one issue; JiraError 400 for a field, operator or value that does not exist."""
    for name, _ in query.order:
        _field(name)
    return _node(query.where, asker) if query.where else lambda issue: True


def ordered(query: Query, issues: Iterable[Issue]) -> list[Issue]:
    """By ORDER BY, else newest first."""
    out = sorted(issues, key=lambda issue: int(issue.id), reverse=True)
    for name, descending in reversed(query.order):
        out.sort(key=_sort_key(_field(name)), reverse=descending)
    return out


def _sort_key(field: "Field") -> Callable[[Issue], Any]:
    """Empty values come first when ascending."""
    if field is FIELDS["key"]:
        return lambda issue: (issue.project.key, int(issue.key.rpartition("-")[2]))

    def key(issue: Issue) -> Any:
        values = field.values(issue)
        return (True, values[0]) if values else (False,)

    return key


def _node(node: Node, asker: Asker) -> Match:
    match node:
        case Not(inner):
            test = _node(inner, asker)
            return lambda issue: not test(issue)
        case All(parts):
            tests = [_node(part, asker) for part in parts]
            return lambda issue: all(test(issue) for test in tests)
        case Some(parts):
            tests = [_node(part, asker) for part in parts]
            return lambda issue: any(test(issue) for test in tests)
        case Clause():
            return _clause(node, asker)


def _clause(clause: Clause, asker: Asker) -> Match:
    field = _field(clause.field)
    if clause.operator not in field.operators | EMPTINESS:
        raise bad(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    values, operator = field.values, _spelled(clause, field)
    if operator in EMPTINESS:
        return lambda issue: (not values(issue)) == (operator == "is empty")
    if operator in ("~", "!~"):
        words = clause.values[0].text.lower().replace("*", "").split()
        return lambda issue: all(w in _text_of(values(issue)) for w in words) == (operator == "~")
    operands = [operand for value in clause.values for operand in field.resolve(value, asker, clause.field)]
    if operator in ORDERING:
        return _compare(field, operator, operands[0])
    return _membership(field, operator, set(operands), asker)


def _spelled(clause: Clause, field: "Field") -> str:
    """`resolution = Unresolved` is Jira's other way to say that it is empty."""
    unresolved = field is FIELDS["resolution"] and [v.text.lower() for v in clause.values] == ["unresolved"]
    return (
        {"=": "is empty", "!=": "is not empty"}.get(clause.operator, clause.operator) if unresolved else clause.operator
    )


def _membership(field: "Field", operator: str, wanted: set[Any], asker: Asker) -> Match:
    """An empty field matches neither `=` nor `!=`: Jira's old surprise, kept."""
    fold = field.labels and asker.state.labels_ignore_case
    wanted = {w.lower() for w in wanted} if fold else wanted

    def has(issue: Issue) -> bool:
        found = field.values(issue)
        return bool(wanted & ({f.lower() for f in found} if fold else set(found)))

    if operator in ("=", "in"):
        return has
    return lambda issue: bool(field.values(issue)) and not has(issue)


def _compare(field: "Field", operator: str, bound: Any) -> Match:
    tests: dict[str, Callable[[Any], bool]] = {
        "<": lambda v: v < bound,
        "<=": lambda v: v <= bound,
        ">": lambda v: v > bound,
        ">=": lambda v: v >= bound,
    }
    test = tests[operator]
    return lambda issue: any(test(value) for value in field.values(issue))


def _text_of(values: list[Any]) -> str:
    return " ".join(str(value) for value in values).lower()


# -- fields ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """How one JQL field reads an issue and its operands."""

    values: Callable[[Issue], list[Any]]
    resolve: Callable[[Value, Asker, str], list[Any]]
    operators: frozenset[str] = frozenset(EQUALITY)
    labels: bool = False


def _field(name: str) -> Field:
    if name.startswith("issue.property") or (name not in FIELDS):
        raise bad(f"Field '{name}' does not exist or you do not have permission to view it.")
    return FIELDS[name]


def _some(value: Any) -> list[Any]:
    return [] if value is None else [value]


def _unknown(value: Value, name: str) -> Exception:
    return bad(f"The value '{value.text}' does not exist for the field '{name}'.")


def _literal(value: Value, asker: Asker, name: str) -> list[str]:
    return [_plain(value, name)]


def _plain(value: Value, name: str) -> str:
    if value.arguments is not None:
        raise bad(f"Unable to find JQL function '{value.text}({', '.join(value.arguments)})'.")
    return value.text


def _project(value: Value, asker: Asker, name: str) -> list[str]:
    text = _plain(value, name)
    found = [p.id for p in asker.state.projects.values() if text.lower() in (p.id, p.key.lower(), p.name.lower())]
    visible = [i for i in found if asker.state.allowed(asker.user, "BROWSE_PROJECTS", asker.state.project(i))]  # type: ignore[arg-type]
    if not visible:
        raise _unknown(value, name)
    return visible


def _issue(value: Value, asker: Asker, name: str) -> list[str]:
    issue = asker.state.find(_plain(value, name))
    if issue is None or not asker.state.allowed(asker.user, "BROWSE_PROJECTS", issue.project):
        if not asker.strict:
            return []
        raise bad(f"An issue with key '{value.text}' does not exist for field '{name}'.")
    return [issue.id]


def _person(value: Value, asker: Asker, name: str) -> list[str]:
    if value.text.lower() == "currentuser" and value.arguments == ():
        return [asker.user.nick]
    user = asker.state.people.known_to(asker.state.flavour, _plain(value, name))
    if user is None and asker.state.flavour == "dc":
        raise _unknown(value, name)
    return [user.nick] if user else []


def _among(names: Iterable[tuple[str, str]]) -> Callable[[Value, Asker, str], list[str]]:
    known = [(key, text.lower()) for key, text in names]

    def resolve(value: Value, asker: Asker, name: str) -> list[str]:
        text = _plain(value, name).lower()
        if not (found := [key for key, label in known if text in (key.lower(), label)]):
            raise _unknown(value, name)
        return found

    return resolve


def _issue_type(value: Value, asker: Asker, name: str) -> list[str]:
    if value.text.lower() in ("subtaskissuetypes", "standardissuetypes") and value.arguments == ():
        subtask = value.text.lower().startswith("sub")
        return [t.id for p in asker.state.projects.values() for t in p.issue_types if t.subtask == subtask]
    types = {(t.id, t.name) for p in asker.state.projects.values() for t in p.issue_types}
    return _among(types)(value, asker, name)


def _instant(value: Value, asker: Asker, name: str) -> list[datetime]:
    return [_moment(value, asker, name)]


def _day(value: Value, asker: Asker, name: str) -> list[date]:
    return [_moment(value, asker, name).astimezone(asker.zone).date()]


def _moment(value: Value, asker: Asker, name: str) -> datetime:
    if value.arguments is not None:
        return _function(value, asker, name)
    if relative := _RELATIVE.findall(value.text) if _RELATIVE.sub("", value.text).strip() == "" else None:
        return asker.now + _shift(relative)
    for pattern in _FORMATS:
        try:
            return datetime.strptime(value.text, pattern).replace(tzinfo=asker.zone)
        except ValueError:
            continue
    raise bad(
        f"Date value '{value.text}' for field '{name}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )


def _shift(parts: list[tuple[str, str, str]]) -> timedelta:
    """`-4w 2d` is six weeks minus nothing: the first sign holds for what follows."""
    sign, total = 1, timedelta(0)
    for mark, number, unit in parts:
        sign = {"-": -1, "+": 1}.get(mark, sign)
        total += sign * int(number) * _UNITS[unit]
    return total


def _function(value: Value, asker: Asker, name: str) -> datetime:
    local = asker.now.astimezone(asker.zone)
    shift = _shift(_RELATIVE.findall("".join(value.arguments or ())))
    match value.text.lower():
        case "now":
            return asker.now
        case "startofday":
            return datetime.combine(local.date(), time(), asker.zone) + shift
        case "endofday":
            return datetime.combine(local.date(), time(23, 59, 59), asker.zone) + shift
    raise bad(f"Unable to find JQL function '{value.text}({', '.join(value.arguments or ())})'.")


_DATES = frozenset(EQUALITY | ORDERING)
_TEXTS = frozenset({"~", "!~"})
FIELDS: dict[str, Field] = {
    "project": Field(lambda i: [i.project.id], _project),
    "key": Field(lambda i: [i.id], _issue),
    "labels": Field(lambda i: list(i.labels), _literal, labels=True),
    "status": Field(lambda i: [i.status.id], _among((s.id, s.name) for s in STATUSES.values())),
    "statuscategory": Field(lambda i: [i.status.category], _among(CATEGORY_NAMES.items())),
    "issuetype": Field(lambda i: [i.type.id], _issue_type),
    "parent": Field(lambda i: _some(i.parent), _issue),
    "assignee": Field(lambda i: [i.assignee.nick] if i.assignee else [], _person),
    "reporter": Field(lambda i: [i.reporter.nick], _person),
    "creator": Field(lambda i: [i.creator.nick], _person),
    "priority": Field(lambda i: [i.priority.id], _among((p.id, p.name) for p in PRIORITIES)),
    "resolution": Field(
        lambda i: [i.resolution.id] if i.resolution else [], _among((r.id, r.name) for r in RESOLUTIONS)
    ),
    "created": Field(lambda i: [i.created], _instant, _DATES),
    "updated": Field(lambda i: [i.updated], _instant, _DATES),
    "resolved": Field(lambda i: _some(i.resolved), _instant, _DATES),
    "due": Field(lambda i: _some(i.duedate), _day, _DATES),
    "summary": Field(lambda i: [i.summary], _literal, _TEXTS),
    "description": Field(lambda i: _some(plain(i.description) or None), _literal, _TEXTS),
    "comment": Field(lambda i: [plain(c.body) for c in i.comments], _literal, _TEXTS),
    "text": Field(lambda i: [i.summary, plain(i.description), *(plain(c.body) for c in i.comments)], _literal, _TEXTS),
}
_ALIASES = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "type": "issuetype",
    "duedate": "due",
    "resolutiondate": "resolved",
    "createddate": "created",
    "updateddate": "updated",
}
FIELDS |= {alias: FIELDS[name] for alias, name in _ALIASES.items()}
