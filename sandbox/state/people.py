"""Who lives in the sandbox: the worker's account, the panel, clients and strangers, on Cloud and on Data Center.

A person is also a set of switches (active, assignable, agent, admin) that a test may throw; nothing here knows about
tickets.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Flavour = Literal["cloud", "dc"]

ROLES = {"Administrators": "10002", "Service Desk Team": "10101", "Developers": "10102"}
"""Project roles by name, with their ids; the same in every project."""


LEAD = "erin"
"""Who leads every project."""


@dataclass(slots=True, eq=False)
class User:
    """One account. `nick` is how tests and the page call it; Cloud knows it by `account_id`, Data Center by `name`
    and `key`."""

    nick: str
    account_id: str
    display_name: str
    key: str
    account_type: str = "atlassian"
    active: bool = True
    assignable: bool = True
    agent: bool = False
    """Holds the agent role of service projects; without it comments there become internal without a word."""
    admin: bool = False
    token_ends: datetime | None = None
    """From when on the person's token is no longer accepted."""
    organisation: str = ""
    """The client that a customer belongs to; requests of theirs show it."""
    timezone: str = "America/New_York"
    groups: set[str] = field(default_factory=lambda: {"jira-users"})
    roles: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.nick

    @property
    def email(self) -> str:
        return f"{self.nick}@vendor.example"

    @property
    def customer(self) -> bool:
        return self.account_type == "customer"

    def id(self, flavour: Flavour) -> str:
        """What a protocol file calls this person on that flavour."""
        return self.account_id if flavour == "cloud" else self.name

    def in_role(self, role: str) -> bool:
        return role in self.roles or (role == "Service Desk Team" and self.agent)


RULES = User(
    "rules",
    "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077",
    "Automation for Jira",
    "JIRAUSER10900",
    "app",
    assignable=False,
)
"""Whom rules of Jira Automation act as; on Data Center nothing tells them from a person."""


def cast() -> list[User]:
    """Everybody, fresh: tests change them."""
    return [
        User(
            "bot",
            "712020:1f0b3c5e-worker",
            "Escalation Worker",
            "JIRAUSER10100",
            agent=True,
            admin=True,
            timezone="Etc/UTC",
        ),
        User("petra", "5b10ac8d82e05b22cc7d4ef5", "Petra Project", "JIRAUSER10101", roles={"Developers"}),
        User(
            "sam",
            "5b10a2844c20165700ede21g",
            "Sam Support",
            "JIRAUSER10102",
            agent=True,
            groups={"jira-users", "support"},
        ),
        User(
            "erin",
            "5b10a2844c20165700ede22h",
            "Erin Engineering",
            "JIRAUSER10103",
            roles={"Developers", "Administrators"},
        ),
        User(
            "sue",
            "5b10a2844c20165700ede23j",
            "Sue Support",
            "JIRAUSER10104",
            agent=True,
            groups={"jira-users", "support"},
        ),
        User("paul", "5b10a2844c20165700ede24k", "Paul Standin", "JIRAUSER10105", roles={"Developers"}),
        User("emma", "5b10a2844c20165700ede25m", "Emma Standin", "JIRAUSER10106", roles={"Developers"}),
        User(
            "clara",
            "qm:a713c8ea-1075-4e30-9d96-client",
            "Clara Client",
            "JIRAUSER10107",
            "customer",
            assignable=False,
            groups=set(),
            organisation="Northside Veterinary",
        ),
        User(
            "carl",
            "qm:a713c8ea-1075-4e30-9d96-second",
            "Carl Consumer",
            "JIRAUSER10111",
            "customer",
            assignable=False,
            groups=set(),
            organisation="Harbour Animal Hospital",
        ),
        User("otto", "5b10a2844c20165700ede26n", "Otto Outsider", "JIRAUSER10108", timezone="Europe/Berlin"),
        User("ines", "5b10a2844c20165700ede27p", "Ines Inactive", "JIRAUSER10109", active=False),
        User("nora", "5b10a2844c20165700ede28q", "Nora Noassign", "JIRAUSER10110", assignable=False),
    ]


def known_token(nick: str) -> str:
    """The token that everybody knows: who wants another gives it to `serve`."""
    return f"sandbox-token-{nick}"


class People:
    """Finds a person by any of the names a caller may have."""

    def __init__(self) -> None:
        self.all = cast()
        self.empty_groups: set[str] = set()
        """Groups that exist without anybody in them."""
        self.tokens: dict[str, str] = {user.nick: known_token(user.nick) for user in self.all}

    def find(self, who: str | User) -> User | None:
        if isinstance(who, User):
            return who
        return next((u for u in self.all if who in (u.nick, u.account_id, u.key, u.email)), None)

    def get(self, who: str | User) -> User:
        """The person, or KeyError: for tests and the page, which know whom they mean."""
        if (user := self.find(who)) is None:
            raise KeyError(f"nobody in the sandbox is called {who!r}")
        return user

    def known_to(self, flavour: Flavour, identifier: object) -> User | None:
        """By what Jira of that flavour accepts in a REST call, and nothing else."""
        if not isinstance(identifier, str):
            return None
        return next((u for u in self.all if u.id(flavour) == identifier), None)

    def by_token(self, token: str) -> User | None:
        return next((self.get(nick) for nick, known in self.tokens.items() if known == token), None)

    def name_of(self, identifier: str) -> str:
        """What a mention shows, by accountId or user name."""
        user = self.find(identifier)
        return user.display_name if user else identifier

    def members(self, group: str) -> list[User]:
        return [u for u in self.all if group in u.groups]

    def groups(self) -> set[str]:
        return self.empty_groups | {group for user in self.all for group in user.groups}
