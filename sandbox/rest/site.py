"""What a client asks about the site itself and about itself: server info, the account, its permissions, the fields."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.http.authentication import CLOUD_ID, GATEWAY
from sandbox.http.call import BOTH, CLOUD, DC, Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.rest.users import belongs
from sandbox.state.model import GLOBAL_PERMISSIONS, PERMISSIONS, STATUSES
from sandbox.state.stamps import stamp


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
    about = {"emailAddress": call.user.email, "locale": "en_US"}
    return Answer(200, call.render.person(call.user) | about | belongs(call, call.user))


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
    kind = "GLOBAL" if key in GLOBAL_PERMISSIONS else "PROJECT"
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
