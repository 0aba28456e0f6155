"""The sandbox as a process: bind, seed, say where it is, serve until it is stopped."""

from collections.abc import Callable, Iterable, Mapping

from sandbox.bed import Sandbox
from sandbox.people import Flavour
from sandbox.seed import seed as file_reports
from sandbox.server import PortTaken

__all__ = ["PortTaken", "serve"]


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
