"""The sandbox as a process: bind, seed, say where it is, serve until it is stopped."""

import sys
from collections.abc import Callable, Iterable, Mapping

from sandbox.demo_tickets import seed as file_reports
from sandbox.http.server import PortTaken
from sandbox.instance import Sandbox
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
    ready: Callable[[Sandbox], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `webhooks`: (url, secret); `tokens`: nick → token instead of the well-known
    ones; `ready` is called once the address is bound. PortTaken, with a sentence for people, when the address
    cannot be had."""
    jira = Sandbox(flavour, host=host, port=port, index_lag=index_lag)
    jira.faults.latency = latency
    jira.state.people.tokens.update(tokens or {})
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
    cloud, token = jira.flavour == "cloud", jira.token()
    shown = token if token == known_token("bot") else "(that of SANDBOX_TOKEN)"
    user = f" JIRA_USER={jira.email()}" if cloud else ""
    others = ", ".join(person.nick for person in jira.state.people.all if person.nick != "bot")
    known = f"{'the e-mail NICK@vendor.example and ' if cloud else ''}the token {known_token('NICK')}"
    return (
        f"A sandbox Jira {'Cloud' if cloud else 'Data Center'}; open the page to click. What is in it ends with it.\n"
        f"The worker's account: JIRA_URL={jira.url}{user} JIRA_TOKEN={shown}\n"
        f"Others: {others}; each with {known}.\n"
        "SANDBOX_TOKEN sets another token for the worker; deliveries to --webhook-url are signed with "
        "SANDBOX_WEBHOOK_SECRET."
    )
