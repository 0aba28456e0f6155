"""What a client asks about the site itself and about itself: server info, the account, its permissions, the fields."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.http.authentication import CLOUD_ID, GATEWAY
from sandbox.http.call import BOTH, CLOUD, DC, Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.state.model import (
    ORGANIZATIONS,
    ORGANIZATIONS_KIND,
    ORGANIZATIONS_NAME,
    PERMISSIONS,
    STATUSES,
    USER_FIELD,
    USER_FIELD_NAME,
)
from sandbox.state.stamps import stamp

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
}


@route("GET", "serverInfo", anonymous=True)
def server_info(call: Call) -> Answer:
    flavour = call.state.flavour
    kind = {"cloud": "Cloud", "dc": "Server"}[flavour]
    built = stamp(datetime(2026, 6, 1, tzinfo=ZoneInfo("Etc/UTC")), "Etc/UTC")
    out: dict[str, Any] = {
        "baseUrl": call.base.removesuffix(GATEWAY),
        "version": call.state.version,
        "versionNumbers": [int(part) for part in call.state.version.partition("-")[0].split(".")],
        "deploymentType": kind,
    }
    out |= {"buildNumber": 100292, "buildDate": built, "serverTime": stamp(call.state.now(), "Etc/UTC")}
    return Answer(200, out | {"scmInfo": "sandbox", "serverTitle": "Sandbox Jira"})


@route("GET", "status")
def statuses(call: Call) -> Answer:
    """Every status, with its category."""
    return Answer(200, [call.render.status(status) for status in STATUSES.values()])


@route("GET", "/_edge/tenant_info", CLOUD, anonymous=True)
def tenant_info(call: Call) -> Answer:
    return Answer(200, {"cloudId": CLOUD_ID})


@route("GET", "/rest/pat/latest/tokens", DC)
def personal_tokens(call: Call) -> Answer:
    """The one token that everybody here has; never the token itself."""
    ends = call.user.token_ends
    made = stamp(datetime(2026, 6, 1, tzinfo=ZoneInfo("Etc/UTC")), "Etc/UTC")
    token: dict[str, Any] = {"id": 1, "name": f"{call.user.nick}'s token", "createdAt": made}
    return Answer(200, [token | ({"expiringAt": stamp(ends, "Etc/UTC")} if ends else {})])


@route("GET", "myself", BOTH)
def myself(call: Call) -> Answer:
    return Answer(200, call.render.person(call.user) | {"emailAddress": call.user.email, "locale": "en_US"})


@route("GET", "field")
def fields(call: Call) -> Answer:
    system = [_field(call, name, name.capitalize(), kind) for name, kind in SYSTEM_FIELDS.items()]
    return Answer(200, [*system, _field(call, USER_FIELD, USER_FIELD_NAME, "user"), _organisations(call)])


def _organisations(call: Call) -> dict[str, Any]:
    out = _field(call, ORGANIZATIONS, ORGANIZATIONS_NAME, "array")
    schema = {"type": "array", "items": "sd-customerorganization", "custom": ORGANIZATIONS_KIND, "customId": 10002}
    return out | {"schema": schema}


def _field(call: Call, name: str, title: str, kind: str) -> dict[str, Any]:
    custom = name.startswith("customfield_")
    schema: dict[str, Any] = {"type": kind} | ({"items": "string"} if kind == "array" else {})
    number = int(name.rpartition("_")[2]) if custom else 0
    origin = (
        {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:userpicker", "customId": number}
        if custom
        else {"system": name}
    )
    out = {
        "id": name,
        "name": title,
        "custom": custom,
        "orderable": True,
        "navigable": name != "comment",
        "searchable": True,
    }
    clauses = [f"cf[{number}]", title] if custom else [name]
    return out | {"clauseNames": clauses, "schema": schema | origin} | ({"key": name} if call.cloud else {})


@route("GET", "mypermissions")
def my_permissions(call: Call) -> Answer:
    """Cloud wants to be told which; an unknown or lower-case key spoils the whole call."""
    wanted = call.many("permissions") or ([] if call.cloud else list(PERMISSIONS))
    if not wanted:
        raise bad("The 'permissions' query parameter is required.")
    if unknown := [key for key in wanted if key not in PERMISSIONS]:
        raise bad(f"Unrecognized permission: {', '.join(unknown)}")
    return Answer(200, {"permissions": {key: _permission(call, key) for key in wanted}})


def _permission(call: Call, key: str) -> dict[str, Any]:
    number, name = PERMISSIONS[key]
    where = _context(call)
    held = any(call.may(key, project) for project in where)
    kind = "GLOBAL" if key == "ADMINISTER" else "PROJECT"
    return {"id": number, "key": key, "name": name, "type": kind, "description": name, "havePermission": held}


def _context(call: Call) -> list[Any]:
    """The project asked about, or all of them: without one Jira answers whether the permission is held anywhere."""
    if ref := call.text("issueKey") or call.text("issueId"):
        return [call.issue(ref).project]
    if ref := call.text("projectKey") or call.text("projectId"):
        if (project := call.state.project(ref)) is None:
            raise JiraError(404, f"No project could be found with key '{ref}'.")
        return [project]
    return list(call.state.projects.values())
