"""How to reach Redis: how its address is used by our clients and by Celery, and for how long anybody waits.

Nothing here may hang: a frozen Redis costs its callers seconds, never for ever. Over TLS both check the certificate and
the host name. The address itself is read in config/redis_address.py.
"""

import ssl
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from config import ConfigError, redis_address
from config.redis_address import RedisAddress
from worker.queue import key_prefix

Store: TypeAlias = redis.Redis
"""An open connection, for those who keep something in Redis and need not know the client."""
AsyncStore: TypeAlias = redis.asyncio.Redis
"""The same within an event loop."""
StoreError = RedisError
"""Redis does not answer, or refuses."""
StoreRefused = ResponseError
"""Redis refuses a command."""


def connect(address: RedisAddress | str, patience: float = 5.0) -> redis.Redis:
    """Open a pool of connections; no single call waits longer than about twice `patience` seconds.

    Raises:
        ConfigError: a file of certificates cannot be read.
    """
    where = _known(address)
    return key_prefix.client(where.prefix, retry=Retry(ConstantBackoff(0.05), 1), **_parameters(where, patience))


def connect_async(address: RedisAddress | str, patience: float = 2.0) -> redis.asyncio.Redis:
    """Open the connection of an event loop, which its callers share; a call fails after `patience` seconds. It is tried
    again at once where the connection was gone, which nobody looks for beforehand. Raises as `connect`."""
    where = _known(address)
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    own = _parameters(where, patience) | {"single_connection_client": True}
    return key_prefix.async_client(where.prefix, retry=retry, **own)


def for_celery(address: RedisAddress | str) -> dict[str, Any]:
    """Celery's settings for that address; `broker_transport_options` are to be completed. Raises as `connect`."""
    where = _known(address)
    return {
        "broker_url": _broker_url(where),
        "broker_use_ssl": _tls(where) or False,
        "broker_transport_options": {"global_keyprefix": where.prefix},
    }


def _known(address: RedisAddress | str) -> RedisAddress:
    where = redis_address.read(address) if isinstance(address, str) else address
    for path in where.files.values():
        _check_file(path)
    return where


def _check_file(path: str) -> None:
    """A client that cannot read it says so without its name, and a worker would say it for ever."""
    try:
        if b"-----BEGIN " not in Path(path).read_bytes():
            raise ssl.SSLError
    except OSError:  # of which SSLError is one
        raise ConfigError(f"REDIS_URL: found the file '{path}' with it, expected one that can be read (PEM)") from None


def _broker_url(where: RedisAddress) -> str:
    """In the form that kombu reads, with every part encoded: what it decodes is what was meant."""
    who = f"{_quoted(where.user)}:{_quoted(where.password)}@" if where.user or where.password else ""
    if where.socket:
        return f"redis+socket://{who}{quote(where.socket)}?virtual_host={where.database}"
    host = f"[{where.host}]" if ":" in where.host else quote(where.host)
    return f"{'rediss' if where.tls else 'redis'}://{who}{host}:{where.port}/{where.database}"


def _quoted(part: str | None) -> str:
    return quote(part or "", safe="")


def _parameters(where: RedisAddress, patience: float) -> dict[str, Any]:
    place: dict[str, Any] = (
        {"unix_socket_path": where.socket} if where.socket else {"host": where.host, "port": where.port}
    )
    return {
        **place,
        "db": where.database,
        "username": where.user,
        "password": where.password,
        "ssl": where.tls,
        **_tls(where),
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "health_check_interval": 10,
        "decode_responses": True,
    }


def _tls(where: RedisAddress) -> dict[str, Any]:
    """The same words for both halves. Of its own Celery checks neither certificate nor name."""
    if not where.tls:
        return {}
    return {**where.files, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
