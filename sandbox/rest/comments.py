"""Comments on issues and the properties of comments.

In a service project a comment is public or internal; that is settled when it is written.
"""

from typing import Any

from sandbox.http.call import CLOUD, Answer, Call, page, route
from sandbox.http.errors import JiraError, bad, not_on_screen
from sandbox.rest import validation
from sandbox.state.model import Comment, Issue
from sandbox.state.rendering import readable

LIST = 1000


@route("GET", "issue/{issue}/comment")
def comments(call: Call) -> Answer:
    issue, start, most = (
        call.issue(),
        call.number("startAt", 0),
        call.number("maxResults", 5000 if call.cloud else 1_048_576),
    )
    order = call.text("orderBy", "created") or "created"
    if order.lstrip("+-") not in ("created", "updated"):
        raise bad(f"Invalid orderBy value '{order}'.")
    seen = [c for c in issue.comments if readable(c, call.user)]
    seen.sort(key=lambda c: c.updated if "updated" in order else c.created, reverse=order.startswith("-"))
    printed = [_printed(call, issue, c) for c in seen]
    out = page(call, printed, start, most, "comments")
    return Answer(200, out | ({"self": call.render.url("issue", issue.id, "comment")} if call.cloud else {}))


def _printed(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    expand = call.many("expand")
    out = call.render.comment(issue, comment, properties="properties" in expand)
    return out | ({"renderedBody": call.render.html(comment.body)} if "renderedBody" in expand else {})


@route("POST", "issue/{issue}/comment")
def add(call: Call) -> Answer:
    issue, body = call.issue(), call.object()
    call.need("ADD_COMMENTS", issue.project, bad("You do not have the permission to comment on this issue."))
    text = validation.comment_body(body.get("body"), call.version)
    limit = validation.visibility(body.get("visibility"), call.user, call.state)
    comment = call.state.comment(issue, text, call.user, limit, validation.properties(body.get("properties")))
    return Answer(201, _printed(call, issue, comment))


@route("GET", "issue/{issue}/comment/{comment}")
def read(call: Call) -> Answer:
    issue = call.issue()
    return Answer(200, _printed(call, issue, call.comment(issue)))


@route("PUT", "issue/{issue}/comment/{comment}")
def edit(call: Call) -> Answer:
    issue = call.issue()
    comment, body = call.comment(issue), call.object()
    _own_or_all(call, issue, comment, "EDIT", "edit")
    values: dict[str, Any] = {"body": validation.comment_body(body.get("body"), call.version)}
    if "visibility" in body:
        values["visibility"] = validation.visibility(body["visibility"], call.user, call.state)
    if "properties" in body:
        values["properties"] = comment.properties | validation.properties(body["properties"])
    return Answer(200, _printed(call, issue, call.state.edit_comment(issue, comment, call.user, **values)))


@route("DELETE", "issue/{issue}/comment/{comment}")
def delete(call: Call) -> Answer:
    issue = call.issue()
    comment = call.comment(issue)
    _own_or_all(call, issue, comment, "DELETE", "delete")
    call.state.delete_comment(issue, comment, call.user)
    return Answer(204)


def _own_or_all(call: Call, issue: Issue, comment: Comment, verb: str, word: str) -> None:
    own = comment.author is call.user and call.may(f"{verb}_OWN_COMMENTS", issue.project)
    if not own and not call.may(f"{verb}_ALL_COMMENTS", issue.project):
        raise bad(f"You do not have permission to {word} comment with id: {comment.id}")


@route("POST", "comment/list", CLOUD)
def by_ids(call: Call) -> Answer:
    """Up to 1000 comments by id, from wherever; what cannot be read is missing."""
    ids = call.only("ids").get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= LIST:
        raise bad(f"Between 1 and {LIST} comment ids must be given.")
    wanted = {str(i) for i in ids}
    found = [_printed(call, i, c) for i, c in _everywhere(call) if c.id in wanted]
    return Answer(200, page(call, found, 0, LIST))


def _everywhere(call: Call) -> list[tuple[Issue, Comment]]:
    issues = (i for i in call.state.issues.values() if call.may("BROWSE_PROJECTS", i.project))
    return [(i, c) for i in issues for c in i.comments if readable(c, call.user)]


# -- within an edit or a transition ----------------------------------------------------------------


def update_comment(call: Call, issue: Issue, update: object) -> Any:
    """The text of `update.comment[0].add.body`, checked; None when there is none."""
    steps = update.get("comment") if isinstance(update, dict) else None
    if not steps:
        return None
    if not isinstance(steps, list) or not isinstance(steps[0], dict) or not isinstance(steps[0].get("add"), dict):
        raise bad(comment="Comment body is not valid!")
    if not call.may("ADD_COMMENTS", issue.project):
        raise bad(comment=not_on_screen("comment"))
    return validation.comment_body(steps[0]["add"].get("body"), call.version)


# -- properties ------------------------------------------------------------------------------------


def _named(call: Call) -> tuple[Issue, Comment]:
    """The comment a property path names; these paths know no issue."""
    found = next(((i, c) for i, c in _everywhere(call) if c.id == call.path["comment"]), None)
    if found is None:
        raise JiraError(404, f"Can not find a comment for the id: {call.path['comment']}.")
    return found


@route("GET", "comment/{comment}/properties")
def property_keys(call: Call) -> Answer:
    _, comment = _named(call)
    link = call.render.url("comment", comment.id, "properties")
    return Answer(200, {"keys": [{"self": f"{link}/{key}", "key": key} for key in comment.properties]})


@route("GET", "comment/{comment}/properties/{key}")
def read_property(call: Call) -> Answer:
    _, comment = _named(call)
    key = call.path["key"]
    if key not in comment.properties:
        raise JiraError(404, f"The property {key} does not exist.")
    return Answer(200, {"key": key, "value": comment.properties[key]})


@route("PUT", "comment/{comment}/properties/{key}")
def write_property(call: Call) -> Answer:
    """The mark that makes a comment internal may be changed here, and nothing follows: public was settled at the
    start."""
    issue, comment = _named(call)
    validation.check_property(call.path["key"], call.body)
    _own_or_all(call, issue, comment, "EDIT", "edit")
    new = call.state.set_comment_property(issue, comment, call.path["key"], call.body)
    return Answer(201 if new else 200, {})
