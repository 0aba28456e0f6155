"""The workflow: which steps an issue can take now, and taking one."""

from typing import Any

from sandbox.http.call import Answer, Call, route
from sandbox.http.errors import JiraError, bad, not_on_screen
from sandbox.rest import validation
from sandbox.rest.comments import update_comment
from sandbox.rest.validation import FieldReader
from sandbox.state.model import RESOLUTIONS, STATUSES, Issue, Status


def open_steps(call: Call, issue: Issue) -> dict[str, Status]:
    """Transition id → target, for this user now."""
    if not call.may("TRANSITION_ISSUES", issue.project):
        return {}
    steps = {number: to for number, to in STATUSES.items() if to is not issue.status}
    return {n: to for n, to in steps.items() if to.category != "done" or issue.project.closable}


def _asks_resolution(issue: Issue, to: Status) -> bool:
    return issue.project.resolution_required and to.category == "done"


@route("GET", "issue/{issue}/transitions")
def transitions(call: Call) -> Answer:
    issue, wanted = call.issue(), call.text("transitionId")
    open = [step for step in steps(call, issue) if wanted in (None, step["id"])]
    return Answer(200, {"expand": "transitions", "transitions": open})


def steps(call: Call, issue: Issue) -> list[dict[str, Any]]:
    """The open steps as Jira lists them."""
    return [_printed(call, issue, number, to) for number, to in open_steps(call, issue).items()]


def _printed(call: Call, issue: Issue, number: str, to: Status) -> dict[str, Any]:
    asked = _asked(call, issue, to)
    screen = bool(asked)
    out: dict[str, Any] = {"id": number, "name": to.name, "to": call.render.status(to)}
    if call.cloud:
        out |= {"hasScreen": screen, "isGlobal": True, "isInitial": False, "isConditional": False}
        out |= {"isAvailable": True, "looped": False}
    return out | ({"fields": asked} if "transitions.fields" in call.many("expand") else {})


def _asked(call: Call, issue: Issue, to: Status) -> dict[str, Any]:
    """The fields of the transition's screen."""
    more = issue.project.asked_on_close if to.category == "done" else {}
    return (_screen(call) if _asks_resolution(issue, to) else {}) | more


def _screen(call: Call) -> dict[str, Any]:
    choices = [call.render.named("resolution", r) for r in RESOLUTIONS]
    schema = {"type": "resolution", "system": "resolution"}
    meta = {
        "required": True,
        "schema": schema,
        "name": "Resolution",
        "key": "resolution",
        "hasDefaultValue": False,
        "operations": ["set"],
    }
    return {"resolution": meta | {"allowedValues": choices}}


@route("POST", "issue/{issue}/transitions")
def take(call: Call) -> Answer:
    issue, body = call.issue(), call.object()
    ref = body.get("transition")
    number = str(ref.get("id")) if isinstance(ref, dict) and "id" in ref else None
    if number is None:
        raise bad("Missing 'transition' identifier")
    to = open_steps(call, issue).get(number)
    if to is None:
        tried = f"It seems that you have tried to perform a workflow operation ({number})"
        raise bad(f"{tried} that is not valid for the current state of this issue.")
    values = _values(call, issue, to, body)
    text = update_comment(call, issue, body.get("update"))
    call.state.transition(issue, to, call.user, values)
    for key, value in validation.properties(body.get("properties")).items():
        call.state.set_property(issue, key, value, call.user)
    if text is not None:
        call.state.comment(issue, text, call.user)
    return Answer(204)


def _values(call: Call, issue: Issue, to: Status, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of the transition's screen: a resolution where it has one, else nothing."""
    fields, update = dict(body.get("fields") or {}), dict(body.get("update") or {})
    for name, meta in (issue.project.asked_on_close if to.category == "done" else {}).items():
        _check(name, meta, fields.pop(name, None))
    resolution = fields.pop("resolution", None) or next((s.get("set") for s in update.pop("resolution", [])), None)
    if resolution is not None and not _asks_resolution(issue, to):
        raise JiraError(400, fields={"resolution": not_on_screen("resolution")})
    if resolution is None and _asks_resolution(issue, to):
        raise JiraError(400, fields={"resolution": "Resolution is required."})
    values = FieldReader(call.state, issue.project, call.version, call.user, issue).edit(fields, update)
    return values | ({"resolution": _resolution(resolution)} if resolution is not None else {})


def _check(name: str, meta: dict[str, Any], value: object) -> None:
    """Whether a value has the shape that the field's schema asks for, and is one that is allowed."""
    if value is None:
        raise JiraError(400, fields={name: f"{meta['name']} is required."})
    is_list = meta["schema"]["type"] == "array"
    if is_list != isinstance(value, list):
        raise JiraError(400, fields={name: f"data was not an {'array' if is_list else 'object'}"})
    allowed = [(str(each.get("id")), each.get("value"), each.get("name")) for each in meta.get("allowedValues", ())]
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict) or not any(
            set(map(str, one.values())) & set(map(str, known)) for known in allowed
        ):
            raise JiraError(400, fields={name: f"Specify a valid value for {name}"})


def _resolution(value: object) -> Any:
    try:
        return validation.resolution(value)
    except ValueError as refusal:
        raise JiraError(400, fields={"resolution": str(refusal)}) from None
