"""Redis within an event loop: the half of the client that the web process alone uses (see store.py for the other)."""

from typing import TypeAlias

import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from config.redis_address import RedisAddress
from worker.queue import key_prefix, store

AsyncStore: TypeAlias = redis.asyncio.Redis
"""An open connection within an event loop."""


def connect(address: RedisAddress | str, patience: float = 2.0) -> AsyncStore:
    """Open the connection of an event loop, which its callers share; a call fails after `patience` seconds. It is tried
    again at once where the connection was gone, which nobody looks for beforehand. Raises as `store.connect`."""
    where = store.checked(address)
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    parameters = store.parameters(where, patience) | {"retry": retry, "single_connection_client": True}
    if not where.prefix:
        return redis.asyncio.Redis(**parameters)
    return key_prefix.named(PrefixedAsyncRedis(**parameters), where.prefix)


class PrefixedAsyncPipeline(key_prefix.Prefixing, Pipeline):  # type: ignore[misc]
    """A pipeline of a client with a prefix."""


class PrefixedAsyncRedis(key_prefix.Prefixing, redis.asyncio.Redis):  # type: ignore[misc]
    """A client with a prefix."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """As every client's."""
        pipe = PrefixedAsyncPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        return key_prefix.named(pipe, self.key_prefix)
