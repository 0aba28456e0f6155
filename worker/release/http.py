"""The release gate over HTTP: `GET /gate`, and the override at `POST /gate/override`.

A credential is checked before anything else is looked at, every answer is JSON and is logged, and whatever goes wrong
here is "cannot tell", never "allowed". Asking never writes. Nothing blocks the event loop.
"""

import hmac
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from config.mistakes import did_you_mean
from worker.escalation.dates.calendar import Calendar, elapsed
from worker.queue.redis_trouble import trouble
from worker.queue.store import StoreError
from worker.release import question as asking
from worker.release.gate import Answer, Gate, version
from worker.release.granting import Notes, grant, requested
from worker.release.overrides import Overrides
from worker.threads import Busy, Turns

LARGEST = 64 * 1024
A_DAY = 86_400
AT_ONCE, WAITING = 4, 64  # questions that are answered at a time, and that wait for their turn
STATUS = {"ship": 200, "wait": 423, "cannot-tell": 503}
PARAMETERS = ("issue", "duration", "at")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="release gate"'}
NO_STORE = {"Cache-Control": "no-store"}

log = structlog.get_logger()


class Refused(Exception):
    """A request that is not answered: the status, the reason's code, and one line that says what would do."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class GateHttp:
    """The handlers. `token` is asked of those who ask, where there is one; `override_token` of those who override, and
    without it nobody can. `dry_run`: nothing is written to Jira, so nothing is granted."""

    gate: Gate
    overrides: Overrides
    notes: Notes
    token: SecretStr | None = None
    override_token: SecretStr | None = None
    dry_run: bool = False
    clock: Callable[[], datetime] = now
    asking: Turns = field(default_factory=lambda: Turns(AT_ONCE, WAITING))
    overriding: Turns = field(default_factory=lambda: Turns(2, WAITING))  # wanted most when Jira hangs

    def routes(self) -> list[BaseRoute]:
        """For the web process."""
        return [
            Route("/gate", self.ask, methods=["GET"]),
            Route("/gate/override", self.override, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """200 may ship, 423 must wait, 400, 401, 503 cannot tell."""
        try:
            _check(request, self.token)
            return await self.asking(partial(self._answer, request))
        except Busy:
            return self._refuse(request, Refused(503, "busy", "too many questions wait already; ask again in a moment"))
        except Refused as refused:
            return self._refuse(request, refused)
        except Exception:  # a mistake of ours must read as "cannot tell", and be loud in the log
            log.exception("the gate failed", who=_who(request))
            return self._refuse(request, Refused(503, "cannot-tell", "the gate failed; its log says why"))

    def _answer(self, request: Request) -> Response:
        at = self.clock()
        try:
            answer = self.gate.answer(_question(request), at)
        except ValueError as error:
            raise Refused(400, "bad-request", str(error)) from None
        named = ", ".join(issue.key for issue in answer.issues)
        log.info(
            "gate asked", who=_who(request), issues=named, allowed=answer.allowed, code=answer.reason_code,
            reason=answer.reason, rehearsal=answer.rehearsal,
        )  # fmt: skip
        headers = {"Retry-After": str(_retry_after(answer))} if answer.verdict == "wait" else {}
        return JSONResponse(answer.to_json(), STATUS[answer.verdict], {**NO_STORE, **headers})

    async def override(self, request: Request) -> Response:
        """201 granted, 200 granted before, 400, 401, 403 not possible here, 503 cannot be kept."""
        try:
            self._may_override(request)
            body = _parsed(await _body(request))
            return await self.overriding(partial(self._grant, request, body))
        except Busy:
            return self._refuse(request, Refused(503, "busy", "too many overrides wait already"))
        except Refused as refused:
            return self._refuse(request, refused)
        except Exception:  # as above
            log.exception("the gate failed", who=_who(request))
            return self._refuse(request, Refused(503, "cannot-tell", "the gate failed; its log says why"))

    def _may_override(self, request: Request) -> None:
        if self.override_token is None:
            raise Refused(403, "no-override", "GATE_OVERRIDE_TOKEN is not set: no override is possible")
        _check(request, self.override_token)
        if self.dry_run:
            raise Refused(403, "no-override", "DRY_RUN is set: no note can be left, so nothing is overridden")

    def _grant(self, request: Request, body: object) -> Response:
        try:
            granted = grant(requested(body, self.clock()), self.overrides, self.notes)
        except ValueError as error:
            raise Refused(400, "bad-request", str(error)) from None
        except (StoreError, OSError) as error:
            raise Refused(503, "cannot-keep", f"no override can be kept. {trouble(error)}") from None
        log.info("override answered", who=_who(request), override=granted.override.id, new=granted.new)
        return JSONResponse(granted.to_json(), 201 if granted.new else 200, NO_STORE)

    def _refuse(self, request: Request, refused: Refused) -> Response:
        log.info("gate refused", who=_who(request), status=refused.status, code=refused.code, reason=refused.reason)
        headers = {**NO_STORE, **(CHALLENGE if refused.status == 401 else {})}
        return JSONResponse(self._no_answer(refused), refused.status, headers)

    def _no_answer(self, refused: Refused) -> dict[str, Any]:
        """The same keys as an answer has, so that nobody's `jq` stumbles."""
        calendar = Calendar.of(self.gate.protocol)
        at = calendar.local(self.clock())
        return {
            "allowed": False,
            "reason_code": refused.code,
            "reason": refused.reason,
            "evaluated_at": at.isoformat(),
            "timezone": self.gate.protocol.timezone,
            "in_business_hours": calendar.in_business_hours(at),
            **dict.fromkeys(("window_closes_at", "next_opening", "override", "protocol_clause")),
            "issues": [],
            "rehearsal": False,
            "version": version(),
        }


def _check(request: Request, token: SecretStr | None) -> None:
    """Whether the caller has the credential, in constant time."""
    if token is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("latin-1"), token.get_secret_value().encode())
    if scheme.lower() != "bearer" or not same:
        raise Refused(401, "unauthorized", "expected the header 'Authorization: Bearer TOKEN' with the right token")


def _question(request: Request) -> asking.Question:
    given = request.query_params
    for name in given:
        if name not in PARAMETERS:
            hint = did_you_mean(name, PARAMETERS) or f"; known here: {', '.join(PARAMETERS)}"
            raise ValueError(f"{name[:40]}: unknown parameter{hint}")
    once = {name: _one(given.getlist(name), name) for name in ("duration", "at")}
    at = asking.with_plus(once["at"]) if once["at"] is not None else None
    return asking.question(given.getlist("issue"), once["duration"], at)


def _one(values: list[str], name: str) -> str | None:
    if len(values) > 1:
        raise ValueError(f"{name}: found {len(values)} of it, expected one")
    return values[0] if values else None


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise Refused(400, "bad-request", f"expected a body of at most {LARGEST} bytes")
    except ClientDisconnect:
        raise Refused(400, "bad-request", "the connection ended before the body did") from None
    return body


def _parsed(body: bytes) -> object:
    """A JSON body; half a character (a lone surrogate), which nothing can show or keep, is none."""
    try:
        read = json.loads(body)
        json.dumps(read, ensure_ascii=False).encode()
        return read
    except (ValueError, RecursionError):
        raise Refused(400, "bad-request", "expected a JSON object with issues, reason, and for or until") from None


def _retry_after(answer: Answer) -> int:
    """Seconds until the next opening, at least one; a day where none is in sight."""
    if answer.clock.next_opening is None:
        return A_DAY
    return max(1, math.ceil(elapsed(answer.clock.evaluated_at, answer.clock.next_opening).total_seconds()))


def _who(request: Request) -> Mapping[str, str]:
    """As much as is known of a caller; credentials are no part of it."""
    address = request.client.host if request.client else "?"
    return {"address": address, "agent": request.headers.get("user-agent", "")[:80]}
