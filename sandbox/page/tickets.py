"""Tickets as the page shows them: to colleagues whole, to a client what their portal has of their own request."""

from collections.abc import Iterator
from typing import Any

from sandbox.jira.site import Jira
from sandbox.jira.ticket_view import CommentView, TicketView
from sandbox.page.standing import REQUEST, WAITS_FOR_A_WORKER, Standing
from sandbox.state.shown import Node, tree

_ROW = ("key", "project", "summary", "status", "category", "labels", "duedate", "reporter", "assignee", "updated")
_PORTAL_ROW = ("key", "summary", "status", "category", "updated")
_SAID = ("id", "author", "text", "public", "visibility", "created")


class Tickets:
    """The tickets of one site, for the page."""

    def __init__(self, jira: Jira) -> None:
        self.jira = jira

    # -- lists

    def listed(self, who: str) -> list[dict[str, Any]]:
        """All tickets; a client's own requests alone, as their portal lists them."""
        client = self._client(who)
        if client:
            return [_portal_row(each) for each in self.jira.tickets() if self._is_theirs(each, client)]
        return [self._row(each) for each in self.jira.tickets()]

    def _row(self, ticket: TicketView) -> dict[str, Any]:
        row = {name: getattr(ticket, name) for name in _ROW}
        return row | {"tone": self._standing(ticket).tone, "evaluations": len(ticket.subtasks)}

    def _client(self, nick: str) -> str:
        """The nick, if it is a client's."""
        user = self.jira.state.people.find(nick)
        return user.nick if user and user.customer else ""

    def _is_theirs(self, ticket: TicketView, client: str) -> bool:
        return ticket.reporter == client and self.jira.project(ticket.project).service

    # -- one ticket

    def one(self, key: str, who: str) -> dict[str, Any]:
        """A ticket with its sub-tasks whole; as a client, what their portal shows of it, KeyError for another's."""
        ticket = self.jira.issue(key)
        if client := self._client(who):
            return self._portal(ticket, client)
        service = self.jira.project(ticket.project).service
        whole = {"subtasks": [self._shown(self.jira.issue(each)) for each in ticket.subtasks], "service": service}
        client = ticket.reporter if service and self._client(ticket.reporter) else ""
        about = {"standing": self._standing(ticket).plain(), "answers": list(self._answers(ticket)), "client": client}
        return self._shown(ticket) | whole | about

    def _portal(self, ticket: TicketView, client: str) -> dict[str, Any]:
        if not self._is_theirs(ticket, client):
            raise KeyError(ticket.key)
        said = [{name: getattr(each, name) for name in _SAID} | self._tree(each) for each in ticket.public_comments]
        shown = {name: getattr(ticket, name) for name in ("description", "created", "reporter")}
        shown |= {"shown": self._description(ticket)}
        return _portal_row(ticket) | shown | {"portal": True, "comments": said, "service": True}

    def _shown(self, ticket: TicketView) -> dict[str, Any]:
        """With every text as a browser shows it."""
        plain = ticket.plain()
        comments = [{**each, **self._tree(view)} for each, view in zip(plain["comments"], ticket.comments, strict=True)]
        return plain | {"comments": comments, "shown": self._description(ticket)}

    def _description(self, ticket: TicketView) -> list[Node]:
        issue = self.jira.state.find(ticket.key)
        return tree(issue.description if issue else None, self.jira.state.people.name_of)

    def _tree(self, comment: CommentView) -> dict[str, Any]:
        return {"shown": tree(comment.body, self.jira.state.people.name_of)}

    # -- how it stands

    def _standing(self, ticket: TicketView) -> Standing:
        evaluations = [self.jira.issue(each) for each in ticket.subtasks]
        told_by = next((teller for teller, _ in self._tellers(ticket)), "")
        return Standing(ticket, evaluations, self.jira.state.now(), self._heard_of(ticket), told_by)

    def _heard_of(self, ticket: TicketView) -> bool:
        """Whether a worker has called since the request was made, or it was made only now."""
        put = [line.at for line in ticket.changelog if line.field == "labels" and REQUEST in str(line.new).lower()]
        asked = put[-1] if put else ticket.created
        last = next((call.started for call in reversed(self.jira.log.records) if call.account == "bot"), None)
        return self.jira.state.now() - asked < WAITS_FOR_A_WORKER or (last is not None and last > asked)

    def _answers(self, ticket: TicketView) -> Iterator[dict[str, Any]]:
        """What clients were told of the decision that stands, as far as it is there: on the ticket and on requests."""
        record = Standing(ticket, (), ticket.updated).record
        yield from self._answer(ticket, (record.get("told") or {}).get("comment"))
        for heard in record.get("heard") or []:
            if self.jira.exists(str(heard.get("key"))):
                yield from self._answer(self.jira.issue(str(heard["key"])), heard.get("comment"))
        for teller, comment in self._tellers(ticket):
            yield from self._answer(ticket, comment, through=teller)

    def _answer(self, ticket: TicketView, comment: object, through: str = "") -> Iterator[dict[str, Any]]:
        for each in ticket.public_comments:
            if each.id == str(comment):
                about = {"key": ticket.key, "id": each.id, "created": each.created, "through": through}
                yield about | {"whose": self._whose(ticket)} | self._tree(each)

    def _whose(self, ticket: TicketView) -> str:
        user = self.jira.user(ticket.reporter)
        asked = user.customer and self.jira.project(ticket.project).service
        return user.display_name if asked else "whoever may see the ticket"

    def _tellers(self, ticket: TicketView) -> Iterator[tuple[str, object]]:
        """The tickets through which this request's client was told, and the comment here."""
        for link in ticket.links:
            record = self.jira.issue(link.key).properties.get("escalation")
            for heard in (record.get("heard") or []) if isinstance(record, dict) else []:
                if heard.get("request") == ticket.id:
                    yield link.key, heard.get("comment")


def _portal_row(ticket: TicketView) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in _PORTAL_ROW} | {"labels": [], "duedate": None, "tone": ""}
