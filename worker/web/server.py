"""The web process: what it serves and how it is run; deliveries pass by its routing."""

import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from config.redis_address import RedisAddress
from worker.look.failures import Failures
from worker.metrics import DELIVERIES, TALLY
from worker.queue import async_store, store
from worker.queue.redis_watch import SAID, watch
from worker.queue.shared_metrics import flush_for_ever
from worker.queue.workqueue import Notice, WorkQueue
from worker.web import address, automation, connection_limits
from worker.web.account import Account
from worker.web.exposition import Exposition
from worker.web.group_commit import PATIENCE, GroupCommit
from worker.web.last_delivery import DeliveryMarks
from worker.web.readiness import Readiness, Sweeps
from worker.web.webhook import PATH, OurLabels, Webhook

log = structlog.get_logger()


class Web(Starlette):
    """Everything that is served over HTTP. Deliveries pass by the routing that all other paths go through, which costs
    more than verifying a signature (docs/decisions/12-intake.md)."""

    webhook: Webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await self.webhook(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def create(
    *,
    redis_url: RedisAddress | str,
    secrets: Sequence[bytes],
    labels: OurLabels,
    probe: Callable[[], str],
    sweeps: Sweeps | None = None,
    grades: Sequence[str] = (),
    routes: Sequence[BaseRoute] = (),
    site: str = "",
    expires: date | None = None,
) -> Web:
    """Make the ASGI app; `grades` are those that are counted, `routes` further ones, such as the gate. `app.state` has
    counts, queue, account."""
    account, counts, sweeps = Account(probe), Counter[str](), sweeps or Sweeps()
    client = async_store.connect(redis_url, PATIENCE)
    queue = WorkQueue(store.connect(redis_url, patience=1))
    scripts = queue.scripts.of(client)

    async def commit(notices: Sequence[Notice]) -> None:
        taken, twice, strange = await scripts.run("intake", notices)
        for outcome, many in (("taken", taken), ("duplicate", twice), ("stranger", strange)):
            TALLY.add(DELIVERIES, outcome, by=many)

    def tell(notices: Sequence[Notice]) -> None:
        """One line for all that came together: a line for each would cost more than taking them in."""
        log.info("deliveries", issues={notice.trace: notice.id for notice in notices})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        account.start()
        counted, watched = flush_for_ever(queue.store), watch(queue.store)
        yield
        watched.set()
        counted.set()
        account.stop()
        await client.aclose()

    webhook = Webhook(
        tuple(secrets), labels, account, GroupCommit(commit, tell), counts, site, DeliveryMarks(client), SAID.failed
    )
    own = [
        Route(PATH, webhook, methods=["POST"]),
        Route(automation.PATH, automation.Automation(webhook), methods=["POST"]),
        Route("/healthz", _healthz),
        Route("/readyz", Readiness(queue, account, sweeps).__call__),
        Route(
            "/metrics",
            Exposition(queue.store, queue, Failures(queue.store), grades, sweeps.period, expires=expires).__call__,
        ),
    ]
    app = Web(routes=[*own, *routes], lifespan=lifespan)
    app.webhook = webhook
    app.router.redirect_slashes = False  # a redirect would lead wherever the Host of a request says
    app.state.counts, app.state.queue, app.state.account = counts, queue, account
    return app


def serve(app: Starlette, host: str, port: int, proxies: Sequence[str] = ()) -> None:
    """Serve until SIGTERM or SIGINT, within the bounds of connection_limits.py; requests under way have a few seconds
    to end. SIGTERM is how it is meant to end, so that its exit code is 0; uvicorn would die of the signal in the end.

    Args:
        proxies: addresses or networks of those whose word (X-Forwarded-For) on who is asking is taken.

    Raises:
        ConfigError: host and port cannot be had; uvicorn would tell it in several lines and end with a code of its own.
    """
    address.check(host, port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.setswitchinterval(0.001)  # threads that answer others' questions must not keep deliveries waiting
    connections = connection_limits.connections_within(connection_limits.descriptors())
    uvicorn.run(
        app,
        http=connection_limits.Wire(connection_limits.Bounds(connections)).protocol(),  # type: ignore[arg-type]
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        timeout_graceful_shutdown=5,
    )
