"""What a sweep between full ones goes by: when tickets fall due, which rounds are open, what was seen of each issue.

Looks feed it, and so does the full sweep. It is a memory only: what Redis forgets, the next full sweep finds in Jira.
Instants are those of the worker's clock, issues are ids.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from worker.queue.store import Store

KEPT = timedelta(days=3)  # reaches further back than is asked: INDEX_LAG_SECONDS and the overlap are at most a day each
BATCH = 500
SOONEST, LATEST = timedelta(minutes=5), timedelta(hours=1)
GIVEN_UP = timedelta(days=7)  # a ticket that was not shown for so long is taken for deleted


class Watchlist:
    """Kept in Redis under a prefix. What looks do here they can also do in a pipeline."""

    def __init__(self, store: Store, prefix: str = "watch:") -> None:
        self._store = store
        self._due, self._rounds, self._seen, self._unknown = (
            prefix + name for name in ("due", "rounds", "seen", "unknown")
        )
        self._hidden = f"{prefix}hidden:"

    # -- fed by looks

    def looked(self, ticket: str, again_at: datetime | None, evaluations: Collection[str] | None) -> None:
        """A look has just ended: when it wants to be made again, and the open evaluations of its round under way, as
        far as they are known (None: there is no such round)."""
        if again_at is None:
            self._store.zrem(self._due, ticket)
        else:
            self._store.zadd(self._due, {ticket: again_at.timestamp()})
        if evaluations is not None:
            self._store.hset(self._rounds, ticket, " ".join(sorted(evaluations)))
        else:
            self._store.hdel(self._rounds, ticket)
        self._store.delete(self._since(ticket))

    def put_off(self, ticket: str, until: datetime) -> None:
        """A look at what has fallen due changed nothing, as on a dry run: not before then again."""
        self._store.zadd(self._due, {ticket: until.timestamp()}, xx=True)

    def forget(self, ticket: str) -> None:
        """The ticket is gone, or none of ours."""
        self.looked(ticket, None, None)

    def not_shown(self, ticket: str, now: datetime) -> None:
        """Jira does not show a ticket to us. Where we were to come back to it, that may be a permission that is lost
        for a while: it falls due again, in half the time for which it was not shown (SOONEST to LATEST)."""
        waits = self._store.zscore(self._due, ticket) is not None or self._store.hget(self._rounds, ticket) is not None
        if not waits:
            return
        self._store.set(self._since(ticket), now.timestamp(), nx=True, ex=2 * GIVEN_UP)
        gone_for = timedelta(seconds=now.timestamp() - float(str(self._store.get(self._since(ticket)))))
        if gone_for > GIVEN_UP:
            self.forget(ticket)
        else:
            self._store.hdel(self._rounds, ticket)
            self._store.zadd(self._due, {ticket: (now + min(max(gone_for / 2, SOONEST), LATEST)).timestamp()})

    def _since(self, ticket: str) -> str:
        return f"{self._hidden}{ticket}"

    # -- when tickets fall due

    def learn_due(self, found: Mapping[str, datetime]) -> None:
        """Records were read without a look: a look that has ended meanwhile knows better."""
        if found:
            self._store.zadd(self._due, {id: at.timestamp() for id, at in found.items()}, nx=True)

    def fallen_due(self, now: datetime) -> list[str]:
        """Tickets whose time has come; each until a look gives it another."""
        return [str(id) for id in self._store.zrangebyscore(self._due, "-inf", now.timestamp())]

    # -- which rounds are open

    def rounds(self) -> Mapping[str, tuple[str, ...]]:
        """The open evaluations of every ticket with an open round, less those that no search knows."""
        found = cast(Mapping[str, str], self._store.hgetall(self._rounds))
        unknown = frozenset(map(str, self._store.smembers(self._unknown))) if found else frozenset()
        return {
            ticket: tuple(each for each in evaluations.split() if each not in unknown)
            for ticket, evaluations in found.items()
            if ticket not in unknown
        }

    def not_found(self, ids: Collection[str]) -> None:
        """A search says that there are no such issues: none asks for them until the next full sweep."""
        self._store.sadd(self._unknown, *ids)

    def ask_for_all(self) -> None:
        """A full sweep begins: what no search knew is asked for again."""
        self._store.delete(self._unknown)

    # -- what was seen

    def unseen(self, stamps: Mapping[str, float]) -> frozenset[str]:
        """Those of these issues whose last change (seconds since the epoch, by Jira's clock) was not seen yet."""
        if not stamps:
            return frozenset()
        known = self._store.zmscore(self._seen, list(stamps))
        return frozenset(id for (id, at), before in zip(stamps.items(), known, strict=True) if before != at)

    def saw(self, stamps: Mapping[str, float], now: datetime) -> None:
        """These were seen with their last changes; changes too old to be asked for again are not kept."""
        oldest = (now - KEPT).timestamp()
        recent: Sequence[tuple[str, float]] = [(id, at) for id, at in stamps.items() if at > oldest]
        for start in range(0, len(recent), BATCH):
            self._store.zadd(self._seen, dict(recent[start : start + BATCH]))

    def tidy(self, now: datetime) -> None:
        """Forget changes that nobody asks for any more."""
        self._store.zremrangebyscore(self._seen, "-inf", (now - KEPT).timestamp())
