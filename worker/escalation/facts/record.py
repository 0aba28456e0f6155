"""The record: what the worker remembers of a ticket, kept in Jira itself as the issue property `escalation`.

It holds no person's text: seats, person ids, grades, comment ids, instants, what was said, what failed. It is bound to
its ticket by id, so that a copied or cloned one is no record. Reading it never raises: what somebody has edited into
nonsense counts as not there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from worker.escalation.facts.seal import Seals

VERSION = 1
SEAL = "seal"
LAST_ROUND = 1_000_000  # beyond that somebody has made the number up
DECIDED, WITHDRAWN, RESOLVED, UNSERVED = "decided", "withdrawn", "resolved", "not served"
SET_ASIDE = "set aside"  # an operator let an old request rest (`escalation adopt`)
PROMISE = "promise "  # how the keys in `said` begin that belong to the promise, and stay as long as it does
SUMMARY, CHAIR_NOTE, DRAFT, UNTOLD, WITHHELD = "summary", "chair note", "draft", "untold", "withheld "
DUE_STEP, LABEL_STEP, STATE_STEP, PRIORITY_STEP = "due date", "labels", "state labels", "priority"
CLOSE = "close "  # how the steps begin that close an evaluation, before its key
UNSEEN = "unseen: "  # how the steps begin that were done and are not seen, before the key of the write
REACH = "reach "  # how the steps begin that ask somebody who may not see the issue, before their name
FAILED = "failed "  # how the key of a note begins that tells of a failure, before the failure's step

REASONS, REASONS_ASKED = "reasons", "reasons asked"  # said to the client afterwards; asked of whoever speaks with them
REQUEST_STEP = "tell "  # how the steps begin that tell the client of a linked request, before its key
FURTHER_STEP = "tell further requests"

MOST_HEARD = 60  # linked requests whose clients were told, those that were unlinked since among them
MOST_FAILED = 10  # of them, so many failures are kept one by one

LIMIT = 32_000  # characters of JSON; Jira takes 32,768 (developer.atlassian.com, "Issue properties")
TRIES_KEPT = 40
KEPT_BACK = 20  # so many rounds and breaches of the past are remembered, that the record stays within Jira's limit

NO_WORDS, NO_MEND = "It could not be done when it was tried last.", "It is tried again; until then, look at it by hand."

WAYS = ("panel", "time-out", "chair", "chair-silent", "authority")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CountedVote:
    """A vote as it was counted: who, for which seat, what grade, in which comment, as of when."""

    seat: str
    person: str
    grade: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a round decided.

    `how` is "panel" (enough had voted), "time-out" (those present), "chair" (the chair's word), "chair-silent" (asked
    in vain) or "authority" (the label put on by somebody who may). `split` says that the votes differed all through.
    `previous` is the grade that stood before the round, if any. A `drill` decides nothing outside itself.
    """

    round: int
    grade: str
    graded_at: datetime
    how: str = "panel"
    split: bool = False
    votes: tuple[CountedVote, ...] = ()
    previous: str | None = None
    drill: bool = False

    @property
    def confirms(self) -> bool:
        """Whether the round ended with the grade that stood before it (which does not restart its clock)."""
        return self.grade == self.previous


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise as it stands in the record: instants with their offset, the due date a date."""

    grade: str
    graded_at: datetime
    fix_by: datetime | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """That the client was told: how ("auto", "draft" or "off") and in which comment; and whether with reasons: "no"
    (not yet), "answer" (the answer had them), "later" (they followed), None where nobody knows (older records)."""

    round: int
    how: str
    comment: str | None = None
    reasons: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the client of a linked request was told last: the answer of which round, its grade, how ("auto" or "draft"),
    and in which comment; whether with reasons: "no" (not yet), "answer" (it had them), else the comment in which they
    followed; and the comment that says that the ticket is resolved."""

    request: str
    key: str
    round: int
    grade: str
    how: str
    comment: str
    reasons: str = "no"
    closing: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that could not be done, why, what would mend it, and when it is tried again."""

    step: str
    what: str
    mend: str
    tries: int = 1
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """How often a write was made that Jira answered with success. `shown` is what Jira had shown of the matter before,
    in any words; `made` is the comment that it made, if it made one."""

    count: int
    shown: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was broken: which round's, of what grade, at which instant. It stays on record for good."""

    round: int
    grade: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastRound:
    """An earlier round, shortened."""

    round: int
    ended: str
    grade: str | None = None
    graded_at: datetime | None = None
    told: str | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """All that is remembered. `round` is the latest round there is anything to remember of; `ended` says how it ended
    ("" while it is under way); `request_at` is when the request label it answers was put on, `standing` that this label
    was still on when the round ended (it asks for nothing until it is put on again); `said` maps what was
    noted to the comment that says it; `heard` has what the clients of linked requests were told, and `beyond` how many
    requests are linked that are more than are told; `late` lists the late votes that were noted, as `comment@instant`;
    `resolved_at` is when a graded ticket was resolved, None while it is open; `tries` counts writes by their keys,
    those of which another memory may not know. `proven` says that it is ours: known by
    our seal, or borne out by Jira's history. It is kept as that seal.
    What says nothing needs no proof."""

    round: int = 0
    ended: str = ""
    request_at: datetime | None = None
    standing: bool = False
    decision: Decision | None = None
    promise: Kept | None = None
    due_before: date | None = None
    told: Told | None = None
    heard: tuple[Heard, ...] = ()
    beyond: int = 0
    said: Mapping[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    unassignable: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    look_again_at: datetime | None = None
    rounds: tuple[PastRound, ...] = ()
    breaches: tuple[Breach, ...] = ()
    resolved_at: datetime | None = None
    tries: Mapping[str, Try] = field(default_factory=dict)
    proven: bool = True

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it, save what was tried."""
        return replace(self, proven=True, tries={}) == Record()

    def trying(self, tries: Mapping[str, Try]) -> "Record":
        """The same record with these tries in it, the newest last; the oldest are forgotten."""
        older = {key: each for key, each in self.tries.items() if key not in tries}
        return replace(self, tries=dict([*older.items(), *tries.items()][-TRIES_KEPT:]))

    @property
    def under_way(self) -> bool:
        """Whether it tells of a round that has not ended."""
        return self.round > 0 and not self.ended

    @property
    def graded_for_real(self) -> bool:
        """Whether a decision stands that is no drill's."""
        return self.decision is not None and not self.decision.drill

    @property
    def untold(self) -> bool:
        """Whether a decision stands of which the client has not been told."""
        return self.decision is not None and (self.told is None or self.told.round != self.decision.round)

    def heard_by(self, request: str) -> Heard | None:
        """What the client of that linked request was told last."""
        return next((heard for heard in self.heard if heard.request == request), None)

    def hearing(self, heard: Heard) -> "Record":
        """The same record, in which that request's client has heard this."""
        others = tuple(each for each in self.heard if each.request != heard.request)
        return replace(self, heard=(*others, heard)[-MOST_HEARD:])

    @property
    def answered(self) -> int:
        """How many clients were told by us of the decision that stands."""
        if self.decision is None:
            return 0
        own = self.told is not None and self.told.round == self.decision.round and self.told.how == "auto"
        return own + sum(each.round == self.decision.round and each.how == "auto" for each in self.heard)

    @property
    def without_reasons(self) -> bool:
        """Whether somebody who was told of the decision that stands was given no reasons."""
        number, told = (self.decision.round if self.decision else 0), self.told
        own = told is not None and told.round == number and told.how in ("auto", "draft") and told.reasons == "no"
        return own or any(each.round == number and each.reasons == "no" for each in self.heard)

    def failure(self, step: str) -> Failure | None:
        """The failure of that step, if it failed."""
        return next((failure for failure in self.failures if failure.step == step), None)

    def with_failure(self, failure: Failure) -> "Record":
        """The same record with that step failed (once more)."""
        before = self.failure(failure.step)
        counted = replace(failure, tries=before.tries + 1) if before else failure
        return replace(self, failures=(*self.without_failure(failure.step).failures, counted))

    def without_failure(self, step: str) -> "Record":
        """The same record with that step mended."""
        return replace(self, failures=tuple(failure for failure in self.failures if failure.step != step))

    def saying(self, key: str, comment: str) -> "Record":
        """The same record, with `key` said in that comment."""
        return replace(self, said={**self.said, key: comment})

    def unsaying(self, key: str) -> "Record":
        """The same record, in which `key` may be said again."""
        return replace(self, said={said: comment for said, comment in self.said.items() if said != key})

    def keeping_promise(self, promise: Kept) -> "Record":
        """The same record with this promise; what was said of another one may be said again of it."""
        said = self.said if promise == self.promise else _without_promise(self.said)
        return replace(self, promise=promise, said=said)

    def breaking(self, breach: Breach) -> "Record":
        """The same record with that breach in it, once."""
        known = {(each.grade, each.at) for each in self.breaches}  # a confirmed grade keeps its promise, broken or not
        if (breach.grade, breach.at) in known:
            return self
        return replace(self, breaches=(*self.breaches, breach)[-KEPT_BACK:])

    def without_words(self) -> "Record":
        """The same record with none of the words in it: only those are said again that are known to be ours."""
        return replace(self, failures=tuple(replace(each, what=NO_WORDS, mend=NO_MEND) for each in self.failures))

    def all_due(self) -> "Record":
        """The same record with every failed step due for another try (what `failures retry` asks for)."""
        return replace(self, failures=tuple(replace(failure, retry_at=None) for failure in self.failures))

    def claimed(self) -> frozenset[str]:
        """The comments that are known to say something already said."""
        told = self.told.comment if self.told else None
        past = (round.told for round in self.rounds)
        linked = (comment for each in self.heard for comment in (each.comment, each.closing, each.reasons))
        return frozenset(comment for comment in (*self.said.values(), told, *past, *linked) if comment)

    def next_round(self, number: int) -> "Record":
        """The record as round `number` starts: the old rounds shortened, the standing decision and promise kept, with
        what was said of them and what is still to be mended."""
        if self.round == number:
            return self
        past = (*self.rounds, self._shortened()) if self.round else self.rounds
        failures = tuple(failure for failure in self.failures if _outlives_round(failure.step))
        noted = {f"{FAILED}{failure.step}" for failure in failures}
        said = {key: comment for key, comment in self.said.items() if _stays(key) or key in noted}
        return replace(
            self, round=number, ended="", request_at=None, standing=False, said=said, late=(),
            unassignable=(), failures=failures, rounds=past[-KEPT_BACK:],
        )  # fmt: skip

    def without_decision(self) -> "Record":
        """The same record with nothing said or failed of the decision that stood, because another one takes its place.
        What concerns the promise or an evaluation stays."""
        failures = tuple(failure for failure in self.failures if failure.step not in (DUE_STEP, LABEL_STEP))
        gone = {f"{FAILED}{DUE_STEP}", f"{FAILED}{LABEL_STEP}"}
        said = {key: each for key, each in self.said.items() if not _is_of_decision(key) and key not in gone}
        return replace(self, failures=failures, said=said)

    def _shortened(self) -> PastRound:
        ours = self.decision if self.decision and self.decision.round == self.round else None
        told = self.told.comment if self.told and self.told.round == self.round else None
        grade, graded_at = (ours.grade, ours.graded_at) if ours else (None, None)
        return PastRound(self.round, self.ended, grade, graded_at, told, drill=bool(ours and ours.drill))


def request_step(key: str, what: str = "") -> str:
    """The name under which a failure to tell the client of a linked request is remembered."""
    return f"{REQUEST_STEP}{key}{' ' if what else ''}{what}"


def _outlives_round(step: str) -> bool:
    """Whether it is about the decision that stands, or about one evaluation, and not about whatever round there is."""
    return step in (DUE_STEP, LABEL_STEP, STATE_STEP, PRIORITY_STEP) or step.startswith(CLOSE)


def _is_of_decision(key: str) -> bool:
    return key in (SUMMARY, CHAIR_NOTE, DRAFT, UNTOLD, REASONS, REASONS_ASKED) or key.startswith(WITHHELD)


def _stays(key: str) -> bool:
    return _is_of_decision(key) or key.startswith(PROMISE)


def _without_promise(said: Mapping[str, str]) -> dict[str, str]:
    return {key: comment for key, comment in said.items() if not key.startswith(PROMISE)}


def dump(record: Record, ticket: str, seals: Seals | None = None) -> dict[str, Any]:
    """The property's value: JSON, empty parts left out, within Jira's limit whatever there is to remember; sealed where
    the record is proven."""
    value = _value(record, ticket)
    for shorter in _shorter(record) if _size(value) > LIMIT else ():
        value = _value(shorter, ticket)
        if _size(value) <= LIMIT:
            break
    seal = seals.seal(value) if seals and record.proven else ""
    return value | ({SEAL: seal} if seal else {})


def _value(record: Record, ticket: str) -> dict[str, Any]:
    parts = {key: part for key, part in _plain(record).items() if key != "proven"}
    value = {"v": VERSION, "ticket": ticket, **parts}
    return {key: part for key, part in value.items() if part not in (None, "", False, [], {})}


def _is_sealed(value: Mapping[str, Any], seals: Seals | None) -> bool:
    """Whether it is, to the letter, what we wrote."""
    return seals is not None and seals.is_ours(value.get(SEAL), {k: part for k, part in value.items() if k != SEAL})


def _size(value: Mapping[str, Any]) -> int:
    return len(json.dumps(value))  # at its longest: with blanks, and every other letter written out


def _shorter(record: Record) -> Iterator[Record]:
    """Ever less of it, the oldest and least needed first; never the decision, the promise, or that the client was told.

    What is forgotten could be said or tried once more; a text of ours is recognised where it stands, so it is not.
    """
    for words in (200, 60):
        record = replace(record, failures=tuple(_short(failure, words) for failure in record.failures))
        yield record
    for part in ("late", "rounds", "breaches", "failures", "unassignable"):
        while len(getattr(record, part)):
            kept = getattr(record, part)
            record = replace(record, **{part: kept[1 + len(kept) // 4 :]})
            yield record
    record = replace(record, tries={})
    yield record
    for needed in (_stays, lambda key: False):
        others = [key for key in record.said if not needed(key)]
        while others:
            gone, others = others[: 1 + len(others) // 4], others[1 + len(others) // 4 :]
            record = replace(record, said={key: each for key, each in record.said.items() if key not in gone})
            yield record


def _short(failure: Failure, most: int) -> Failure:
    return replace(failure, what=_cut(failure.what, most), mend=_cut(failure.mend, most))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def load(value: Any, ticket: str, seals: Seals | None = None) -> Record:
    """The record in a property's value; an empty one if the value is missing, another ticket's, or nonsense."""
    if not isinstance(value, dict) or value.get("v") != VERSION or str(value.get("ticket")) != ticket:
        return Record()
    try:
        return replace(_record(value), proven=_is_sealed(value, seals))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Record()


def _record(value: dict[str, Any]) -> Record:
    return Record(
        round=_number(value.get("round", 0)),
        ended=str(value.get("ended", "")),
        request_at=_instant(value.get("request_at")),
        standing=bool(value.get("standing", False)),
        decision=_maybe(_decision, value.get("decision")),
        promise=_maybe(_promise, value.get("promise")),
        due_before=_date(value.get("due_before")),
        told=_maybe(_told, value.get("told")),
        heard=tuple(_heard(each) for each in value.get("heard", ()))[-MOST_HEARD:],
        beyond=int(value.get("beyond", 0)),
        said={str(key): str(comment) for key, comment in value.get("said", {}).items()},
        late=tuple(str(mark) for mark in value.get("late", ())),
        unassignable=tuple(str(person) for person in value.get("unassignable", ())),
        failures=tuple(_failure(failure) for failure in value.get("failures", ())),
        look_again_at=_instant(value.get("look_again_at")),
        rounds=tuple(_past(round) for round in value.get("rounds", ()))[-KEPT_BACK:],
        breaches=tuple(_breach(breach) for breach in value.get("breaches", ()))[-KEPT_BACK:],
        resolved_at=_instant(value.get("resolved_at")),
        tries={str(key): _try(each) for key, each in [*value.get("tries", {}).items()][-TRIES_KEPT:]},
    )


def _decision(value: dict[str, Any]) -> Decision:
    return Decision(
        round=_number(value["round"]),
        grade=str(value["grade"]),
        graded_at=_certain(value["graded_at"]),
        how=_way(value.get("how", "panel")),
        split=bool(value.get("split", False)),
        votes=tuple(_vote(vote) for vote in value.get("votes", ())),
        previous=_maybe(_text, value.get("previous")),
        drill=bool(value.get("drill", False)),
    )


def _number(value: Any) -> int:
    if not 0 <= int(value) <= LAST_ROUND:
        raise ValueError("no number of a round")
    return int(value)


def _way(value: Any) -> str:
    if value not in WAYS:
        raise ValueError("no way in which rounds are decided")
    return str(value)


def _vote(value: dict[str, Any]) -> CountedVote:
    return CountedVote(
        seat=str(value["seat"]),
        person=str(value["person"]),
        grade=str(value["grade"]),
        comment=str(value["comment"]),
        at=_certain(value["at"]),
    )


def _promise(value: dict[str, Any]) -> Kept:
    return Kept(
        grade=str(value["grade"]),
        graded_at=_certain(value["graded_at"]),
        fix_by=_instant(value.get("fix_by")),
        window_start=_instant(value.get("window_start")),
        window_end=_instant(value.get("window_end")),
        due_date=_date(value.get("due_date")),
    )


def _told(value: dict[str, Any]) -> Told:
    comment, reasons = _maybe(_text, value.get("comment")), _maybe(_text, value.get("reasons"))
    return Told(int(value["round"]), str(value["how"]), comment, reasons)


def _heard(value: dict[str, Any]) -> Heard:
    return Heard(
        request=str(value["request"]),
        key=str(value["key"]),
        round=int(value["round"]),
        grade=str(value["grade"]),
        how=str(value["how"]),
        comment=str(value["comment"]),
        reasons=str(value.get("reasons", "no")),
        closing=_maybe(_text, value.get("closing")),
    )


def _failure(value: dict[str, Any]) -> Failure:
    return Failure(
        str(value["step"]), str(value["what"]), str(value["mend"]), int(value["tries"]), _instant(value.get("retry_at"))
    )


def _try(value: dict[str, Any]) -> Try:
    return Try(int(value["count"]), str(value.get("shown", "")), str(value.get("made", "")))


def _breach(value: dict[str, Any]) -> Breach:
    return Breach(int(value["round"]), str(value["grade"]), _certain(value["at"]))


def _past(value: dict[str, Any]) -> PastRound:
    return PastRound(
        int(value["round"]),
        str(value["ended"]),
        _maybe(_text, value.get("grade")),
        _instant(value.get("graded_at")),
        _maybe(_text, value.get("told")),
        bool(value.get("drill", False)),
    )


def _maybe(parse: Callable[[Any], T], value: Any) -> T | None:
    return None if value is None else parse(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("something else where a text stood")
    return value


def _certain(value: Any) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset")
    if not 1970 <= instant.year < 2200:
        raise ValueError("an instant far from any business")
    return instant


def _instant(value: Any) -> datetime | None:
    return _maybe(_certain, value)


def _date(value: Any) -> date | None:
    return _maybe(date.fromisoformat, value)
