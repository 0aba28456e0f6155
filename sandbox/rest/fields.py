"""The fields a site has, and how each describes itself: in the list of all, on screens, and where `expand` asks."""

from typing import Any

from sandbox.http.call import Answer, Call, route
from sandbox.state.model import (
    ORGANIZATIONS,
    ORGANIZATIONS_KIND,
    ORGANIZATIONS_NAME,
    PRIORITIES,
    USER_FIELD,
    USER_FIELD_NAME,
)

SYSTEM_FIELDS = {
    "summary": "string",
    "issuetype": "issuetype",
    "project": "project",
    "status": "status",
    "resolution": "resolution",
    "resolutiondate": "datetime",
    "priority": "priority",
    "labels": "array",
    "assignee": "user",
    "reporter": "user",
    "creator": "user",
    "created": "datetime",
    "updated": "datetime",
    "duedate": "date",
    "description": "string",
    "subtasks": "array",
    "comment": "comments-page",
    "issuelinks": "array",
    "parent": "issuelink",
    "components": "array",
    "fixVersions": "array",
    "versions": "array",
    "environment": "string",
    "security": "securitylevel",
    "timespent": "number",
    "timeestimate": "number",
    "workratio": "number",
}
ITEMS = {"subtasks": "issuelinks", "issuelinks": "issuelinks", "components": "component"}
ITEMS |= {"fixVersions": "version", "versions": "version"}
TITLES = {
    "issuetype": "Issue Type",
    "duedate": "Due date",
    "subtasks": "Sub-tasks",
    "issuelinks": "Linked Issues",
    "resolutiondate": "Resolved",
    "fixVersions": "Fix versions",
    "versions": "Affects versions",
    "security": "Security Level",
    "timespent": "Time Spent",
    "timeestimate": "Remaining Estimate",
    "workratio": "Work Ratio",
    USER_FIELD: USER_FIELD_NAME,
    ORGANIZATIONS: ORGANIZATIONS_NAME,
}
REQUIRED = {"summary", "issuetype", "project"}
USER_PICKER = "com.atlassian.jira.plugin.system.customfieldtypes:userpicker"


def title(name: str) -> str:
    """What people call a field."""
    return TITLES.get(name, name.capitalize())


def schema(name: str) -> dict[str, Any]:
    """Its type, as the field's own description and `expand=schema` have it."""
    if name == ORGANIZATIONS:
        number = int(ORGANIZATIONS.rpartition("_")[2])
        return {"type": "array", "items": "sd-customerorganization", "custom": ORGANIZATIONS_KIND, "customId": number}
    if name == USER_FIELD:
        return {"type": "user", "custom": USER_PICKER, "customId": int(USER_FIELD.rpartition("_")[2])}
    kind = SYSTEM_FIELDS.get(name, "string")
    items = {"items": ITEMS.get(name, "string")} if kind == "array" else {}
    return {"type": kind} | items | {"system": name}


@route("GET", "field")
def fields(call: Call) -> Answer:
    return Answer(200, [_field(call, name) for name in (*SYSTEM_FIELDS, USER_FIELD, ORGANIZATIONS)])


def _field(call: Call, name: str) -> dict[str, Any]:
    custom = name.startswith("customfield_")
    clauses = [f"cf[{name.rpartition('_')[2]}]", title(name)] if custom else [name]
    out = {"id": name, "name": title(name), "custom": custom, "orderable": True, "navigable": name != "comment"}
    out |= {"searchable": True, "clauseNames": clauses, "schema": schema(name)}
    return out | ({"key": name} if call.cloud else {})


def field_meta(call: Call, name: str) -> dict[str, Any]:
    """How a field on a screen describes itself, for createmeta and editmeta."""
    operations = ["add", "set", "remove"] if name == "labels" else ["set"]
    out = {"required": name in REQUIRED, "schema": schema(name), "name": title(name)}
    out |= {"key": name} if call.cloud else {}
    choices = [call.render.named("priority", p) for p in PRIORITIES] if name == "priority" else None
    return out | {"operations": operations, "hasDefaultValue": False} | ({"allowedValues": choices} if choices else {})
