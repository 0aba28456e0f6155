"""The front door: every HTTP call passes here.

It reads the body, lets faults strike, checks who is asking, runs the handler under the lock and writes the log.
Handlers know nothing of HTTP; this file knows nothing of tickets.
"""

import asyncio
import json
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.http.authentication import EXCHANGE, GATEWAY, Logins
from sandbox.http.call import ROUTES, Answer, Call, RouteSpec
from sandbox.http.call_log import CallLog, Record
from sandbox.http.errors import JiraError
from sandbox.http.faults import Fault, Faults
from sandbox.http.forgetting import Forgetting
from sandbox.http.wire import encoded
from sandbox.state.people import Flavour, User
from sandbox.state.state import State

Hook = Callable[[str, Record], None]
"""Told `before` and `after` the work of every call; may block, raise or kill."""
Found = tuple[RouteSpec, dict[str, str]]
VERSIONS: dict[Flavour, dict[str, int]] = {"cloud": {"2": 2, "3": 3, "latest": 2}, "dc": {"2": 2, "latest": 2}}
LIMIT_HEADERS = {
    "X-RateLimit-Limit": "350",
    "X-RateLimit-Remaining": "349",
    "RateLimit": '"jira-burst-based";r=349;t=1',
}
MAX_HANG = 120.0
LONGEST_ADDRESS = 8_192
"""Bytes of path and query; what is longer never gets to Jira (Cloud's edge: 414, Data Center's Tomcat: 400)."""


class Dispatcher:
    """An ASGI application for everything below `/rest/` and `/_edge/`, on Cloud behind the gateway's prefix as well."""

    def __init__(self, state: State, faults: Faults, log: CallLog, shelf: Any) -> None:
        self.state = state
        self.faults = faults
        self.forgetting = Forgetting()
        self.log = log
        self.shelf = shelf
        self.logins = Logins(state)
        self.base = "http://127.0.0.1"
        self.hooks: list[Hook] = []
        self.skew = timedelta(0)
        """By how much the `Date` of every answer is ahead of the true time."""
        self.transports: dict[tuple[str, int], asyncio.Transport] = {}
        """Open connections by the caller's address, so that a fault can break one."""
        self._routes = [(r, _pattern(r.path)) for r in ROUTES if state.flavour in r.flavours]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        scope = self._past_the_gateway(scope)
        record = self.log.begin(request.method, scope["path"], request.url.query, self.state.now())
        record.at_gateway = "sandbox.gateway" in scope
        started = monotonic()
        try:
            response = await self._serve(request, record, raw)
        finally:
            record.seconds = monotonic() - started
        if response is None:
            await self._break(scope, receive)
        else:
            await response(scope, receive, send)

    async def _serve(self, request: Request, record: Record, raw: bytes) -> Response | None:
        """The answer, or None when the caller shall get none."""
        user = self._identify(request, record)
        record.account = user.nick if user else None
        _read_body(record, raw)
        fault = self.faults.hit(record)
        record.fault = fault.describe() if fault else None
        await asyncio.sleep(self.faults.latency + (fault.seconds if fault and fault.action == "slow" else 0))
        if fault and fault.action in ("answer", "reset-before", "hang"):
            return await self._instead(fault, record)
        if self.hooks:  # they may block
            answer = await run_in_threadpool(self._work, request, record, user)
        else:
            answer = self._work(request, record, user)
        if fault and fault.action == "answer-after":
            answer = Answer(fault.status, fault.body, fault.headers)
        if fault and fault.action == "hang-after":
            await asyncio.sleep(fault.seconds or MAX_HANG)
        return None if fault and fault.action in ("reset-after", "hang-after") else self._response(answer, record)

    async def _instead(self, fault: Fault, record: Record) -> Response | None:
        if fault.action == "answer":
            return self._response(Answer(fault.status, fault.body, fault.headers), record)
        if fault.action == "hang":
            await asyncio.sleep(fault.seconds or MAX_HANG)
        return None

    def _work(self, request: Request, record: Record, user: User | None) -> Answer:
        for hook in self.hooks:
            hook("before", record)
        with self.state.lock:
            answer = self._answer(request, record, user)
        for hook in self.hooks:
            hook("after", record)
        return answer

    def _answer(self, request: Request, record: Record, user: User | None) -> Answer:
        if len(record.path) + len(record.query) >= LONGEST_ADDRESS:
            return Answer(414 if self.state.flavour == "cloud" else 400)
        try:
            if record.path == EXCHANGE[self.state.flavour] and record.method == "POST":
                return self._exchange(record)
            spec, path = self._find(record)
            if user is None and ("authorization" in request.headers or not spec.anonymous):
                raise JiraError(401, "You are not authenticated. Authentication required to perform this operation.")
            if record.raw is not None:
                raise JiraError(400, "There was an error parsing JSON. Check that your request body is valid.")
            query = parse_qs(record.query, keep_blank_values=True)
            version = VERSIONS[self.state.flavour].get(path.pop("version", "2"), 2)
            asker = user or self.state.people.get("otto")
            base = f"{self.base}{GATEWAY}" if record.at_gateway else self.base
            call = Call(self.state, base, version, asker, path, query, record.body, self.shelf)
            return self.forgetting.answer(call, record, spec.handler)
        except JiraError as refusal:
            desk = record.path.startswith("/rest/servicedeskapi/")
            return Answer(refusal.status, refusal.desk_body() if desk else refusal.body(), refusal.headers)

    def _exchange(self, record: Record) -> Answer:
        """A token for a service account; the log keeps nothing of what was shown for it."""
        answer = Answer(*self.logins.exchange(record.body, record.raw))
        record.body = record.raw = None
        return answer

    def _find(self, record: Record) -> Found:
        """The route; 405 when only the method is wrong, 404 when the site has no such thing."""
        known = [
            (spec, match.groupdict()) for spec, pattern in self._routes if (match := pattern.fullmatch(record.path))
        ]
        known = [(spec, path) for spec, path in known if path.get("version", "2") in VERSIONS[self.state.flavour]]
        if not known:
            raise JiraError(404, f"null for uri: {record.path}")
        for spec, path in known:
            if spec.method == record.method:
                return spec, path
        raise JiraError(405, f"Method {record.method} is not allowed here.")

    def _identify(self, request: Request, record: Record) -> User | None:
        return self.logins.who(request.headers.get("authorization", ""), at_gateway=record.at_gateway)

    def _past_the_gateway(self, scope: Scope) -> Scope:
        """The gateway hands on what stands behind its prefix."""
        if self.state.flavour != "cloud" or not scope["path"].startswith(f"{GATEWAY}/"):
            return scope
        return {**scope, "path": scope["path"].removeprefix(GATEWAY), "sandbox.gateway": True}

    def _response(self, answer: Answer, record: Record) -> Response:
        record.status = answer.status
        record.response = answer.body.decode() if isinstance(answer.body, bytes) else _without_token(answer.body)
        date = format_datetime(datetime.now(UTC) + self.skew, usegmt=True)
        headers = {"Date": date} | (LIMIT_HEADERS if self.state.flavour == "cloud" else {}) | answer.headers
        content = b"" if answer.body is None else encoded(answer.body)
        kind = "text/html" if isinstance(answer.body, bytes) else "application/json;charset=UTF-8"
        return Response(content, answer.status, headers, media_type=kind if content else None)

    async def _break(self, scope: Scope, receive: Receive) -> None:
        """Reset the caller's connection, and wait until the server has noticed."""
        transport = self.transports.get(scope["client"])
        if transport is not None:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _without_token(body: Any) -> Any:
    return {**body, "access_token": "(not kept)"} if isinstance(body, dict) and "access_token" in body else body


def _read_body(record: Record, raw: bytes) -> None:
    if not raw:
        return
    try:
        record.body = json.loads(raw)
    except ValueError:
        record.raw = raw.decode(errors="replace")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
