"""`escalation sandbox`: the sandbox Jira alone."""

import os
from pathlib import Path

import click

from config import ConfigError
from sandbox.http import certificates
from sandbox.http.certificates import Tls
from sandbox.process import PortTaken, introduce, serve


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0: any that is free.")
@click.option("--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", show_default=True)
@click.option("--webhook-url", help="Where deliveries go, signed with SANDBOX_WEBHOOK_SECRET.")
@click.option("--index-lag", type=click.FloatRange(0), default=0, help="Seconds by which its search lags behind.")
@click.option("--board", help="Where the worker's web process is, for a link; left out, where deliveries go.")
@click.option("--quiet", is_flag=True, help="Do not say where it is and how to use it.")
@click.option("--service-account", is_flag=True, help="The worker may log in as a service account (OAuth 2.0).")
@click.option("--scoped-token", is_flag=True, help="Its API token has scopes: only the gateway takes it (Cloud).")
@click.option("--passwords", is_flag=True, help="It takes user name and password (Data Center; off by default there).")
@click.option("--tls", is_flag=True, help="Serve https, with a certificate authority of its own.")
@click.option("--tls-clients", is_flag=True, help="Ask for a client certificate as well.")
def command(
    *,
    host: str,
    port: int,
    flavour: str,
    webhook_url: str | None,
    index_lag: float,
    board: str | None,
    quiet: bool,
    **walls: bool,
) -> None:
    """Serves until it is stopped."""
    webhooks = [(webhook_url, os.environ.get("SANDBOX_WEBHOOK_SECRET", ""))] if webhook_url else []
    token = os.environ.get("SANDBOX_TOKEN")
    tokens = {"bot": token} if token else None
    try:
        serve(
            host,
            port,
            "dc" if flavour == "dc" else "cloud",
            webhooks,
            tokens=tokens,
            board=board or "",
            index_lag=index_lag,
            service_account=walls["service_account"],
            scoped_token=walls["scoped_token"],
            passwords=walls["passwords"],
            tls=_own_authority(host, walls["tls_clients"]) if walls["tls"] or walls["tls_clients"] else None,
            ready=None if quiet else introduce,
        )
    except PortTaken as taken:
        raise ConfigError(str(taken)) from None


def _own_authority(host: str, ask_clients: bool) -> Tls:
    """Certificates for a sandbox that serves https; they stay until the next start makes new ones."""
    return certificates.make(Path(".state", "tls").resolve(), *{host, *certificates.HOSTS}, ask_clients=ask_clients)
