"""POST /webhooks/automation: a rule of Jira Automation names an issue that may need a look.

Automation cannot sign, so the rule shows a secret of ours as a Bearer. Nothing of the request is believed but the
issue's id or key: the ticket is read from Jira. Two requests may be the same to the letter and tell of two changes, so
none is passed over as a duplicate; the queue collapses them into one look.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from worker.metrics import DELIVERIES, TALLY
from worker.queue.store import StoreError
from worker.queue.workqueue import Notice
from worker.web.webhook import Refused, Webhook, body_of, header_of

PATH = "/webhooks/automation"
ISSUE_KEY = re.compile(r"\w[\w-]{0,254}-[0-9]{1,18}")  # Data Center's administrators may set another pattern of keys
WORDS = {
    "json": "The body is not JSON.",
    "no-issue": 'The body names no issue: expected {"issue": {"id": "{{issue.id}}"}}.',
    "secret": "Expected the header Authorization: Bearer, and one of JIRA_WEBHOOK_SECRETS.",
    "size": "The body is larger than 25 MB.",
    "queue": "Redis does not answer.",
}


@dataclass(frozen=True)
class Automation:
    """The endpoint, as a bare ASGI application; what it takes goes the way of `webhook`'s deliveries."""

    webhook: Webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal says in one sentence what was expected, for the rule's audit log."""
        try:
            await self._take(dict(scope["headers"]), receive)
        except Refused as refused:
            self._count(refused.why)
            await _refusal(refused)(scope, receive, send)
        else:
            self._count("accepted")
            await Response(status_code=204)(scope, receive, send)

    def _count(self, outcome: str) -> None:
        self.webhook.counts[f"automation-{outcome}"] += 1
        if outcome != "accepted":
            TALLY.add(DELIVERIES, f"automation-{outcome}")
        self.webhook.heard(f"automation-{outcome}")

    async def _take(self, headers: Mapping[bytes, bytes], receive: Receive) -> None:
        if not self._is_known(header_of(headers, b"authorization")):
            raise Refused(401, "secret")
        issue = issue_named_by(_json(await body_of(headers, receive)))
        if issue is None:
            raise Refused(400, "no-issue")
        try:
            await self.webhook.door.take(Notice(issue, trace=self.webhook.next_trace()))
        except (StoreError, OSError, TimeoutError) as error:
            self.webhook.failed(error)
            raise Refused(503, "queue") from error

    def _is_known(self, authorization: str) -> bool:
        scheme, _, given = authorization.strip().partition(" ")
        shown = given.strip().encode("latin-1")
        same = [hmac.compare_digest(shown, secret) for secret in self.webhook.secrets]
        return any(same) and scheme.lower() == "bearer"


def _json(body: bytearray) -> object:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "json") from error


def issue_named_by(said: object) -> str | None:
    """The issue's id, else its key; None where the body names none.

    Understood are `{"issue": "SUP-1"}`, `{"key": …}`, `{"id": …}`, `{"issue": {"id": …}}` and Automation's own two
    formats, in which ids are numbers (Atlassian, "Issue data (Automation format) payload for Send Web Request").
    """
    outer = said if isinstance(said, dict) else {}
    about = outer.get("issue", outer)
    if not isinstance(about, dict):
        return _id(about) or _key(about)
    return _id(about.get("id")) or _key(about.get("key")) or _key(about.get("id"))


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return text if re.fullmatch(r"[0-9]{1,20}", text, re.ASCII) else None


def _key(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return text if ISSUE_KEY.fullmatch(text) else None


def _refusal(refused: Refused) -> Response:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"retry-after": "5"}}.get(refused.status, {})
    return JSONResponse({"error": WORDS.get(refused.why, refused.why)}, refused.status, headers)
