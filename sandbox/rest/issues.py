"""Issues: read, create one or many, edit, assign, delete, and their history."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sandbox.http.call import BOTH, CLOUD, Answer, Call, page, route
from sandbox.http.errors import JiraError, bad
from sandbox.rest import validation
from sandbox.rest.comments import update_comment
from sandbox.rest.fields import field_meta, schema, title
from sandbox.rest.transitions import steps
from sandbox.rest.validation import FieldReader
from sandbox.state.model import SCREEN, Issue, Project

BULK = 50
FETCH = 100
MORE = ("renderedFields", "names", "schema", "operations", "editmeta", "changelog", "versionedRepresentations")
"""What `expand` may add to an issue, as each issue tells."""


@route("GET", "issue/{issue}")
def read(call: Call) -> Answer:
    issue = call.issue()
    fields = call.query.get("fields", ["*all"])
    return Answer(200, printed(call, issue, fields, properties=call.many("properties"), expand=call.many("expand")))


def printed(
    call: Call, issue: Issue, fields: list[str], *, properties: list[str], expand: list[str], in_list: bool = False
) -> dict[str, Any]:
    """An issue with what was asked for; `properties` and `changelog` only then."""
    render = replace(call.render, in_list=in_list)
    out: dict[str, Any] = {"expand": ",".join(MORE)}
    out |= render.issue(issue, fields, call.user)
    out |= {"properties": _properties(issue, properties)} if properties else {}
    out |= {"changelog": render.changelog(issue)} if "changelog" in expand else {}
    return out | _more(call, issue, out, expand, in_list=in_list)


def _more(call: Call, issue: Issue, out: dict[str, Any], expand: list[str], *, in_list: bool) -> dict[str, Any]:
    """What `expand` asks for beside history; names and types of fields stand at the head of a list."""
    shown = list(out["fields"])
    makers: dict[str, Callable[[], Any]] = {
        "renderedFields": lambda: call.render.rendered(issue, shown, call.user),
        "operations": lambda: {"linkGroups": []},
        "editmeta": lambda: _edit_meta(call, issue),
        "transitions": lambda: steps(call, issue),
        "versionedRepresentations": lambda: {name: {"1": out["fields"][name]} for name in shown},
    }
    makers |= {} if in_list else {"names": lambda: names_of(shown), "schema": lambda: schemas_of(shown)}
    return {name: make() for name, make in makers.items() if name in expand}


def names_of(fields: Iterable[str]) -> dict[str, str]:
    """What people call these fields."""
    return {name: title(name) for name in fields}


def schemas_of(fields: Iterable[str]) -> dict[str, Any]:
    """The types of these fields."""
    return {name: schema(name) for name in fields}


def _properties(issue: Issue, wanted: list[str]) -> dict[str, Any]:
    return (
        dict(issue.properties)
        if "*all" in wanted
        else {k: issue.properties[k] for k in wanted if k in issue.properties}
    )


# -- create ----------------------------------------------------------------------------------------


@route("POST", "issue")
def create(call: Call) -> Answer:
    return Answer(201, call.render.reference(_create(call, call.object())))


@route("POST", "issue/bulk")
def create_many(call: Call) -> Answer:
    """201 when any was created, 400 when none; failures are told by their place in the request."""
    updates = call.object().get("issueUpdates")
    if not isinstance(updates, list) or not updates:
        raise bad("The 'issueUpdates' list must not be empty.")
    if call.cloud and len(updates) > BULK:
        raise bad(f"The number of issues to create must not exceed {BULK}.")
    created, errors = [], []
    for place, update in enumerate(updates):
        try:
            created.append(call.render.reference(_create(call, update, in_bulk=True)))
        except JiraError as refusal:
            errors.append({"status": 400, "elementErrors": refusal.body(), "failedElementNumber": place})
    return Answer(201 if created else 400, {"issues": created, "errors": errors})


def _create(call: Call, update: object, in_bulk: bool = False) -> Issue:
    given = update if isinstance(update, dict) else {}
    fields = given.get("fields")
    project = validation.project_of(call.state, fields, call.user)
    reader = FieldReader(call.state, project, call.version, call.user, in_bulk=in_bulk)
    values = reader.create(fields, given.get("update"))
    properties = validation.properties(given.get("properties"))
    return call.state.create(project, values, call.user, properties)


# -- edit ------------------------------------------------------------------------------------------


@route("PUT", "issue/{issue}")
def edit(call: Call) -> Answer:
    issue, body = call.issue(), call.object()
    _quiet(call, issue.project)
    reader = FieldReader(call.state, issue.project, call.version, call.user, issue)
    values = reader.edit(body.get("fields"), body.get("update"))
    properties = validation.properties(body.get("properties"))
    text = update_comment(call, issue, body.get("update"))
    _may_edit(call, issue, properties)
    call.state.change(issue, values, call.user)
    for key, value in properties.items():
        call.state.set_property(issue, key, value, call.user)
    if text is not None:
        call.state.comment(issue, text, call.user)
    if call.cloud and call.flag("returnIssue"):
        return Answer(200, printed(call, issue, ["*all"], properties=[], expand=call.many("expand")))
    return Answer(204)


def _may_edit(call: Call, issue: Issue, properties: dict[str, Any]) -> None:
    if properties:
        call.need(
            "EDIT_ISSUES", issue.project, JiraError(403, "You do not have permission to edit issues in this project.")
        )


def _quiet(call: Call, project: Project) -> None:
    """`notifyUsers=false` takes an administrator: Data Center refuses others, Cloud ignores the wish."""
    if not call.flag("notifyUsers", True) and not call.cloud:
        refusal = JiraError(
            403, "To discard the user notification either admin or project admin permissions are required."
        )
        call.need("ADMINISTER_PROJECTS", project, refusal)


@route("GET", "issue/{issue}/editmeta")
def edit_meta(call: Call) -> Answer:
    return Answer(200, _edit_meta(call, call.issue()))


def _edit_meta(call: Call, issue: Issue) -> dict[str, Any]:
    editable = call.may("EDIT_ISSUES", issue.project)
    names = [n for n in SCREEN if n in issue.project.screen and n != "parent"] if editable else []
    return {"fields": {name: field_meta(call, name) for name in names}}


@route("PUT", "issue/{issue}/assignee")
def assign(call: Call) -> Answer:
    """Null, or on Data Center a name of null, takes the assignee away."""
    issue, body = call.issue(), call.object()
    call.need(
        "ASSIGN_ISSUES",
        issue.project,
        JiraError(400 if not call.cloud else 403, "You do not have permission to assign issues."),
    )
    key = "accountId" if call.cloud else "name"
    if key not in body:
        raise bad(f"expected '{key}' property to be present")
    try:
        user = FieldReader(call.state, issue.project, call.version, call.user, issue).assignee(
            body if body[key] is not None else None
        )
    except ValueError as refusal:
        raise bad(assignee=str(refusal)) from None
    call.state.assign(issue, user, call.user)
    return Answer(204)


@route("DELETE", "issue/{issue}")
def delete(call: Call) -> Answer:
    issue = call.issue()
    call.need(
        "DELETE_ISSUES", issue.project, JiraError(403, "You do not have permission to delete issues in this project.")
    )
    if call.state.children(issue) and not call.flag("deleteSubtasks"):
        wish = "You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks."
        raise bad(f"The issue '{issue.key}' has subtasks.  {wish}")
    call.state.delete(issue, call.user)
    return Answer(204)


# -- read more -------------------------------------------------------------------------------------


@route("GET", "issue/{issue}/changelog", CLOUD)
def changelog(call: Call) -> Answer:
    """Oldest first, unlike `expand=changelog`."""
    issue, start, most = call.issue(), call.number("startAt", 0), call.number("maxResults", 100, 100)
    histories = [call.render.history(h) for h in issue.histories]
    return Answer(200, page(call, histories, start, most) | {"self": call.render.url("issue", issue.id, "changelog")})


@route("GET", "issue/{issue}/subtask", BOTH)
def subtasks(call: Call) -> Answer:
    """Data Center documents it; Cloud answers too."""
    return Answer(
        200,
        [call.render.issue(child, ["summary", "status", "issuetype"]) for child in call.state.children(call.issue())],
    )


@route("POST", "issue/bulkfetch", CLOUD)
def fetch_many(call: Call) -> Answer:
    """Ascending by id; what cannot be read is missing without a word."""
    body = call.only("issueIdsOrKeys", "fields", "properties", "expand", "fieldsByKeys")
    refs, properties = body.get("issueIdsOrKeys"), body.get("properties") or []
    if not isinstance(refs, list) or not 1 <= len(refs) <= FETCH:
        raise bad(f"The number of issues must be between 1 and {FETCH}.")
    if len(properties) > 5:
        raise bad("A maximum of 5 issue property keys can be specified.")
    found = {i.id: i for ref in refs if (i := call.state.find(str(ref))) and call.may("BROWSE_PROJECTS", i.project)}
    fields, expand = body.get("fields") or ["*navigable"], body.get("expand") or []
    ascending = sorted(found.values(), key=lambda issue: int(issue.id))
    issues = [printed(call, i, fields, properties=properties, expand=expand, in_list=True) for i in ascending]
    return Answer(200, {"issues": issues, "issueErrors": []} | head_of(issues, expand))


def head_of(issues: list[dict[str, Any]], expand: list[str]) -> dict[str, Any]:
    """The names and types of all fields of a list, where `expand` asks for them."""
    shown = dict.fromkeys(name for issue in issues for name in issue.get("fields", ()))
    out = {"names": names_of(shown)} if "names" in expand else {}
    return out | ({"schema": schemas_of(shown)} if "schema" in expand else {})
