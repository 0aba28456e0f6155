"""Doctor on Redis: does it answer, will it keep what it is given, does what is in it look like a system that works.

It reads only; a managed Redis that forbids CONFIG is asked by INFO alone (queue-facts §1, docs/operate.md).
"""

import re
from collections.abc import Iterator
from typing import Any

from config.settings import Settings
from worker.doctor.finding import Finding, Group
from worker.look.burst import HELD as BURST
from worker.look.failures import Failures
from worker.queue import queues
from worker.queue.redis_trouble import CLUSTER, FULL, REPLICA, trouble
from worker.queue.roster import Roster
from worker.queue.store import Store, StoreError, StoreRefused
from worker.sweep import intake
from worker.sweep.result import HELD

GROUP, WORK = Group("redis"), Group("work")
OLDEST = (6, 2)
KEEPS = "noeviction"
NEARLY = 0.9
EVICTION_MEND = "Set maxmemory-policy noeviction: an evicted key is a ticket that waits for the next sweep."


def check(store: Store) -> Iterator[Finding]:
    """The server itself. Raises StoreError where it does not answer; `unreachable` says that in words."""
    info = store.info()
    yield from version(info)
    yield from role(info)
    yield persistence(info, _snapshots(store))
    yield from eviction(info)
    yield from room(info)


def unreachable(error: StoreError) -> Finding:
    """Why Redis cannot be used, without the address, which may hold a password."""
    met = trouble(error)
    return GROUP.mend("REDIS_URL", met.found, met.mend)


def version(info: dict[str, Any]) -> Iterator[Finding]:
    """Old servers lack commands that the queue needs."""
    valkey, version = info.get("valkey_version"), str(info.get("redis_version") or "0")
    if valkey:
        yield GROUP.ok("version", f"Valkey {valkey}, {info.get('used_memory_human')} used")
    elif tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
        yield GROUP.mend("version", f"Redis {version}", "Upgrade to Redis 6.2 or later, or to Valkey.")
    else:
        yield GROUP.ok("version", f"Redis {version}, {info.get('used_memory_human')} used")


def role(info: dict[str, Any]) -> Iterator[Finding]:
    """Only a primary that stands alone can be used."""
    if info.get("role") == "slave":
        yield GROUP.mend("role", REPLICA.found, REPLICA.mend)
    if info.get("cluster_enabled") or info.get("redis_mode") == "cluster":
        yield GROUP.mend("role", CLUSTER.found, CLUSTER.mend)
    if info.get("redis_mode") == "sentinel":
        yield GROUP.mend("role", "it is a Sentinel, which keeps no data", "Let REDIS_URL lead to the primary.")


def _snapshots(store: Store) -> bool | None:
    """Whether snapshots are made by themselves; None where that may not be read."""
    try:
        return bool(store.config_get("save").get("save"))
    except StoreRefused:  # NoPermissionError is one; managed servers say "unknown command"
        return None


def persistence(info: dict[str, Any], snapshots: bool | None) -> Finding:
    """Losing Redis costs a pause and a sweep, never a ticket, so no persistence is advice."""
    mend = "Set appendonly yes: then a restart costs nothing; without it, a pause and a sweep."
    if info.get("aof_enabled"):
        return GROUP.ok("persistence", "append-only file")
    if snapshots is None:
        return GROUP.advice(
            "persistence", "no append-only file; CONFIG may not be read, so snapshots are unknown", mend
        )
    if snapshots:
        return GROUP.ok("persistence", "snapshots")
    return GROUP.advice("persistence", "neither append-only file nor snapshots", mend)


def eviction(info: dict[str, Any]) -> Iterator[Finding]:
    """A policy that throws keys away does so only once there is a limit."""
    policy, limit = str(info.get("maxmemory_policy") or "unknown"), int(info.get("maxmemory") or 0)
    if policy == KEEPS:
        yield GROUP.ok("eviction", "noeviction: nothing is thrown away")
    elif limit:
        yield GROUP.mend("eviction", f"{policy}, with a limit of {info.get('maxmemory_human', limit)}", EVICTION_MEND)
    else:
        yield GROUP.advice("eviction", f"{policy}, which has no effect while there is no limit", EVICTION_MEND)


def room(info: dict[str, Any]) -> Iterator[Finding]:
    """How much may still be put into it."""
    limit = int(info.get("maxmemory") or 0)
    used = int(info.get("used_memory") or 0) - int(info.get("mem_not_counted_for_evict") or 0)
    if limit and str(info.get("maxmemory_policy")) == KEEPS and used >= NEARLY * limit:
        level = GROUP.mend if used >= limit else GROUP.advice
        found = FULL.found if used >= limit else f"{used / limit:.0%} of maxmemory is used"
        yield level("memory", found, FULL.mend)


def work(store: Store, settings: Settings) -> Iterator[Finding]:
    """What the keys tell of workers, sweeps, and tickets that wait for a person."""
    queue, roster = queues.tickets(store), Roster(store)
    alive = bool(roster.listening())
    for host in sorted(roster.starting_over()):
        yield WORK.mend("worker", f"the one on {host} starts over and over", "Its log says why ('celery gave up').")
    yield WORK.ok("changes", intake.sentence(settings, store))
    yield sweeps(queue.sweep_age(), alive=alive, period=settings.sweep_period, patience=settings.sweep_patience)
    yield from _held(store, settings)
    waiting = Failures(store).listed()
    if waiting:
        keys = ", ".join(sorted(key for key, _ in waiting.values())[:5])
        mend = "`escalation failures list` says what mends each."
        yield WORK.advice("failures", f"{len(waiting)} tickets wait for a person: {keys}", mend)


def sweeps(age: float | None, *, alive: bool, period: int, patience: int) -> Finding:
    """Whether a sweep ended in time (protocol.md C2)."""
    if age is not None and age <= patience:
        return WORK.ok("sweep", f"the last one ended {age:.0f} s ago")
    found = "none ended yet" if age is None else f"the last one ended {age:.0f} s ago; one is due every {period} s"
    if age is None and not alive:
        return WORK.advice("sweep", f"{found}; no worker runs", "Start `escalation run`, or worker and beat.")
    if age is None:
        return WORK.advice("sweep", f"{found}, though a worker runs", "Look again in a minute, else into its log.")
    mend = "Look into the worker's log, and whether `escalation beat` runs." if alive else "Start `escalation worker`."
    return WORK.mend("sweep", found if alive else f"{found}; no worker runs", mend)


def _held(store: Store, settings: Settings) -> Iterator[Finding]:
    held = int(str(store.get(HELD) or 0))
    if held:
        found = f"{held} old tickets with the request label are held back (SWEEP_LIMIT={settings.sweep_limit})"
        mend = "Take them on with `escalation adopt --since DATE` (first with --dry-run), or take the label off them."
        yield WORK.mend("first contacts", found, mend)
    burst = int(str(store.hlen(BURST)))
    if burst:
        found = f"{burst} tickets that asked with too many others are held back (BURST_LIMIT={settings.burst_limit})"
        mend = (
            "Take the label off those that were not meant, and take on the others with `escalation adopt --since DATE`."
        )
        yield WORK.mend("a burst of requests", found, mend)
