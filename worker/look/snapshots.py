"""Where looks leave what the board shows: in Redis, a few hundred bytes a ticket, and only so many of them.

It is a memory only. What is lost comes back with the next look at each ticket; what is settled is forgotten after a
while. Nothing but the board may depend on it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from config.protocol import Protocol
from worker.escalation.facts import record as records
from worker.escalation.facts.model import Escalation
from worker.escalation.plan.actions import Plan
from worker.look.snapshot import Awaited, Round, Snapshot, seen
from worker.queue.store import Store

KEPT = timedelta(weeks=12)
MOST = 1_000

log = structlog.get_logger()


class Snapshots:
    """What looks saw, kept under a prefix; settled tickets are forgotten after KEPT, or beyond MOST of them. What looks
    do here they can also do in a pipeline."""

    def __init__(self, store: Store, prefix: str = "board:") -> None:
        self._store = store
        self._tickets = f"{prefix}tickets"
        self._settled = f"{prefix}settled"

    def saw(self, escalation: Escalation, plan: Plan, protocol: Protocol, now: datetime) -> bool:
        """A look at `now` ended with this plan, and it is carried out. Whether the board shows the ticket."""
        try:
            found = seen(escalation, plan, protocol, now)
        except Exception:  # a mistake in what is only shown must not spoil a look that is done
            log.exception("the board met a bug")
            return False
        if found:
            self.remember(found, protocol, now)
        else:
            self.forget(escalation.id)
        return found is not None

    def remember(self, seen: Snapshot, protocol: Protocol, now: datetime) -> None:
        """A look has just found this."""
        self._store.hset(self._tickets, seen.id, _text(seen))
        if seen.is_settled(protocol):
            self._store.zadd(self._settled, {seen.id: now.timestamp()}, nx=True)
        else:
            self._store.zrem(self._settled, seen.id)

    def tidy(self, now: datetime) -> None:
        """Forget what has been settled for too long."""
        pipe = self._store.pipeline(transaction=False)
        pipe.zrangebyscore(self._settled, "-inf", (now - KEPT).timestamp())
        pipe.zrange(self._settled, 0, -(MOST + 1))
        old, many = pipe.execute()
        for id in {*old, *many}:
            self.forget(str(id))

    def learn(self, found: Sequence[Snapshot], protocol: Protocol) -> None:
        """These were seen without a look: whatever a look has left knows better. Of settled ones nothing is learned."""
        pipe = self._store.pipeline(transaction=False)
        for each in found:
            if not each.is_settled(protocol):
                pipe.hsetnx(self._tickets, each.id, _text(each))
        pipe.execute()

    def forget(self, id: str) -> None:
        """The ticket is gone, or none of ours."""
        self._store.hdel(self._tickets, id)
        self._store.zrem(self._settled, id)

    def all(self) -> list[Snapshot]:
        """Every ticket, in no order; what cannot be read is left out."""
        found: dict[str, str] = self._store.hgetall(self._tickets)  # type: ignore[assignment]
        return [seen for id, text in found.items() if (seen := _read(id, text))]


def _text(seen: Snapshot) -> bytes:
    """As JSON; instants as RFC 3339."""
    return msgspec.json.encode(
        {
            "key": seen.key,
            "project": seen.project,
            "record": records.dump(seen.record, seen.id),
            "labels": sorted(seen.labels),
            "done": seen.done,
            "open": seen.open,
            "summary": seen.summary,
            "assignee": seen.assignee,
        }
    )


def _read(id: str, text: str) -> Snapshot | None:
    """What an older or a newer worker has left in another shape is left out until the next look."""
    try:
        value = msgspec.json.decode(text)
        record = records.load(value["record"], id)
        open = _round(value["open"]) if value["open"] else None
        found = Snapshot(id, value["key"], value["project"], record, frozenset(value["labels"]), value["done"], open)
        return replace(found, summary=str(value.get("summary", "")), assignee=str(value.get("assignee", "")))
    except (ValueError, KeyError, TypeError):
        return None


def _round(value: dict[str, Any]) -> Round:
    begins, ends = (datetime.fromisoformat(value[name]) for name in ("begins", "ends"))
    awaited = tuple(Awaited(**each) for each in value["awaited"])
    return Round(value["number"], begins, ends, value["drill"], awaited)
