"""Sends webhooks as Jira does: signed, from background threads, in no promised order.

After a failure Cloud sends again, Data Center does not. The post can be made worse on demand (lost, doubled, shuffled,
late, held back); it never gets better than Jira's.
"""

import hashlib
import hmac
import random
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from time import monotonic
from typing import Any

import urllib3

from sandbox.http.wire import encoded
from sandbox.state.people import Flavour
from sandbox.state.state import Event, State
from sandbox.webhooks.events import EVENTS, bodies

AGAIN = {408, 409, 425, 429}
"""Statuses, beside 5xx, after which Cloud tries again."""
Sieve = Callable[[dict[str, Any]], bool]


@dataclass(slots=True, eq=False)
class Webhook:
    """One registration. An empty `events` means all; `query` is a JQL filter on the state after the change."""

    id: str
    url: str
    secret: str | None = None
    events: tuple[str, ...] = EVENTS
    name: str = "webhook"
    query: str = ""
    active: bool = True

    def signature(self, raw: bytes) -> dict[str, str]:
        if not self.secret:
            return {}
        return {"X-Hub-Signature": "sha256=" + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()}

    def bodies(self, state: State, event: Event, base: str) -> list[dict[str, Any]]:
        """What it sends of an event."""
        return [body for body in bodies(state, event, base) if body["webhookEvent"] in self.events]

    def headers(self, delivery: "Delivery", flavour: Flavour) -> dict[str, str]:
        """What stands on the envelope, beside what every HTTP client writes."""
        return self.signature(delivery.raw) | (_cloud_headers(delivery) if flavour == "cloud" else {})

    def tries(self, post: "Post", flavour: Flavour) -> int:
        """How often it is sent again after a failure."""
        return post.retries if flavour == "cloud" else 0


@dataclass(slots=True, eq=False)
class Delivery:
    """One body on its way to one address. `outcome`: pending, held, dropped, delivered, refused, lost."""

    webhook: Webhook
    body: dict[str, Any]
    raw: bytes
    identifier: str
    at: datetime
    """On the sandbox's clock."""
    attempts: list[int | str] = field(default_factory=list)
    """The status, or the name of the error, of every try."""
    outcome: str = "pending"

    @property
    def event(self) -> str:
        return str(self.body.get("webhookEvent", ""))


@dataclass(slots=True)
class Post:
    """How the post behaves; change it at any time."""

    drop: Sieve | None = None
    """Bodies for which this is true are lost."""
    drop_share: float = 0.0
    """This share is lost, by the seeded dice."""
    duplicate: int = 0
    """So many further copies of each, with the same identifier."""
    shuffle: float = 0.0
    """Each delivery waits a random time of up to so many seconds."""
    delay: float = 0.0
    """Seconds before each first try."""
    paused: bool = False
    retries: int = 5
    """On Cloud; Data Center never tries again."""
    back_off: float = 0.05
    """Seconds before the first retry; doubles."""
    timeout: float = 20.0


class Deliveries:
    """The post office of one site; listens to the state."""

    def __init__(self, state: State, threads: int = 4, seed: int = 1) -> None:
        self.state = state
        self.base = "http://127.0.0.1"
        self.post = Post()
        self.webhooks: list[Webhook] = []
        self.log: list[Delivery] = []
        self.filter: Callable[[Webhook, Event], bool] = lambda webhook, event: True
        """Whether a registration's JQL lets an event through; set by the site."""
        self._dice = random.Random(seed)  # noqa: S311 - repeatable bad luck, not a secret
        self._queue: list[tuple[float, int, Delivery]] = []
        self._number = 0
        self._working = 0
        self._stopped = False
        self._change = threading.Condition()
        self._connections = urllib3.PoolManager(maxsize=threads)  # kept open, as Jira keeps them
        self._threads = [
            threading.Thread(target=self._work, name=f"sandbox-post-{n}", daemon=True) for n in range(threads)
        ]
        state.listeners.append(self.on_event)

    @property
    def flavour(self) -> Flavour:
        return self.state.flavour

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forget what is still on its way and end the threads."""
        with self._change:
            self._stopped = True
            self._queue.clear()
            self._change.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        self._connections.clear()

    def add(
        self, url: str, secret: str | None, events: tuple[str, ...] = (), name: str = "webhook", query: str = ""
    ) -> Webhook:
        webhook = Webhook(self.state.next_id(), url, secret, events or EVENTS, name, query)
        self.webhooks.append(webhook)
        return webhook

    def remove(self, webhook_id: str) -> bool:
        known = len(self.webhooks)
        self.webhooks = [w for w in self.webhooks if w.id != webhook_id]
        return len(self.webhooks) < known

    # -- taking in ---------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Called under the state's lock, so that bodies show the moment."""
        wanting = [w for w in self.webhooks if w.active and self.filter(w, event)]
        for webhook in wanting:
            for body in webhook.bodies(self.state, event, self.base):
                self.send(webhook, body)

    def send(self, webhook: Webhook, body: dict[str, Any]) -> None:
        """Put one body into the post."""
        raw = encoded(body)
        delivery = Delivery(webhook, body, raw, str(uuid.uuid4()), self.state.now())
        with self._change:
            self.log.append(delivery)
            if self._lost(body):
                delivery.outcome = "dropped"
                return
            for _ in range(1 + self.post.duplicate):
                self._push(delivery, self.post.delay + self._dice.uniform(0, self.post.shuffle))
            self._change.notify_all()

    def _lost(self, body: dict[str, Any]) -> bool:
        return bool(self.post.drop and self.post.drop(body)) or self._dice.random() < self.post.drop_share

    def _push(self, delivery: Delivery, wait: float) -> None:
        self._number += 1
        heappush(self._queue, (monotonic() + wait, self._number, delivery))

    def pause(self) -> None:
        """Hold everything back from now on."""
        with self._change:
            self.post.paused = True

    def release(self, shuffle: bool = False) -> None:
        """Send what was held back, if wished in a random order."""
        with self._change:
            self.post.paused = False
            if shuffle:
                self._queue = [(at, self._dice.randrange(1 << 40), d) for at, _, d in self._queue]
                self._dice.shuffle(self._queue)
                self._queue = [(0.0, n, d) for n, (_, _, d) in enumerate(self._queue)]
            self._change.notify_all()

    def forget(self) -> int:
        """Lose everything that is held back or on its way; how many."""
        with self._change:
            lost, self._queue = len(self._queue), []
            self._change.notify_all()
            return lost

    def drain(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way; False when that takes longer, or the post is paused with letters in it."""
        with self._change:
            return self._change.wait_for(lambda: not self._queue and not self._working, timeout)

    # -- sending -----------------------------------------------------------------------------------

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            wait = None
            with suppress(Exception):
                wait = self._send(delivery)
            with self._change:
                self._working -= 1
                if wait is not None and not self._stopped:
                    self._push(delivery, wait)
                self._change.notify_all()

    def _next(self) -> Delivery | None:
        with self._change:
            while not self._stopped:
                due = self._queue[0][0] - monotonic() if self._queue and not self.post.paused else None
                if due is not None and due <= 0:
                    self._working += 1
                    return heappop(self._queue)[2]
                self._change.wait(due)
        return None

    def _send(self, delivery: Delivery) -> float | None:
        """One try; the seconds to wait before the next, or None when it is over."""
        result = self._post(delivery)
        delivery.attempts.append(result)
        failed = isinstance(result, str) or result in AGAIN or result >= 500
        if failed and len(delivery.attempts) <= delivery.webhook.tries(self.post, self.flavour):
            return self.post.back_off * 2.0 ** (len(delivery.attempts) - 1)
        delivery.outcome = "lost" if failed else "delivered" if int(result) < 400 else "refused"
        return None

    def _post(self, delivery: Delivery) -> int | str:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Atlassian HttpClient (sandbox)"}
        headers |= delivery.webhook.headers(delivery, self.flavour)
        try:
            answer = self._connections.request(
                "POST",
                delivery.webhook.url,
                body=delivery.raw,
                headers=headers,
                timeout=self.post.timeout,
                redirect=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return answer.status


def _cloud_headers(delivery: Delivery) -> dict[str, str]:
    out = {"X-Atlassian-Webhook-Identifier": delivery.identifier, "X-Atlassian-Webhook-Flow": "Primary"}
    return out | ({"X-Atlassian-Webhook-Retry": str(len(delivery.attempts))} if delivery.attempts else {})
