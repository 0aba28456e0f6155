"""`escalation webhook …`: what an operator sees, on both flavours, and what Jira then has."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config import protocol as protocols
from config import settings as all_settings
from sandbox import Fault, Sandbox
from tests.webhooks.conftest import SECRET, Operator, serving
from worker.commands.webhook.register import _doubts
from worker.jira import connect, webhooks
from worker.run import embedded_redis

EVENTS = {
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
    *("issuelink_created", "issuelink_deleted"),
}

ON_CLOUD = pytest.mark.parametrize("jira", ["cloud"], indirect=True)
MOSTLY_ON_CLOUD = pytest.mark.parametrize("jira", ["cloud", pytest.param("dc", marks=pytest.mark.slow)], indirect=True)
ON_DATA_CENTER = pytest.mark.parametrize("jira", ["dc"], indirect=True)


def test_a_webhook_is_registered_and_a_first_delivery_seen(
    jira: Sandbox, operator: Operator, intake: str, somebody_edits: Callable[[], None]
) -> None:
    key = jira.create_ticket("SUP", "Broken")
    before = jira.issue(key)
    if jira.flavour == "dc":
        somebody_edits()
    said = operator("webhook", "register", "--url", intake)
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("verified: a signed delivery arrived\n")
    [made] = jira.deliveries.webhooks
    assert (made.url, made.secret, set(made.events)) == (f"{intake}/webhooks/jira", SECRET, EVENTS)
    assert jira.issue(key).updated == before.updated and jira.issue(key).properties == before.properties


@ON_DATA_CENTER
@pytest.mark.slow
def test_on_data_center_somebody_is_asked_to_edit_a_ticket(jira: Sandbox, operator: Operator, intake: str) -> None:
    said = operator("webhook", "register", "--url", intake)
    assert "edit any ticket now" in said.out
    assert said.code == 0 and "takes signed deliveries" in said.err


@ON_CLOUD
def test_a_ticket_that_may_not_be_written_to_is_no_obstacle(
    jira: Sandbox, operator: Operator, intake: str, somebody_edits: Callable[[], None]
) -> None:
    jira.deny("EDIT_ISSUES", "SUP")
    somebody_edits()
    said = operator("webhook", "register", "--url", intake)
    assert said.code == 0 and "edit any ticket now" in said.out and "verified: a signed" in said.out


@MOSTLY_ON_CLOUD
def test_the_filter_names_projects_and_is_shown_before(
    jira: Sandbox, operator: Operator, intake: str, tmp_path: Path
) -> None:
    (tmp_path / "protocol.toml").write_text(protocols.DEFAULT.read_text() + "\n[projects.SUP]\n[projects.OPS]\n")
    operator.settings["PROTOCOL_FILE"] = "protocol.toml"
    jira.create_ticket("SUP", "Broken")
    said = operator("webhook", "register", "--url", intake)
    shown = re.search(r"^JQL +(.*)$", said.out, re.MULTILINE)
    assert shown and said.out.index("JQL") < said.out.index("registered as")
    expected = 'project in ("OPS", "SUP")' if jira.flavour == "cloud" else ""
    assert jira.deliveries.webhooks[0].query == expected
    assert shown[1] == (expected or "none; Data Center delivers of every project")


@ON_CLOUD
def test_a_label_taken_off_and_a_vote_pass_the_filter(
    jira: Sandbox, operator: Operator, intake: str, tmp_path: Path
) -> None:
    (tmp_path / "protocol.toml").write_text(protocols.DEFAULT.read_text() + "\n[projects.SUP]\n")
    operator.settings["PROTOCOL_FILE"] = "protocol.toml"
    key = jira.create_ticket("SUP", "Broken", labels=["escalation-requested"])
    operator("webhook", "register", "--url", intake)
    jira.drain()
    told = len(jira.deliveries.log)
    jira.unlabel(key, "escalation-requested")
    jira.comment(key, "SEV-2: slow", by="petra")
    jira.drain()
    assert [d.outcome for d in jira.deliveries.log[told:]] == ["delivered"] * 3


@MOSTLY_ON_CLOUD
def test_registering_again_makes_no_second_one(jira: Sandbox, operator: Operator, intake: str) -> None:
    jira.create_ticket("SUP", "Broken")
    made = jira.add_webhook(f"{intake}/webhooks/jira", "a forgotten one", events=("jira:issue_created",))
    first = operator("webhook", "register", "--url", f"{intake}/webhooks/jira/")
    again = operator("webhook", "register", "--url", intake)
    assert [w.id for w in jira.deliveries.webhooks] == [made.id]
    assert (made.secret, set(made.events)) == (SECRET, EVENTS)
    assert "brought up to date: events;" in first.out and "right, as far as Jira shows" in again.out


@ON_DATA_CENTER
def test_a_jira_that_lets_no_webhook_be_changed(jira: Sandbox, operator: Operator, intake: str) -> None:
    old = jira.add_webhook(f"{intake}/webhooks/jira", "a forgotten one")
    jira.faults.add(Fault("answer", method="PUT", path="webhook", status=405, times=None))
    assert operator("webhook", "register", "--url", intake).code == 0
    [new] = jira.deliveries.webhooks
    assert new.id != old.id and new.secret == SECRET


@ON_CLOUD
def test_a_dry_run_registers_nothing(jira: Sandbox, operator: Operator) -> None:
    said = operator("webhook", "register", "--dry-run")
    assert said.code == 0 and said.out.endswith("would register it\n")
    operator.settings["DRY_RUN"] = "true"
    operator("webhook", "register")
    assert jira.deliveries.webhooks == []


@ON_DATA_CENTER
def test_a_web_process_with_another_secret(
    jira: Sandbox, operator: Operator, valkey: embedded_redis.Server, somebody_edits: Callable[[], None]
) -> None:
    somebody_edits()
    with serving(valkey.url, "another one") as url:
        said = operator("webhook", "register", "--url", url)
    assert said.code == 1 and "refused (403)" in said.err and "JIRA_WEBHOOK_SECRETS" in said.err


@ON_DATA_CENTER
def test_nothing_arrives_and_the_secret_is_why(
    jira: Sandbox, operator: Operator, valkey: embedded_redis.Server
) -> None:
    with serving(valkey.url, "another one") as url:
        jira.deliveries.pause()
        said = operator("webhook", "register", "--url", url)
    assert said.code == 1 and "refused (403)" in said.err


@ON_DATA_CENTER
def test_what_cannot_be_verified_is_registered_all_the_same(jira: Sandbox, operator: Operator) -> None:
    said = operator("webhook", "register", "--url", "http://127.0.0.1:9")
    assert said.code == 0 and "From here nothing answers at http://127.0.0.1:9/webhooks/jira" in said.err
    del operator.settings["REDIS_URL"]
    said = operator("webhook", "register", "--url", "http://127.0.0.1:9")
    assert said.code == 0 and "REDIS_URL is not set" in said.err
    assert len(jira.deliveries.webhooks) == 1


@pytest.mark.parametrize("command", [("register", "--url", "https://hooks.example.com"), ("list",), ("delete",)])
def test_who_is_no_administrator_is_told_how_to_do_it_by_hand(
    jira: Sandbox, operator: Operator, command: tuple[str, ...]
) -> None:
    jira.user("bot").admin = False
    said = operator("webhook", *command)
    assert said.code == 1 and "(403)" in said.err
    assert "System → WebHooks" in said.err and "comment created, updated, deleted" in said.err
    assert ("https://hooks.example.com/webhooks/jira" in said.err) == (command[0] == "register")


@ON_DATA_CENTER
def test_a_data_center_that_cannot_sign(jira: Sandbox, operator: Operator) -> None:
    old = {"deploymentType": "Server", "version": "9.12.5", "versionNumbers": [9, 12, 5]}
    jira.faults.add(Fault("answer", path="serverInfo", status=200, body=old, times=None))
    said = operator("webhook", "register")
    assert said.code == 1 and "9.12.5, which cannot sign" in said.err and "10.0 or later" in said.err
    assert jira.deliveries.webhooks == []


def test_a_jira_that_is_away(jira: Sandbox, operator: Operator) -> None:
    operator.settings["JIRA_URL"] = "http://127.0.0.1:9"
    assert operator("webhook", "list").code == 3


@pytest.mark.parametrize("url", ["hooks.example.com", "https://u:p@hooks.example.com", "https://hooks.example.com?a=b"])
def test_an_address_that_is_none(operator: Operator, url: str) -> None:
    said = operator("webhook", "register", "--url", url)
    assert said.code == 2 and said.err.startswith("--url: expected")


def test_the_list_says_which_is_ours(jira: Sandbox, operator: Operator) -> None:
    jira.add_webhook("https://other.example.com/in?key=abc", None, events=("jira:issue_created",))
    ours = jira.add_webhook("http://127.0.0.1:8080/webhooks/jira", SECRET)
    said = operator("webhook", "list")
    assert f"{ours.id} escalation (ours)" in said.out and "(not ours)" in said.out and "abc" not in said.out
    rows = json.loads(operator("webhook", "list", "--json").out)
    assert [row["ours"] for row in rows] == [False, True]
    assert [row["signed"] for row in rows] == ([False, True] if jira.flavour == "cloud" else [None, None])


def test_only_ours_is_deleted_unless_another_is_named(jira: Sandbox, operator: Operator) -> None:
    other = jira.add_webhook("https://other.example.com/in", None)
    ours = jira.add_webhook("https://hooks.example.com/webhooks/jira", SECRET)
    operator.settings["PUBLIC_URL"] = "https://hooks.example.com"
    assert f"deleted {ours.id}" in operator("webhook", "delete").out
    assert jira.deliveries.webhooks == [other]
    assert "none of the 1 webhooks is ours" in operator("webhook", "delete").out
    assert operator("webhook", "delete", "77", other.id).code == 2
    assert operator("webhook", "delete", other.id).code == 0
    assert jira.deliveries.webhooks == []


def test_an_address_that_jira_cannot_reach_is_said(jira: Sandbox, operator: Operator) -> None:
    site = connect.site(context_settings(operator))
    elsewhere = "https://example.atlassian.net"
    assert "set PUBLIC_URL" in next(_doubts(site, "http://127.0.0.1:8080/webhooks/jira", elsewhere))
    assert not list(_doubts(site, "https://hooks.example.com/webhooks/jira", elsewhere))
    odd = [*_doubts(site, "http://a.example/", elsewhere), *_doubts(site, "https://a.example:9443/", elsewhere)]
    assert len(odd) == (2 if jira.flavour == "cloud" else 0)


def context_settings(operator: Operator) -> all_settings.Settings:
    return all_settings.load(env_file=None, **{name.lower(): value for name, value in operator.settings.items()})


def test_what_doctor_reads(jira: Sandbox, operator: Operator) -> None:
    made = jira.add_webhook("https://hooks.example.com/webhooks/jira", SECRET, events=("comment_created",))
    made.active = False
    [found] = webhooks.registered(connect.site(context_settings(operator)))
    assert (found.id, found.url, found.events, found.enabled) == (made.id, made.url, ("comment_created",), False)
