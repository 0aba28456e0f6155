"""Everything this Jira knows, in memory under one lock, and the verbs that change it.

Every verb writes history, feeds the search index and tells the listeners (webhooks); routes and test stories use the
same verbs. Permissions and the wording of requests are checked elsewhere: here a call is already allowed and well
formed.
"""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.state.history import changes
from sandbox.state.mentions import Notification, mentioned
from sandbox.state.model import (
    DONE,
    INTERNAL_PROPERTY,
    LINK_TYPES,
    RESOLUTIONS,
    Body,
    Change,
    Comment,
    History,
    Issue,
    Link,
    LinkType,
    Project,
    Status,
)
from sandbox.state.people import RULES, Flavour, People, User
from sandbox.state.search_index import Index
from sandbox.state.stamps import aware

Clock = Callable[[], datetime]
VERSIONS: dict[Flavour, str] = {"cloud": "1001.0.0-SNAPSHOT", "dc": "10.3.2"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for those who tell others about it."""

    kind: str
    """`created`, `updated`, `deleted`, `comment_created`, `comment_updated`, `comment_deleted`, `property_set`,
    `property_deleted`, `link_created`, `link_deleted` (then `issue` is the link's source)."""
    user: User
    issue: Issue
    at: datetime
    type_name: str = "issue_updated"
    history: History | None = None
    comment: Comment | None = None
    property: str | None = None
    link: Link | None = None


class State:
    """One Jira site."""

    def __init__(self, flavour: Flavour, clock: Clock | None = None) -> None:
        self.flavour: Flavour = flavour
        self.lock = threading.RLock()
        self.version = VERSIONS[flavour]
        """What serverInfo says, such as `10.3.2`."""
        self.clock: Clock = clock or (lambda: datetime.now(UTC))
        self.offset = timedelta(0)
        self.people = People()
        self.projects = {p.key: p for p in _projects()}
        self.issues: dict[str, Issue] = {}
        self.keys: dict[str, str] = {}
        self.link_types: list[LinkType] = list(LINK_TYPES)
        self.links: dict[str, Link] = {}
        self.notifications: list[Notification] = []
        """Who was mentioned and heard of it, in order."""
        self.listeners: list[Callable[[Event], None]] = []
        self.labels_ignore_case = False
        """Whether JQL on labels ignores case; not verified for the real one, so a switch."""
        self.index = Index(self.now)
        self._ids = itertools.count(10_200)

    def now(self) -> datetime:
        return aware(self.clock()) + self.offset

    def next_id(self) -> str:
        return str(next(self._ids))

    def find(self, ref: str) -> Issue | None:
        """By id, key (any case) or a key it had before it was moved."""
        return self.issues.get(ref) or self.issues.get(self.keys.get(ref.upper(), ""))

    def project(self, ref: object) -> Project | None:
        return next((p for p in self.projects.values() if ref in (p.key, p.id)), None)

    def children(self, issue: Issue) -> list[Issue]:
        return [self.issues[i] for i in issue.subtasks if i in self.issues]

    def allowed(self, user: User, permission: str, project: Project) -> bool:
        """Whether the user holds a project permission; customers hold none outside the portal."""
        if not user.active or user.customer or (user.nick, permission) in project.denied:
            return False
        if permission in ("ADMINISTER_PROJECTS", "ADMINISTER", "SYSTEM_ADMIN"):
            return user.admin
        if permission == "SERVICEDESK_AGENT":
            return user.agent and project.service
        return permission != "ASSIGNABLE_USER" or user.assignable

    # -- issues ------------------------------------------------------------------------------------

    def create(
        self, project: Project, values: dict[str, Any], by: User, properties: dict[str, Any] | None = None
    ) -> Issue:
        """A new issue; `values` are attributes of `Issue`, at least type and summary."""
        with self.lock:
            project.last_number += 1
            now = self.now()
            fixed = {
                "id": self.next_id(),
                "key": f"{project.key}-{project.last_number}",
                "project": project,
                "creator": by,
            }
            issue = Issue(**({"reporter": by} | values | fixed), created=now, updated=now)
            self.issues[issue.id], self.keys[issue.key] = issue, issue.id
            self._notify(issue, issue.description)
            self._adopt(issue)
            self.index.put(issue)
            self._tell("created", by, issue, "issue_created")
            for key, value in (properties or {}).items():
                self.set_property(issue, key, value, by)
            return issue

    def _adopt(self, issue: Issue) -> None:
        parent = self.issues.get(issue.parent or "")
        if parent and issue.id not in parent.subtasks:
            parent.subtasks += (issue.id,)
            self.index.put(parent)

    def _hang(self, issue: Issue, values: dict[str, Any]) -> tuple[Change, ...]:
        """Takes the issue from its parent, if it gets another one; what Jira's history says of that. Cloud names the
        parents by id and key, Data Center by their keys."""
        old, new = (self.issues.get(id or "") for id in (issue.parent, values.get("parent", issue.parent)))
        if old is new:
            return ()
        if old:
            old.subtasks = tuple(id for id in old.subtasks if id != issue.id)
            self.index.put(old)
        cloud = self.flavour == "cloud"
        ids = [(each.id if cloud else each.key) if each else None for each in (old, new)]
        keys = [each.key if each else None for each in (old, new)]
        name = "IssueParentAssociation" if cloud else "Parent Issue"
        return (Change(name, None, ids[0], keys[0], ids[1], keys[1]),)

    def change(
        self, issue: Issue, values: dict[str, Any], by: User, type_name: str = "issue_updated"
    ) -> History | None:
        """Set attributes; None, and no event, when nothing differs."""
        with self.lock:
            lines = (*changes(issue, values, self.flavour), *self._hang(issue, values))
            if issue.description != values.get("description", issue.description):
                self._notify(issue, values["description"])
            for name, value in values.items():
                setattr(issue, name, value)
            self._adopt(issue)
            if not lines:
                return None
            history = History(self.next_id(), by, self.now(), lines)
            issue.histories += (history,)
            self._touch(issue)
            self._tell("updated", by, issue, type_name, history=history)
            return history

    def assign(self, issue: Issue, user: User | None, by: User) -> None:
        self.change(issue, {"assignee": user}, by, "issue_assigned")

    def transition(self, issue: Issue, to: Status, by: User, values: dict[str, Any] | None = None) -> None:
        """Move through the workflow; a done status sets a resolution, any other takes it away."""
        with self.lock:
            done = to.category == "done"
            resolution = (values or {}).get("resolution") or issue.resolution or RESOLUTIONS[0]
            resolved = issue.resolved or self.now()
            outcome = (
                {"resolution": resolution, "resolved": resolved} if done else {"resolution": None, "resolved": None}
            )
            self.change(issue, (values or {}) | outcome | {"status": to}, by, self._transition_event(issue.status, to))
            if done:
                self._close_parent(issue)

    def _close_parent(self, issue: Issue) -> None:
        """What a common rule of Jira Automation does: closes the parent once all of its sub-tasks are done."""
        parent = self.issues.get(issue.parent or "")
        if parent is None or not parent.project.closes_parents or parent.status.category == "done":
            return
        if all(child.status.category == "done" for child in self.children(parent)):
            self.transition(parent, DONE, RULES)

    def _notify(self, issue: Issue, body: Body | None) -> None:
        """Whoever is mentioned hears of it, if they are there and may see the issue."""
        for id in mentioned(body):
            user = self.people.known_to(self.flavour, id)
            if user and self.allowed(user, "BROWSE_PROJECTS", issue.project):
                self.notifications.append(Notification(user.nick, issue.key))

    def _transition_event(self, old: Status, new: Status) -> str:
        if self.flavour == "cloud" or (old.category == "done") == (new.category == "done"):
            return "issue_generic"
        if new.category != "done":
            return "issue_reopened"
        return "issue_closed" if new.name == "Closed" else "issue_resolved"

    def move(self, issue: Issue, project: Project, by: User) -> None:
        """To another project, with a new key; sub-tasks go along. The old key keeps leading here."""
        with self.lock:
            for one in [issue, *self.children(issue)]:
                project.last_number += 1
                key = f"{project.key}-{project.last_number}"
                self.keys[key] = one.id
                self.change(one, {"project": project, "key": key}, by, "issue_moved")

    def delete(self, issue: Issue, by: User) -> None:
        """The issue and its sub-tasks, for good."""
        with self.lock:
            for child in self.children(issue):
                self.delete(child, by)
            for link in self.links_of(issue):
                self.unlink(link, by)
            del self.issues[issue.id]
            self.index.drop(issue.id)
            if issue.parent and (parent := self.issues.get(issue.parent)):
                parent.subtasks = tuple(i for i in parent.subtasks if i != issue.id)
                self.index.put(parent)
            self._tell("deleted", by, issue, "issue_deleted")

    # -- links -------------------------------------------------------------------------------------

    def links_of(self, issue: Issue) -> list[Link]:
        """The links that begin or end at the issue, oldest first."""
        return [link for link in self.links.values() if issue.id in (link.source, link.destination)]

    def link(self, kind: LinkType, source: Issue, destination: Issue, by: User) -> Link:
        """`source` reads "outward" of `destination`; one that is there already stays the only one."""
        with self.lock:
            found = [link for link in self.links_of(source) if (link.type, link.destination) == (kind, destination.id)]
            if found:
                return found[0]
            link = Link(self.next_id(), kind, source.id, destination.id)
            self.links[link.id] = link
            self._trace_link(link, by, made=True)
            self._tell("link_created", by, source, link=link)
            return link

    def unlink(self, link: Link, by: User) -> None:
        with self.lock:
            del self.links[link.id]
            self._trace_link(link, by, made=False)
            self._tell("link_deleted", by, self.issues[link.source], link=link)

    def _trace_link(self, link: Link, by: User, *, made: bool) -> None:
        """A line in the history of either end; the only event is the link's own."""
        ends = (link.source, link.destination, link.type.outward), (link.destination, link.source, link.type.inward)
        for here, there, words in ends:
            issue, other = self.issues[here], self.issues[there].key
            side = (other, f"This issue {words} {other}")
            change = Change("Link", None, *((None, None, *side) if made else (*side, None, None)))
            issue.histories += (History(self.next_id(), by, self.now(), (change,)),)
            self._touch(issue)

    # -- comments ----------------------------------------------------------------------------------

    def comment(
        self,
        issue: Issue,
        body: Body,
        by: User,
        visibility: dict[str, str] | None = None,
        properties: dict[str, Any] | None = None,
    ) -> Comment:
        """A new comment. In a service project it is public unless its property, or the author's standing, makes it
        internal."""
        with self.lock:
            marks = dict(properties or {})
            if issue.project.service and not (by.agent or by.customer):
                marks[INTERNAL_PROPERTY] = {"internal": True}
            public = (marks.get(INTERNAL_PROPERTY) or {}).get("internal") is not True
            now = self.now()
            comment = Comment(self.next_id(), by, body, now, now, by, public, visibility, marks)
            issue.comments += (comment,)
            self._notify(issue, body)
            self._touch(issue)
            self._tell("comment_created", by, issue, "issue_commented", comment=comment)
            return comment

    def edit_comment(self, issue: Issue, comment: Comment, by: User, **values: Any) -> Comment:
        """Body, visibility or properties; public stays what it was."""
        with self.lock:
            changed = replace(comment, updated=self.now(), update_author=by, **values)
            issue.comments = tuple(changed if c.id == comment.id else c for c in issue.comments)
            self._touch(issue)
            self._tell("comment_updated", by, issue, "issue_comment_edited", comment=changed)
            return changed

    def delete_comment(self, issue: Issue, comment: Comment, by: User) -> None:
        with self.lock:
            issue.comments = tuple(c for c in issue.comments if c.id != comment.id)
            self._touch(issue)
            self._tell("comment_deleted", by, issue, "issue_comment_deleted", comment=comment)

    def set_comment_property(self, issue: Issue, comment: Comment, key: str, value: Any) -> bool:
        """True when it is new. Neither history nor event, and `updated` stays."""
        with self.lock:
            changed = replace(comment, properties=comment.properties | {key: value})
            issue.comments = tuple(changed if c.id == comment.id else c for c in issue.comments)
            return key not in comment.properties

    # -- properties --------------------------------------------------------------------------------

    def set_property(self, issue: Issue, key: str, value: Any, by: User) -> bool:
        """True when it is new. Properties leave no history and do not move `updated`."""
        with self.lock:
            new = key not in issue.properties
            issue.properties[key] = value
            self.index.put(issue)
            self._tell("property_set", by, issue, property=key)
            return new

    def delete_property(self, issue: Issue, key: str, by: User) -> None:
        with self.lock:
            del issue.properties[key]
            self.index.put(issue)
            self._tell("property_deleted", by, issue, property=key)

    # -- telling -----------------------------------------------------------------------------------

    def _touch(self, issue: Issue) -> None:
        issue.updated = self.now()
        self.index.put(issue)

    def _tell(self, kind: str, by: User, issue: Issue, type_name: str = "issue_updated", **about: Any) -> None:
        """`about`: history, comment or property of the event."""
        event = Event(kind, by, issue, self.now(), type_name, **about)
        for listener in self.listeners:
            listener(event)


def _projects() -> list[Project]:
    return [
        Project("10100", "SUP", "Customer Support", "service_desk"),
        Project("10101", "OPS", "Operations", "software"),
    ]
