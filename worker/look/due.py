"""What one glance at a ticket's record tells the sweep: whether the ticket wants a look by now.

On Cloud the record comes with the search. Data Center's search cannot give it, so there the last look's glance is kept
in Redis. It is a memory only: an entry that is lost is read from Jira again, one that nobody asks for ends by itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from worker.escalation.facts import record as records
from worker.escalation.facts.record import FURTHER_STEP, REQUEST_STEP, Record
from worker.escalation.plan.actions import Note, Plan, TellClient, TellClosing, TellReasons, TellRequest
from worker.jira.search import Candidate
from worker.queue.store import Store

KEPT_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class DueState:
    """What the sweep has to know of a record.

    `ours`: there is one; `untold`: a decision of which the client was not told; `told`: the linked requests that need
    nothing, by id (told) or key (cannot be told just now), None where none is told of anything; `again_at`: when to
    look again; `promised`: a promise is kept track of, and `resolved` says whether its end is on record; `standing`:
    the request label was left over from a round that ended, and asks for nothing until it is put on again.
    """

    ours: bool = False
    untold: bool = False
    told: tuple[str, ...] | None = None
    again_at: datetime | None = None
    promised: bool = False
    resolved: bool = False
    standing: bool = False

    @classmethod
    def of(cls, record: Record) -> "DueState":
        """The glance at a record; nothing of ours where it is empty."""
        return cls(
            ours=not record.empty,
            untold=record.untold,
            told=_told(record),
            again_at=record.look_again_at,
            promised=record.decision is not None and record.promise is not None,
            resolved=record.resolved_at is not None,
            standing=record.standing,
        )

    @classmethod
    def at(cls, value: Any, ticket: str) -> "DueState":
        """The glance at a property's value, whatever it is; a record that is still empty is one of ours, too."""
        bound = isinstance(value, dict) and str(value.get("ticket")) == ticket
        return replace(cls.of(records.load(value, ticket)), ours=bound)

    def is_due(self, *, done: bool, now: datetime) -> bool:
        """Whether a look is due: the client is waiting, the time has come, or the ticket was resolved or opened again
        and the record does not know it yet."""
        turned = self.promised and done != self.resolved
        return self.untold or turned or (self.again_at is not None and self.again_at <= now)


def _told(record: Record) -> tuple[str, ...] | None:
    decision, how = record.decision, record.told.how if record.told else "off"
    if decision is None or decision.drill or how == "off":
        return None
    if record.beyond or record.failure(FURTHER_STEP):
        return None
    failing = {each.step.removeprefix(REQUEST_STEP) for each in record.failures if each.step.startswith(REQUEST_STEP)}
    return tuple(sorted({each.request for each in record.heard if each.round == decision.round} | failing))


def after(plan: Plan) -> DueState:
    """The glance at the record as it stands once everything in the plan was done."""
    return DueState.of(record_after(plan))


def record_after(plan: Plan) -> Record:
    """The record once everything in the plan was done; which comments said it is left open."""
    record = plan.record
    for action in plan.actions:
        if isinstance(action, TellClient | TellReasons | TellClosing | TellRequest | Note):
            record = action.done(record, "")
    return record


class DueStates:
    """What the last looks found, kept in Redis under a prefix; read for a page of tickets in one step."""

    def __init__(self, store: Store, prefix: str = "glance:") -> None:
        self._store = store
        self._prefix = prefix

    def known(self, ids: Sequence[str], *, renew: bool = True) -> Mapping[str, DueState]:
        """What is known of these; whoever still comes up is kept for another month (unless nothing may be written)."""
        pipe = self._store.pipeline(transaction=False)
        for id in ids:
            pipe.getex(self._prefix + id, ex=KEPT_SECONDS if renew else None)
        found = zip(ids, cast(list[str | None], pipe.execute()), strict=True)
        read = {id: _read(text) for id, text in found if text}
        return {id: glance for id, glance in read.items() if glance}

    def remember(self, id: str, glance: DueState) -> None:
        """A look has just found this."""
        self._store.set(self._prefix + id, _text(glance), ex=KEPT_SECONDS)

    def learn(self, id: str, glance: DueState) -> None:
        """The record was read without a look: a look that has ended meanwhile knows better."""
        self._store.set(self._prefix + id, _text(glance), ex=KEPT_SECONDS, nx=True)

    def changed(self, candidates: Sequence[Candidate]) -> frozenset[str]:
        """Those that have been changed in Jira since they were nominated last."""
        stamps = self._store.mget([self._changed(each.id) for each in candidates]) if candidates else []
        before = zip(candidates, cast(list[str | None], stamps), strict=True)
        return frozenset(each.id for each, stamp in before if stamp != each.updated)

    def nominated(self, candidates: Sequence[Candidate]) -> None:
        """These are nominated as they are now."""
        pipe = self._store.pipeline(transaction=False)
        for each in candidates:
            pipe.set(self._changed(each.id), each.updated, ex=KEPT_SECONDS)
        pipe.execute()

    def _changed(self, id: str) -> str:
        return f"{self._prefix}changed:{id}"


def _text(glance: DueState) -> str:
    again_at = glance.again_at.isoformat() if glance.again_at else None
    return json.dumps(
        {name: value for name, value in (asdict(glance) | {"again_at": again_at}).items() if value or name == "told"}
    )


def _read(text: str) -> DueState | None:
    """None for what no look has left: it is then read from Jira."""
    try:
        value: dict[str, Any] = json.loads(text)
        again_at = value.pop("again_at", None)
        told = value.pop("told", None)
        value["told"] = None if told is None else tuple(told)
        return DueState(**value, again_at=datetime.fromisoformat(again_at).astimezone(UTC) if again_at else None)
    except (ValueError, TypeError, AttributeError):
        return None
