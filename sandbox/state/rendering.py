"""How Jira prints what it keeps: users, issues, comments and history as JSON, by flavour and API version.

Nothing is decided and nothing changed here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.state import shown
from sandbox.state.adf import as_adf, as_wiki
from sandbox.state.model import (
    ORGANIZATIONS,
    USER_FIELD,
    Body,
    Comment,
    History,
    Issue,
    IssueType,
    Link,
    LinkType,
    Named,
    Project,
    Status,
)
from sandbox.state.people import LEAD, User
from sandbox.state.stamps import stamp
from sandbox.state.state import State

Json = dict[str, Any]
CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
EMPTY_FIELDS: Json = {
    "components": [],
    "fixVersions": [],
    "versions": [],
    "environment": None,
    "security": None,
    "timespent": None,
    "timeestimate": None,
    "workratio": -1,
}
"""Fields the sandbox prints because Jira does; nobody can fill them."""
NOT_NAVIGABLE = {"comment"}
HISTORIES_IN_LISTS = 40
COMMENTS_IN_LISTS = 20


@dataclass(frozen=True, slots=True)
class Render:
    """A printer for one site, one API version and one reader's time zone."""

    state: State
    base: str
    version: int
    zone: str = "Etc/UTC"
    in_list: bool = False
    """Search and bulk answers are cut: 40 histories, 20 comments."""

    @property
    def cloud(self) -> bool:
        return self.state.flavour == "cloud"

    def url(self, *path: str) -> str:
        return "/".join([self.base, "rest/api", str(self.version), *path])

    def at(self, instant: Any) -> str | None:
        return stamp(instant, self.zone) if instant else None

    def html(self, body: Body | None) -> str:
        """As a browser shows it."""
        return shown.html(body, self.state.people.name_of)

    def text(self, body: Body | None) -> Json | str | None:
        return as_adf(body) if self.version == 3 else as_wiki(body)

    # -- people and small things -------------------------------------------------------------------

    def user(self, user: User | None) -> Json | None:
        return self.person(user) if user else None

    def person(self, user: User) -> Json:
        common: Json = {"avatarUrls": self._avatars(user.nick), "displayName": user.display_name, "active": user.active}
        if self.cloud:
            link = f"{self.url('user')}?accountId={user.account_id}"
            return (
                {"self": link, "accountId": user.account_id, "accountType": user.account_type}
                | common
                | {"timeZone": user.timezone}
            )
        who = {
            "self": f"{self.url('user')}?username={user.name}",
            "name": user.name,
            "key": user.key,
            "emailAddress": user.email,
        }
        return who | common | {"timeZone": user.timezone}

    def _avatars(self, seed: str) -> dict[str, str]:
        return {f"{n}x{n}": f"{self.base}/secure/useravatar?size={n}&owner={seed}" for n in (48, 24, 16, 32)}

    def status(self, status: Status) -> Json:
        number, colour, name = CATEGORIES[status.category]
        link = self.url("statuscategory", str(number))
        category = {"self": link, "id": number, "key": status.category, "colorName": colour, "name": name}
        return dict(self.named("status", status)) | {
            "description": "",
            "iconUrl": f"{self.base}/",
            "statusCategory": category,
        }

    def named(self, kind: str, thing: Named | Status | None) -> Any:
        return thing and {"self": self.url(kind, thing.id), "id": thing.id, "name": thing.name}

    def issue_type(self, kind: IssueType) -> Json:
        icon = f"{self.base}/images/icons/issuetypes/{kind.id}.svg"
        level = {"hierarchyLevel": -1 if kind.subtask else 0} if self.cloud else {}
        about: Json = {"self": self.url("issuetype", kind.id), "id": kind.id, "description": "", "iconUrl": icon}
        return about | {"name": kind.name, "subtask": kind.subtask} | level

    def project(self, project: Project, full: bool = False) -> Json:
        out: Json = {
            "self": self.url("project", project.id),
            "id": project.id,
            "key": project.key,
            "name": project.name,
        }
        out |= {"projectTypeKey": project.type, "avatarUrls": self._avatars(project.key)}
        out |= {"simplified": False} if self.cloud else {}
        if full:
            out |= {
                "description": "",
                "lead": self.person(self.state.people.get(LEAD)),
                "components": [],
                "versions": [],
            }
            out |= {
                "issueTypes": [self.issue_type(t) for t in project.issue_types],
                "assigneeType": "PROJECT_LEAD" if project.assigns_lead else "UNASSIGNED",
                "roles": {},
            }
        return out

    # -- comments and history ----------------------------------------------------------------------

    def comment(self, issue: Issue, comment: Comment, properties: bool = False) -> Json:
        out: Json = {
            "self": self.url("issue", issue.id, "comment", comment.id),
            "id": comment.id,
            "author": self.person(comment.author),
        }
        out |= {"body": self.text(comment.body), "updateAuthor": self.person(comment.update_author)}
        out |= {"created": self.at(comment.created), "updated": self.at(comment.updated)}
        out |= {"visibility": dict(comment.visibility)} if comment.visibility else {}
        out |= {"jsdPublic": comment.public} if self.cloud and issue.project.service else {}
        return out | ({"properties": entity_properties(comment.properties)} if properties else {})

    def comment_page(self, issue: Issue, comments: Iterable[Comment]) -> Json:
        every = list(comments)
        shown = every[:COMMENTS_IN_LISTS] if self.in_list else every
        page = {
            "comments": [self.comment(issue, c) for c in shown],
            "maxResults": len(shown),
            "total": len(every),
            "startAt": 0,
        }
        return page | ({"self": self.url("issue", issue.id, "comment")} if self.cloud else {})

    def history(self, history: History) -> Json:
        lines = [self._change(change) for change in history.changes]
        return {
            "id": history.id,
            "author": self.person(history.author),
            "created": self.at(history.created),
            "items": lines,
        }

    def _change(self, change: Any) -> Json:
        out = {"field": change.field, "fieldtype": "custom" if (change.field_id or "").startswith("custom") else "jira"}
        out |= {"fieldId": change.field_id} if self.cloud and change.field_id else {}
        return out | {"from": change.old, "fromString": change.old_text, "to": change.new, "toString": change.new_text}

    def changes(self, history: History) -> list[Json]:
        return [self._change(change) for change in history.changes]

    def changelog(self, issue: Issue) -> Json:
        """Newest first, as `expand=changelog` gives it."""
        newest = list(reversed(issue.histories))
        shown = newest[:HISTORIES_IN_LISTS] if self.in_list else newest
        return {
            "startAt": 0,
            "maxResults": len(shown),
            "total": len(newest),
            "histories": [self.history(h) for h in shown],
        }

    # -- issues ------------------------------------------------------------------------------------

    def issue(self, issue: Issue, fields: Iterable[str], reader: User | None = None) -> Json:
        """`fields` as in a request: names, `*all`, `*navigable`, `-name`."""
        makers = self.makers(issue, reader)
        wanted = select(list(makers), fields)
        return self.reference(issue) | {"fields": {name: makers[name]() for name in wanted}}

    def rendered(self, issue: Issue, fields: Iterable[str], reader: User | None = None) -> Json:
        """`renderedFields`: texts as HTML, instants for people; null for what is not rendered."""
        instants = {"created": issue.created, "updated": issue.updated, "resolutiondate": issue.resolved}
        makers: dict[str, Callable[[], Any]] = {
            "description": lambda: self.html(issue.description),
            "comment": lambda: self._rendered_comments(issue, reader),
        }
        makers |= {name: partial(self.at_ease, at) for name, at in instants.items()}
        return {name: makers[name]() if name in makers else None for name in fields}

    def _rendered_comments(self, issue: Issue, reader: User | None) -> Json:
        seen = [c for c in issue.comments if reader is None or readable(c, reader)]
        page = self.comment_page(issue, seen)
        return page | {"comments": [self._rendered(one, c) for one, c in zip(page["comments"], seen, strict=False)]}

    def _rendered(self, printed: Json, comment: Comment) -> Json:
        times = {"created": self.at_ease(comment.created), "updated": self.at_ease(comment.updated)}
        return printed | {"body": self.html(comment.body)} | times

    def at_ease(self, instant: datetime | None) -> str | None:
        """`27/Nov/26 8:21 PM`, as Jira writes an instant for people."""
        if instant is None:
            return None
        local = instant.astimezone(ZoneInfo(self.zone))
        return f"{local:%d/%b/%y} {local:%I:%M %p}".replace(" 0", " ")

    def reference(self, issue: Issue) -> Json:
        return {"id": issue.id, "key": issue.key, "self": self.url("issue", issue.id)}

    def makers(self, issue: Issue, reader: User | None = None) -> dict[str, Callable[[], Any]]:
        """Every field this issue has, and how to print it."""
        out: dict[str, Callable[[], Any]] = {
            "summary": lambda: issue.summary,
            "issuetype": lambda: self.issue_type(issue.type),
            "project": lambda: self.project(issue.project),
            "status": lambda: self.status(issue.status),
            "resolution": lambda: self.named("resolution", issue.resolution),
            "resolutiondate": lambda: self.at(issue.resolved),
            "priority": lambda: self.named("priority", issue.priority),
            "labels": lambda: sorted(issue.labels),
            "assignee": lambda: self.user(issue.assignee),
            "reporter": lambda: self.user(issue.reporter),
            "creator": lambda: self.user(issue.creator),
            "created": lambda: self.at(issue.created),
            "updated": lambda: self.at(issue.updated),
            "duedate": lambda: issue.duedate.isoformat() if issue.duedate else None,
            "description": lambda: self.text(issue.description),
            "subtasks": lambda: [self.relative(child) for child in self.state.children(issue)],
            "comment": lambda: self.comment_page(
                issue, (c for c in issue.comments if reader is None or readable(c, reader))
            ),
            USER_FIELD: lambda: self.user(issue.contact),
            "issuelinks": lambda: list(self.links(issue, reader)),
        }
        if issue.project.service and not issue.type.subtask:
            out[ORGANIZATIONS] = lambda: self.organisations(issue.reporter)
        parent = self.state.issues.get(issue.parent or "")
        if parent:
            out["parent"] = lambda: self.relative(parent)
        return out | {name: _constant(value) for name, value in EMPTY_FIELDS.items()}

    def organisations(self, client: User) -> list[Json]:
        """The client of a request, as the field Organizations shows it."""
        name = client.organisation
        known = sorted({user.organisation for user in self.state.people.all if user.organisation})
        if not name:
            return []
        number = str(known.index(name) + 1)
        link = {"self": f"{self.base}/rest/servicedeskapi/organization/{number}"}
        return [{"id": number, "name": name, "_links": link}]

    def links(self, issue: Issue, reader: User | None) -> Iterable[Json]:
        """Both ends of each link, without those that lead to an issue the reader may not see."""
        for link in self.state.links_of(issue):
            inward = link.destination == issue.id
            other = self.state.issues[link.source if inward else link.destination]
            if reader is None or self.state.allowed(reader, "BROWSE_PROJECTS", other.project):
                yield self.link(link) | {"inwardIssue" if inward else "outwardIssue": self.relative(other)}

    def link(self, link: Link) -> Json:
        return {"id": link.id, "self": self.url("issueLink", link.id), "type": self.link_type(link.type)}

    def link_type(self, kind: LinkType) -> Json:
        names = {"id": kind.id, "name": kind.name, "inward": kind.inward, "outward": kind.outward}
        return names | {"self": self.url("issueLinkType", kind.id)}

    def relative(self, issue: Issue) -> Json:
        """A parent or sub-task inside another issue: the few fields Jira shows there."""
        few = {
            "summary": issue.summary,
            "status": self.status(issue.status),
            "priority": self.named("priority", issue.priority),
        }
        return self.reference(issue) | {"fields": few | {"issuetype": self.issue_type(issue.type)}}


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def entity_properties(properties: dict[str, Any]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in properties.items()]


def readable(comment: Comment, reader: User) -> bool:
    """Customers see public comments only; a restricted comment needs the role or group."""
    if reader.customer and not comment.public:
        return False
    limit = comment.visibility
    if not limit:
        return True
    return reader.in_role(limit["value"]) if limit["type"] == "role" else limit["value"] in reader.groups


def select(known: list[str], wanted: Iterable[str]) -> list[str]:
    """The names a `fields` parameter means, in Jira's order."""
    names = [part.strip() for item in wanted for part in item.split(",") if part.strip()]
    plus = [n for n in names if not n.startswith("-")] or ["*all"]
    minus = {n[1:] for n in names if n.startswith("-")}
    if "*all" in plus:
        return [n for n in known if n not in minus]
    navigable = set(known) - NOT_NAVIGABLE if "*navigable" in plus else set()
    return [n for n in known if (n in plus or n in navigable) and n not in minus]
