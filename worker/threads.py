"""Threads of the web process, shared so that nobody keeps others from theirs by asking often.

What is the same for everybody is made once for all who wait (`Once`), and what is not has threads of its own and a
queue that ends (`Turns`).
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")


class Once(Generic[T]):
    """Makes an answer in a thread; whoever asks meanwhile is given the same one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """The answer, or the exception that making it ended with."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(run_in_threadpool(self._make))
        return await asyncio.shield(self._making)


class Busy(Exception):
    """Too many wait already."""


class Turns:
    """So many threads at a time, and so many who wait for one."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    async def __call__(self, do: Callable[[], T]) -> T:
        """What `do` gives, done in a thread.

        Raises:
            Busy: at once, where too many wait.
        """
        if self._here >= self._most:
            raise Busy
        self._here += 1
        try:
            async with self._free:
                return await run_in_threadpool(do)
        finally:
            self._here -= 1
