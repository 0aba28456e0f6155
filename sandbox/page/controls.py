"""What the page can ask and do: small functions from a wish, as JSON, to what comes of it.

They act as somebody, through the same verbs as the stories.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.http.faults import Fault
from sandbox.http.forgetting import FORGETTABLE, HIDEABLE
from sandbox.jira.site import Jira
from sandbox.jira.ticket_view import TicketView
from sandbox.page.clock_jumps import jumps
from sandbox.page.reasoning import Reasoning
from sandbox.state.stamps import calendar_date

ROLES = {
    "clara": "a client",
    "carl": "another client",
    "sam": "Support",
    "petra": "Project Manager",
    "erin": "Engineering Manager",
    "sue": "Support, too",
    "paul": "a colleague",
    "emma": "a colleague",
    "otto": "no part in this",
}
"""What each person is under the default protocol, for the page."""
RECENT = 300
Act = Callable[[dict[str, Any]], Any]


class BadWish(ValueError):
    """The page asked for something that cannot be; answered with 400 and this text."""


class Controls:
    """What the page can ask and do."""

    def __init__(self, jira: Jira) -> None:
        self.jira = jira

    def reads(self) -> dict[str, Act]:
        return {
            "/site": self.site,
            "/clock": lambda wish: {"ahead": self.jira.state.offset.total_seconds()},
            "/tickets": self.tickets,
            "/ticket/{key}": lambda wish: self.ticket(wish["key"], str(wish.get("as", ""))),
            "/calls": self.calls,
            "/turns": self.turns,
            "/deliveries": self.deliveries,
            "/faults": lambda wish: [asdict(rule) for rule in self.jira.faults.rules],
        }

    def writes(self) -> dict[str, Act]:
        return {
            "/tickets": self.create,
            "/ticket/{key}/{verb}": self.act,
            "/faults": self.add_fault,
            "/faults/clear": self.clear_faults,
            "/settings": self.settings,
            "/forgetting": self.forget,
            "/calls/clear": lambda wish: self.jira.log.clear(),
        }

    # -- reading -----------------------------------------------------------------------------------

    def site(self, wish: dict[str, Any]) -> dict[str, Any]:
        jira, people = self.jira, self.jira.state.people.all
        cast = [
            {
                "nick": u.nick,
                "name": u.display_name,
                "id": jira.id_of(u),
                "type": u.account_type,
                "agent": u.agent,
                "role": ROLES.get(u.nick, ""),
            }
            for u in people
            if u.active
        ]
        projects = [{"key": p.key, "name": p.name, "service": p.service} for p in jira.state.projects.values()]
        out = {"flavour": jira.flavour, "url": jira.url, "now": jira.state.now(), "people": cast, "projects": projects}
        out |= {
            "latency": jira.faults.latency,
            "index_lag": jira.index_lag,
            "clock_offset": jira.state.offset.total_seconds(),
        }
        hooks = [{"id": w.id, "name": w.name, "url": w.url, "signed": bool(w.secret)} for w in jira.deliveries.webhooks]
        boards = [f"{at.scheme}://{at.netloc}/" for at in (urlsplit(w.url) for w in jira.deliveries.webhooks)]
        out |= {"board": boards[0] if boards else None, "jumps": [asdict(jump) for jump in jumps(jira.state.now())]}
        return out | {"webhooks": hooks, "write_limit": jira.faults.write_limit, "paused": jira.deliveries.post.paused}

    def tickets(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        """All tickets; a client's own requests alone, as their portal lists them."""
        client = self._client(str(wish.get("as", "")))
        if client:
            return [self._portal_row(t) for t in self.jira.tickets() if self._is_theirs(t, client)]
        return [self._row(t) for t in self.jira.tickets()]

    def _client(self, nick: str) -> str:
        """The nick, if it is a client's."""
        user = self.jira.state.people.find(nick)
        return user.nick if user and user.customer else ""

    def _is_theirs(self, ticket: TicketView, client: str) -> bool:
        return ticket.reporter == client and self.jira.project(ticket.project).service

    def _portal_row(self, ticket: TicketView) -> dict[str, Any]:
        names = ("key", "summary", "status", "category", "updated")
        return {name: getattr(ticket, name) for name in names} | {"labels": [], "duedate": None}

    def _row(self, ticket: TicketView) -> dict[str, Any]:
        names = (
            "key",
            "project",
            "summary",
            "status",
            "category",
            "labels",
            "duedate",
            "reporter",
            "assignee",
            "updated",
        )
        return {name: getattr(ticket, name) for name in names} | {
            "evaluations": len(ticket.subtasks),
            "comments": len(ticket.comments),
        }

    def portal(self, ticket: TicketView, client: str) -> dict[str, Any]:
        """A request as its client sees it, and nothing of it that they do not see; KeyError for another's."""
        if not self._is_theirs(ticket, client):
            raise KeyError(ticket.key)
        names = ("id", "author", "text", "public", "visibility", "created")
        said = [{name: getattr(c, name) for name in names} for c in ticket.public_comments]
        shown = {name: getattr(ticket, name) for name in ("description", "created", "reporter")}
        return self._portal_row(ticket) | shown | {"portal": True, "comments": said, "service": True}

    def ticket(self, key: str, who: str = "") -> dict[str, Any]:
        """A ticket with its sub-tasks whole; as a client, what their portal shows of it."""
        ticket = self.jira.issue(key)
        if client := self._client(who):
            return self.portal(ticket, client)
        whole = {"subtasks": [self.jira.issue(k).plain() for k in ticket.subtasks]}
        return ticket.plain() | whole | {"service": self.jira.project(ticket.project).service}

    def calls(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        """Calls after a number, newest last; `account` all, or one nick (the worker's)."""
        account = wish.get("account", "bot")
        after = int(wish.get("after", 0))
        records = self.jira.calls(None if account == "all" else account)
        return [r.line() for r in records if r.number > after][-500:]

    def turns(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        """What the worker did lately, in words, oldest first."""
        jira = self.jira
        found = Reasoning(jira.state).turns(jira.calls()[-RECENT:], jira.deliveries.log[-RECENT:])
        return [asdict(turn) for turn in found[-40:]]

    def deliveries(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        newest = self.jira.deliveries.log[-int(wish.get("limit", 100)) :]
        return [
            {"id": d.identifier, "event": d.event, "url": d.webhook.url, "attempts": d.attempts, "outcome": d.outcome}
            for d in newest
        ]

    # -- acting ------------------------------------------------------------------------------------

    def create(self, wish: dict[str, Any]) -> dict[str, Any]:
        summary = _text(wish, "summary")
        labels = [str(x) for x in wish.get("labels") or []]
        about = {
            "reporter": wish.get("reporter") or wish.get("as", "clara"),
            "labels": labels,
            "description": wish.get("description"),
        }
        return {
            "key": self.jira.create_ticket(
                str(wish.get("project", "SUP")), summary, by=wish.get("as", "clara"), **about
            )
        }

    def act(self, wish: dict[str, Any]) -> dict[str, Any]:
        key, verb = wish["key"], wish["verb"]
        verbs: dict[str, Callable[[str, str], Any]] = {
            "label": lambda k, by: self.jira.label(k, _word(wish, "label"), by=by),
            "unlabel": lambda k, by: self.jira.unlabel(k, _word(wish, "label"), by=by),
            "comment": lambda k, by: self.jira.comment(k, _text(wish, "text"), by=by, public=wish.get("public")),
            "edit-comment": lambda k, by: self.jira.edit_comment(k, _text(wish, "id"), _text(wish, "text"), by=by),
            "delete-comment": lambda k, by: self.jira.delete_comment(k, _text(wish, "id"), by=by),
            "transition": lambda k, by: self.jira.transition(k, _text(wish, "status"), by=by),
            "close": lambda k, by: self.jira.close(k, by=by),
            "reopen": lambda k, by: self.jira.reopen(k, by=by),
            "assign": lambda k, by: self.jira.assign(k, wish.get("user"), by=by),
            "due": lambda k, by: self.jira.set_due(k, calendar_date(wish.get("date")), by=by),
            "move": lambda k, by: self.jira.move(k, _text(wish, "project"), by=by),
            "delete": lambda k, by: self.jira.delete(k, by=by),
            "link": lambda k, by: self.jira.link(k, _text(wish, "to"), str(wish.get("type") or "Duplicate"), by=by),
            "unlink": lambda k, by: self.jira.unlink(k, _text(wish, "to"), by=by),
        }
        if verb not in verbs:
            raise KeyError(verb)
        return {"done": verb, "result": verbs[verb](key, wish.get("as", "sam"))}

    def add_fault(self, wish: dict[str, Any]) -> dict[str, Any]:
        """The attributes of `Fault` as JSON; TypeError (400) for a name it does not have."""
        rule = self.jira.faults.add(Fault(**{k: v for k, v in wish.items() if k != "hits"}))
        return asdict(rule)

    def clear_faults(self, wish: dict[str, Any]) -> dict[str, Any]:
        self.jira.faults.clear()
        return {"faults": 0}

    def forget(self, wish: dict[str, Any]) -> dict[str, Any]:
        """What this Jira forgets from now on (http/forgetting.py): lists under `drops`, `hides`, `without`; what is
        left out is forgotten no more, and what was hidden is shown again once nothing is hidden."""
        known = {"drops": FORGETTABLE, "hides": HIDEABLE, "without": None}
        for name, names in known.items():
            asked = {str(each) for each in wish.get(name) or ()}
            if names is not None and not asked <= names:
                raise BadWish(f"{name}: expected some of {', '.join(sorted(names))}")
            setattr(self.jira.forgetting, name, asked)
        if not self.jira.forgetting.hides:
            self.jira.forgetting.hidden.clear()
        return {name: sorted(getattr(self.jira.forgetting, name)) for name in known}

    def settings(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Any of latency, index_lag, write_limit, clock_offset (seconds), forward (seconds), paused."""
        jira = self.jira
        jira.faults.latency = float(wish.get("latency", jira.faults.latency))
        jira.index_lag = float(wish.get("index_lag", jira.index_lag))
        jira.faults.write_limit = bool(wish.get("write_limit", jira.faults.write_limit))
        jira.state.offset = timedelta(seconds=float(wish.get("clock_offset", jira.state.offset.total_seconds())))
        jira.forward(seconds=float(wish.get("forward", 0)))
        if "paused" in wish:
            jira.deliveries.pause() if wish["paused"] else jira.deliveries.release()
        return self.site({})


def _text(wish: dict[str, Any], name: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadWish(f"{name} is missing")
    return value


def _word(wish: dict[str, Any], name: str) -> str:
    value = _text(wish, name)
    if any(c.isspace() for c in value):
        raise BadWish(f"{name} must be without blanks")
    return value
