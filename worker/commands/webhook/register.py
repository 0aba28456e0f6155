"""`escalation webhook register`: the webhook in Jira, made or brought up to date.

It shows what it asks for before it asks, never makes a second webhook of the same address, and then waits for a first
delivery. The secret goes to Jira and nowhere else."""

import sys
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import click

from config import protocol_file
from config.settings import Settings
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import MEND
from worker.commands.webhook import first_delivery
from worker.commands.webhook.first_delivery import Verdict
from worker.commands.webhook.ours import deliver_to, explained
from worker.jira import connect, webhooks
from worker.jira.site import Site
from worker.jira.webhooks import Registered, Wanted
from worker.web import address

CLOUD_PORTS = {443, *range(1880, 1891), 4044, 6017, 7990, 8060, 8080, 8085, 8089, 8090, 8443, 8444, 8900}
CLOUD_PORTS |= {9900, 9420, 9520}
HERE = ("127.0.0.1", "localhost", "::1")


def register(settings: Settings, url: str | None, *, dry_run: bool) -> None:
    """Registers the webhook, or brings it up to date, and waits for a first delivery.

    Ends with 0 if one arrived or if only nobody could know; 1 if a delivery was refused or Jira does not take the
    webhook; 3 if Jira cannot be reached.
    """
    secret = settings.require_webhook_secrets()[0].get_secret_value()
    site, ours = connect.site(settings), deliver_to(settings, url)
    projects = tuple(protocol_file.load(settings.protocol_file).by_project)
    with explained(settings, ours, projects):
        webhooks.require_signing(site)
        wanted = webhooks.wanted(site, ours, projects)
        same = [each for each in webhooks.registered(site) if each.url.rstrip("/") == ours]
        _show(site, wanted, settings)
        if dry_run or settings.dry_run:
            click.echo(_would(wanted, same))
            return
        id = _put(site, wanted, same, secret)
        _end_with(first_delivery.wait_for(settings, site, id, wanted, secret, say=click.echo))


def _put(site: Site, wanted: Wanted, same: Sequence[Registered], secret: str) -> str:
    """The webhook as wanted; gives its id."""
    if same:
        id = webhooks.update(site, same[0].id, wanted, secret)
        click.echo(f"registered already as {id}; {_points(wanted, same[0])}; its secret is set anew")
    else:
        id = webhooks.register(site, wanted, secret)
        click.echo(f"registered as {id}")
    if len(same) > 1:
        others = " ".join(each.id for each in same[1:])
        click.echo(f"registered more than once; end the others with: escalation webhook delete {others}")
    return id


def _points(wanted: Wanted, found: Registered) -> str:
    points = ", ".join(wanted.differs(found))
    return f"brought up to date: {points}" if points else "right, as far as Jira shows"


def _would(wanted: Wanted, same: Sequence[Registered]) -> str:
    if not same:
        return "would register it"
    points = wanted.differs(same[0])
    head = f"registered already as {same[0].id}"
    if not points:
        return f"{head}, and right as far as Jira shows; would set its secret anew, and nothing else"
    return f"{head}; would bring up to date: {', '.join(points)}; and set its secret anew"


def _end_with(verdict: Verdict) -> None:
    click.echo(verdict.words, err=not verdict.verified)
    if verdict.refused:
        sys.exit(MEND)


def _show(site: Site, wanted: Wanted, settings: Settings) -> None:
    everything = "none, every project" if site.cloud else "none; Data Center delivers of every project"
    click.echo(f"URL     {wanted.url}")
    click.echo(f"JQL     {wanted.jql or everything}")
    click.echo(f"Events  {', '.join(wanted.events)}")
    click.echo("Secret  the first of JIRA_WEBHOOK_SECRETS")
    for line in _doubts(site, wanted.url, settings.jira_url or ""):
        click.echo(f"advice: {line}", err=True)


def _doubts(site: Site, url: str, jira_url: str) -> Iterator[str]:
    """Why Jira may not reach that address (Atlassian's page on webhooks names the ports)."""
    parts = urlsplit(url)
    if urlsplit(jira_url).hostname in HERE:
        return
    if address.host_here(parts.hostname or "") in HERE:
        yield f"{parts.hostname} is this machine alone; set PUBLIC_URL to the address at which Jira reaches web"
    elif site.cloud and parts.scheme != "https":
        yield "Jira Cloud delivers to https only"
    elif site.cloud and (parts.port or 443) not in CLOUD_PORTS:
        yield f"Jira Cloud does not deliver to port {parts.port}; take 443 or 8443"


@click.command()
@click.option("--url", help="Where Jira reaches web; left out, PUBLIC_URL or http://HOST:PORT.")
@click.option("--dry-run", is_flag=True, help="Show what would be registered.")
def command(url: str | None, dry_run: bool) -> None:
    """Registers."""
    register(operator.found(), url, dry_run=dry_run)
