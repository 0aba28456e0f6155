"""`escalation webhook list`: the site's webhooks, and which is ours.

The addresses of other people's webhooks are shown without what may be secret in them."""

import json

import click

from config.settings import Settings
from worker.commands.shared import settings as operator
from worker.commands.webhook.ours import deliver_to, explained, is_ours
from worker.jira import connect, webhooks
from worker.jira.webhooks import Registered


def list_(settings: Settings, *, as_json: bool) -> None:
    """Every webhook of the site, and which is ours."""
    site, ours = connect.site(settings), deliver_to(settings, None)
    with explained(settings, ours, ()):
        found = webhooks.registered(site)
    if as_json:
        click.echo(json.dumps([_row(each, ours) for each in found], indent=2))
        return
    for each in found:
        click.echo("\n    ".join(_lines(each, ours)))
    if not any(is_ours(each, ours) for each in found):
        click.echo(f"none of them is ours ({ours}); escalation webhook register makes it")


def _row(each: Registered, address: str) -> dict[str, object]:
    return {
        "id": each.id,
        "name": each.name,
        "url": each.shown_url,
        "events": list(each.events),
        "jql": each.jql,
        "enabled": each.enabled,
        "signed": each.signed,
        "ours": is_ours(each, address),
    }


def _lines(each: Registered, address: str) -> list[str]:
    signed = {True: "signed", False: "NOT signed", None: "Jira does not say whether signed"}[each.signed]
    state = f"{'enabled' if each.enabled else 'DISABLED'}, {signed}"
    ours = "ours" if is_ours(each, address) else "not ours"
    return [
        f"{each.id} {each.name} ({ours})",
        each.shown_url,
        state,
        f"events: {', '.join(each.events) or 'none'}",
        f"JQL: {each.jql or 'none'}",
    ]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """Lists."""
    list_(operator.found(), as_json=as_json)
