"""What Redis holds under our names may be of another kind than we left there: somebody's mistake, or another program's.

Every command on such a key is refused, each time anew. It is forgotten then, as if Redis had lost it, and a full sweep
finds again what is to be done. What is kept for a single ticket is not looked through: it stops that ticket alone.
"""

from collections.abc import Mapping

import structlog
from redis import Redis
from redis.exceptions import RedisError

from worker.queue import queues
from worker.queue.workqueue import WorkQueue

ZSETS = ("dirty", "rung", "held", "wait", "later", "began", "barred")
HASHES = ("owner", "hints", "asked", "tries", "trace")
TEXTS = ("opens", "resync", "resync:told", "tick")
KINDS = {  # a command that only goes with its kind: the keys, by themselves, or of each queue (`*:`)
    "ZCARD": (
        "watch:due",
        "watch:seen",
        "sweep:spelled",
        "board:settled",
        "burst:opened",
        "ticket:all",
        "tickets:workers",
        "tickets:starts",
        *(f"*:{name}" for name in ZSETS),
    ),
    "HLEN": (
        "watch:rounds",
        "sweep:progress",
        "failures:all",
        "board:tickets",
        "burst:held",
        "deliveries:last",
        "metrics",
        *(f"*:{name}" for name in HASHES),
    ),
    "SMEMBERS": ("watch:unknown", "sweep:gone-projects", "burst:adopted"),
    "GET": (
        "sweep:held",
        "sweep:held:asked",
        "tickets:sweep:finished",
        "metrics:jira-remaining",
        "probe",
        "outage:unreachable",
        "outage:refused",
        *tuple(f"*:{name}" for name in TEXTS),
    ),
    "LLEN": ("reconcile", "maintenance"),
}
QUEUES = ("tickets", "chores")
WRONG = "WRONGTYPE"
HELD_BACK = "burst:held"
HELD_BACK_LOST, HELD_BACK_LOST_SECONDS = "burst:lost", 3600
"""Says that nobody knows who was held back. Until the full sweep has come to all of them no first round opens."""

log = structlog.get_logger()


def keys() -> dict[str, str]:
    """Every key that stands for more than one ticket, with the command that its kind takes."""
    named = [(name, command) for command, names in KINDS.items() for name in names]
    return {each: command for name, command in named for each in _written_out(name)}


def _written_out(name: str) -> list[str]:
    return [name.replace("*", queue) for queue in QUEUES] if "*" in name else [name]


def mend(queue: WorkQueue, error: BaseException) -> bool:
    """If Redis has refused something because a key is of another kind, forgets all such keys and has everything looked
    for again; whether it did. Never raises."""
    if WRONG not in str(error):
        return False
    try:
        found = _of_another_kind(queue.store, keys())
        if found:
            _forget(queue.store, found)
            queue.open(patience=0)
            queues.tickets(queue.store).begin(patience=0)  # whoever met it: only the tickets' resync is heard
            log.error("redis held something else under names of ours: forgotten, and looked for in Jira", keys=found)
    except RedisError:  # it is away, and whoever asks next will say so
        return False
    return bool(found)


def _forget(store: Redis, found: list[str]) -> None:
    with store.pipeline() as pipe:
        if HELD_BACK in found:
            pipe.set(HELD_BACK_LOST, 1, ex=HELD_BACK_LOST_SECONDS)
        pipe.delete(*found)
        pipe.execute()


def forget(store: Redis, error: BaseException, asked: Mapping[str, str]) -> bool:
    """The same for keys that `asked` names, each with the command that its kind takes, where nothing has to be looked
    for in Jira. Raises as Redis does."""
    found = _of_another_kind(store, asked) if WRONG in str(error) else []
    if found:
        store.delete(*found)
        log.error("redis held something else under names of ours: forgotten", keys=found)
    return bool(found)


def _of_another_kind(store: Redis, asked: Mapping[str, str]) -> list[str]:
    with store.pipeline(transaction=False) as pipe:
        for name, command in asked.items():
            pipe.execute_command(command, name)  # type: ignore[no-untyped-call]
        answers = pipe.execute(raise_on_error=False)
    return [
        name
        for name, answer in zip(asked, answers, strict=True)
        if WRONG in str(answer) and isinstance(answer, Exception)
    ]
