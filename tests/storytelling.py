"""Stories: what people do in Jira, what the worker makes of it, with a clock that moves when the story says so.

The sandbox is real HTTP; the worker's look is called directly. Each story runs on Cloud and on Data Center.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from config import protocol_file
from config.checking.parser import parse
from config.protocol import Protocol
from sandbox import CommentView, Sandbox, TicketView
from worker.jira.issue_memory import Relatives
from worker.jira.signin.credentials import Credentials
from worker.jira.site import Site
from worker.look.reconciler import Outcome, Reconciler

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00-05:00")
SEATS = {"project-manager": "petra", "client-contact": "sam", "engineering-manager": "erin"}


class Memory:
    """What the queue remembers of kinship, without Redis."""

    def __init__(self) -> None:
        self.kin: dict[str, str] = {}
        self.clients: dict[str, frozenset[str]] = {}

    def relatives(self, ticket: str) -> Relatives:
        evaluations = frozenset(id for id, parent in self.kin.items() if parent == ticket)
        return Relatives(evaluations, self.clients.get(ticket, frozenset()))

    def remember_evaluations(self, ticket: str, evaluations: list[str]) -> None:
        self.kin.update(dict.fromkeys(evaluations, ticket))

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        self.clients[ticket] = frozenset(requests)

    def remember_stranger(self, id: str) -> None:
        self.kin.setdefault(id, "-")

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        return frozenset(id for id in ids if self.kin.get(id) == "-")


class Story:
    """One ticket's story."""

    def __init__(self, jira: Sandbox, clock: "Clock", **changes: Any) -> None:
        self.jira, self.clock = jira, clock
        self.memory = Memory()
        self.site = Site(Credentials(jira.url, jira.email() if jira.flavour == "cloud" else None, jira.token()))
        self.rules(**changes)
        self.key = ""

    def rules(
        self, *, panel: dict[str, Any] | None = None, seats: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """From now on this protocol: the default, with these changes (seats: by name)."""
        each = [
            {"name": name, "title": name.replace("-", " ").title(), "holder": self.jira.id_of(nick)}
            | ({"members": ["group:support"], "field": "customfield_10042"} if name == "client-contact" else {})
            | (seats or {}).get(name, {})
            for name, nick in SEATS.items()
        ]
        given = {"panel": {"seats": each, **(panel or {})}, **changes}
        self.protocol: Protocol = parse({"grades": _default_grades(), **given})
        self.reconciler = Reconciler(self.site, self.protocol, self.memory)

    def restart(self) -> None:
        """Redis and the worker lose their memory."""
        self.memory = Memory()
        self.reconciler = Reconciler(self.site, self.protocol, self.memory)

    # -- what people do

    def ticket(self, project: str = "SUP", **values: Any) -> str:
        self.key = self.jira.create_ticket(project, "Check-in fails for all doctors", **values)
        return self.key

    def request(self, project: str = "SUP", *, by: str = "sam", label: str = "escalation-requested") -> None:
        """Support asks for an escalation, and the worker opens the round."""
        if not self.key:
            self.ticket(project)
        self.jira.label(self.key, label, by=by)
        self.settle()

    def evaluation(self, seat: str, round: int = 1) -> TicketView:
        mark = {"round": round, "seat": seat}
        found = [e for e in self.evaluations() if mark.items() <= e.properties["escalation"].items()]
        return found[0]

    def evaluations(self) -> list[TicketView]:
        each = [self.jira.issue(key) for key in self.jira.issue(self.key).subtasks]
        return [child for child in each if "escalation" in child.properties]

    def say(self, seat: str, text: str, *, by: str | None = None, round: int = 1) -> str:
        """The seat's holder (or somebody else) writes a comment on the evaluation; nobody looks yet."""
        return self.jira.comment(self.evaluation(seat, round).key, text, by=by or SEATS[seat])

    def vote(self, *texts: str, round: int = 1) -> None:
        """Project Manager, Support, Engineering Manager vote in this order, a minute apart, and the worker looks."""
        for seat, text in zip(SEATS, texts, strict=False):
            self.clock.forward(minutes=1)
            if text:
                self.say(seat, text, round=round)
        self.settle()

    # -- what the worker does

    def look(self, **how: Any) -> Outcome:
        return self.reconciler.look(self.jira.issue(self.key).id, self.clock(), lambda: None, **how)

    def settle(self, **how: Any) -> Outcome:
        """Looks until nothing is left to do; that must be soon."""
        outcome = self.look(**how)
        for _ in range(5):
            if outcome.plan.empty:
                return outcome
            outcome = self.look()
        raise AssertionError(f"still not settled: {[str(action) for action in outcome.plan.actions]}")

    def forward(self, **delta: float) -> Outcome:
        """Time passes, then the worker looks."""
        self.clock.forward(**delta)
        return self.settle()

    def remember(self, record: dict[str, Any]) -> None:
        """The record as the worker itself would have left it: sealed."""
        value = {name: part for name, part in record.items() if name != "seal"}
        self.jira.set_property(self.key, "escalation", value | {"seal": self.site.seals.seal(value)})

    # -- what is there then

    @property
    def now(self) -> TicketView:
        return self.jira.issue(self.key)

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = self.now.properties.get("escalation") or {}
        return found

    def to_client(self) -> list[CommentView]:
        """What a client can read from us: public comments (service project), unrestricted ones (elsewhere)."""
        ours = [comment for comment in self.now.comments if comment.author == "bot"]
        return [comment for comment in ours if comment.public and not comment.visibility]

    def internal(self) -> list[str]:
        """Everything we wrote for colleagues, on the ticket and on all evaluations."""
        ours = [c for c in self.now.comments if c.author == "bot" and c not in self.to_client()]
        below = [c for e in self.evaluations() for c in e.comments if c.author == "bot"]
        return [comment.text for comment in (*ours, *below)]

    def said(self, words: str) -> list[str]:
        return [text for text in self.internal() if words in text]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def _default_grades() -> list[dict[str, Any]]:
    return [asdict(grade) for grade in protocol_file.load().grades]
