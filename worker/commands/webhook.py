"""`escalation webhook register`, `list` and `delete`: the webhook in Jira, seen to from here.

`register` shows what it asks for before it asks, never makes a second webhook of the same address, and then waits for
a first delivery. The secret goes to Jira and nowhere else; the addresses of other people's webhooks are shown without
what may be secret in them.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import click
from pydantic import TypeAdapter, ValidationError

from config import ConfigError, protocol_file
from config.settings import Address, Settings
from worker.commands import first_delivery
from worker.commands.exits import MEND, UNREACHABLE, WRONG, end, words
from worker.commands.first_delivery import Verdict
from worker.errors import CannotDo, TryAgain, Unauthorized
from worker.jira import connect, webhooks
from worker.jira.site import Refused, Site
from worker.jira.webhooks import NotAdministrator, Registered, Wanted
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
    site, ours = connect.site(settings), _deliver_to(settings, url)
    projects = tuple(protocol_file.load(settings.protocol_file).by_project)
    with _explained(settings, ours, projects):
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
    points = ", ".join((*wanted.differs(same[0]), "secret"))
    return f"registered already as {same[0].id}; would set anew: {points}"


def _end_with(verdict: Verdict) -> None:
    click.echo(verdict.words, err=not verdict.verified)
    if verdict.refused:
        sys.exit(MEND)


def list_(settings: Settings, *, as_json: bool) -> None:
    """Every webhook of the site, and which is ours."""
    site, ours = connect.site(settings), _deliver_to(settings, None)
    with _explained(settings, ours, ()):
        found = webhooks.registered(site)
    if as_json:
        click.echo(json.dumps([_row(each, ours) for each in found], indent=2))
        return
    for each in found:
        click.echo("\n    ".join(_lines(each, ours)))
    if not any(_is_ours(each, ours) for each in found):
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
        "ours": _is_ours(each, address),
    }


def _lines(each: Registered, address: str) -> list[str]:
    signed = {True: "signed", False: "NOT signed", None: "Jira does not say whether signed"}[each.signed]
    state = f"{'enabled' if each.enabled else 'DISABLED'}, {signed}"
    ours = "ours" if _is_ours(each, address) else "not ours"
    return [
        f"{each.id} {each.name} ({ours})",
        each.shown_url,
        state,
        f"events: {', '.join(each.events) or 'none'}",
        f"JQL: {each.jql or 'none'}",
    ]


def delete(settings: Settings, ids: tuple[str, ...]) -> None:
    """Deletes our webhook, or those named; ends with 2 where one is named that is not there."""
    site, ours = connect.site(settings), _deliver_to(settings, None)
    with _explained(settings, ours, ()):
        found = {each.id: each for each in webhooks.registered(site)}
        unknown = [id for id in ids if id not in found]
        if unknown:
            end(WRONG, f"no webhook has the id {', '.join(unknown)}. See `escalation webhook list`.")
        chosen = [found[id] for id in ids] or [each for each in found.values() if _is_ours(each, ours)]
        for each in chosen:
            if not settings.dry_run:
                webhooks.delete(site, each.id)
            click.echo(f"{'would delete' if settings.dry_run else 'deleted'} {each.id} {each.name} {each.shown_url}")
    if not chosen:
        click.echo(f"none of the {len(found)} webhooks is ours ({ours}); to delete another, give its id")


def _is_ours(each: Registered, address: str) -> bool:
    return each.url.rstrip("/") == address


def _deliver_to(settings: Settings, url: str | None) -> str:
    """Where Jira is to deliver: `--url`, else PUBLIC_URL, else where web listens."""
    if url:
        try:
            return webhooks.address(TypeAdapter(Address).validate_python(url.strip()))
        except ValidationError:
            raise ConfigError(
                "--url: expected an http:// or https:// address without user, password, query or fragment"
            ) from None
    return webhooks.address(settings.public_url or address.url_here(settings.host, settings.port))


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


@contextmanager
def _explained(settings: Settings, address: str, projects: tuple[str, ...]) -> Iterator[None]:
    """Ends the command with one clear line, and its exit code, for whatever Jira has against it."""
    try:
        yield
    except NotAdministrator as error:
        end(MEND, f"{error.what} {error.mend}\n{_by_hand(address, projects)}")
    except CannotDo as error:
        end(MEND, f"{error.what} {error.mend}")
    except Refused as error:
        end(MEND, f"{error}. Jira does not take the webhook as it is; is the URL one that it may deliver to?")
    except (TryAgain, Unauthorized) as error:
        end(UNREACHABLE, words(error))


def _by_hand(address: str, projects: tuple[str, ...]) -> str:
    jql = f"project in ({', '.join(sorted(projects))})" if projects else "leave it empty"
    return "\n".join(
        (
            "An administrator can do it by hand: Settings → System → WebHooks → Create a WebHook",
            "    Name    escalation-worker",
            f"    URL     {address}",
            "    Secret  the first of JIRA_WEBHOOK_SECRETS",
            "    Events  issue created, updated, deleted; comment created, updated, deleted",
            f"    JQL     {jql}",
        )
    )
