"""What each look leaves for its ticket's own page: how things stand, what clients were told, and the audit trail.

In Redis, in one write with whatever else a look leaves, so that nobody waits for it. A look that did nothing and had
nothing new to say adds nothing to the trail; a reason that stays the same is kept once, with the time it was first
found. It is a memory only, within bounds (`MOST_TICKETS`, `MOST_ENTRIES`, `LONGEST`, `KEPT`): what is lost of the facts
comes back with the next look, and of the trail what the record knows. No text that panelists wrote is in it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast

import msgspec
import structlog

from config.protocol import Protocol
from worker.escalation.facts.model import Escalation, Evaluation
from worker.escalation.facts.record import REASONS, Record
from worker.escalation.plan.actions import (
    CLOSING,
    Action,
    EditTicket,
    Note,
    OpenEvaluations,
    TellClient,
    TellClosing,
    TellReasons,
    TellRequest,
)
from worker.escalation.views.deeds import deeds
from worker.escalation.views.dossier import dossier, told_now
from worker.escalation.views.refusals import refusals
from worker.escalation.views.words import Entry, Words, dump, load
from worker.jira.search import Candidate
from worker.look.reconciler import Outcome
from worker.queue.store import Store

KEPT = timedelta(days=90)
MOST_TICKETS = 2_000
MOST_ENTRIES = 200  # of one ticket's trail
MOST_AT_ONCE = 25  # sentences of one look, of each kind
LONGEST = 600  # characters of one sentence

FACTS, SAID, DID, LEFT = "facts", "said:", "did:", "left:"

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trail:
    """All that is kept of a ticket: the facts (see views/dossier.py), what clients were told, the looks, the newest
    first."""

    facts: Mapping[str, Any]
    said: tuple[Mapping[str, Any], ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A graded ticket as a search shows it, with its record."""

    candidate: Candidate
    record: Record

    def facts(self, protocol: Protocol, now: datetime) -> dict[str, Any]:
        """What the record tells of it: neither evaluations nor people's names are known."""
        each, rules = self.candidate, protocol.for_project(self.candidate.project)
        due, assignee = each.fields.get("duedate"), each.fields.get("assignee")
        ticket = Escalation(
            each.id,
            each.key,
            each.project,
            us="",
            created=now,
            summary=str(each.fields.get("summary") or ""),
            done=each.done,
            due=date.fromisoformat(due) if isinstance(due, str) and _DAY.fullmatch(due) else None,
            resolved_at=self.record.resolved_at,
            record=self.record,
        )
        found = dossier(ticket, rules, now)
        found["assignee"] = str(assignee.get("displayName") or "") if isinstance(assignee, dict) else ""
        found["votes"] = [vote | {"by": ""} for vote in found["votes"]]
        found.pop("said")
        return found


class Trails:
    """The trails of all tickets, kept under a prefix. What looks do here they can also do in a pipeline."""

    def __init__(self, store: Store, prefix: str = "ticket:") -> None:
        self._store = store
        self._prefix = prefix
        self._all = f"{prefix}all"
        self._ids: dict[str, str] = {}

    def looked(self, outcome: Outcome, protocol: Protocol, now: datetime, *, dry: bool, trace: str, calls: int) -> None:
        """A look at `now` ended so; a ticket that is none of ours leaves nothing."""
        try:
            found = seen(outcome, protocol, now, dry=dry)
        except Exception:  # a mistake in what is only shown must not spoil a look that is done
            log.exception("the trail met a bug")
            return
        if found:
            head = {"at": now.isoformat(timespec="seconds"), "trace": trace, "calls": calls}
            self._write(outcome.escalation.id, found, head)
            self._keep(outcome.escalation.id, outcome.escalation.key, now)

    def _write(self, id: str, found: "Seen", head: Mapping[str, Any]) -> None:
        name = self._name(id)
        values: dict[Any, Any] = {FACTS: _json(found.facts)}
        values |= {f"{SAID}{each['comment']}": _json(each) for each in found.said}
        if found.did:
            did = _json({**head, "words": [dump(each) for each in found.did]})
            values[f"{DID}{_digest(did)}"] = did
        self._store.hset(name, mapping=values)
        for words in found.left:
            said = _json({"words": [dump(words)]})
            self._store.hsetnx(name, f"{LEFT}{_digest(said)}", _json({**head, "words": [dump(words)]}))

    def refused(self, id: str, words: str, now: datetime, trace: str, *, key: str = "") -> None:
        """A look could not be made, or was not to go on, for this reason."""
        said, head = _json([words[:LONGEST]]), {"at": now.isoformat(timespec="seconds"), "trace": trace, "calls": 0}
        pipe = self._store.pipeline(transaction=False)
        pipe.hsetnx(self._name(id), f"{LEFT}{_digest(said)}", _json(head | {"words": [[words[:LONGEST]]]}))
        Trails(pipe, self._prefix)._keep(id, key, now)
        pipe.execute()

    def _keep(self, id: str, key: str, now: datetime) -> None:
        self._store.expire(self._name(id), KEPT)
        self._store.zadd(self._all, {id: now.timestamp()})
        if key:
            self._store.set(self._key(key), id, ex=KEPT)

    def of(self, key: str) -> Trail | None:
        """What is kept of the ticket with that key; None where there is nothing, no facts where only looks are known
        that were given up. Raises StoreError."""
        found = self._kept(self._ids[key]) if key in self._ids else {}
        if not found and (id := self._store.get(self._key(key))):
            self._ids = {**(self._ids if len(self._ids) < MOST_TICKETS else {}), key: str(id)}
            found = self._kept(str(id))
        return _read(found) if found else None

    def _kept(self, id: str) -> dict[str, str]:
        return cast(dict[str, str], self._store.hgetall(self._name(id)))

    def of_id(self, id: str) -> Trail:
        """The same by the ticket's id, with no facts where there are none. Raises StoreError."""
        return _read(self._kept(id))

    def learn(self, found: Sequence[Glimpse], protocol: Protocol, now: datetime) -> None:
        """These graded tickets were seen without a look: of those of which nothing is kept it is kept what their record
        tells, as long as there is room; whatever a look has left knows better."""
        pipe = self._store.pipeline(transaction=False)
        pipe.zcard(self._all)
        for each in found:
            pipe.exists(self._name(each.candidate.id))
        kept, *known = pipe.execute()
        room = max(MOST_TICKETS - int(kept), 0)
        new = [each for each, is_known in zip(found, known, strict=True) if not is_known][:room]
        for each in new:
            facts = each.facts(protocol, now)
            pipe.hsetnx(self._name(each.candidate.id), FACTS, _json(facts))
            Trails(pipe, self._prefix)._keep(each.candidate.id, each.candidate.key, now)
        if new:
            pipe.execute()

    def forget(self, id: str) -> None:
        """The ticket is gone, or none of ours."""
        self._store.delete(self._name(id))
        self._store.zrem(self._all, id)

    def tidy(self, now: datetime) -> None:
        """Keeps within the bounds: forgets tickets nobody looked at for too long, or beyond so many of them; and of
        those that were looked at lately the oldest entries."""
        pipe = self._store.pipeline(transaction=False)
        pipe.zrangebyscore(self._all, "-inf", (now - KEPT).timestamp())
        pipe.zrange(self._all, 0, -(MOST_TICKETS + 1))
        pipe.zrangebyscore(self._all, (now - timedelta(hours=1)).timestamp(), "+inf")
        old, many, lately = pipe.execute()
        for id in {*old, *many}:
            self.forget(str(id))
        for id in set(lately) - {*old, *many}:
            self._shorten(str(id), now)

    def _shorten(self, id: str, now: datetime) -> None:
        if int(str(self._store.hlen(self._name(id)))) <= MOST_ENTRIES:
            return
        found = cast(dict[str, str], self._store.hgetall(self._name(id)))
        entries = {name: text for name, text in found.items() if name.startswith((DID, LEFT))}
        oldest_first = sorted(entries, key=lambda name: str(msgspec.json.decode(entries[name])["at"]))
        if len(oldest_first) > MOST_ENTRIES:
            self._store.hdel(self._name(id), *oldest_first[:-MOST_ENTRIES])

    def _name(self, id: str) -> str:
        return f"{self._prefix}{id}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}key:{key}"


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


# -- reading


def _read(found: Mapping[str, str]) -> Trail:
    facts = msgspec.json.decode(found[FACTS]) if FACTS in found else {}
    said = (msgspec.json.decode(text) for name, text in found.items() if name.startswith(SAID))
    return Trail(facts, tuple(sorted(said, key=lambda each: datetime.fromisoformat(each["at"]))), entries(found))


def entries(found: Mapping[str, str]) -> tuple[Entry, ...]:
    """The looks, the newest first; what an older or a newer worker has left in another shape is passed over."""
    looks: dict[tuple[datetime, str], Entry] = {}
    for name, text in found.items():
        each = _entry(name, text) if name.startswith((DID, LEFT)) else None
        if each:
            same = looks.get((each.at, each.trace), replace(each, did=(), left=()))
            looks[each.at, each.trace] = replace(same, did=same.did + each.did, left=same.left + each.left)
    return tuple(sorted(looks.values(), key=lambda each: each.at, reverse=True))


def _entry(name: str, text: str) -> Entry | None:
    try:
        value = msgspec.json.decode(text)
        words = tuple(load(each) for each in value["words"])
        head = (datetime.fromisoformat(value["at"]), str(value["trace"]), int(value["calls"]))
    except (ValueError, KeyError, TypeError):
        return None
    return Entry(*head, did=words) if name.startswith(DID) else Entry(*head, left=words)


# -- what a look comes to


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look leaves."""

    facts: Mapping[str, Any]
    said: Sequence[Mapping[str, Any]]
    did: Sequence[Words]
    left: Sequence[Words]


def seen(outcome: Outcome, protocol: Protocol, now: datetime, *, dry: bool) -> Seen | None:
    """What a look at `now` comes to; None where the ticket is none of ours."""
    before, rules = outcome.escalation, protocol.for_project(outcome.escalation.project)
    after = _after(outcome, now)
    if after.record.empty and not after.evaluations and not dry:
        return None
    if after.record.empty and dry and outcome.plan.empty:
        return None
    facts = dossier(after, rules, now)
    said = {each["comment"]: each for each in facts.pop("said")}
    fresh = {each["comment"]: each for each in _told(outcome, after.record, now)}
    did = islice(deeds(before, after.record, outcome.done, rules), MOST_AT_ONCE)
    left = [*(_would(outcome.plan.actions) if dry else ()), *refusals(before, after.record, rules)]
    return Seen(facts, list((fresh | said).values()), _short(did), _short(islice(left, MOST_AT_ONCE)))


def _would(actions: Iterable[Action]) -> Iterator[Words]:
    yield from ((f"Dry run: would {action}.",) for action in actions)


def _short(sentences: Iterable[Words]) -> list[Words]:
    return [tuple(part[:LONGEST] if isinstance(part, str) else part for part in each) for each in sentences]


def _after(outcome: Outcome, now: datetime) -> Escalation:
    """The facts as the look left them, as far as it knows."""
    ticket, edits = outcome.escalation, [each for each in outcome.done if isinstance(each, EditTicket)]
    gone = {label for edit in edits for label in edit.remove}
    kept = tuple(label for label in ticket.labels if label not in gone)
    opened = [new for each in outcome.done if isinstance(each, OpenEvaluations) for new in _opened(each, now)]
    return replace(
        ticket,
        record=outcome.saved or ticket.record,
        labels=(*kept, *(label for edit in edits for label in edit.add)),
        due=next((edit.due for edit in edits if edit.due), ticket.due),
        evaluations=(*ticket.evaluations, *opened),
    )


def _opened(action: OpenEvaluations, now: datetime) -> Iterator[Evaluation]:
    """Evaluations of which nothing is known yet but whom they ask."""
    for new in action.evaluations:
        yield Evaluation("", "", action.round, new.seat, now, new.ways[0].person, drill=action.drill)


def _told(outcome: Outcome, record: Record, now: datetime) -> Iterator[Mapping[str, Any]]:
    """What this look told clients."""
    own = outcome.escalation.key
    for action in outcome.done:
        if isinstance(action, TellClient | TellReasons | TellClosing):
            yield told_now(own, *_which(action, record), action.document.text, now)
        elif isinstance(action, TellRequest):
            heard = record.heard_by(action.request)
            what = "draft" if action.draft else action.what or "answer"
            yield told_now(action.key, what, heard.comment if heard else "", action.document.text, now)
        elif isinstance(action, Note) and action.tells and record.told:
            yield told_now(own, "draft", record.told.comment or "", action.document.text, now)


def _which(action: TellClient | TellReasons | TellClosing, record: Record) -> tuple[str, str]:
    match action:
        case TellClient():
            return "answer", (record.told.comment if record.told else "") or ""
        case TellReasons():
            return "reasons", record.said.get(REASONS, "")
    return "closing", record.said.get(CLOSING, "")
