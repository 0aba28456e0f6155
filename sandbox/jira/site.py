"""One small Jira over real HTTP, to be started inside a test or as a process.

It listens on the local machine only unless it is told otherwise, keeps everything in memory and forgets it at the end.
"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from sandbox.http.authentication import Client, known_secret
from sandbox.http.call_log import CallLog, Record
from sandbox.http.certificates import Tls
from sandbox.http.dispatch import Dispatcher, Hook
from sandbox.http.errors import JiraError
from sandbox.http.faults import Faults
from sandbox.http.forgetting import Forgetting
from sandbox.http.own_host import OwnHost
from sandbox.http.server import Server
from sandbox.jira.story import Story, Who
from sandbox.rest import comments, fields, issues, links, projects, properties, service_desk, site, transitions, users  # noqa: F401 - they register routes
from sandbox.search import jql, suggestions  # noqa: F401 - they register routes
from sandbox.search.jql_matching import Asker, matcher
from sandbox.search.search import Shelf
from sandbox.state.people import Flavour, User
from sandbox.state.state import Clock, Event, State
from sandbox.webhooks import registration  # noqa: F401 - they register routes
from sandbox.webhooks.automation import Form, Rule
from sandbox.webhooks.deliveries import Deliveries, Webhook


class SiteShelf(Shelf):
    """What routes reach beside the tickets."""

    def __init__(self, deliveries: Deliveries) -> None:
        super().__init__()
        self.deliveries = deliveries


class Jira(Story):
    """The site, without a page. `start` and `stop` it, or use it in a `with`."""

    def __init__(
        self,
        flavour: Flavour = "cloud",
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        index_lag: float = 0.0,
        seed: int = 1,
        threads: int = 4,
        tls: Tls | None = None,
    ) -> None:
        self.state = State(flavour, clock)
        self.state.index.lag = index_lag
        self.faults = Faults()
        self.log = CallLog()
        self.deliveries = Deliveries(self.state, threads, seed)
        self.deliveries.filter = self._wants
        self.door = Dispatcher(self.state, self.faults, self.log, SiteShelf(self.deliveries))
        self.host, self.port, self.tls = host, port, tls
        self.board = ""
        """Where the worker's web process is; "" where only a webhook tells."""
        self._server: Server | None = None

    @property
    def forgetting(self) -> Forgetting:
        """What this Jira forgets."""
        return self.door.forgetting

    # -- running -----------------------------------------------------------------------------------

    @property
    def flavour(self) -> Flavour:
        return self.state.flavour

    @property
    def url(self) -> str:
        return self.door.base

    def pages(self) -> list[Route]:
        """What is served beside Jira's own calls."""
        return []

    def listen(self) -> Server:
        """Bind the address and send webhooks; the caller runs the server. PortTaken when the address is in use."""
        app = Starlette(routes=[*self.pages(), Mount("/", app=self.door)])
        self._server = Server(OwnHost(app, self.host), self.door.transports, self.host, self.port, self.tls)
        called = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - it listens everywhere
        shown = f"[{called}]" if ":" in called else called
        self.door.base = self.deliveries.base = f"{'https' if self.tls else 'http'}://{shown}:{self._server.port}"
        self.deliveries.start()
        return self._server

    def start(self) -> Self:
        self.listen().start()
        return self

    def stop(self) -> None:
        self.deliveries.stop()
        if self._server:
            self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- accounts ----------------------------------------------------------------------------------

    def token(self, who: Who = "bot") -> str:
        """Cloud: the API token to use with `email()`; Data Center: the personal access token."""
        return self.state.people.tokens[self.user(who).nick]

    def email(self, who: Who = "bot") -> str:
        return self.user(who).email

    def service_account(self, who: Who = "bot", lives: timedelta = timedelta(minutes=60)) -> tuple[str, str]:
        """A client id and its secret, with which that account logs in; a token of it lives that long."""
        nick = self.user(who).nick
        client = Client(f"client-of-{nick}", known_secret(nick), nick, lives)
        self.door.logins.clients[client.id] = client
        return client.id, client.secret

    def scope_token(self, who: Who = "bot") -> None:
        """From now on that account's API token has scopes: Cloud takes it at the gateway only."""
        self.door.logins.scoped.add(self.user(who).nick)

    def take_passwords(self) -> None:
        """From now on Data Center takes Basic user name and password, as an administrator may switch it on."""
        self.door.logins.passwords = True

    # -- time and index ----------------------------------------------------------------------------

    def forward(self, **delta: float) -> None:
        """Move the sandbox's clock on: `forward(minutes=30)`. For sandboxes that use their own clock."""
        self.state.offset += timedelta(**delta)

    @property
    def index_lag(self) -> float:
        """Seconds, on the sandbox's clock, until a change can be found by a search."""
        return self.state.index.lag

    @index_lag.setter
    def index_lag(self, seconds: float) -> None:
        self.state.index.lag = seconds

    def reindex(self) -> None:
        """Let searches find everything written so far."""
        with self.state.lock:
            self.state.index.catch_up()

    @property
    def skew(self) -> timedelta:
        """By how much the clock in the answers' `Date` is ahead of the true time."""
        return self.door.skew

    @skew.setter
    def skew(self, ahead: timedelta) -> None:
        self.door.skew = ahead

    def forget_tickets(self) -> None:
        """No ticket is left, and numbers begin anew; webhooks tell of each that goes."""
        with self.state.lock:
            for ticket in self.tickets():
                self.delete(ticket.key, by="sam")
            self.state.keys.clear()
            for project in self.state.projects.values():
                project.last_number = 0

    # -- switches ----------------------------------------------------------------------------------

    def deny(self, permission: str, project: str, who: Who = "bot") -> None:
        """Take a permission away, e.g. `deny("EDIT_ISSUES", "SUP")`."""
        self.project(project).denied.add((self.user(who).nick, permission))

    def allow(self, permission: str, project: str, who: Who = "bot") -> None:
        self.project(project).denied.discard((self.user(who).nick, permission))

    def hide_field(self, field: str, project: str) -> None:
        """Take a field off the project's screens."""
        self.project(project).screen.discard(field)

    def show_field(self, field: str, project: str) -> None:
        self.project(project).screen.add(field)

    def without_subtasks(self, project: str) -> None:
        """Make it a project that has no sub-task type."""
        found = self.project(project)
        found.issue_types = [t for t in found.issue_types if not t.subtask]

    def demand_field(self, name: str, project: str) -> None:
        """Make Jira insist on a field of that name for every new issue of the project."""
        self.project(project).demanded = name

    def empty_group(self, name: str) -> None:
        """Put everybody out of a group; it goes on to exist."""
        self.state.people.empty_groups.add(name)
        for user in self.state.people.all:
            user.groups.discard(name)

    # -- webhooks ----------------------------------------------------------------------------------

    def add_webhook(self, url: str, secret: str | None, events: tuple[str, ...] = (), query: str = "") -> Webhook:
        return self.deliveries.add(url, secret, events, "escalation", query)

    def add_rule(
        self, url: str, secret: str, form: Form = "custom", query: str = "", ignores: Who | None = "bot"
    ) -> Rule:
        """A rule of Jira Automation that tells `url` of issues created, updated and commented; `query` is its JQL
        condition, and what `ignores` does sets it off no more."""
        rule = Rule(self.state.next_id(), url, secret, name="automation", query=query, form=form)
        rule.ignores = self.user(ignores).id(self.flavour) if ignores else None
        self.deliveries.webhooks.append(rule)
        return rule

    def run_rule(self, rule: Rule, key: str) -> None:
        """As by the button *Run rule* on an issue: its conditions are not asked."""
        with self.state.lock:
            if issue := self.state.find(key):
                self.deliveries.send(rule, rule.body(self.state, issue, self.deliveries.base))

    def drain(self, timeout: float = 10.0) -> bool:
        """Wait until every webhook has been delivered or given up; False when it takes longer."""
        return self.deliveries.drain(timeout)

    def _wants(self, webhook: Webhook, event: Event) -> bool:
        if not webhook.query:
            return True
        asker = Asker(self.state, self.user("bot"), self.state.now())
        with suppress(JiraError):
            return matcher(jql.parse(webhook.query), asker)(event.issue)
        return False

    # -- the log -----------------------------------------------------------------------------------

    def calls(self, account: Who | None = "bot") -> list[Record]:
        """Every REST call of an account, oldest first; None: of everybody."""
        return self.log.of(None if account is None else self._nick(account))

    def write_log(self, path: str | Path, account: Who | None = "bot") -> int:
        """The calls as JSON lines; how many."""
        return self.log.write(Path(path), None if account is None else self._nick(account))

    def _nick(self, who: Who) -> str:
        return who.nick if isinstance(who, User) else self.user(who).nick

    def on_call(self, hook: Hook) -> None:
        """`hook("before" | "after", record)` around the work of every REST call: `after` is before the answer is
        sent. It may block or kill."""
        self.door.hooks.append(hook)
