"""A ticket as a test or the page wants to see it: plain values, plain text, nothing that changes under the reader."""

import copy
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sandbox.state.adf import plain
from sandbox.state.model import Comment, History, Issue, Link
from sandbox.state.state import State


@dataclass(frozen=True, slots=True)
class CommentView:
    id: str
    author: str
    """Nick."""
    text: str
    public: bool
    """Whether a client may see it: in a service project what Jira calls public, elsewhere any comment."""
    visibility: dict[str, str] | None
    created: datetime
    updated: datetime
    update_author: str
    properties: dict[str, Any]
    body: Any
    """As it was written: ADF or a wiki string."""

    @classmethod
    def of(cls, comment: Comment) -> "CommentView":
        about = (
            comment.id,
            comment.author.nick,
            plain(comment.body),
            comment.public,
            comment.visibility,
            comment.created,
            comment.updated,
        )
        return cls(*about, comment.update_author.nick, copy.deepcopy(comment.properties), comment.body)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of history."""

    at: datetime
    author: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as one end shows it: how it reads from there, and the other end."""

    type: str
    words: str
    key: str
    summary: str
    organisation: str


@dataclass(frozen=True, slots=True)
class TicketView:
    id: str
    key: str
    project: str
    type: str
    summary: str
    description: str
    status: str
    category: str
    """`new`, `indeterminate` or `done`."""
    resolution: str | None
    labels: tuple[str, ...]
    duedate: date | None
    assignee: str | None
    reporter: str
    creator: str
    parent: str | None
    """Key."""
    subtasks: tuple[str, ...]
    """Keys, oldest first."""
    properties: dict[str, Any]
    comments: tuple[CommentView, ...]
    changelog: tuple[ChangeView, ...]
    """Oldest first."""
    created: datetime
    updated: datetime
    links: tuple["LinkView", ...] = ()

    @property
    def done(self) -> bool:
        return self.category == "done"

    @property
    def public_comments(self) -> tuple[CommentView, ...]:
        return tuple(c for c in self.comments if c.public and not c.visibility)

    def plain(self) -> dict[str, Any]:
        """As nested dicts."""
        return asdict(self)

    @classmethod
    def of(cls, state: State, issue: Issue) -> "TicketView":
        parent = state.issues.get(issue.parent or "")
        return cls(
            id=issue.id,
            key=issue.key,
            project=issue.project.key,
            type=issue.type.name,
            summary=issue.summary,
            description=plain(issue.description),
            status=issue.status.name,
            category=issue.status.category,
            resolution=issue.resolution.name if issue.resolution else None,
            labels=issue.labels,
            duedate=issue.duedate,
            assignee=issue.assignee.nick if issue.assignee else None,
            reporter=issue.reporter.nick,
            creator=issue.creator.nick,
            parent=parent.key if parent else None,
            subtasks=tuple(child.key for child in state.children(issue)),
            properties=copy.deepcopy(issue.properties),
            comments=tuple(CommentView.of(c) for c in issue.comments),
            changelog=tuple(line for h in issue.histories for line in _lines(h)),
            created=issue.created,
            updated=issue.updated,
            links=tuple(_link(state, issue, link) for link in state.links_of(issue)),
        )


def _link(state: State, issue: Issue, link: Link) -> LinkView:
    begins = link.source == issue.id
    other = state.issues[link.destination if begins else link.source]
    words = link.type.outward if begins else link.type.inward
    whose = other.reporter.organisation if other.project.service else ""
    return LinkView(link.type.name, words, other.key, other.summary, whose)


def _lines(history: History) -> list[ChangeView]:
    return [ChangeView(history.created, history.author.nick, c.field, c.old_text, c.new_text) for c in history.changes]
