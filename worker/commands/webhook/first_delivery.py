"""After a webhook was registered: does a signed delivery arrive at our web process?

On Cloud an event is set off that nobody notices; on Data Center, which tells of nothing that harmless, somebody has
to edit a ticket. The web process tells through Redis what it heard (web/last_delivery.py). Nothing here decides whether
the webhook stays: that a delivery could not be waited for is no failure.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import requests

from config.settings import Settings
from worker.errors import EscalationError
from worker.jira import webhooks
from worker.jira.site import Refused, Site
from worker.jira.webhooks import Wanted
from worker.queue import store
from worker.queue.redis_trouble import trouble
from worker.queue.store import StoreError
from worker.web import last_delivery

PATIENCE = 60.0
AGAIN = 10.0
BEAT = 0.2
GRACE = 2 * last_delivery.EVERY

Provoke = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it: a delivery arrived and was taken, one was refused, or neither (both False)."""

    words: str
    verified: bool = False
    refused: bool = False


TAKEN = Verdict("verified: a signed delivery arrived", verified=True)
REFUSED = Verdict(
    "a delivery arrived and was refused (403): its signature does not fit JIRA_WEBHOOK_SECRETS of the web process. "
    "Start the web process anew with the same JIRA_WEBHOOK_SECRETS as here, then register again.",
    refused=True,
)


def wait_for(
    settings: Settings, site: Site, id: str, wanted: Wanted, secret: str, *, say: Callable[[str], None]
) -> Verdict:
    """Wait for a first delivery, for at most PATIENCE seconds; `say` tells meanwhile what to do."""
    if settings.redis_url is None:
        return Verdict("advice: not verified, because REDIS_URL is not set here; edit any ticket and look at web's log")
    client = store.connect(settings.require_redis(), patience=1)
    try:
        with _provoking(site, id, wanted, secret) as provoke:
            say(_invitation(provoke))
            return _heard(lambda: last_delivery.last(client), provoke) or _diagnosis(wanted.url, secret)
    except StoreError as error:
        return Verdict(f"advice: not verified. {trouble(error)}")


def _invitation(provoke: Provoke | None) -> str:
    span = f"waiting for a first delivery, up to {PATIENCE:.0f} s"
    return f"{span} …" if provoke else f"{span}: edit any ticket now, its description for instance …"


def _heard(ask: Callable[[], last_delivery.Last], provoke: Provoke | None) -> Verdict | None:
    """None where nothing arrived in time."""
    time.sleep(last_delivery.EVERY + BEAT)  # what arrived before is written by then
    before, began, refused_at, asked = ask(), time.monotonic(), None, 0
    while (waited := time.monotonic() - began) < PATIENCE:
        if provoke and waited >= asked * AGAIN:
            asked += 1
            provoke(asked)
        now = ask()
        if now.taken != before.taken:
            return TAKEN
        if now.refused != before.refused:
            refused_at = refused_at or waited
        if refused_at is not None and waited > refused_at + GRACE:  # a stranger's forgery must not be the last word
            return REFUSED
        time.sleep(BEAT)
    return None


@contextmanager
def _provoking(site: Site, id: str, wanted: Wanted, secret: str) -> Iterator[Provoke | None]:
    """How to set an event off; None where that is not possible. Afterwards nothing of it is left."""
    ticket = _ticket(site, wanted)
    if ticket is None:
        yield None
        return
    try:
        with _listening(site, id, wanted, secret) as listens:
            yield (lambda number: _provoke(site, ticket, number)) if listens else None
    finally:
        with suppress(EscalationError):  # a property that stays does no harm, and is the next time's
            webhooks.forget(site, ticket)


@contextmanager
def _listening(site: Site, id: str, wanted: Wanted, secret: str) -> Iterator[bool]:
    """For a while the webhook tells of the event that is set off; False where Jira does not have it."""
    try:
        id = webhooks.update(site, id, webhooks.with_first_event(wanted), secret)
    except Refused:
        yield False
        return
    try:
        yield True
    finally:
        webhooks.update(site, id, wanted, secret)


def _provoke(site: Site, ticket: str, number: int) -> None:
    with suppress(EscalationError):  # there will be another try
        webhooks.provoke(site, ticket, number)


def _ticket(site: Site, wanted: Wanted) -> str | None:
    """A ticket whose property we may write."""
    try:
        ticket = webhooks.any_ticket(site, wanted) if site.cloud else None
        if ticket:
            webhooks.provoke(site, ticket, 0)
    except EscalationError:
        return None
    return ticket


def _diagnosis(url: str, secret: str) -> Verdict:
    """Nothing arrived: how a delivery of our own fares."""
    body = b'{"webhookEvent": "escalation:knock"}'
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature": f"sha256={signature}", "Content-Type": "application/json"}
    try:
        status = requests.post(url, body, headers=headers, timeout=5, allow_redirects=False).status_code
    except requests.RequestException as error:
        return Verdict(f"advice: not verified. From here nothing answers at {url} ({type(error).__name__}); is web up?")
    if status == 403:
        return REFUSED
    found = "takes signed deliveries" if status == 204 else f"answers {status}, expected 204; is it our web process?"
    return Verdict(f"advice: not verified, nothing came from Jira yet. From here {url} {found}. {_then()}")


def _then() -> str:
    return "Edit a ticket; if it does nothing, see whether Jira may reach that address (firewall, certificate)."
