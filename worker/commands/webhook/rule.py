"""`escalation webhook rule`: what to enter in a rule of Jira Automation; then it waits for the rule's first request.

A project's administrator can make such a rule where nobody may make a webhook. Nothing is written to Jira.
"""

import time
from collections.abc import Callable, Iterator

import click

from config import protocol_file
from config.protocol import Protocol
from config.settings import Settings
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import UNREACHABLE, end, words
from worker.commands.webhook.first_delivery import PATIENCE, Verdict
from worker.errors import EscalationError
from worker.jira import connect
from worker.queue import store
from worker.queue.store import StoreError
from worker.web import address, automation, last_delivery

HIDDEN = "SECRET"
BEAT = 0.2


def rule(settings: Settings, url: str | None, *, show_secret: bool) -> None:
    """Prints the rule and waits for its first request; ends with 3 where Jira does not say who we are."""
    secret = settings.require_webhook_secrets()[0].get_secret_value()
    protocol = protocol_file.load(settings.protocol_file)
    site = connect.site(settings)
    try:
        account, cloud = site.account, site.cloud
    except EscalationError as error:
        end(UNREACHABLE, words(error))
    for line in lines(protocol, where(settings, url), account, secret if show_secret else HIDDEN, cloud=cloud):
        click.echo(line)
    if not show_secret:
        click.echo(f"\n{HIDDEN} is the first of JIRA_WEBHOOK_SECRETS; --show-secret prints it.")
    verdict = wait(settings)
    click.echo(verdict.words, err=not verdict.verified)


def where(settings: Settings, url: str | None) -> str:
    """Where the rule's requests go: `--url`, else PUBLIC_URL, else where web listens."""
    base = (url or settings.public_url or address.url_here(settings.host, settings.port)).rstrip("/")
    return base if base.endswith(automation.PATH) else base + automation.PATH


def lines(protocol: Protocol, url: str, account: str, secret: str, *, cloud: bool) -> Iterator[str]:
    """What to click and what to enter, in the order of the rule's own page."""
    issue, menu = ("work item", "Space settings") if cloud else ("issue", "Project settings")
    who = "{{initiator.accountId}}" if cloud else "{{initiator.name}}"
    yield f"{menu} → Automation → Create rule; once in each {'space (formerly: project)' if cloud else 'project'}"
    yield ""
    yield f"1 Trigger      Multiple {issue} events: {issue} created, {issue} updated, {issue} commented"
    yield "2 Condition    JQL condition"
    yield f"               {jql(protocol)}"
    yield "3 Condition    Advanced compare condition (so that our own writes do not set it off)"
    yield f"               {who}   does not equal   {account}"
    yield "4 Action       Send web request"
    yield f"  URL          {url}"
    yield f"  Headers      Authorization: Bearer {secret}   (tick Hidden)"
    yield "               Content-Type: application/json"
    yield "  Method       POST"
    yield "  Body         Custom data"
    yield '               {"issue": {"id": "{{issue.id}}"}}'
    yield ""
    yield "What it does not tell (a label taken off, a ticket resolved) is found by the sweep."


def jql(protocol: Protocol) -> str:
    """The condition that keeps the rule's runs, of which there is a monthly quota, for what concerns us."""
    each = (protocol, *protocol.by_project.values())
    labels = dict.fromkeys(label for one in each for label in (one.labels.request, one.labels.evaluation))
    quoted = [f'"{label}"' for label in labels]
    return f"labels in ({', '.join(quoted)})"


def wait(settings: Settings, *, patience: float = PATIENCE, say: Callable[[str], None] = click.echo) -> Verdict:
    """Wait for the rule's first request, for at most `patience` seconds."""
    if settings.redis_url is None:
        return Verdict("advice: not verified, because REDIS_URL is not set here; see the rule's audit log in Jira")
    client = store.connect(settings.require_redis(), patience=1)
    try:
        before = last_delivery.last(client)
        say(f"waiting for the rule's first request, up to {patience:.0f} s: put the request label on a ticket now …")
        return _came(lambda: last_delivery.last(client), before, patience)
    except StoreError as error:
        return Verdict(f"advice: not verified, because Redis does not answer ({type(error).__name__})")


def _came(ask: Callable[[], last_delivery.Last], before: last_delivery.Last, patience: float) -> Verdict:
    began = time.monotonic()
    while time.monotonic() - began < patience:
        now = ask()
        if now.by_rule != before.by_rule:
            return Verdict("verified: the rule's request arrived", verified=True)
        if now.rule_refused != before.rule_refused:
            return Verdict(
                "a rule's request arrived and was refused: its audit log in Jira shows our answer, which says what was "
                "expected (401: the header Authorization; 400: the body)",
                refused=True,
            )
        time.sleep(BEAT)
    return Verdict(
        "advice: not verified, nothing came yet. Look into the rule's audit log: did it run, did its conditions hold, "
        "and could the address be reached from there?"
    )


@click.command()
@click.option("--url", help="Where Jira reaches web; left out, PUBLIC_URL or http://HOST:PORT.")
@click.option("--show-secret", is_flag=True, help="Print the secret where it has to be entered.")
def command(url: str | None, show_secret: bool) -> None:
    """Prints the rule, and waits."""
    rule(operator.found(), url, show_secret=show_secret)
