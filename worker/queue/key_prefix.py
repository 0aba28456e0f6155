"""Redis clients whose every key begins with a prefix, so that a Redis may be shared and an ACL can name what is ours.

Whoever uses such a client writes keys without the prefix. A command is let through only where it is known which of its
words are keys: one that is not fails at its first use, in any test, rather than reach another's keys.
"""

from typing import Any, TypeVar

import redis
from redis.client import Pipeline

Prefixed = TypeVar("Prefixed", bound="Prefixing")

NO_KEY = frozenset({"PING", "TIME", "INFO", "CONFIG GET", "SCRIPT LOAD"})
FIRST = frozenset({
    "EXPIRE", "GET", "GETEX", "PTTL", "SADD", "SET", "SMEMBERS", "LLEN", "LPUSH", "RPOP",
    "HDEL", "HEXISTS", "HGET", "HGETALL", "HINCRBYFLOAT", "HLEN", "HMGET", "HSET", "HSETNX",
    "ZADD", "ZCARD", "ZMSCORE", "ZRANGE", "ZRANGEBYSCORE", "ZREM", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZSCORE",
})  # fmt: skip
ALL = frozenset({"DEL", "EXISTS", "MGET"})


def client(prefix: str, **parameters: Any) -> redis.Redis:
    """A blocking client; without a prefix an ordinary one."""
    if not prefix:
        return redis.Redis(**parameters)
    return named(PrefixedRedis(**parameters), prefix)


def named(made: Prefixed, prefix: str) -> Prefixed:
    """A client or pipeline that was just made, which puts that prefix before its keys."""
    made.key_prefix = prefix
    return made


def words(prefix: str, command: tuple[Any, ...]) -> tuple[Any, ...]:
    """A command with the prefix before each of its keys."""
    name = str(command[0]).upper()
    if name in NO_KEY:
        return command
    first, last = (3, 3 + int(command[2])) if name == "EVALSHA" else (1, 2 if name in FIRST else len(command))
    if name != "EVALSHA" and name not in FIRST | ALL:
        raise NotImplementedError(f"{name}: which of its words are keys is not known")
    return (*command[:first], *(f"{prefix}{key}" for key in command[first:last]), *command[last:])


class Prefixing:
    """Puts the prefix into whatever a client sends."""

    key_prefix = ""

    def execute_command(self, *command: Any, **options: Any) -> Any:
        return super().execute_command(*words(self.key_prefix, command), **options)  # type: ignore[misc]


class PrefixedPipeline(Prefixing, Pipeline):
    """A pipeline of a client with a prefix."""


class PrefixedRedis(Prefixing, redis.Redis):
    """A client with a prefix."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """As every client's."""
        pipe = PrefixedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        return named(pipe, self.key_prefix)
