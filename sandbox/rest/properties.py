"""Properties of issues: any JSON under a key, readable by whoever sees the issue.

201 says that the key is new, 200 that it was there.
"""

from typing import Any

from sandbox.http.call import Answer, Call, route
from sandbox.http.errors import JiraError
from sandbox.rest import validation
from sandbox.state.model import Issue


@route("GET", "issue/{issue}/properties")
def keys(call: Call) -> Answer:
    issue = call.issue()
    link = call.render.url("issue", issue.id, "properties")
    return Answer(200, {"keys": [{"self": f"{link}/{key}", "key": key} for key in issue.properties]})


@route("GET", "issue/{issue}/properties/{key}")
def read(call: Call) -> Answer:
    return Answer(200, {"key": call.path["key"], "value": _value(call, call.issue())})


@route("PUT", "issue/{issue}/properties/{key}")
def write(call: Call) -> Answer:
    issue = _editable(call)
    validation.check_property(call.path["key"], call.body)
    new = call.state.set_property(issue, call.path["key"], call.body, call.user)
    return Answer(201 if new else 200, {})


@route("DELETE", "issue/{issue}/properties/{key}")
def delete(call: Call) -> Answer:
    issue = _editable(call)
    _value(call, issue)
    call.state.delete_property(issue, call.path["key"], call.user)
    return Answer(204)


def _editable(call: Call) -> Issue:
    issue = call.issue()
    call.need(
        "EDIT_ISSUES", issue.project, JiraError(403, "You do not have permission to edit issues in this project.")
    )
    return issue


def _value(call: Call, issue: Issue) -> Any:
    if call.path["key"] not in issue.properties:
        raise JiraError(404, f"The property {call.path['key']} does not exist.")
    return issue.properties[call.path["key"]]
