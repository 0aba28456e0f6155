"""Broken set-ups: each is named by one line that says what is wrong and how to mend it, and nothing else is blamed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sandbox import Sandbox
from sandbox.http import faults
from tests.doctor.conftest import SetUp
from worker.queue import queues

BOTH, CLOUD, DC = ("cloud", "dc"), ("cloud",), ("dc",)
Break = Callable[[SetUp], object]


@dataclass(frozen=True)
class Broken:
    """What is broken, and the line that must say so: patterns for its group, name, what was found, and the remedy."""

    story: str
    how: Break
    group: str
    name: str
    found: str
    mend: str
    flavours: tuple[str, ...] = CLOUD
    lines: int = 1


def deny(permission: str) -> Break:
    return lambda setup: setup.jira.deny(permission, "SUP")


def environment(**variables: str) -> Break:
    return lambda setup: setup.set(**variables)


def protocol(old: str, new: str) -> Break:
    return lambda setup: setup.rewrite(old, new)


def fault(status: int, path: str) -> Break:
    return lambda setup: setup.jira.faults.add(faults.broken(status, path=path, times=None))


def webhook(**values: object) -> Break:
    def change(setup: SetUp) -> None:
        for name, value in values.items():
            setattr(setup.jira.deliveries.webhooks[0], name, value)

    return change


def undelivered(setup: SetUp) -> None:
    """Something happens, and nobody listens where the webhook leads."""
    setup.jira.deliveries.release()
    setup.jira.create_ticket("SUP", "Check-in fails")
    setup.jira.drain()


def user(nick: str, **values: object) -> Break:
    def change(setup: SetUp) -> None:
        for name, value in values.items():
            setattr(setup.jira.user(nick), name, value)

    return change


def evicting(setup: SetUp) -> None:
    setup.kv.config_set("maxmemory", "500mb")
    setup.kv.config_set("maxmemory-policy", "allkeys-lru")


def internal_role(setup: SetUp) -> None:
    setup.rewrite('role = ""', 'role = "Nobody Knows"')


def swept_long_ago(setup: SetUp) -> None:
    setup.kv.set(f"{queues.tickets(setup.kv).prefix}sweep:finished", 1_700_000_000)


def password_needed(setup: SetUp) -> None:
    setup.kv.execute_command("ACL", "SETUSER", "guarded", "on", ">right", "~*", "+@all")
    socket = str(setup.kv.connection_pool.connection_kwargs["path"])
    setup.set(REDIS_URL=f"unix://guarded:hunter2swordfish@{socket}")


FAR = timedelta(minutes=10)
TABLE = (
    Broken("a port that is none", environment(PORT="http"), "settings", "^PORT$", "found 'http'", "Set PORT"),
    Broken("no token", environment(JIRA_TOKEN=""), "settings", "JIRA_TOKEN", "not set", "Set JIRA_TOKEN"),
    Broken("no webhook secret", environment(JIRA_WEBHOOK_SECRETS=""), "settings", "SECRETS", "not set", "Set JIRA_W"),
    Broken("a zone that is misspelled", protocol("America/New_York", "US/Easter"), "protocol", "timezone",
           "US/Easter.*did you mean US/Eastern", "Change it in .*protocol.toml"),
    Broken("a protocol file that is not there", environment(PROTOCOL_FILE="/no/such.toml"), "protocol", "file",
           "cannot be read", "such.toml"),
    Broken("a key nobody knows", protocol("quorum = 2", "quorums = 2"), "protocol", "quorums", "unknown key",
           "protocol-file"),
    Broken("a wrong token", environment(JIRA_TOKEN="hunter2swordfish"), "jira", "credentials", "answered 401",
           "JIRA_USER.*|personal access token", BOTH),
    Broken("a wrong address", environment(JIRA_URL="http://127.0.0.1:9"), "jira", "JIRA_URL", "no connection",
           "Check JIRA_URL"),
    Broken("an address of something else", fault(404, "serverInfo"), "jira", "JIRA_URL", "is no Jira", "base address"),
    Broken("a token refused with 403", fault(403, "myself"), "jira", "credentials", "answered 403", "API token"),
    Broken("a clock that is wrong", lambda s: setattr(s.jira, "skew", FAR), "jira", "clock", "60. s ahead of", "NTP",
           BOTH),
    Broken("Data Center 9", lambda s: setattr(s.jira.state, "version", "9.12.4"), "jira", "version", "9.12.4.*sign",
           "Upgrade Jira", DC),
    Broken("a token that ends soon", lambda s: user("bot", token_ends=s.jira.state.now() + timedelta(days=3))(s),
           "jira", "token's end", "in 3 days", "new token", DC),
    Broken("a token that has ended", lambda s: user("bot", token_ends=s.jira.state.now() - timedelta(days=3))(s),
           "jira", "credentials", "answered 401", "has not ended|personal access token", DC),
    Broken("no Browse Projects at all", lambda s: [s.jira.deny("BROWSE_PROJECTS", key) for key in ("SUP", "OPS")],
           "projects", "served", "may browse no project", "Browse Projects", BOTH),
    Broken("no Create Issues", deny("CREATE_ISSUES"), "projects", "SUP: Create Issues", "lacks", "permission scheme",
           BOTH),
    Broken("no Edit Issues", deny("EDIT_ISSUES"), "projects", "SUP: Edit Issues", "lacks", "permission scheme",
),
    Broken("no Add Comments", deny("ADD_COMMENTS"), "projects", "SUP: Add Comments", "lacks", "permission scheme",
),
    Broken("no Transition Issues", deny("TRANSITION_ISSUES"), "projects", "SUP: Transition", "lacks", "permission",
),
    Broken("no Schedule Issues", deny("SCHEDULE_ISSUES"), "projects", "SUP: Schedule Issues", "lacks", "permission",
           BOTH),
    Broken("no Assign Issues", deny("ASSIGN_ISSUES"), "projects", "SUP: Assign Issues", "lacks", "permission scheme",
),
    Broken("no due date on the screen", lambda s: s.jira.hide_field("duedate", "SUP"), "projects", "SUP: Due date",
           "not on the edit screen of SUP-1", "Put the field Due date on the edit screen", BOTH),
    Broken("no labels on the screens", lambda s: s.jira.hide_field("labels", "OPS"), "projects", "OPS: Labels$",
           "not on the edit screen", "Put the field Labels", BOTH, lines=2),
    Broken("no sub-task type", lambda s: s.jira.without_subtasks("OPS"), "projects", "OPS: sub-task type",
           "no sub-task issue type", "issue type scheme", BOTH),
    Broken("a sub-task type that is not there", protocol('subtask_type = ""', 'subtask_type = "Judgement"'), "projects",
           "SUP: sub-task type", "none of the name 'Judgement'", "subtask_type", BOTH, lines=2),
    Broken("a priority that is not there", protocol('# priority = "Highest"', 'priority = "Burning"'), "projects",
           "SUP: priority of SEV-1", "no priority 'Burning'", "give one of Highest, High", BOTH, lines=2),
    Broken("a field that every sub-task must have", lambda s: s.jira.demand_field("Cost centre", "SUP"), "projects",
           "SUP: Cost centre", "demands it", "optional", BOTH),
    Broken("no way to Done", lambda s: setattr(s.jira.project("SUP"), "closable", False), "projects",
           "SUP: closing evaluations", "done status", "workflow", BOTH),
    Broken("no agent of the service project", user("bot", agent=False), "projects", "SUP: client's comments",
           "would come out internal", "agent", BOTH),
    Broken("an internal role that is not there", internal_role, "projects", "OPS: internal notes", "Nobody Knows",
           "Make a project role", BOTH),
    Broken("a project in the protocol that is not there", lambda s: s.file.write_text(
        s.file.read_text() + "\n[projects.NOPE.client]\ncomment = \"draft\"\n"), "projects", "NOPE", "404",
           "Check the key",
        BOTH),
    Broken("somebody who has left", lambda s: s.holder("ines"), "panel", "Ines Inactive .holder of project-manager",
           "is inactive", "Name an active colleague", BOTH),
    Broken("somebody who may not be assigned", lambda s: s.holder("nora"), "panel", "Nora Noassign",
           "cannot be assigned issues in SUP, OPS", "Assignable User", BOTH),
    Broken("a customer on the panel", lambda s: s.holder("clara"), "panel", "Clara Client", "is a customer",
           "Name an active colleague"),
    Broken("an app on the panel", user("petra", account_type="app"), "panel", "Petra Project", "is an app",
           "colleague"),
    Broken("a person nobody knows", lambda s: s.rewrite(f'"{s.jira.id_of("erin")}"', '"e.engineer"'), "panel",
           "e.engineer",
           "no such person|is a user name of Data Center, and this is Jira Cloud", "accountId", BOTH),
    Broken("an empty group", lambda s: s.jira.empty_group("support"), "panel", "group:support", "no active member",
           "Put people into the group", BOTH),
    Broken("a group that is not there", protocol("group:support", "group:suport"), "panel", "group:suport",
           "no such group", "name another", BOTH),
    Broken("a token without the scope for groups", fault(401, "group/member"), "panel", "group:support",
           "cannot be read.*401", "manage:jira-configuration"),
    Broken("people who may not be looked up", fault(403, r"/user$"), "panel", "holder of project-manager",
           "cannot be looked up", "Browse Users and Groups", lines=3),
    Broken("a field that is not there", protocol("customfield_10042", "customfield_10099"), "panel",
           "customfield_10099", "no such field", "user field", BOTH),
    Broken("a field that holds no person", protocol("customfield_10042", "duedate"), "panel", "duedate", "holds date",
           "user field"),
    Broken("no webhook", lambda s: s.jira.deliveries.webhooks.clear(), "webhook", "registration", "no webhook leads",
           "webhook register", BOTH),
    Broken("a webhook to another address", environment(PUBLIC_URL="https://hooks.example.com"), "webhook",
           "registration", "no webhook leads to https://hooks.example.com/webhooks/jira", "webhook register"),
    Broken("a webhook without a secret", webhook(secret=None), "webhook", "127.0.0.1", "unsigned", "SECRETS"),
    Broken("a webhook that is switched off", webhook(active=False), "webhook", "127.0.0.1", "disabled", "Enable", BOTH),
    Broken("a webhook for some events", webhook(events=("jira:issue_updated",)), "webhook", "127.0.0.1",
           "does not tell of .*comment_created", "webhook register", BOTH),
    Broken("a webhook for labelled tickets", webhook(query="labels = escalation-requested"), "webhook", "127.0.0.1",
           "asks for labels", "name projects only"),
    Broken("deliveries with another secret", lambda s: s.kv.hset("deliveries:last", "refused", "9999999999"), "webhook",
           "deliveries", "no right signature", "same secret"),
    Broken("a webhook that Jira cannot deliver", undelivered, "webhook", "delivered by Jira",
           "could not deliver its latest event, at .*NewConnectionError.*1 of 1", "firewall", DC),
    Broken("a public address without https", environment(PUBLIC_URL="http://hooks.example.com"), "webhook",
           "PUBLIC_URL",
           "https only", "https://", lines=2),
    Broken("no Redis", environment(REDIS_URL="redis://127.0.0.1:9/0"), "redis", "REDIS_URL", "does not answer",
           "Check REDIS_URL"),
    Broken("a wrong password for Redis", password_needed, "redis", "REDIS_URL", "user and password", "Put them into"),
    Broken("an evicting Redis", evicting, "redis", "eviction", "allkeys-lru, with a limit", "noeviction"),
    Broken("no sweep for long", swept_long_ago, "work", "sweep", "last one ended", "escalation beat"),
    Broken("old tickets held back", lambda s: s.kv.set("sweep:held", 40), "work", "first contacts", "40 old tickets",
           "escalation adopt"),
    Broken("targets that are none", environment(NOTIFY_URLS="nonsense://hunter2swordfish"), "notifications",
           "NOTIFY_URLS", "place 1|not installed", "NOTIFY_URLS"),
)  # fmt: skip


LONG = (
    "no webhook secret", "a key nobody knows", "no Edit Issues", "no Add Comments", "no Transition Issues",
    "no Assign Issues", "a customer on the panel", "an app on the panel", "a group that is not there",
    "people who may not be looked up", "a field that holds no person", "a webhook to another address",
    "a webhook that is switched off", "a webhook for labelled tickets", "no labels on the screens",
    "a token that has ended", "a public address without https", "no Redis", "no token",
    "a protocol file that is not there", "an address of something else", "targets that are none",
    "a token refused with 403", "no Browse Projects at all", "a webhook for some events", "old tickets held back",
    "a wrong password for Redis", "a project in the protocol that is not there", "a field that is not there",
    "a token without the scope for groups", "no Create Issues",
)  # fmt: skip
"""For the long run, because another one here shows nearly the same; so is the second flavour."""


def told(case: Broken, flavour: str) -> object:
    """One set-up on one flavour."""
    slow = case.story in LONG or flavour != case.flavours[0]
    return pytest.param(flavour, case, id=f"{flavour}: {case.story}", marks=[pytest.mark.slow] * slow)


EACH = [told(case, flavour) for case in TABLE for flavour in case.flavours]


@pytest.mark.parametrize(("jira", "case"), EACH, indirect=["jira"])
def test_it_is_named_with_its_remedy(jira: Sandbox, setup: SetUp, case: Broken) -> None:
    case.how(setup)
    found = setup.mended()
    named = [line for line in found if line.group == case.group and re.search(case.name, line.name)]
    assert named, found
    assert re.search(case.found, named[0].found) and re.search(case.mend, named[0].mend), named[0]
    assert len(found) == case.lines, found
    text = str(found)
    assert "Traceback" not in text and "hunter2swordfish" not in text
    assert not any(secret in text for secret in setup.secrets)
