"""Intake over HTTP: a signed delivery is verified, read, put into the queue, and only then answered.

The ladder of refusals is short and each step has its own status and counter. Handlers never wait for Jira, and never
answer 2xx before the hint is durable in the queue; deliveries that come together are written together, in one step.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from secrets import randbits

import structlog
import uvicorn
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from worker import address, event
from worker.delivery import duplicate_keys, hint, is_signed, may_sign
from worker.exposition import Exposition
from worker.heard import Heard
from worker.look.failures import Failures
from worker.metrics import DELIVERIES, TALLY, flush_for_ever
from worker.queue import store
from worker.queue.workqueue import BATCH, Notice, WorkQueue
from worker.readiness import Readiness

PATH = "/webhooks/jira"
LARGEST = 25 * 1024 * 1024
PATIENCE = 2.0
TOLD = 100
ANSWERS = {status: Response(status_code=status) for status in (204, 400, 403, 413)}
ANSWERS[503] = Response(status_code=503, headers={"retry-after": "5"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OurLabels:
    """The labels that make an issue ours, those among them that evaluations carry, all in lower case; and which other
    labels were probably meant to be the request."""

    all: frozenset[str]
    evaluations: frozenset[str]
    is_alike: Callable[[str], bool] = lambda label: False


class Refused(Exception):
    """A delivery that is not taken: the status it is answered with, and the counter it adds to."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Door:
    """Puts notices into the queue, those that come together in one step (group commit), and tells of those that are
    in it: at once where nobody waits behind them, else of some steps' together."""

    def __init__(
        self,
        commit: Callable[[Sequence[Notice]], Awaitable[None]],
        tell: Callable[[Sequence[Notice]], None] = lambda notices: None,
    ) -> None:
        self._commit = commit
        self._tell = tell
        self._waiting: list[tuple[Notice, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    def take(self, notice: Notice) -> "asyncio.Future[None]":
        """Give a future that is done when `notice` is durable, or fails within two steps' patience."""
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((notice, durable))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        return durable

    async def _flush(self) -> None:
        durable: list[Notice] = []
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            notices = [notice for notice, _ in batch]
            error = await self._committed(notices)
            if error:  # those that came meanwhile need not find out for themselves
                batch, self._waiting = batch + self._waiting, []
            else:
                durable += notices
            for _, done in batch:
                _settle(done, error)
            if durable and (len(durable) >= TOLD or not self._waiting):
                self._tell(durable)
                durable = []

    async def _committed(self, notices: Sequence[Notice]) -> Exception | None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._commit(notices)
        except Exception as error:  # whatever it is, those who wait must hear of it
            return error
        return None


def _settle(done: "asyncio.Future[None]", error: Exception | None) -> None:
    if done.done():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)


@dataclass
class Account:
    """Who we are at Jira, asked in the background; until it is known nothing counts as our own echo.

    Attributes:
        probe: asks Jira (GET /myself) and gives our accountId or user name; raises when that fails.
        name: what it gave last.
        works: whether the last question was answered; None before the first answer.
    """

    probe: Callable[[], str]
    name: str | None = None
    works: bool | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to ask, in a thread that ends with the process."""
        threading.Thread(target=self._ask_for_ever, name="account", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def _ask_for_ever(self) -> None:
        while True:
            self._ask()
            if self._stopped.wait(60 if self.works else 5):
                return

    def _ask(self) -> None:
        try:
            self.name, works = self.probe(), True
        except Exception as error:  # the probe's failures are many; here they all mean "not now"
            works = False
            if self.works is not False:
                log.warning("Jira does not say who we are", reason=type(error).__name__)
        self.works = works


@dataclass(frozen=True)
class Webhook:
    """POST /webhooks/jira, as a bare ASGI application: this is what has to be quick."""

    secrets: tuple[bytes, ...]
    labels: OurLabels
    account: Account
    door: Door
    counts: Counter[str]
    site: str = ""
    heard: Callable[[str], None] = lambda outcome: None
    traces: Iterator[int] = field(default_factory=lambda: count(randbits(32)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        try:
            outcome, status = await self._take(dict(scope["headers"]), receive), 204
        except Refused as refused:
            outcome, status = refused.why, refused.status
        self.counts[outcome] += 1
        if outcome != "accepted":  # those are counted by what the queue makes of them
            TALLY.add(DELIVERIES, outcome)
        self.heard(outcome)
        await ANSWERS[status](scope, receive, send)

    async def _take(self, headers: Mapping[bytes, bytes], receive: Receive) -> str:
        signature = _header(headers, b"x-hub-signature")
        if not may_sign(signature):  # then its body is not kept; the server reads past it
            raise Refused(403, "signature")
        body = await _body(headers, receive)
        if not is_signed(body, signature, self.secrets):
            raise Refused(403, "signature")
        ours = self.labels
        found = hint(_event(body), ours.all, ours.evaluations, self.account.name, ours.is_alike)
        if found is None:
            return "not-for-us"
        keys = duplicate_keys(body, _header(headers, b"x-atlassian-webhook-identifier"), found)
        keys = tuple([f"{self.site}:{key}" for key in keys])  # identifiers are unique within a site only
        try:
            await self.door.take(Notice(found.issue, keys, found.certain, f"{next(self.traces) & 0xFFFFFFFF:08x}"))
        except (RedisError, OSError, TimeoutError) as error:
            raise Refused(503, "queue") from error
        return "accepted"


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


def _header(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytearray:
    said = headers.get(b"content-length", b"")
    if said.isdigit() and int(said) > LARGEST:
        raise Refused(413, "size")
    body, more = bytearray(), True  # grown in place: of the largest there is never more than one copy
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "gone")
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise Refused(413, "size")
        more = message.get("more_body", False)
    return body


def _event(body: bytearray) -> object:
    try:
        return event.read(body)
    except ValueError as error:
        raise Refused(400, "json") from error


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def create(
    *,
    redis_url: str,
    secrets: Sequence[bytes],
    labels: OurLabels,
    probe: Callable[[], str],
    sweep_seconds: float = 300,
    routes: Sequence[BaseRoute] = (),
    site: str = "",
) -> Web:
    """Make the ASGI app; `routes` are further ones, such as the gate. `app.state` has counts, queue, account."""
    account, counts = Account(probe), Counter[str]()
    client = store.connect_async(redis_url, PATIENCE)
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
        counted = flush_for_ever(queue.store)
        yield
        counted.set()
        account.stop()
        await client.aclose()

    webhook = Webhook(tuple(secrets), labels, account, Door(commit, tell), counts, site, Heard(client))
    own = [
        Route(PATH, webhook, methods=["POST"]),
        Route("/healthz", _healthz),
        Route("/readyz", Readiness(queue, account, sweep_seconds).__call__),
        Route("/metrics", Exposition(queue.store, queue, Failures(queue.store)).__call__),
    ]
    app = Web(routes=[*own, *routes], lifespan=lifespan)
    app.webhook = webhook
    app.state.counts, app.state.queue, app.state.account = counts, queue, account
    return app


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way have a few seconds to end.

    Raises:
        ConfigError: host and port cannot be had; uvicorn would tell it in several lines and end with a code of its own.
    """
    address.check(host, port)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
