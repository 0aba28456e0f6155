"""POST /webhooks/jira: a signed delivery is verified, read, put into the queue, and only then answered.

The ladder of refusals is short and each step has its own status and counter. It never answers 2xx before the hint is
durable in the queue."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from secrets import randbits

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from worker.metrics import DELIVERIES, TALLY
from worker.queue.store import StoreError
from worker.queue.workqueue import Notice
from worker.threads import Turns
from worker.web import event
from worker.web.account import Account
from worker.web.delivery import Hint, duplicate_keys, hint
from worker.web.group_commit import GroupCommit
from worker.web.signature import is_signed, may_sign

PATH = "/webhooks/jira"
LARGE = 256 * 1024
LARGEST = 25 * 1024 * 1024
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


@dataclass(frozen=True)
class Webhook:
    """POST /webhooks/jira, as a bare ASGI application: this is what has to be quick."""

    secrets: tuple[bytes, ...]
    labels: OurLabels
    account: Account
    door: GroupCommit
    counts: Counter[str]
    site: str = ""
    heard: Callable[[str], None] = lambda outcome: None
    failed: Callable[[Exception], None] = lambda error: None
    verifying: Turns = field(default_factory=lambda: Turns(2, 10_000))
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

    def next_trace(self) -> str:
        """What all log lines have in common that follow from one delivery."""
        return f"{next(self.traces) & 0xFFFFFFFF:08x}"

    async def _is_signed(self, body: bytearray, signature: str) -> bool:
        """Large bodies are verified in a thread, few at a time: they take long enough to keep all others waiting."""
        if len(body) < LARGE:
            return is_signed(body, signature, self.secrets)
        return await self.verifying(partial(is_signed, body, signature, self.secrets))

    async def _take(self, headers: Mapping[bytes, bytes], receive: Receive) -> str:
        signature = header_of(headers, b"x-hub-signature")
        if not may_sign(signature):  # then its body is not kept; the server reads past it
            raise Refused(403, "signature")
        body = await body_of(headers, receive)
        if not await self._is_signed(body, signature):
            raise Refused(403, "signature")
        ours = self.labels
        found = hint(_event(body), ours.all, ours.evaluations, self.account.name, ours.is_alike)
        if found is None:
            return "not-for-us"
        keys = duplicate_keys(body, header_of(headers, b"x-atlassian-webhook-identifier"), found)
        keys = tuple([f"{self.site}:{key}" for key in keys])  # identifiers are unique within a site only
        trace = self.next_trace()
        try:
            if found.linked:
                await self._take_link(found, keys, trace)
            else:
                await self.door.take(Notice(found.issue, keys, found.certain, trace))
        except (StoreError, OSError, TimeoutError) as error:
            self.failed(error)
            raise Refused(503, "queue") from error
        return "accepted"

    async def _take_link(self, found: Hint, keys: tuple[str, ...], trace: str) -> None:
        """Either end may be a ticket of ours; each is taken once, whatever becomes of the other."""
        ends = (found.issue, found.linked or "")
        notices = [Notice(end, tuple(f"{key}:{end}" for key in keys), False, trace, ours=True) for end in ends]
        await asyncio.gather(*map(self.door.take, notices))


def header_of(headers: Mapping[bytes, bytes], name: bytes) -> str:
    """A header's value; empty where there is none."""
    return headers.get(name, b"").decode("latin-1")


async def body_of(headers: Mapping[bytes, bytes], receive: Receive) -> bytearray:
    """The whole body, unless it is larger than any that Jira sends."""
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
    if not body:  # signed, and empty: the webhook has "Exclude body" ticked
        raise Refused(400, "no-body")
    try:
        return event.read(body)
    except ValueError as error:
        raise Refused(400, "json") from error
