"""Why Redis cannot be used, in words for whoever can mend it. Every process and command tells it with these words.

They never hold an address, a user, a password or a key.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from redis import exceptions as redis

KINDS = ("unreachable", "tls", "password", "permission", "full", "disk", "replica", "cluster", "other")
IN_FORM = "Put them into REDIS_URL, percent-encoded: redis://USER:PASSWORD@HOST:PORT/DATABASE."
ACL = "Give it what docs/deploy.md lists for an ACL, on keys that begin with REDIS_KEY_PREFIX."
SERVER = "Check REDIS_URL, and whether that server runs."
OTHER_NAME, EXPIRED = (62, 64), 10  # OpenSSL: X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH, _CERT_HAS_EXPIRED


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause: its kind (of KINDS), what was found as the end of "Redis cannot be used: …", and what mends it."""

    kind: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"Redis cannot be used: {self.found}. {self.mend}"


FULL = Trouble("full", "it is full (maxmemory, and nothing may be evicted)", "Raise maxmemory, or free some memory.")
REPLICA = Trouble("replica", "it is a replica, which takes no writes", "Let REDIS_URL lead to the primary.")
CLUSTER = Trouble("cluster", "it is a cluster, which cannot be used", "Let REDIS_URL lead to a server without cluster.")
LOADING = Trouble("unreachable", "it is still loading its data", "Wait: it goes on by itself.")
CROWDED = Trouble("unreachable", "it takes no more connections", "Raise maxclients, or see who has them (CLIENT LIST).")
PROTECTED = Trouble(
    "password",
    "it is in protected mode and answers its own machine only",
    "Give it a password (requirepass, or an ACL) and put it into REDIS_URL.",
)
ASKED = Trouble("password", "it asks for a password", IN_FORM)
WRONG = Trouble("password", "user and password are not accepted", IN_FORM)
DISK = Trouble("disk", "it cannot write to its disk, and takes no more", "Make room there; its log says why.")
ALONE = Trouble("replica", "it has too few replicas to take writes", "Bring them back, or lower min-replicas-to-write.")
DATABASE = Trouble(
    "other", "it has no database of that number", "Take a smaller number in REDIS_URL, or raise `databases`."
)
STRANGE = Trouble(
    "other",
    "it does not know a command that we need",
    "Let REDIS_URL lead to a Redis 6.2 or later or a Valkey, and not to a Sentinel.",
)

_KNOWN: tuple[tuple[type[Exception], str, Trouble], ...] = (  # the class of the error, what its words hold: the cause
    (redis.OutOfMemoryError, "", FULL),
    (redis.ReadOnlyError, "", REPLICA),
    (redis.BusyLoadingError, "", LOADING),
    (redis.NoPermissionError, "run the", Trouble("permission", "its user may not run a command that we need", ACL)),
    (redis.NoPermissionError, "channel", Trouble("permission", "its user may use no channels", ACL)),
    (redis.NoPermissionError, "", Trouble("permission", "its user may not use our keys", ACL)),
    (redis.ClusterError, "", CLUSTER),
    (redis.RedisError, "protected mode", PROTECTED),
    (redis.RedisError, "cluster|same slot|MOVED", CLUSTER),
    (redis.RedisError, "max number of clients", CROWDED),
    (redis.RedisError, "already authenticated|NOAUTH|authentication required", ASKED),
    (redis.AuthenticationError, "", WRONG),
    (redis.RedisError, "MISCONF", DISK),
    (redis.RedisError, "NOREPLICAS|not enough good replicas", ALONE),
    (redis.RedisError, "DB index", DATABASE),
    (redis.RedisError, "unknown command", STRANGE),
)


def trouble(error: BaseException) -> Trouble:
    """What an error of a Redis client means."""
    for kind, words, known in _KNOWN:
        if isinstance(error, kind) and re.search(words, str(error), re.IGNORECASE):
            return known
    if isinstance(error, redis.ResponseError):
        return Trouble("other", f"it refuses ({type(error).__name__})", "See its log.")
    return next(filter(None, map(_tls, _causes(error))), None) or _away(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _tls(error: BaseException) -> Trouble | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        found = f"its certificate is not accepted ({error.verify_message.rstrip('.')})"
        return Trouble("tls", found, _mend_certificate(error.verify_code))
    if isinstance(error, ssl.SSLError):
        return Trouble("tls", "it speaks no TLS there", "Take its TLS port, or begin REDIS_URL with redis://.")
    return None


def _mend_certificate(code: int) -> str:
    if code in OTHER_NAME:
        return "Name the host in REDIS_URL as its certificate does."
    if code == EXPIRED:
        return "Renew its certificate."
    return "Set REDIS_CA_FILE to the certificate of the authority that signed it."


def _away(error: BaseException) -> Trouble:
    reasons = filter(None, map(_reason, _causes(error)))
    return Trouble("unreachable", f"it does not answer ({next(reasons, type(error).__name__)})", SERVER)


def _reason(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, TimeoutError | redis.TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return (error.strerror or "").lower()
    return "it closed the connection" if "closed by server" in str(error) else ""
