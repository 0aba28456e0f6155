"""Deliveries that come together are put into the queue together, in one step."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from worker.queue.workqueue import BATCH, Notice

PATIENCE = 2.0
TOLD = 100

log = structlog.get_logger()


class GroupCommit:
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
