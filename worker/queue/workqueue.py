"""Which tickets need a look: remembered in Redis, many hints collapsed into one look, one look per ticket at a time.

The queue holds ids, never contents: whoever claims an id reads Jira afresh. A hint that comes while a look is under
way asks for another one after it, so nothing is lost; a claim is a lease, so a dead worker's ticket comes back within
seconds. Celery is only the doorbell (see doorbell.py): every rule here holds when bells are lost or heard twice. Each
operation is one script in lua/ and thereby atomic; all scores are the Redis server's clock.

It must never decide anything about a ticket, and it must never let a write begin that another worker's lease may
already cover: `Lease.check` says no from `margin` seconds before the lease ends. What no queue can do is call back a
request that is already on its way to Jira, therefore looks are idempotent.
"""

import json
import secrets
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import redis
from redis.client import NEVER_DECODE

from worker.errors import LeaseLost
from worker.jira.issue_memory import Relatives
from worker.queue import doorbell

if TYPE_CHECKING:
    from worker.queue.async_store import AsyncStore

BATCH = 500  # ids that one script is given at most: Lua hands a command some thousand arguments
WEEK = 7 * 24 * 3600
STRANGER = "-"  # what intake.lua finds where an issue is known to be no evaluation
MONTH = 30 * 24 * 3600
RETRY_SECONDS = 3_600
REST_SECONDS = 3_600  # after so long whatever is remembered elsewhere (groups, projects, names) may have changed
LEFT = ("glance:", "board:tickets", "failures:all", "watch:due", "watch:rounds")  # where looks leave what they found
NEARLY = 0.75  # of a period


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly the queue breathes; all spans in seconds.

    Attributes:
        lease: how long a claim holds without being renewed.
        renew: how often held leases are renewed.
        margin: how long before its end a lease no longer allows a write to begin.
        longest: a look that takes longer than this is taken for hung and loses its lease.
        cooldown: how long nothing is claimed after Redis lost its memory. At least `lease - margin`, so that whoever
            held a forgotten lease has stopped writing; with one tick still below the 10 s promised.
        tick: how often lost doorbells, dead workers and ended waits are looked for.
        lost: a doorbell nobody answered for this long was lost, provided that none waits to be heard.
        stuck: the same where the list of doorbells never runs empty.
        gap: the least span between the beginnings of two looks at one ticket.
        flood: more hints than this in one flurry stretch the gap to `flood_gap`.
        calm: so long after a look began without another, the flurry is over.
        nag: a sweep that is due because Redis lost its memory is asked for again this often until it is done.
    """

    lease: float = 9
    renew: float = 3
    margin: float = 2
    longest: float = 120
    cooldown: float = 8
    tick: float = 0.25
    lost: float = 5
    stuck: float = 600
    gap: float = 0.25
    flood: int = 10
    flood_gap: float = 4
    calm: float = 10
    nag: float = 20

    def for_scripts(self, bell: Sequence[str]) -> str:
        """The same in milliseconds, with the doorbell, as JSON."""
        spans = ("lease", "cooldown", "lost", "stuck", "gap", "flood_gap", "calm", "nag")
        numbers = {name: round(getattr(self, name) * 1000) for name in spans}
        # A little under one beat, or the beat after would often find the last one's key still there.
        numbers |= {"tick": max(1, round(self.tick * 800)), "flood": self.flood}
        return json.dumps(numbers | {"bell": bell})


@dataclass(slots=True)
class Lease:
    """The right to write to one ticket for a little while; kept alive by `WorkQueue.renew`.

    Attributes:
        id: the issue id that was claimed.
        attempts: looks in a row that failed and got nothing done.
        failing_for: seconds since the first of them; 0.0 where there is none.
        barred_for: seconds since the look was asked for with which Jira began to fail it; 0.0 where it does not.
        trace: what all log lines have in common that follow from one hint.
        retry: whether somebody has asked to try at once what failed; that counts for one look.
        rest: when it is at rest, as a look has left it (`keep_rest`); "" where none has, or what else it left is lost.
        relatives: the issues that are known to belong to it.
    """

    id: str
    token: str
    deadline: float
    margin: float
    attempts: int = 0
    failing_for: float = 0.0
    barred_for: float = 0.0
    trace: str = field(default_factory=lambda: secrets.token_hex(4))
    retry: bool = False
    rest: str = ""
    relatives: Relatives = field(default_factory=Relatives)
    began: float = field(default_factory=time.monotonic)
    lost: bool = False

    def check(self) -> None:
        """Say before each write that it may begin. Raises LeaseLost when another worker may have the ticket."""
        if self.lost or time.monotonic() >= self.deadline - self.margin:
            raise LeaseLost(f"the lease of {self.id} has ended")


class Notice(NamedTuple):
    """One delivery that names a ticket, as the queue takes it in and as intake.lua reads it.

    Attributes:
        id: the issue id it is about.
        keys: what makes it a duplicate: any of these seen within a day.
        certain: whether the delivery itself shows that it concerns us; otherwise known strangers are passed over.
        trace: what all log lines have in common that follow from it.
        ours: whether it only counts if the id is known as a ticket of ours: one with evaluations, or named before.
    """

    id: str
    keys: tuple[str, ...] = ()
    certain: bool = True
    trace: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of a batch of notices."""

    taken: int
    duplicates: int
    strangers: int


@dataclass(frozen=True, slots=True)
class Tick:
    """What one beat of the ticker did: doorbells rung, and the token of a resync that is due (or None)."""

    rung: int
    resync: str | None


def deleted_key(id: str) -> str:
    """What marks a delivery that says that this issue was deleted."""
    return f"deleted:{id}"


class WorkQueue:
    """Ids that need a look, under one prefix, with doorbells for one Celery task."""

    def __init__(
        self,
        store: redis.Redis,
        *,
        prefix: str = "tickets:",
        task: str = "escalation.look",
        queue: str = "reconcile",
        pace: Pace | None = None,
    ) -> None:
        self.store = store
        self.prefix = prefix
        self.pace = pace or Pace()
        self._bells = queue
        self._bell = doorbell.template(task, queue)
        self.scripts = Scripts(store, (prefix, queue, *LEFT), self.pace.for_scripts(self._bell))
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()

    # -- asking for looks

    def mark(self, ids: Collection[str], *, trace: str = "") -> None:
        """Ask for a look at each of `ids`, at once or after the look that is under way; `trace` goes on with it."""
        if trace and ids:
            self.store.hset(self.prefix + "trace", mapping=dict.fromkeys(ids, trace))
        self._in_batches("mark", ids)

    def hurry(self, ids: Collection[str]) -> None:
        """The same because a person wants it now: a pause after a look that failed ends."""
        self._in_batches("hurry", ids)

    def intake(self, notices: Sequence[Notice]) -> Intake:
        """Take in at most 500 deliveries, all or none: drop duplicates and strangers, mark the rest (an evaluation's
        ticket)."""
        return Intake(*self._run("intake", notices))

    # -- looking

    def claim(self, id: str) -> Lease | None:
        """Take the lease of `id`, with all that Redis knows of it; None where somebody has it, it has to wait, or
        nothing needs a look."""
        now, token = time.monotonic(), secrets.token_hex(8)  # the clock before the call: the lease can only be longer
        verdict, attempts, failing, *known = self._run("claim", [id, token])
        if verdict != "ours":
            return None
        trace, retry, barred, rest, *relatives = known
        lease = Lease(
            id,
            token,
            now + self.pace.lease,
            self.pace.margin,
            attempts,
            failing / 1000,
            barred / 1000,
            trace or secrets.token_hex(4),
            bool(retry),
            rest,
            _relatives(*relatives),
            now,
        )
        with self._lock:
            self._held[token] = lease
        return lease

    def next_bell(self) -> str | None:
        """Hear the next doorbell past Celery: the id that it is for; None where none waits, or it may not be heard. A
        message of somebody else's goes to the end of the line, whatever bytes it is."""
        try:
            message = self.store.execute_command("RPOP", self._bells, **{NEVER_DECODE: True})  # type: ignore[no-untyped-call]
            id = doorbell.id_of(message.decode(errors="replace"), self._bell) if message else None
            if message and id is None:
                self.store.lpush(self._bells, message)
        except redis.RedisError:  # Celery hears the next one; what was lost is rung again
            return None
        return id

    def renew(self) -> None:
        """Extend every lease this process holds; those that are gone or hung are lost from now on."""
        now = time.monotonic()
        with self._lock:
            leases = [lease for lease in self._held.values() if not self._is_hung(lease, now)]
        if leases:
            gone = set(self._run("renew", [[lease.id, lease.token] for lease in leases]))
            for lease in leases:
                _extend(lease, now + self.pace.lease, lost=lease.id in gone)

    def _is_hung(self, lease: Lease, now: float) -> bool:
        return now - lease.began > self.pace.longest

    def done(self, lease: Lease, again_in: float | None = None) -> bool:
        """Give the lease back after a good look, to be looked at again in `again_in` seconds. False: it was lost."""
        return self._release(lease, -1, False, -1 if again_in is None else max(0, round(again_in * 1000)))

    def failed(self, lease: Lease, pause: float, *, progressed: bool = False, barred: bool = False) -> bool:
        """Give the lease back after a look that failed; the next is in `pause` seconds. False: the lease was lost.

        `barred` says that it failed because of Jira, not of the ticket: `release` then ends the pause early.
        """
        return self._release(lease, max(0, round(pause * 1000)), progressed, -1, barred)

    def _release(self, lease: Lease, pause: int, progressed: bool, again: int, barred: bool = False) -> bool:
        with self._lock:
            self._held.pop(lease.token, None)  # first: a lease that cannot be given back must not be renewed for ever
        return bool(self._run("done", [lease.id, lease.token, pause, int(progressed), again, int(barred), lease.trace]))

    def release(self) -> int:
        """Jira is back: ring now for all that wait because of it, those first that were asked for first; how many."""
        return int(self._run("release", None))

    def is_settled(self, id: str) -> bool:
        """Whether `id` neither waits for a look nor is being looked at."""
        pipe = self.store.pipeline(transaction=True)  # an id goes from one to the other: they are read in one moment
        for name in ("dirty", "held"):
            pipe.zscore(self.prefix + name, id)
        return all(score is None for score in pipe.execute())

    # -- keeping it alive

    def begin(self, patience: float = 1.0) -> None:
        """Open the queue and ask for a resync; called once when a worker starts, before its ticker."""
        self.open(patience)
        self.store.set(self.prefix + "resync", self._server_ms())  # nobody knows what was missed before this worker
        self.store.delete(self.prefix + "resync:told")

    def open(self, patience: float = 1.0) -> None:
        """Allow claims where no worker has done so.

        After Redis lost its memory claims wait for `cooldown`, because workers may still act under forgotten leases.
        An empty Redis at the very first start looks the same, yet there is nobody to wait for. The difference: any
        living worker's ticker founds the new epoch within a tick. Where none did within `patience` seconds, nobody
        else is alive and claims may begin at once.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until and not self.store.exists(self.prefix + "opens"):
            time.sleep(0.05)
        self.store.set(self.prefix + "opens", self._server_ms(), nx=True)

    def tick(self) -> Tick:
        """Ring for what is due and mend what was lost; cheap, and meant to be called every `pace.tick` seconds."""
        rung, resync = self._run("tick", None)
        return Tick(rung, resync or None)

    def resynced(self, token: str) -> None:
        """Say that everything Jira lists has been marked since `token` was read."""
        if self.resync_due() == token:
            self.store.delete(self.prefix + "resync")

    def resync_due(self) -> str | None:
        """The token of the resync that is due; give it to `resynced` after a sweep that began now."""
        return self._get("resync")

    # -- what operators ask

    def sizes(self) -> Mapping[str, int]:
        """How many ids are dirty, rung, held, waiting, failing, and how many doorbells nobody heard yet."""
        names = ("dirty", "rung", "held", "wait", "later")
        pipe = self.store.pipeline(transaction=False)
        for name in names:
            pipe.zcard(self.prefix + name)
        pipe.hlen(self.prefix + "tries")
        pipe.llen(self._bells)
        return dict(zip((*names, "failing", "bells"), pipe.execute(), strict=True))

    def oldest_dirty_age(self) -> float:
        """Seconds the ticket has waited that has waited longest for a look to begin; 0.0 where none waits."""
        oldest: list[Any] = self.store.zrange(self.prefix + "dirty", 0, 0, withscores=True)
        return max(0.0, (self._server_ms() - oldest[0][1]) / 1000) if oldest else 0.0

    def failing(self) -> Mapping[str, tuple[int, float]]:
        """Ids whose looks fail: how often in a row, and for how many seconds."""
        now = self._server_ms()
        pairs = {str(id): str(tries).split() for id, tries in self.store.hgetall(self.prefix + "tries").items()}
        return {id: (int(attempts), (now - int(since)) / 1000) for id, (attempts, since) in pairs.items()}

    def sweep_finished(self) -> None:
        """Remember that a sweep over Jira came to its end just now."""
        self.store.set(self.prefix + "sweep:finished", self._server_ms() // 1000)

    def sweep_age(self) -> float | None:
        """Seconds since a sweep came to its end; None where none did since Redis knows."""
        finished = self._get("sweep:finished")
        return None if finished is None else self._server_ms() / 1000 - int(finished)

    def open_for(self) -> float | None:
        """Seconds since claims were allowed; None where no worker has started since Redis knows."""
        opened = self._get("opens")
        return None if opened is None else max(0.0, (self._server_ms() - int(opened)) / 1000)

    def first(self, name: str, period: float) -> bool:
        """Whether nobody else asked for this `name` within most of a period; two schedulers then count as one, and one
        that ticks a little early is no less heard."""
        rest = max(1, round(1000 * NEARLY * period))
        return bool(self.store.set(f"{self.prefix}asked:{name}", 1, nx=True, px=rest))

    # -- what looks leave for the next one

    def ask_retry(self, id: str) -> None:
        """Has the next look at this ticket try at once what failed."""
        self.store.set(f"{self.prefix}retry:{id}", 1, ex=RETRY_SECONDS)

    def keep_rest(self, id: str, rest: str, left: Sequence[bool], into: redis.Redis) -> None:
        """Remember when `id` is at rest ("": it is not), as long as just these of LEFT know it; `into`: a pipeline that
        does it with other things."""
        if rest:
            places = "".join(str(int(place)) for place in left)
            into.set(f"{self.prefix}rest:{id}", f"{places} {rest}", ex=REST_SECONDS)
        else:
            self.end_rest(id, into)

    def end_rest(self, id: str, into: "redis.Redis | None" = None) -> None:
        """The next look at `id` is a whole one, whatever Jira shows."""
        (into or self.store).delete(f"{self.prefix}rest:{id}")

    # -- kinship: which issues are evaluations of which ticket

    def remember_evaluations(self, ticket: str, evaluations: Collection[str]) -> None:
        """Remember that `evaluations` belong to `ticket`, so that events on them lead to it without a question."""
        if not evaluations:
            return
        pipe = self.store.pipeline()
        for evaluation in evaluations:
            pipe.set(f"{self.prefix}kin:{evaluation}", ticket, ex=MONTH)
        pipe.sadd(f"{self.prefix}kids:{ticket}", *evaluations)
        pipe.expire(f"{self.prefix}kids:{ticket}", MONTH)
        pipe.execute()

    def remember_stranger(self, id: str, into: "redis.Redis | None" = None) -> None:
        """Remember for a week that `id` is no evaluation of ours, so that talk on it is passed over; one stays one.
        `into`: a pipeline that does it with other things."""
        (into or self.store).set(f"{self.prefix}kin:{id}", STRANGER, ex=WEEK, nx=True)

    def relatives(self, ticket: str) -> Relatives:
        """The evaluations and the linked requests known for `ticket`; empty where none is known."""
        with self.store.pipeline(transaction=False) as pipe:
            pipe.smembers(f"{self.prefix}kids:{ticket}")
            pipe.smembers(f"{self.prefix}clients:{ticket}")
            return _relatives(*pipe.execute())

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        """Remember that these requests are linked to `ticket`, and no others: the next look reads them along."""
        pipe = self.store.pipeline()
        pipe.delete(f"{self.prefix}clients:{ticket}")
        if requests:
            pipe.sadd(f"{self.prefix}clients:{ticket}", *requests)
            pipe.expire(f"{self.prefix}clients:{ticket}", MONTH)
        pipe.execute()

    def with_evaluations(self, tickets: Sequence[str]) -> frozenset[str]:
        """Those of `tickets` of which evaluations are known."""
        pipe = self.store.pipeline(transaction=False)
        for ticket in tickets:
            pipe.exists(f"{self.prefix}kids:{ticket}")
        return frozenset(ticket for ticket, known in zip(tickets, pipe.execute(), strict=True) if known)

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        """Those of `ids` that are remembered as no evaluations of ours."""
        found = self.store.mget([f"{self.prefix}kin:{id}" for id in ids]) if ids else []
        return frozenset(id for id, ticket in zip(ids, found, strict=True) if ticket == STRANGER)

    def was_named(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` that a webhook named within the last week."""
        if not ids:
            return frozenset()
        known = self.store.mget([f"{self.prefix}named:{id}" for id in ids])
        return frozenset(id for id, named in zip(ids, known, strict=True) if named)

    def was_asked_for(self, id: str) -> bool:
        """Whether a webhook named it within the last week as a ticket of ours, and not only as one with a comment."""
        return str(self.store.get(f"{self.prefix}named:{id}")) == "2"

    def was_deleted(self, site: str, id: str) -> bool:
        """Whether a webhook of that site (its host and port) said within the last day that this issue was deleted."""
        return bool(self.store.exists(f"{self.prefix}seen:{site}:{deleted_key(id)}"))

    def name(self, ids: Collection[str]) -> None:
        """Take these on as if a webhook had named each: no sweep holds them back, and each gets a look."""
        pipe = self.store.pipeline(transaction=False)
        for id in ids:
            pipe.set(f"{self.prefix}named:{id}", 2, ex=WEEK)
        pipe.execute()
        self.mark(ids)

    # -- machinery

    def _in_batches(self, script: str, ids: Collection[str]) -> None:
        each = list(dict.fromkeys(ids))
        for first in range(0, len(each), BATCH):
            self._run(script, each[first : first + BATCH])

    def _run(self, script: str, argument: object) -> Any:
        return self.scripts.run(script, argument)

    def _get(self, name: str) -> str | None:
        value = self.store.get(self.prefix + name)
        return None if value is None else str(value)

    def _server_ms(self) -> int:
        seconds, microseconds = self.store.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


class Scripts:
    """The queue's scripts at one client, blocking or async, and what every one of them is given."""

    def __init__(self, store: "redis.Redis | AsyncStore", keys: tuple[str, ...], pace: str) -> None:
        self.store = store
        self.keys = keys
        self.pace = pace
        self._registered: dict[str, Any] = {}  # a script's digest is reckoned once

    def of(self, store: "AsyncStore") -> "Scripts":
        """The same at another client."""
        return Scripts(store, self.keys, self.pace)

    def run(self, name: str, argument: object) -> Any:
        """Run the script `name`; give what it returns, or with an async client the awaitable of it."""
        script = self._registered.get(name)
        if script is None:
            script = self._registered[name] = self.store.register_script(text(name))
        return script(keys=self.keys, args=[self.pace, msgspec.json.encode(argument)])


@cache
def text(name: str) -> str:
    """The text of one script, with the prelude in front."""
    folder = Path(__file__).with_name("lua")
    return (folder / "prelude.lua").read_text() + (folder / f"{name}.lua").read_text()


def _relatives(evaluations: Collection[object], requests: Collection[object]) -> Relatives:
    """The same as Redis keeps them."""
    return Relatives(frozenset(map(str, evaluations)), frozenset(map(str, requests)))


def _extend(lease: Lease, deadline: float, *, lost: bool) -> None:
    if lost:
        lease.lost = True
    else:
        lease.deadline = deadline
