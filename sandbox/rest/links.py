"""Links between issues, and the types a site has of them.

A link is made and read by its two ends: the `inwardIssue` of a call is where it begins, however that sounds.
"""

from typing import Any

from sandbox.http.call import Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.state.model import Issue, Link, LinkType


@route("GET", "issueLinkType")
def types(call: Call) -> Answer:
    return Answer(200, {"issueLinkTypes": [call.render.link_type(kind) for kind in call.state.link_types]})


@route("POST", "issueLink")
def make(call: Call) -> Answer:
    body = call.object()
    kind = _type(call, body.get("type"))
    source, destination = (_end(call, body.get(name)) for name in ("inwardIssue", "outwardIssue"))
    refusal = JiraError(401 if call.cloud else 403, "No Link Issue Permission for issue.")
    call.need("LINK_ISSUES", source.project, refusal)
    call.state.link(kind, source, destination, call.user)
    return Answer(201)


def _type(call: Call, given: object) -> LinkType:
    wanted = given if isinstance(given, dict) else {}
    for kind in call.state.link_types:
        if str(wanted.get("id") or "") == kind.id or str(wanted.get("name") or "").lower() == kind.name.lower():
            return kind
    raise JiraError(404, f"No issue link type with name '{wanted.get('name')}' found.")


def _end(call: Call, given: object) -> Issue:
    if not isinstance(given, dict) or not (ref := given.get("key") or given.get("id")):
        raise bad("Both ends of a link must be given.")
    return call.issue(str(ref))


def _link(call: Call) -> Link:
    link = call.state.links.get(call.path["link"])
    ends = [call.state.issues[end] for end in (link.source, link.destination)] if link else []
    if link is None or not all(call.may("BROWSE_PROJECTS", end.project) for end in ends):
        raise JiraError(404, f"No issue link with id '{call.path['link']}' exists.")
    return link


@route("GET", "issueLink/{link}")
def read(call: Call) -> Answer:
    link, render = _link(call), call.render
    ends: dict[str, Any] = {
        "inwardIssue": render.relative(call.state.issues[link.source]),
        "outwardIssue": render.relative(call.state.issues[link.destination]),
    }
    return Answer(200, render.link(link) | ends)


@route("DELETE", "issueLink/{link}")
def remove(call: Call) -> Answer:
    call.state.unlink(_link(call), call.user)
    return Answer(204)
