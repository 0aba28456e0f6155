"""How to reach Redis: one place for its address forms and for how long anybody waits for it.

Nothing here may hang: a frozen Redis costs its callers seconds, never for ever.
"""

from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry


def for_clients(url: str) -> str:
    """Turn Celery's form of a socket address (redis+socket://) into the one Redis clients read (unix://)."""
    return url.replace("redis+socket://", "unix://", 1)


def for_celery(url: str) -> str:
    """Turn the clients' form of a socket address (unix://) into Celery's (redis+socket://)."""
    return url.replace("unix://", "redis+socket://", 1)


def connect(url: str, patience: float = 5.0) -> redis.Redis:
    """Open a pool of connections; no single call waits longer than about twice `patience` seconds."""
    retry = Retry(ConstantBackoff(0.05), 1)
    return redis.Redis.from_url(for_clients(url), retry=retry, **_limits(patience))


def connect_async(url: str, patience: float = 2.0) -> redis.asyncio.Redis:
    """Open the connection of an event loop, which its callers share; a call fails after `patience` seconds. It is tried
    again at once where the connection was gone, which nobody looks for beforehand."""
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    limits = _limits(patience) | {"single_connection_client": True}
    return redis.asyncio.Redis.from_url(for_clients(url), retry=retry, **limits)


def _limits(patience: float) -> dict[str, Any]:
    return {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "health_check_interval": 10,
        "decode_responses": True,
    }
