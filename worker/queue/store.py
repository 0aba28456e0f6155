"""How to reach Redis: how its address is used by our clients and by Celery, and for how long anybody waits.

Nothing here may hang: a frozen Redis costs its callers seconds, never for ever. Over TLS both check the certificate and
the host name. The address itself is read in config/redis_address.py.
"""

import ssl
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from config import ConfigError, redis_address
from config.redis_address import RedisAddress
from worker.queue import key_prefix

# Each new connection, Celery's too, would else search what is installed for it: milliseconds, and 1 MB of a process.
redis.utils.get_lib_version = lambda: redis.__version__

Store: TypeAlias = redis.Redis
"""An open connection, for those who keep something in Redis and need not know the client."""
StoreError = RedisError
"""Redis does not answer, or refuses."""
StoreRefused = ResponseError
"""Redis refuses a command."""


def connect(address: RedisAddress | str, patience: float = 5.0) -> redis.Redis:
    """Open a pool of connections; no single call waits longer than about twice `patience` seconds.

    Raises:
        ConfigError: a file of certificates cannot be read.
    """
    where = checked(address)
    return key_prefix.client(where.prefix, retry=Retry(ConstantBackoff(0.05), 1), **parameters(where, patience))


def for_celery(address: RedisAddress | str) -> dict[str, Any]:
    """Celery's settings for that address; `broker_transport_options` are to be completed. Raises as `connect`."""
    where = checked(address)
    return {
        "broker_url": _broker_url(where),
        "broker_use_ssl": _tls(where) or False,
        "broker_transport_options": {"global_keyprefix": where.prefix},
    }


def checked(address: RedisAddress | str) -> RedisAddress:
    """The address, read, whose files can be read. Raises as `connect`."""
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


def parameters(where: RedisAddress, patience: float) -> dict[str, Any]:
    """What every client is made with."""
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
