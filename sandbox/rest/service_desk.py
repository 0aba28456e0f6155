"""The service desk's own calls: a request and its comments, public and internal.

Customers come this way and see public comments only.
"""

from typing import Any

from sandbox.http.call import Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.rest import validation
from sandbox.state.adf import as_wiki
from sandbox.state.model import INTERNAL_PROPERTY, Comment, Issue
from sandbox.state.rendering import readable
from sandbox.state.stamps import epoch_ms, stamp

DESK = "/rest/servicedeskapi/request/{issue}"
GONE = "The request you are looking for does not exist or you do not have permission to view it."


def _request(call: Call) -> Issue:
    """An issue of a service project that is no sub-task; customers see their own alone."""
    issue = call.state.find(call.path["issue"])
    if issue is None or not issue.project.service or issue.type.subtask or not _sees(call, issue):
        raise JiraError(404, GONE)
    return issue


def _sees(call: Call, issue: Issue) -> bool:
    return issue.reporter is call.user if call.user.customer else call.may("BROWSE_PROJECTS", issue.project)


def _date(call: Call, instant: Any) -> dict[str, Any]:
    text = stamp(instant, call.user.timezone)
    friendly = f"{instant:%d/%b/%y %H:%M}"
    return {"iso8601": text[:19] + text[23:], "jira": text, "friendly": friendly, "epochMillis": epoch_ms(instant)}


def _person(call: Call, user: Any) -> dict[str, Any]:
    out = {
        k: v
        for k, v in call.render.person(user).items()
        if k in ("accountId", "name", "key", "displayName", "active", "timeZone")
    }
    return out | {"emailAddress": user.email, "_links": {"self": call.render.person(user)["self"]}}


@route("GET", DESK)
def request(call: Call) -> Answer:
    issue = _request(call)
    link = f"{call.base}/rest/servicedeskapi/request/{issue.id}"
    status = {"status": issue.status.name, "statusDate": _date(call, issue.updated)}
    fields = [{"fieldId": "summary", "label": "Summary", "value": issue.summary}]
    out = {
        "issueId": issue.id,
        "issueKey": issue.key,
        "requestTypeId": "1",
        "serviceDeskId": "1",
        "createdDate": _date(call, issue.created),
    }
    links = {
        "self": link,
        "web": f"{call.base}/servicedesk/customer/portal/1/{issue.key}",
        "jiraRest": f"{call.base}/rest/api/2/issue/{issue.id}",
    }
    return Answer(
        200,
        out
        | {
            "reporter": _person(call, issue.reporter),
            "requestFieldValues": fields,
            "currentStatus": status,
            "_links": links,
        },
    )


def _printed(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    link = f"{call.base}/rest/servicedeskapi/request/{issue.id}/comment/{comment.id}"
    out = {
        "id": comment.id,
        "body": as_wiki(comment.body),
        "public": comment.public,
        "author": _person(call, comment.author),
    }
    return out | {"created": _date(call, comment.created), "_links": {"self": link}}


@route("GET", DESK + "/comment")
def comments(call: Call) -> Answer:
    issue, start, most = _request(call), call.number("start", 0), call.number("limit", 50, 50)
    wanted = {True: call.flag("public", True), False: call.flag("internal", True)}
    seen = [c for c in issue.comments if readable(c, call.user) and wanted[c.public]]
    shown = [_printed(call, issue, c) for c in seen[start : start + most]]
    link = f"{call.base}/rest/servicedeskapi/request/{issue.id}/comment"
    out = {
        "size": len(shown),
        "start": start,
        "limit": most,
        "isLastPage": start + len(shown) >= len(seen),
        "values": shown,
    }
    return Answer(200, out | {"_links": {"self": link, "base": call.base, "context": ""}, "_expands": []})


@route("POST", DESK + "/comment")
def add(call: Call) -> Answer:
    issue, body = _request(call), call.object()
    if not isinstance(body.get("public"), bool):
        raise bad("The 'public' field is required.")
    text = validation.comment_body(body.get("body"), 2)
    marks = {} if body["public"] or call.user.customer else {INTERNAL_PROPERTY: {"internal": True}}
    comment = call.state.comment(issue, text, call.user, properties=marks)
    return Answer(201, _printed(call, issue, comment))


@route("GET", DESK + "/comment/{comment}")
def read(call: Call) -> Answer:
    issue = _request(call)
    return Answer(200, _printed(call, issue, call.comment(issue)))
