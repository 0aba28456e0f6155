"""What a webhook says: the bodies Jira sends for each event, per flavour, with their gaps.

Cloud's `comment_created` names no user and a slim issue; Data Center's comment events carry no issue at all; Data
Center's changelog lines have no `fieldId`. Nothing is sent from here.
"""

from sandbox.state.rendering import Json, Render
from sandbox.state.stamps import epoch_ms
from sandbox.state.state import Event, State

SLIM = ("summary", "issuetype", "project", "assignee", "priority", "status")
SITE_ZONE = {"cloud": "America/New_York", "dc": "Etc/UTC"}
EVENTS = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
    "issuelink_created",
    "issuelink_deleted",
)


def bodies(state: State, event: Event, base: str) -> list[Json]:
    """The deliveries one event makes: comments make two, property writes only exist on Cloud."""
    writer = _Writer(Render(state, base, 2, SITE_ZONE[state.flavour]), event)
    if event.kind.startswith("comment_"):
        return [writer.comment(), writer.commented()]
    if event.kind.startswith("link_"):
        return [writer.link()]
    if event.kind.startswith("property_"):
        return [writer.property()] if state.flavour == "cloud" else []
    return [writer.issue()]


class _Writer:
    def __init__(self, render: Render, event: Event) -> None:
        self.render = render
        self.event = event
        self.head: Json = {"timestamp": epoch_ms(event.at)}

    @property
    def cloud(self) -> bool:
        return self.render.cloud

    def issue(self) -> Json:
        kind = self.event.kind
        out = self.head | {"webhookEvent": f"jira:issue_{kind}"}
        out |= {} if kind == "deleted" else {"issue_event_type_name": self.event.type_name}
        return out | {"user": self._user(), "issue": self._full()} | self._changelog()

    def _changelog(self) -> Json:
        if self.event.history:
            return {"changelog": {"id": self.event.history.id, "items": self.render.changes(self.event.history)}}
        return {"changelog": self._first_values()} if self.event.kind == "created" and self.cloud else {}

    def _first_values(self) -> Json:
        """Cloud's history of a creation, which leaves the labels out."""
        issue, author = self.event.issue, self.event.issue.reporter
        lines: list[tuple[str, str | None, str]] = [
            ("priority", issue.priority.id, issue.priority.name),
            ("reporter", author.account_id, author.display_name),
        ]
        lines += [("status", issue.status.id, issue.status.name), ("summary", None, issue.summary)]
        items = [_line("Status" if name == "status" else name, name, new, text) for name, new, text in lines]
        return {"id": str(int(issue.id) + 1), "items": items}

    def comment(self) -> Json:
        event = self.event
        assert event.comment
        out = self.head | {"webhookEvent": event.kind}
        out |= {} if self.cloud or event.kind == "comment_created" else {"user": self._user()}
        out |= {"comment": self.render.comment(event.issue, event.comment)}
        return out | ({"issue": self.render.issue(event.issue, SLIM)} if self.cloud else {})

    def commented(self) -> Json:
        """The twin of every comment event."""
        assert self.event.comment
        out = self.head | {
            "webhookEvent": "jira:issue_updated",
            "issue_event_type_name": self.event.type_name,
            "user": self._user(),
        }
        return out | {"issue": self._full(), "comment": self.render.comment(self.event.issue, self.event.comment)}

    def property(self) -> Json:
        issue, key = self.event.issue, str(self.event.property)
        about: Json = {"self": self.render.url("issue", issue.id, "properties", key), "key": key}
        written = self.event.kind == "property_set"
        about |= {"value": issue.properties[key]} if written else {}
        return self.head | {"webhookEvent": f"issue_{self.event.kind}", "user": self._user(), "property": about}

    def link(self) -> Json:
        """Of both flavours: two ids, the type in other words than anywhere else, and neither user nor issue."""
        link = self.event.link
        assert link
        kind: Json = {"id": int(link.type.id), "name": link.type.name}
        kind |= {"outwardName": link.type.outward, "inwardName": link.type.inward}
        kind |= {"isSubTaskLinkType": False, "isSystemLinkType": False}
        about: Json = {
            "id": int(link.id),
            "sourceIssueId": int(link.source),
            "destinationIssueId": int(link.destination),
        }
        about |= {"issueLinkType": kind, "systemLink": False}
        return self.head | {"webhookEvent": f"issue{self.event.kind}", "issueLink": about}

    def _user(self) -> Json:
        return self.render.person(self.event.user)

    def _full(self) -> Json:
        """Cloud leaves comments and, as far as anybody knows, the parent out of the issue."""
        return self.render.issue(self.event.issue, ["*all", "-comment", "-parent"] if self.cloud else ["*all"])


def _line(field: str, field_id: str, new: str | None, text: str) -> Json:
    return {
        "field": field,
        "fieldtype": "jira",
        "fieldId": field_id,
        "from": None,
        "fromString": None,
        "to": new,
        "toString": text,
    }
