"""What people do in a story: file a ticket, put a label on, comment, close.

Every verb acts as somebody, through the same state as the HTTP calls, with history and webhooks; nobody's permissions
are asked, and texts are plain, with blank lines between paragraphs.
"""

from datetime import date
from typing import Any

from sandbox.jira.ticket_view import TicketView
from sandbox.state.adf import document
from sandbox.state.model import BUG, INTERNAL_PROPERTY, STATUSES, SUBTASK, Body, Comment, Issue, Project, Status
from sandbox.state.people import User
from sandbox.state.state import State

Who = str | User


class Story:
    """The verbs. `by` takes a nick, an accountId, a name or a User."""

    state: State

    # -- reading -----------------------------------------------------------------------------------

    def user(self, who: Who) -> User:
        return self.state.people.get(who)

    def id_of(self, who: Who) -> str:
        """What a protocol file calls this person: accountId on Cloud, user name on Data Center."""
        return self.user(who).id(self.state.flavour)

    def project(self, key: str) -> Project:
        """The project, whose attributes are switches: `screen`, `closable`, `resolution_required`, `issue_types`,
        `denied`."""
        return self.state.projects[key]

    def notified(self, who: Who) -> list[str]:
        """On which issues somebody was mentioned and heard of it, in order."""
        return [each.issue for each in self.state.notifications if each.nick == self.user(who).nick]

    def issue(self, key: str) -> TicketView:
        """A picture of the ticket as it is now; KeyError when there is none."""
        with self.state.lock:
            return TicketView.of(self.state, self._issue(key))

    def exists(self, key: str) -> bool:
        return self.state.find(key) is not None

    def tickets(self, project: str | None = None) -> list[TicketView]:
        """All tickets that are no sub-task, oldest first."""
        with self.state.lock:
            every = [i for i in self.state.issues.values() if not i.type.subtask and project in (None, i.project.key)]
            return [TicketView.of(self.state, i) for i in every]

    def _issue(self, key: str) -> Issue:
        if (issue := self.state.find(key)) is None:
            raise KeyError(key)
        return issue

    def _body(self, text: str) -> Body:
        return document(text) if self.state.flavour == "cloud" else text

    # -- tickets -----------------------------------------------------------------------------------

    def create_ticket(
        self,
        project: str = "SUP",
        summary: str = "Something is broken",
        *,
        reporter: Who = "clara",
        by: Who | None = None,
        labels: list[str] | None = None,
        description: str | None = None,
        **values: Any,
    ) -> str:
        """A bug; the new key. `values` are further attributes of `Issue` (assignee, contact: a User or a nick;
        duedate)."""
        given = {k: self.user(v) if k in ("assignee", "contact") and v else v for k, v in values.items()}
        given |= {"type": BUG, "summary": summary, "labels": tuple(labels or ()), "reporter": self.user(reporter)}
        given |= {"description": self._body(description)} if description else {}
        return self.state.create(self.state.projects[project], given, self.user(by or reporter)).key

    def create_subtask(self, parent: str, summary: str = "Look into it", *, by: Who = "sam", **values: Any) -> str:
        over = self._issue(parent)
        given = values | {"type": SUBTASK, "summary": summary, "parent": over.id}
        return self.state.create(over.project, given, self.user(by)).key

    def label(self, key: str, *labels: str, by: Who = "sam") -> None:
        """Put labels on."""
        with self.state.lock:
            issue = self._issue(key)
            self.state.change(issue, {"labels": tuple(dict.fromkeys(issue.labels + labels))}, self.user(by))

    def unlabel(self, key: str, *labels: str, by: Who = "sam") -> None:
        with self.state.lock:
            issue = self._issue(key)
            self.state.change(issue, {"labels": tuple(x for x in issue.labels if x not in labels)}, self.user(by))

    def assign(self, key: str, user: Who | None, by: Who = "sam") -> None:
        self.state.assign(self._issue(key), self.user(user) if user else None, self.user(by))

    def set_due(self, key: str, day: date | None, by: Who = "sam") -> None:
        self.state.change(self._issue(key), {"duedate": day}, self.user(by))

    def edit(self, key: str, by: Who = "sam", **values: Any) -> None:
        """Any attributes of `Issue` at once."""
        self.state.change(self._issue(key), values, self.user(by))

    def transition(self, key: str, status: str, by: Who = "sam") -> None:
        self.state.transition(self._issue(key), _status(status), self.user(by))

    def close(self, key: str, by: Who = "sam") -> None:
        self.transition(key, "Done", by)

    def reopen(self, key: str, by: Who = "sam") -> None:
        self.transition(key, "To Do", by)

    def move(self, key: str, project: str, by: Who = "sam") -> str:
        """To another project; the new key."""
        issue = self._issue(key)
        self.state.move(issue, self.state.projects[project], self.user(by))
        return issue.key

    def delete(self, key: str, by: Who = "sam") -> None:
        self.state.delete(self._issue(key), self.user(by))

    def set_property(self, key: str, name: str, value: Any, by: Who = "bot") -> None:
        self.state.set_property(self._issue(key), name, value, self.user(by))

    def delete_property(self, key: str, name: str, by: Who = "bot") -> None:
        self.state.delete_property(self._issue(key), name, self.user(by))

    # -- links -------------------------------------------------------------------------------------

    def link(self, source: str, destination: str, type: str = "Duplicate", by: Who = "sam") -> None:
        """`link("SUP-1", "OPS-1")`: SUP-1 duplicates OPS-1."""
        kind = next((kind for kind in self.state.link_types if kind.name.lower() == type.lower()), None)
        if kind is None:
            raise ValueError(f"there is no link type {type!r}")
        self.state.link(kind, self._issue(source), self._issue(destination), self.user(by))

    def unlink(self, one: str, other: str, by: Who = "sam") -> None:
        """Takes every link between the two away."""
        ends = {self._issue(one).id, self._issue(other).id}
        with self.state.lock:
            for link in [each for each in self.state.links.values() if {each.source, each.destination} == ends]:
                self.state.unlink(link, self.user(by))

    # -- comments ----------------------------------------------------------------------------------

    def comment(
        self,
        key: str,
        text: str | dict[str, Any],
        by: Who = "sam",
        public: bool | None = None,
        visibility: dict[str, str] | None = None,
    ) -> str:
        """Its id. `public` left out: customers write publicly, everybody else internally. A dict is taken as ADF,
        as it is."""
        issue, author = self._issue(key), self.user(by)
        internal = issue.project.service and not (author.customer if public is None else public)
        marks = {INTERNAL_PROPERTY: {"internal": True}} if internal else {}
        return self.state.comment(
            issue, text if isinstance(text, dict) else self._body(text), author, visibility, marks
        ).id

    def edit_comment(self, key: str, comment_id: str, text: str, by: Who | None = None) -> None:
        issue = self._issue(key)
        comment = self._comment(issue, comment_id)
        self.state.edit_comment(issue, comment, self.user(by) if by else comment.author, body=self._body(text))

    def delete_comment(self, key: str, comment_id: str, by: Who | None = None) -> None:
        issue = self._issue(key)
        comment = self._comment(issue, comment_id)
        self.state.delete_comment(issue, comment, self.user(by) if by else comment.author)

    def _comment(self, issue: Issue, comment_id: str) -> Comment:
        if (comment := issue.comment(comment_id)) is None:
            raise KeyError(comment_id)
        return comment


def _status(name: str) -> Status:
    return next(s for s in STATUSES.values() if s.name.lower() == name.lower())
