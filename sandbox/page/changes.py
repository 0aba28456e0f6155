"""Tells the page that something has happened, as soon as it has: a request that is answered when there is news."""

import asyncio
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.jira.site import Jira

PATIENCE = 3.0
EVERY = 0.08
RECENT = 30


class Changes:
    """Answers when what is known differs from what the page has `seen`, or after a few seconds."""

    def __init__(self, jira: Jira) -> None:
        self._jira = jira
        self._events = 0
        jira.state.listeners.append(self._count)

    def _count(self, event: object) -> None:
        self._events += 1

    async def __call__(self, request: Request) -> Response:
        seen, until = request.query_params.get("seen"), monotonic() + PATIENCE
        while (mark := self._mark()) == seen and monotonic() < until:
            await asyncio.sleep(EVERY)
        return JSONResponse({"mark": mark}, headers={"Cache-Control": "no-store"})

    def _mark(self) -> str:
        """Differs whenever something has happened."""
        calls, letters = self._jira.log.records[-RECENT:], self._jira.deliveries.log[-RECENT:]
        answered = sum(call.status is not None for call in calls)
        sent = sum(len(letter.attempts) for letter in letters)
        last = calls[-1].number if calls else 0
        return f"{self._events}.{last}.{answered}.{len(self._jira.deliveries.log)}.{sent}.{self._jira.state.offset}"
