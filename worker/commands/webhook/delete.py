"""`escalation webhook delete`: ours, or those that are named."""

import click

from config.settings import Settings
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import WRONG, end
from worker.commands.webhook.ours import deliver_to, explained, is_ours
from worker.jira import connect, webhooks


def delete(settings: Settings, ids: tuple[str, ...]) -> None:
    """Deletes our webhook, or those named; ends with 2 where one is named that is not there."""
    site, ours = connect.site(settings), deliver_to(settings, None)
    with explained(settings, ours, ()):
        found = {each.id: each for each in webhooks.registered(site)}
        unknown = [id for id in ids if id not in found]
        if unknown:
            end(WRONG, f"no webhook has the id {', '.join(unknown)}. See `escalation webhook list`.")
        chosen = [found[id] for id in ids] or [each for each in found.values() if is_ours(each, ours)]
        for each in chosen:
            if not settings.dry_run:
                webhooks.delete(site, each.id)
            click.echo(f"{'would delete' if settings.dry_run else 'deleted'} {each.id} {each.name} {each.shown_url}")
    if not chosen:
        click.echo(f"none of the {len(found)} webhooks is ours ({ours}); to delete another, give its id")


@click.command()
@click.argument("ids", nargs=-1)
def command(ids: tuple[str, ...]) -> None:
    """Deletes."""
    delete(operator.found(), ids)
