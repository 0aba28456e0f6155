"""Reads the `fields` and `update` of a request into attributes of an issue, refusing what Jira refuses.

It refuses in Jira's words, and changes nothing: callers apply what it returns.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.errors import JiraError, bad, not_on_screen
from sandbox.state import adf
from sandbox.state.model import (
    DEMANDED_FIELD,
    PRIORITIES,
    RESOLUTIONS,
    USER_FIELD,
    Body,
    Issue,
    IssueType,
    Named,
    Project,
)
from sandbox.state.people import LEAD, ROLES, User
from sandbox.state.stamps import calendar_date
from sandbox.state.state import State

Values = dict[str, Any]
ATTRIBUTE = {"issuetype": "type", USER_FIELD: "contact"}
"""Fields whose attribute has another name."""
PROPERTY_LIMIT = 32_768
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."


@dataclass(slots=True)
class FieldReader:
    """One request's fields, read for one project; errors are collected so that one answer names them all."""

    state: State
    project: Project
    version: int
    by: User
    issue: Issue | None = None
    in_bulk: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def create(self, fields: object, update: object = None) -> Values:
        """Attributes for a new issue; JiraError 400 naming every field that is wrong."""
        given = dict(_object(fields, "fields"))
        given.pop("project", None)
        kind = self._type(given.pop("issuetype", None))
        parent = self._parent(given.pop("parent", None), kind)
        values = {"summary": None} | ({} if "assignee" in given else {"assignee": self._default()})
        values |= self._read(given, update)
        if values["summary"] is None:
            self.errors.setdefault("summary", "You must specify a summary of the issue.")
        if self.project.demanded and (not self.project.demanding or (kind and kind.id in self.project.demanding)):
            self.errors[DEMANDED_FIELD] = f"{self.project.demanded} is required."
        self._finish()
        return {name: v for name, v in values.items() if v is not None} | {"type": kind, "parent": parent}

    def edit(self, fields: object, update: object) -> Values:
        """Attributes to set on `issue`; JiraError 400 naming every field that is wrong."""
        given = dict(_object(fields, "fields"))
        values = self._read(given, update)
        self._finish()
        return values

    def _finish(self) -> None:
        if self.errors:
            raise JiraError(400, fields=self.errors)

    def _read(self, fields: dict[str, Any], update: object) -> Values:
        values: Values = {}
        operations = _object(update, "update")
        for name in set(fields) & set(operations):
            self.errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
        for name, value in fields.items():
            self._one(name, value, values)
        for name, steps in operations.items():
            if name != "comment":
                self._steps(name, steps, values)
        return values

    def _one(self, name: str, value: object, values: Values) -> None:
        reader = self._reader(name)
        if reader is None or not self._settable(name):
            self.errors[name] = not_on_screen(name)
            return
        try:
            values[ATTRIBUTE.get(name, name)] = reader(value)
        except ValueError as refusal:
            self.errors[name] = str(refusal)

    def _settable(self, name: str) -> bool:
        if name not in self.project.screen:
            return False
        if self.issue is not None and not self.state.allowed(self.by, "EDIT_ISSUES", self.project):
            return False
        special = {"duedate": "SCHEDULE_ISSUES", "assignee": "ASSIGN_ISSUES", "reporter": "MODIFY_REPORTER"}
        return name not in special or self.state.allowed(self.by, special[name], self.project)

    def _reader(self, name: str) -> Callable[[object], Any] | None:
        readers: dict[str, Callable[[object], Any]] = {
            "summary": _summary,
            "description": self._rich,
            "labels": _labels,
            "duedate": _duedate,
            "assignee": self.assignee,
            "reporter": lambda v: self._user(v, "reporter"),
            "priority": lambda v: _named(v, PRIORITIES, "priority"),
            "issuetype": self._retype,
            USER_FIELD: lambda v: self._user(v, USER_FIELD),
        }
        return readers.get(name)

    def _steps(self, name: str, steps: object, values: Values) -> None:
        """`update`: a list of single operations, applied in order."""
        if not isinstance(steps, list) or not all(isinstance(s, dict) and len(s) == 1 for s in steps):
            self.errors[name] = "Operations must be an array of objects with one operation each."
            return
        for step in steps:
            ((verb, value),) = step.items()
            self._step(name, verb, value, values)

    def _step(self, name: str, verb: str, value: object, values: Values) -> None:
        if verb == "set":
            self._one(name, value, values)
        elif name == "labels" and verb in ("add", "remove"):
            now = values.get("labels", self.issue.labels if self.issue else ())
            self._one(name, [*now, value] if verb == "add" else [x for x in now if x != value], values)
        else:
            known = "'add','set','remove'" if name == "labels" else "'set'"
            who = f"Field with id '{name}' and name '{name}'"
            self.errors[name] = f"{who} does not support operation '{verb}' Supported operation(s) are: {known}"

    # -- single fields -----------------------------------------------------------------------------

    def _rich(self, value: object) -> Body | None:
        return value if value is None else rich_text(value, self.version)

    def _user(self, value: object, name: str) -> User | None:
        if value is None:
            return None
        ref = value if isinstance(value, dict) else {}
        keys = ("accountId", "id") if self.state.flavour == "cloud" else ("name",)
        given = next((ref[k] for k in keys if k in ref), None)
        if given is None:
            raise ValueError(
                "data was not an object"
                if not isinstance(value, dict)
                else f"expected '{keys[0]}' property to be present"
            )
        if (user := self.state.people.known_to(self.state.flavour, given)) is None:
            raise ValueError(f"User '{given}' does not exist.")
        return user

    def assignee(self, value: object) -> User | None:
        """Somebody who may be assigned here, "-1" for the project's default; ValueError with Jira's sentence
        otherwise."""
        user = self._default() if _is_automatic(value) else self._user(value, "assignee")
        if user and not self.state.allowed(user, "ASSIGNABLE_USER", self.project):
            raise ValueError(f"User '{user.id(self.state.flavour)}' cannot be assigned issues.")
        return user

    def _default(self) -> User | None:
        return self.state.people.get(LEAD) if self.project.assigns_lead else None

    def _retype(self, value: object) -> IssueType:
        kind = self.project.type_of(value)
        if kind is None or (self.issue and kind.subtask != self.issue.type.subtask):
            raise ValueError("The issue type selected is invalid.")
        return kind

    def _type(self, value: object) -> IssueType | None:
        kind = self.project.type_of(value)
        if kind is None:
            self.errors["issuetype"] = self._no_type(named=value is not None)
        return kind

    def _no_type(self, *, named: bool) -> str:
        """Data Center's bulk call has one sentence for a type that is missing or that there is not."""
        if self.state.flavour == "cloud":
            return "Specify a valid issue type" if named else "Specify an issue type"
        return "valid issue type is required" if named and not self.in_bulk else "issue type is required"

    def _parent(self, value: object, kind: IssueType | None) -> str | None:
        if kind is None or (value is None and not kind.subtask):
            return None
        try:
            return self._parent_id(value, kind)
        except ValueError as refusal:
            self.errors["parentId"] = str(refusal)
            return None

    def _parent_id(self, value: object, kind: IssueType) -> str:
        if not kind.subtask:
            raise ValueError("Given parent issue does not belong to appropriate hierarchy.")
        if value is None:
            raise ValueError("Issue type is a sub-task but parent issue key or id not specified.")
        ref = value if isinstance(value, dict) else {}
        parent = self.state.find(str(ref.get("id") or ref.get("key") or ""))
        if parent is None or not self.state.allowed(self.by, "BROWSE_PROJECTS", parent.project):
            raise ValueError("Could not find issue by id or key.")
        if parent.project is not self.project:
            raise ValueError("Sub-tasks must be created in the same project as the parent.")
        if parent.type.subtask:
            raise ValueError("Given parent issue is a sub-task and cannot have sub-tasks of its own.")
        return parent.id


def project_of(state: State, fields: object, by: User) -> Project:
    """The project a create is for; JiraError 400 when there is none or nothing may be created in it."""
    ref = _object(fields, "fields").get("project")
    wanted = (ref.get("id") or ref.get("key")) if isinstance(ref, dict) else None
    project = state.project(wanted)
    if project is None or not state.allowed(by, "BROWSE_PROJECTS", project):
        raise bad(project="valid project is required")
    if not state.allowed(by, "CREATE_ISSUES", project):
        raise bad("You do not have permission to create issues in this project.")
    return project


def rich_text(value: object, version: int) -> Body:
    """Text as that API version takes it; ValueError with Jira's sentence otherwise."""
    if version == 3:
        if not adf.valid(value):
            raise ValueError("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    elif not isinstance(value, str):
        raise ValueError("Operation value must be a string")
    if len(adf.plain(value)) > adf.LIMIT:  # type: ignore[arg-type]
        raise ValueError("CONTENT_LIMIT_EXCEEDED" if version == 3 else TOO_LONG)
    return value  # type: ignore[return-value]


def comment_body(value: object, version: int) -> Body:
    """The body of a comment; JiraError 400 in Jira's words otherwise."""
    if value is None or value == "":
        raise bad(comment="Comment body can not be empty!")
    if version == 3 and not isinstance(value, dict):
        raise bad(comment="Comment body is not valid!")
    if version == 3 and not adf.valid(value):
        raise bad("INVALID_INPUT")
    if version != 3 and not isinstance(value, str):
        raise bad("Can not deserialize instance of java.lang.String out of START_OBJECT token")
    try:
        body = rich_text(value, version)
    except ValueError as refusal:
        raise bad(comment=str(refusal)) from None
    if not adf.plain(body).strip() and not _has_nodes(body):
        raise bad(comment="Comment body can not be empty!")
    return body


def _has_nodes(body: Body) -> bool:
    return isinstance(body, dict) and '"mention"' in str(body).replace("'", '"')


def visibility(value: object, by: User, state: State) -> dict[str, str] | None:
    """A restriction to a role or group that exists and that the author is in; JiraError 400 otherwise."""
    if value is None:
        return None
    given = value if isinstance(value, dict) else {}
    kind, name = given.get("type"), given.get("value") or given.get("identifier")
    if kind == "role" and name not in ROLES:
        name = next((role for role, role_id in ROLES.items() if role_id == name), None)
    known = kind == "role" and name in ROLES and by.in_role(str(name))
    if not known and not (kind == "group" and name in by.groups):
        wanted = given.get("value") or given.get("identifier")
        raise bad(commentLevel=f"You are currently not a member of the {kind}: {wanted}.")
    return {"type": str(kind), "value": str(name), "identifier": ROLES.get(str(name), str(name))}


def properties(value: object) -> dict[str, Any]:
    """A list of `{key, value}` as a dict; JiraError 400 when a key or value is out of bounds."""
    items = [] if value is None else value
    if not isinstance(items, list) or not all(isinstance(p, dict) and isinstance(p.get("key"), str) for p in items):
        raise bad("The entity properties must be an array of objects with a key and a value.")
    for item in items:
        check_property(item["key"], item.get("value"))
    return {item["key"]: item["value"] for item in items}


def check_property(key: str, value: object) -> None:
    """JiraError 400 when Jira would not store it. The value is measured as compact JSON."""
    if not key or len(key) > 255:
        raise bad("The property key cannot be longer than 255 characters.")
    if value is None or value == "":
        raise bad("The property value cannot be empty.")
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > PROPERTY_LIMIT:
        raise bad(f"The property value cannot be longer than {PROPERTY_LIMIT} characters.")


def resolution(value: object) -> Named:
    """One of Jira's resolutions by id or name; ValueError otherwise."""
    return _named(value, RESOLUTIONS, "resolution")


def _named(value: object, known: tuple[Named, ...], what: str) -> Named:
    ref = value if isinstance(value, dict) else {}
    found = next((n for n in known if n.id == ref.get("id") or n.name == ref.get("name")), None)
    if found is None:
        raise ValueError(f"Specify a valid 'id' or 'name' for {what}")
    return found


def _is_automatic(value: object) -> bool:
    return isinstance(value, dict) and "-1" in (value.get("accountId"), value.get("id"), value.get("name"))


def _summary(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Operation value must be a string")
    if not value.strip():
        raise ValueError("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise ValueError("The summary is invalid because it contains newline characters.")
    if len(value) > 255:
        raise ValueError("Summary can't exceed 255 characters.")
    return value


def _labels(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(x, str) for x in value):
        raise ValueError("Operation value must be an Array of Strings")
    for label in value:
        if re.search(r"\s", label) or not label:
            raise ValueError(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > 255:
            raise ValueError(f"The label '{label}' exceeds the limit of 255 characters.")
    return tuple(dict.fromkeys(value))


def _duedate(value: object) -> Any:
    if value is None or value == "":
        return None
    if (day := calendar_date(value)) is None:
        raise ValueError(f"Error parsing date string: {value}")
    return day


def _object(value: object, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad(f"'{what}' must be an object.")
    return value
