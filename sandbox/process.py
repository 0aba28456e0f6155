"""The sandbox as a process: bind, seed, say where it is, serve until it is stopped."""

import sys
from collections.abc import Callable, Iterable, Mapping

from sandbox.demo_tickets import seed as file_reports
from sandbox.http.authentication import EXCHANGE
from sandbox.http.certificates import Tls
from sandbox.http.server import PortTaken
from sandbox.sandbox import Sandbox
from sandbox.state.people import Flavour, known_token

__all__ = ["PortTaken", "introduce", "serve"]


def serve(
    host: str = "127.0.0.1",
    port: int = 8090,
    flavour: Flavour = "cloud",
    webhooks: Iterable[tuple[str, str]] = (),
    *,
    seed: bool = True,
    tokens: Mapping[str, str] | None = None,
    index_lag: float = 0.0,
    latency: float = 0.0,
    service_account: bool = False,
    scoped_token: bool = False,
    passwords: bool = False,
    board: str = "",
    tls: Tls | None = None,
    ready: Callable[[Sandbox], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `webhooks`: (url, secret); `tokens`: nick → token instead of the well-known
    ones; `service_account`: the worker may log in as one; `scoped_token`: its token has scopes (Cloud); `passwords`: it
    takes user name and password (Data Center); `board`: where the worker's web process is, for the page's link;
    `tls`: https with such a certificate; `ready` is called once the address is bound. PortTaken, with a sentence for
    people, when the address cannot be had."""
    jira = Sandbox(flavour, host=host, port=port, index_lag=index_lag, tls=tls)
    jira.faults.latency = latency
    jira.state.people.tokens.update(tokens or {})
    jira.board = board
    if service_account:
        jira.service_account()
    if scoped_token:
        jira.scope_token()
    if passwords:
        jira.take_passwords()
    server = jira.listen()
    try:
        if seed:
            file_reports(jira)
        for url, secret in webhooks:
            jira.add_webhook(url, secret)
        if ready:
            ready(jira)
        server.run()
    finally:
        jira.stop()


def introduce(jira: Sandbox) -> None:
    """Say on stdout, for programs, where it is; on stderr, for people, how to use it. A token that was chosen for it is
    not shown."""
    print(f"ready {jira.url}", flush=True)
    print(_how_to_use(jira), file=sys.stderr, flush=True)


def _how_to_use(jira: Sandbox) -> str:
    others = ", ".join(person.nick for person in jira.state.people.all if person.nick != "bot")
    known = f"{'the e-mail NICK@vendor.example and ' if jira.flavour == 'cloud' else ''}the token {known_token('NICK')}"
    lines = (
        f"A sandbox Jira {'Cloud' if jira.flavour == 'cloud' else 'Data Center'}; open the page to click. "
        "What is in it ends with it.",
        f"The worker's account: JIRA_URL={jira.url} {_login(jira)}",
        f"Its clock can be moved on its page; workers follow it with SANDBOX_CLOCK={jira.url}",
        *_service_account(jira),
        *_trust(jira),
        f"Others: {others}; each with {known}.{'' if jira.flavour == 'cloud' else ' A protocol file names them so.'}",
        "SANDBOX_TOKEN sets another token for the worker; deliveries to --webhook-url are signed with "
        "SANDBOX_WEBHOOK_SECRET.",
    )
    return "\n".join(lines)


def _login(jira: Sandbox) -> str:
    token = jira.token()
    shown = token if token == known_token("bot") else "(that of SANDBOX_TOKEN)"
    scoped = " (it has scopes: only the gateway takes it)" if "bot" in jira.door.logins.scoped else ""
    return f"{f'JIRA_USER={jira.email()} ' if jira.flavour == 'cloud' else ''}JIRA_TOKEN={shown}{scoped}"


def _service_account(jira: Sandbox) -> Iterable[str]:
    for client in jira.door.logins.clients.values():
        tokens = f" JIRA_TOKEN_URL={jira.url}{EXCHANGE['cloud']}" if jira.flavour == "cloud" else ""
        yield f"Or as a service account: JIRA_CLIENT_ID={client.id} JIRA_CLIENT_SECRET={client.secret}{tokens}"


def _trust(jira: Sandbox) -> Iterable[str]:
    if jira.tls:
        yield f"Its certificate is by an authority of its own: JIRA_CA_FILE={jira.tls.authority}"
    if jira.tls and jira.tls.clients:
        yield f"It asks for a client certificate: JIRA_CLIENT_CERT={jira.tls.client}"
