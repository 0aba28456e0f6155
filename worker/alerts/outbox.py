"""The outbox: alerts wait here, in Redis, until every notification target has them.

Each alert is told once, by its key. A target has its own queue, so that one that is down holds up no other; it is tried
again with growing pauses, for a day. Several workers may deliver at once: a message is taken by one of them in a single
step, and only one that was in flight when its worker died is sent again. What is told is ours alone, never the text of
a ticket or a person. Nothing that goes wrong here may reach a look.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, cast

import structlog

import worker.clock
from config.settings import Settings
from worker.alerts.messages import links, message, more
from worker.alerts.targets import Target, targets
from worker.escalation.plan.alert import Alert
from worker.jira.site import Site
from worker.metrics import ALERTS, TALLY
from worker.queue import memory
from worker.queue.queues import NOTIFY
from worker.queue.redis_trouble import trouble
from worker.queue.store import Store, StoreError
from worker.queue.workqueue import WorkQueue

PER_HOUR = 30
DAY = 86_400
TOLD, KEPT, GIVEN_UP = 60 * DAY, 3 * DAY, DAY
LEASE = 600
LONGEST_RUN = 60.0
KINDS = {"waiting": "ZCARD", "held": "ZCARD", "sent": "ZCARD", "text": "HLEN", "since": "HLEN", "trouble": "HLEN"}
"""What is kept for a target, and a command that only goes with its kind."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 1_800.0
GRAVE = ("breach", "stalled", "operator")

log = structlog.get_logger()

_PUT = """
local prefix, told, kept, at, key, text = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not redis.call('SET', prefix .. 'told:' .. key, 1, 'NX', 'EX', told) then return 0 end
for i = 6, #ARGV do
  local queue = prefix .. ARGV[i] .. ':'
  redis.call('HSET', queue .. 'text', key, text)
  redis.call('ZADD', queue .. 'waiting', at, key)
  redis.call('EXPIRE', queue .. 'text', kept)
  redis.call('EXPIRE', queue .. 'waiting', kept)
end
return 1
"""

# The last message of an hour takes along everything that still waits, so that nothing is lost and the cap holds.
_TAKE = """
local queue, now, cap, lease, slot = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
for _, key in ipairs(redis.call('ZRANGEBYSCORE', queue .. 'held', '-inf', now)) do
  redis.call('ZREM', queue .. 'held', key)
  redis.call('ZADD', queue .. 'waiting', redis.call('HGET', queue .. 'since', key) or now, key)
end
redis.call('ZREMRANGEBYSCORE', queue .. 'sent', '-inf', now - 3600)
local left = cap - redis.call('ZCARD', queue .. 'sent')
if left < 1 or tonumber(redis.call('HGET', queue .. 'trouble', 'until') or 0) > now then return {} end
local found = redis.call('ZRANGE', queue .. 'waiting', 0, left == 1 and -1 or 0, 'WITHSCORES')
local taken = {}
for i = 1, #found, 2 do
  table.insert(taken, found[i])
  table.insert(taken, redis.call('HGET', queue .. 'text', found[i]) or '')
  redis.call('HSET', queue .. 'since', found[i], found[i + 1])
  redis.call('ZADD', queue .. 'held', now + lease, found[i])
  redis.call('ZREM', queue .. 'waiting', found[i]) -- last: a key of another kind ends the script before it
end
if #taken > 0 then redis.call('ZADD', queue .. 'sent', now, slot) end
for _, name in ipairs({'waiting', 'held', 'since', 'sent'}) do redis.call('EXPIRE', queue .. name, ARGV[5]) end
return taken
"""

_DONE = """
local queue, slot, ends = KEYS[1], ARGV[1], ARGV[2]
for i = 3, #ARGV do
  local key = ARGV[i]
  if redis.call('ZREM', queue .. 'held', key) == 1 then
    if ends == '' then redis.call('HDEL', queue .. 'text', key)
    else redis.call('ZADD', queue .. 'waiting', redis.call('HGET', queue .. 'since', key) or 0, key) end
    redis.call('HDEL', queue .. 'since', key)
  end
end
if ends == '' then redis.call('DEL', queue .. 'trouble')
else
  redis.call('ZREM', queue .. 'sent', slot)
  redis.call('HSET', queue .. 'trouble', 'until', ends)
  redis.call('HINCRBY', queue .. 'trouble', 'tries', 1)
  redis.call('EXPIRE', queue .. 'trouble', 86400)
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one worker is about to send to one target, in one message; `slot` is its place in the hour."""

    slot: str
    keys: tuple[str, ...]
    alerts: tuple[Alert, ...]


class Outbox:
    """Alerts on their way to the targets.

    Args:
        store: Redis.
        chores: the queue whose id `notify` delivers; it is marked when there is something to deliver.
        targets: where alerts go; none: they are written to the log and nowhere else.
        link: the address of a ticket in Jira by its key, "" where it is not known.
        per_hour: the most messages a target gets within an hour.
        clock: what time it is when an alert is put in.
    """

    def __init__(
        self,
        store: Store,
        chores: WorkQueue,
        targets: Sequence[Target] = (),
        *,
        link: Callable[[str], str] = lambda key: "",
        per_hour: int = PER_HOUR,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        prefix: str = "notify:",
    ) -> None:
        self._store = store
        self._chores = chores
        self._targets = tuple(targets)
        self._link = link
        self._per_hour = per_hour
        self._clock = clock
        self._prefix = prefix
        self._put, self._take, self._done = (store.register_script(text) for text in (_PUT, _TAKE, _DONE))

    # -- putting in

    def put(self, alerts: Sequence[Alert]) -> None:
        """Has these told, each once; those told before are passed over. Never raises because Redis is away."""
        try:
            new = [alert for alert in alerts if self._keep(alert)]
            if new and self._targets:
                self._chores.mark([NOTIFY])
        except (StoreError, OSError) as error:
            log.error("alerts could not be kept for the notification targets", reason=trouble(error).found)
            for alert in alerts:
                _tell_log(alert)

    def _keep(self, alert: Alert) -> bool:
        ids = (target.id for target in self._targets)
        at, text = self._clock().timestamp(), json.dumps(asdict(alert))
        asked = partial(self._put, keys=[self._prefix], args=[TOLD, KEPT, at, alert.key, text, *ids])
        try:
            new = asked()
        except StoreError as error:
            if not self._mend(error):
                raise
            self._store.delete(f"{self._prefix}told:{alert.key}")  # it was told to nobody
            new = asked()
        if new:
            TALLY.add(ALERTS, alert.kind)
            _tell_log(alert)
        return bool(new)

    # -- delivering

    def deliver(self, now: datetime) -> datetime | None:
        """Sends what is due at `now`; gives when it wants to be called again, None where nothing is left.

        Raises:
            StoreError: Redis is away; what was not sent stays in the outbox.
        """
        try:
            return self._deliver_all(now)
        except StoreError as error:
            if not self._mend(error):
                raise
            return now

    def _mend(self, error: StoreError) -> bool:
        """Forgets what stands under our names and is of another kind; whether there was any."""
        kinds = {f"{self._queue(t)}{name}": command for t in self._targets for name, command in KINDS.items()}
        return memory.forget(self._store, error, kinds)

    def _deliver_all(self, now: datetime) -> datetime | None:
        began = monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=monotonic() - began)

        wanted = [again for target in self._targets if (again := self._deliver(target, clock, began))]
        return min(wanted, default=None)

    def _deliver(self, target: Target, clock: Callable[[], datetime], began: float) -> datetime | None:
        """One target's queue, until it is empty, in trouble, or it is another's turn."""
        self._give_up(target, clock())
        while monotonic() - began < LONGEST_RUN:
            taken = self._next(target, clock())
            if not taken or not self._send(target, taken, clock):
                break
        return self._again(target, clock())

    def _next(self, target: Target, now: datetime) -> Taken | None:
        slot = f"{now.timestamp()}/{id(self)}/{monotonic()}"
        answer = self._take(keys=[self._queue(target)], args=[now.timestamp(), self._per_hour, LEASE, slot, KEPT])
        pairs = list(zip(answer[::2], answer[1::2], strict=True))
        alerts = tuple(_read(text) for _, text in pairs if text)
        return Taken(slot, tuple(key for key, _ in pairs), alerts) if pairs else None

    def _send(self, target: Target, taken: Taken, clock: Callable[[], datetime]) -> bool:
        trouble = target.send(*self._words(taken.alerts)) if taken.alerts else ""
        ends: float | str = ""
        if trouble:
            pause = self._pause(target)
            ends = clock().timestamp() + pause
            log.warning("notification not taken", target=target.name, problem=trouble, again_in=round(pause))
        self._done(keys=[self._queue(target)], args=[taken.slot, ends, *taken.keys])
        return not trouble

    def _words(self, alerts: Sequence[Alert]) -> tuple[str, str]:
        return message(alerts[0], self._link(alerts[0].ticket)) if len(alerts) == 1 else more(alerts)

    def _pause(self, target: Target) -> float:
        """Seconds until a target in trouble is tried again: twice as long each time, up to half an hour."""
        tries = int(cast(str | None, self._store.hget(f"{self._queue(target)}trouble", "tries")) or 0)
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 10)))

    def _give_up(self, target: Target, now: datetime) -> None:
        """What a target did not take for a day is dropped, and the log says so."""
        queue = self._queue(target)
        too_old = now.timestamp() - GIVEN_UP
        for key in cast(list[str], self._store.zrangebyscore(f"{queue}waiting", "-inf", too_old)):
            if self._store.zrem(f"{queue}waiting", key):  # another worker may have given it up, or taken it
                self._store.hdel(f"{queue}text", key)
                log.error("notification given up", target=target.name, key=key, after="a day")

    def _again(self, target: Target, now: datetime) -> datetime | None:
        queue = self._queue(target)
        wanted = [*self._first(f"{queue}held")]
        if self._store.zcard(f"{queue}waiting"):
            wanted.append(max(now.timestamp(), self._paused_until(queue), self._full_until(queue)))
        return datetime.fromtimestamp(min(wanted), UTC) if wanted else None

    def _paused_until(self, queue: str) -> float:
        return float(cast(str | None, self._store.hget(f"{queue}trouble", "until")) or 0)

    def _full_until(self, queue: str) -> float:
        if self._store.zcard(f"{queue}sent") < self._per_hour:
            return 0.0
        return min(self._first(f"{queue}sent")) + 3600

    def _first(self, name: str) -> Iterable[float]:
        return [score for _, score in cast(list[Any], self._store.zrange(name, 0, 0, withscores=True))]

    def _queue(self, target: Target) -> str:
        return f"{self._prefix}{target.id}:"


def outbox(settings: Settings, store: Store, chores: WorkQueue, site: Site) -> Outbox:
    """The outbox of a process, as the settings say; on a dry run alerts are only written to the log.

    Raises:
        ConfigError: NOTIFY_URLS is wrong, or the extra that sends is not installed.
    """
    found = targets(settings.notify_urls)
    link = links(settings.jira_url, lambda: site.server)
    return Outbox(store, chores, () if settings.dry_run else found, link=link, clock=worker.clock.now)


def _read(text: str) -> Alert:
    """As another version of us may have written it."""
    return Alert(**{name: value for name, value in json.loads(text).items() if name in Alert.__dataclass_fields__})


def _tell_log(alert: Alert) -> None:
    say = log.error if alert.kind in GRAVE else log.info
    say("alert", kind=alert.kind, ticket=alert.ticket, words=alert.words)
