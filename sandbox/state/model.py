"""What the sandbox keeps: projects, issues, comments and their history.

Plain data; comments and history entries are frozen and replaced, so that a shallow copy of an issue is a faithful
picture of one moment (the search index lives on that).
"""

import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.state.people import User

Body = str | dict[str, Any]
"""Rich text as it was written: a wiki string (v2) or an ADF document (v3)."""

USER_FIELD = "customfield_10042"
USER_FIELD_NAME = "Client contact"
ORGANIZATIONS = "customfield_10002"
ORGANIZATIONS_NAME = "Organizations"
ORGANIZATIONS_KIND = "com.atlassian.servicedesk:sd-customer-organizations"
DEMANDED_FIELD = "customfield_10043"
INTERNAL_PROPERTY = "sd.public.comment"


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str
    subtask: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status; `category` is `new`, `indeterminate` or `done`."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Named:
    """A priority or a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkType:
    """What a link between two issues means, and how it reads from either end."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Link:
    """`source` (an id) reads "outward" of `destination`: SUP-1 (source) duplicates OPS-1 (destination)."""

    id: str
    type: LinkType
    source: str
    destination: str


BUG = IssueType("10004", "Bug")
TASK = IssueType("10005", "Task")
SUBTASK = IssueType("10006", "Sub-task", subtask=True)
ISSUE_TYPES = (BUG, TASK, SUBTASK)
TO_DO = Status("10000", "To Do", "new")
IN_PROGRESS = Status("3", "In Progress", "indeterminate")
DONE = Status("10001", "Done", "done")
STATUSES = {"11": TO_DO, "21": IN_PROGRESS, "31": DONE}
"""The workflow of every project: transition id → status it leads to, open from everywhere else."""
PRIORITIES = tuple(Named(str(n), name) for n, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1))
RESOLUTIONS = (Named("10000", "Done"), Named("10001", "Won't Do"), Named("10002", "Duplicate"))
SCREEN = (
    "summary",
    "description",
    "labels",
    "duedate",
    "assignee",
    "reporter",
    "priority",
    "issuetype",
    "parent",
    USER_FIELD,
)
LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
    LinkType("10004", "Problem/Incident", "is caused by", "causes"),
)
"""As a new site has them."""
PERMISSIONS = {
    "BROWSE_PROJECTS": ("10", "Browse Projects"),
    "CREATE_ISSUES": ("11", "Create Issues"),
    "EDIT_ISSUES": ("12", "Edit Issues"),
    "ASSIGN_ISSUES": ("13", "Assign Issues"),
    "RESOLVE_ISSUES": ("14", "Resolve Issues"),
    "ADD_COMMENTS": ("15", "Add Comments"),
    "DELETE_ISSUES": ("16", "Delete Issues"),
    "ASSIGNABLE_USER": ("17", "Assignable User"),
    "CLOSE_ISSUES": ("18", "Close Issues"),
    "CREATE_ATTACHMENTS": ("19", "Create Attachments"),
    "WORK_ON_ISSUES": ("20", "Work On Issues"),
    "LINK_ISSUES": ("21", "Link Issues"),
    "ADMINISTER_PROJECTS": ("23", "Administer Projects"),
    "MOVE_ISSUES": ("25", "Move Issues"),
    "SET_ISSUE_SECURITY": ("26", "Set Issue Security"),
    "SCHEDULE_ISSUES": ("28", "Schedule Issues"),
    "VIEW_DEV_TOOLS": ("29", "View Development Tools"),
    "MODIFY_REPORTER": ("30", "Modify Reporter"),
    "VIEW_VOTERS_AND_WATCHERS": ("31", "View Voters and Watchers"),
    "MANAGE_WATCHERS": ("32", "Manage Watchers"),
    "EDIT_ALL_COMMENTS": ("34", "Edit All Comments"),
    "EDIT_OWN_COMMENTS": ("35", "Edit Own Comments"),
    "DELETE_ALL_COMMENTS": ("36", "Delete All Comments"),
    "DELETE_OWN_COMMENTS": ("37", "Delete Own Comments"),
    "DELETE_ALL_ATTACHMENTS": ("38", "Delete All Attachments"),
    "DELETE_OWN_ATTACHMENTS": ("39", "Delete Own Attachments"),
    "EDIT_OWN_WORKLOGS": ("40", "Edit Own Worklogs"),
    "EDIT_ALL_WORKLOGS": ("41", "Edit All Worklogs"),
    "DELETE_OWN_WORKLOGS": ("42", "Delete Own Worklogs"),
    "DELETE_ALL_WORKLOGS": ("43", "Delete All Worklogs"),
    "VIEW_READONLY_WORKFLOW": ("45", "View Read-Only Workflow"),
    "TRANSITION_ISSUES": ("46", "Transition Issues"),
    "MANAGE_SPRINTS_PERMISSION": ("-1", "Manage Sprints"),
    "START_STOP_SPRINTS_PERMISSION": ("-1", "Start/Complete Sprints"),
    "EDIT_SPRINT_NAME_AND_GOAL_PERMISSION": ("-1", "Edit Sprints"),
    "ARCHIVE_ISSUES": ("-1", "Archive Issues"),
    "RESTORE_ISSUES": ("-1", "Restore Issues"),
    "SERVICEDESK_AGENT": ("-1", "Service Project Agent"),
    "ADMINISTER": ("0", "Administer Jira"),
    "CREATE_SHARED_OBJECTS": ("22", "Share dashboards and filters"),
    "MANAGE_GROUP_FILTER_SUBSCRIPTIONS": ("24", "Manage group filter subscriptions"),
    "USER_PICKER": ("27", "Browse users and groups"),
    "BULK_CHANGE": ("33", "Make bulk changes"),
    "SYSTEM_ADMIN": ("44", "Jira System Administrators"),
}
"""The permissions of a new site with both Jira and a service desk: key → id and name."""
GLOBAL_PERMISSIONS = frozenset(
    {
        "ADMINISTER",
        "CREATE_SHARED_OBJECTS",
        "MANAGE_GROUP_FILTER_SUBSCRIPTIONS",
        "USER_PICKER",
        "BULK_CHANGE",
        "SYSTEM_ADMIN",
    }
)


@dataclass(slots=True)
class Project:
    """A project and its switches."""

    id: str
    key: str
    name: str
    type: str
    issue_types: list[IssueType] = field(default_factory=lambda: list(ISSUE_TYPES))
    screen: set[str] = field(default_factory=lambda: set(SCREEN))
    """The fields on its create and edit screen."""
    resolution_required: bool = False
    """Done is only reached by a transition whose screen asks for a resolution."""
    demanded: str = ""
    """The name of a text field that every new issue must fill in; "" for none."""
    assigns_lead: bool = False
    """Its default assignee is its lead, not nobody."""
    demanding: set[str] = field(default_factory=set)
    """The ids of the issue types that demand it; empty for all."""
    closes_parents: bool = False
    """A rule of Jira Automation closes an issue once all of its sub-tasks are done."""
    asked_on_close: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Fields that the screen of every transition to Done insists on, each as it describes itself."""
    closable: bool = True
    """False: no transition leads to Done."""
    denied: set[tuple[str, str]] = field(default_factory=set)
    """(nick, permission) pairs taken away."""
    last_number: int = 0

    @property
    def service(self) -> bool:
        return self.type == "service_desk"

    def type_of(self, ref: object) -> IssueType | None:
        """The issue type that `{"id": …}` or `{"name": …}` means here."""
        if not isinstance(ref, dict):
            return None
        wanted = str(ref.get("id") or ""), str(ref.get("name") or "")
        return next((t for t in self.issue_types if t.id == wanted[0] or (not wanted[0] and t.name == wanted[1])), None)


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    author: User
    body: Body
    created: datetime
    updated: datetime
    update_author: User
    public: bool
    """What a client may see; fixed when the comment is written."""
    visibility: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an issue's history."""

    field: str
    field_id: str | None
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class History:
    id: str
    author: User
    created: datetime
    changes: tuple[Change, ...]


@dataclass(slots=True, eq=False)
class Issue:
    id: str
    key: str
    project: Project
    type: IssueType
    summary: str
    creator: User
    reporter: User
    created: datetime
    updated: datetime
    status: Status = TO_DO
    priority: Named = PRIORITIES[2]
    description: Body | None = None
    labels: tuple[str, ...] = ()
    duedate: date | None = None
    assignee: User | None = None
    contact: User | None = None
    """The user-picker field."""
    resolution: Named | None = None
    resolved: datetime | None = None
    parent: str | None = None
    """Id of the parent."""
    subtasks: tuple[str, ...] = ()
    """Ids, oldest first."""
    properties: dict[str, Any] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    histories: tuple[History, ...] = ()
    """Oldest first."""

    def picture(self) -> "Issue":
        """This issue as it is now, untouched by what happens next."""
        twin = copy.copy(self)
        twin.properties = dict(self.properties)
        return twin

    def comment(self, comment_id: str) -> Comment | None:
        return next((c for c in self.comments if c.id == comment_id), None)
