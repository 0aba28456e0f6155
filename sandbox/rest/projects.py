"""Projects, their issue types, and what may be filled in when an issue is made."""

from typing import Any

from sandbox.http.call import CLOUD, DC, Answer, Call, page, route
from sandbox.rest.fields import field_meta
from sandbox.state.model import DEMANDED_FIELD, SCREEN, Project
from sandbox.state.people import ROLES

MORE = ("description", "lead", "issueTypes", "url", "projectKeys", "permissions", "insight")
"""What `expand` may add to a project, beside what is there anyway."""


def _visible(call: Call) -> list[Project]:
    return [p for p in call.state.projects.values() if call.may("BROWSE_PROJECTS", p)]


@route("GET", "project/search", CLOUD)
def search(call: Call) -> Answer:
    keys, kind = call.query.get("keys", []), call.text("typeKey")
    found = [p for p in _visible(call) if (not keys or p.key in keys) and (not kind or p.type == kind)]
    printed = [_printed(call, p) for p in found]
    out = page(call, printed, call.number("startAt", 0), call.number("maxResults", 50, 100))
    return Answer(200, out | {"self": call.render.url("project", "search")})


@route("GET", "project", DC)
def projects(call: Call) -> Answer:
    return Answer(200, [_printed(call, p) for p in _visible(call)])


@route("GET", "project/{project}")
def project(call: Call) -> Answer:
    return Answer(200, _printed(call, call.project(call.path["project"]), full=True))


def _printed(call: Call, project: Project, full: bool = False) -> dict[str, Any]:
    """A project with what `expand` asks for."""
    whole = call.render.project(project, full=True) | {"url": "", "projectKeys": [project.key]}
    whole |= {"permissions": {"canEdit": call.may("ADMINISTER_PROJECTS", project)}}
    issues = sum(issue.project is project for issue in call.state.issues.values())
    whole |= {"insight": {"totalIssueCount": issues}} if call.cloud else {}
    asked = {name: whole[name] for name in call.many("expand") if name in MORE and name in whole}
    return {"expand": ",".join(MORE)} | call.render.project(project, full=full) | asked


@route("GET", "issue/createmeta/{project}/issuetypes")
def issue_types(call: Call) -> Answer:
    found = call.project(call.path["project"])
    types = [call.render.issue_type(t) for t in found.issue_types]
    return Answer(
        200, page(call, types, call.number("startAt", 0), call.number("maxResults", 50, 200), _key(call, "issueTypes"))
    )


@route("GET", "issue/createmeta/{project}/issuetypes/{type}")
def create_fields(call: Call) -> Answer:
    found = call.project(call.path["project"])
    kind = found.type_of({"id": call.path["type"]})
    names = [n for n in ("project", *SCREEN) if n == "project" or n in found.screen] if kind else []
    names = [n for n in names if n != "parent" or (kind and kind.subtask)]
    metas = [field_meta(call, name) | {"fieldId": name} for name in names] + _demanded(call, found)
    return Answer(
        200, page(call, metas, call.number("startAt", 0), call.number("maxResults", 50, 200), _key(call, "fields"))
    )


def _demanded(call: Call, project: Project) -> list[dict[str, Any]]:
    if not project.demanded:
        return []
    meta = field_meta(call, DEMANDED_FIELD) | {"fieldId": DEMANDED_FIELD, "name": project.demanded, "required": True}
    meta["schema"] = {
        "type": "string",
        "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
        "customId": 10043,
    }
    return [meta]


@route("GET", "project/{project}/role")
def roles(call: Call) -> Answer:
    found = call.project(call.path["project"])
    return Answer(200, {name: call.render.url("project", found.id, "role", role_id) for name, role_id in ROLES.items()})


def _key(call: Call, cloud_name: str) -> str:
    return cloud_name if call.cloud else "values"
