"""Looking people up: a user, a group's members, who may be assigned."""

from typing import Any

from sandbox.http.call import CLOUD, Answer, Call, page, route
from sandbox.http.errors import JiraError, bad
from sandbox.state.people import User


@route("GET", "user")
def user(call: Call) -> Answer:
    name = call.text("accountId" if call.cloud else "username") or (None if call.cloud else call.text("key"))
    if name is None:
        raise bad(
            "The accountId query parameter needs to be provided" if call.cloud else "Either username or key is required"
        )
    people = call.state.people
    found = people.known_to(call.state.flavour, name) or (None if call.cloud else people.find(name))
    if found is None:
        raise JiraError(404, "Specified user does not exist or you do not have required permissions")
    mail = {"emailAddress": found.email} if call.user.admin else {}
    return Answer(200, call.render.person(found) | mail | belongs(call, found))


def belongs(call: Call, user: User) -> dict[str, Any]:
    """How many groups and applications the person is in, and where `expand` asks, which."""
    groups = [{"name": name, "self": f"{call.render.url('group')}?groupname={name}"} for name in sorted(user.groups)]
    uses = [] if user.customer else [{"key": "jira-software", "name": "Jira Software"}]
    asked, every = call.many("expand"), {"groups": groups, "applicationRoles": uses}
    shown = {name: {"size": len(all), "items": all if name in asked else []} for name, all in every.items()}
    return {"expand": "groups,applicationRoles"} | shown


@route("GET", "group/member")
def group_members(call: Call) -> Answer:
    name = call.text("groupname") or call.text("groupId")
    if name is None:
        raise bad("'groupname' or 'groupId' must be provided" if call.cloud else "Group name must be specified")
    if name not in call.state.people.groups():
        raise JiraError(404, f"The group named '{name}' does not exist.")
    everybody = call.flag("includeInactiveUsers")
    members = [call.render.person(u) for u in call.state.people.members(name) if u.active or everybody]
    return Answer(200, page(call, members, call.number("startAt", 0), call.number("maxResults", 50, 50)))


@route("GET", "user/assignable/search")
def assignable(call: Call) -> Answer:
    """Filtered by name or, on Cloud, one accountId; without project and issue it is a bad request."""
    issue, project = call.text("issueKey") or call.text("issueId"), call.text("project")
    if not issue and not project:
        raise bad("Either project key or issue key must be specified.")
    where = call.issue(issue).project if issue else call.project(str(project))
    found = [
        u for u in call.state.people.all if call.state.allowed(u, "ASSIGNABLE_USER", where) and _asked_for(call, u)
    ]
    start, most = call.number("startAt", 0), call.number("maxResults", 50, 1000)
    return Answer(200, [call.render.person(u) for u in found[start : start + most]])


@route("GET", "user/viewissue/search")
def may_see(call: Call) -> Answer:
    """Who may see an issue, or those of a project, filtered in the same way."""
    issue, project = call.text("issueKey"), call.text("projectKey")
    if not issue and not project:
        raise bad("Either project key or issue key must be specified.")
    where = call.issue(issue).project if issue else call.project(str(project))
    found = [u for u in call.state.people.all if call.state.allowed(u, "BROWSE_PROJECTS", where)]
    most = call.number("maxResults", 50, 1000)
    return Answer(200, [call.render.person(u) for u in found if _asked_for(call, u)][:most])


@route("GET", "user/bulk", CLOUD)
def several(call: Call) -> Answer:
    """By account ids; who is not known is left out."""
    wanted = call.query.get("accountId", [])
    if not wanted:
        raise bad("The accountId query parameter needs to be provided")
    found = [u for u in (call.state.people.known_to("cloud", id) for id in wanted) if u]
    people = [call.render.person(u) for u in found]
    return Answer(200, page(call, people, call.number("startAt", 0), call.number("maxResults", 10, 200)))


def _asked_for(call: Call, user: User) -> bool:
    if call.cloud and (account := call.text("accountId")):
        return user.account_id == account
    part = (call.text("query") if call.cloud else call.text("username")) or ""
    return part.lower() in f"{user.display_name} {user.email} {user.name}".lower()
