"""From records to figures: how long grading took, which promises were kept, what is open now. Pure: no clock, no Jira.

A week is an ISO week on the clocks of the protocol's zone. A grade belongs to the week in which it was given; a promise
to the week in which it was kept or broken, and while it is open to the week in which it was given. Drills never count.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from math import ceil
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import DECIDED
from worker.escalation.panel.decision import awaited
from worker.escalation.plan import plan
from worker.escalation.release.override import Override
from worker.escalation.views.outcomes import (
    BROKEN,
    KEPT,
    OPEN,
    Answered,
    Grading,
    Promised,
    Standing,
    answered,
    given,
    is_drill,
    promised,
    standing,
)
from worker.escalation.views.severity import severity
from worker.escalation.views.tickets import Facts, Ticket


@dataclass(frozen=True, slots=True)
class Waiting:
    """A seat that a round waits for, by its title: in which evaluation, since when, and who holds it ("" nobody)."""

    key: str
    evaluation: str
    round: int
    seat: str
    person: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one grade (or "": of all), in one week (or "": over the whole time). `timed` gradings made median
    and p90; nine of ten were given within p90."""

    week: str
    grade: str
    graded: int
    timed: int
    median: timedelta | None
    p90: timedelta | None
    kept: int
    broken: int
    open: int

    @property
    def empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.graded or self.kept or self.broken or self.open)


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole report. `total` is over all grades; `grades` has a row for each grade, `by_week` one for each
    of them in each of `weeks`; `colours` has the colour of each grade; `overrides` are those of the release gate that
    were granted in this time, the first first (None: nobody knows)."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    weeks: tuple[str, ...]
    total: Row
    grades: tuple[Row, ...]
    by_week: tuple[Row, ...]
    breaches: tuple[Promised, ...]
    at_risk: tuple[Standing, ...]
    waiting: tuple[Waiting, ...]
    graded_open: tuple[Standing, ...]
    ended: tuple[tuple[str, tuple[str, ...]], ...]
    stalled: tuple[str, ...]
    untold: tuple[Standing, ...]
    answers: tuple[Answered, ...]
    unreadable: int
    colours: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] | None = None


def figures(facts: Facts, protocol: Protocol, since: datetime, now: datetime) -> Figures:
    """The figures of the time from `since` until `now`, both aware, and what is open at `now`."""
    tickets = [ticket for ticket in facts.tickets if not is_drill(ticket, protocol)]
    gradings = [each for ticket in facts.tickets for each in given(ticket) if since <= each.at <= now]
    promises = [
        each
        for ticket in facts.tickets
        for each in promised(ticket, protocol, now)
        if each.state == OPEN or since <= each.at <= now
    ]
    weeks = _weeks([*(each.at for each in gradings), *(each.at for each in promises)], now, protocol.zone)
    names = _names(protocol, [*(each.grade for each in gradings), *(each.grade for each in promises)])
    graded = [(ticket, each) for ticket in facts.tickets if (each := standing(ticket, protocol))]
    return Figures(
        since=since.astimezone(protocol.zone),
        until=now.astimezone(protocol.zone),
        zone=protocol.zone,
        weeks=weeks,
        total=_row("", "", gradings, promises),
        grades=tuple(_row("", name, gradings, promises) for name in names),
        by_week=tuple(_rows(weeks, names, gradings, promises, protocol.zone)),
        breaches=tuple(sorted((each for each in promises if each.state == BROKEN), key=lambda each: each.at)),
        at_risk=_chosen(graded, lambda ticket: _carries(ticket, protocol, "at_risk")),
        waiting=_waiting(facts, protocol, now),
        graded_open=_chosen(graded, lambda ticket: not ticket.done),
        ended=_ended(tickets, since),
        stalled=tuple(ticket.key for ticket in tickets if _carries(ticket, protocol, "stalled")),
        untold=_chosen(graded, lambda ticket: ticket.record.untold),
        answers=_answers(facts, since, now),
        unreadable=facts.unreadable,
        colours={name: _colour(name, protocol) for name in names},
    )


def _colour(grade: str, protocol: Protocol) -> str:
    """By the whole protocol, or by the project's that alone has this grade."""
    rules = (protocol, *protocol.by_project.values())
    return severity(grade, next((one for one in rules if grade in (each.name for each in one.grades)), protocol))


def _answers(facts: Facts, since: datetime, now: datetime) -> tuple[Answered, ...]:
    """The answers to grades that were given in this time, the oldest grade first."""
    found = (each for ticket in facts.tickets if (each := answered(ticket)))
    return tuple(sorted((each for each in found if since <= each.at <= now), key=lambda each: (each.at, each.key)))


def _chosen(graded: Iterable[tuple[Ticket, Standing]], wanted: Callable[[Ticket], bool]) -> tuple[Standing, ...]:
    return tuple(sorted((each for ticket, each in graded if wanted(ticket)), key=lambda each: each.graded_at))


def _carries(ticket: Ticket, protocol: Protocol, name: str) -> bool:
    """Whether the ticket is open and carries our label of that name."""
    label = getattr(protocol.for_project(ticket.project).labels, name)
    return not ticket.done and label.lower() in ticket.labels


def _waiting(facts: Facts, protocol: Protocol, now: datetime) -> tuple[Waiting, ...]:
    """Whom open rounds wait for, the longest first, as the board has it; not what could only not be closed."""
    found = (each for ticket in facts.asked for each in _awaited(ticket, protocol.for_project(ticket.project), now))
    return tuple(sorted(found, key=lambda each: (each.since, each.key, each.seat)))


def _awaited(ticket: Escalation, rules: Protocol, now: datetime) -> Iterator[Waiting]:
    round = plan.live_round(ticket, rules)
    if not round or plan.is_drill(ticket, rules, round):
        return
    wanted = awaited(ticket, rules, round, now)
    for seat in rules.panel.seats:
        evaluation = ticket.seat(seat.name, round)
        if evaluation and seat.name in wanted:
            holder = ticket.person(evaluation.assignee or "").name
            since = min(evaluation.created, now)  # Jira's clock may be ahead of ours
            yield Waiting(ticket.key, evaluation.key, round, seat.title, holder, since)


def _ended(tickets: Iterable[Ticket], since: datetime) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The tickets whose latest round, asked for in this time, ended without a grade; by reason."""
    reasons: dict[str, list[str]] = {}
    for ticket in tickets:
        record = ticket.record
        if record.ended not in ("", DECIDED) and (record.request_at is None or record.request_at >= since):
            reasons.setdefault(record.ended, []).append(ticket.key)
    return tuple((reason, tuple(keys)) for reason, keys in sorted(reasons.items()))


def _names(protocol: Protocol, found: Iterable[str]) -> tuple[str, ...]:
    """The grades of the protocol in its order, then those of projects' own, then those that are known no more."""
    each = (protocol, *protocol.by_project.values())
    return tuple(dict.fromkeys([*(grade.name for one in each for grade in one.grades), *found]))


def week_of(at: datetime, zone: ZoneInfo) -> str:
    """`2026-W48`: the ISO week of that instant on the clocks of the zone."""
    year, week, _ = at.astimezone(zone).isocalendar()
    return f"{year}-W{week:02}"


def _weeks(instants: Sequence[datetime], now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Every week from the first of these instants until now."""
    first = min([*instants, now]).astimezone(zone).date()
    monday = first - timedelta(days=first.weekday())
    days = (monday + timedelta(weeks=number) for number in range(10_000))
    return tuple(
        f"{day.isocalendar().year}-W{day.isocalendar().week:02}"
        for day in takewhile(lambda day: day <= now.astimezone(zone).date(), days)
    )


def _rows(
    weeks: Iterable[str],
    names: Sequence[str],
    gradings: Iterable[Grading],
    promises: Iterable[Promised],
    zone: ZoneInfo,
) -> Iterator[Row]:
    graded, settled = defaultdict[str, list[Grading]](list), defaultdict[str, list[Promised]](list)
    for grading in gradings:
        graded[week_of(grading.at, zone)].append(grading)
    for promise in promises:
        settled[week_of(promise.at, zone)].append(promise)
    for week in weeks:
        yield from (_row(week, name, graded[week], settled[week]) for name in names)


def _middle(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median of sorted lengths."""
    half = len(lengths) // 2
    if not lengths:
        return None
    return lengths[half] if len(lengths) % 2 else (lengths[half - 1] + lengths[half]) / 2


def _row(week: str, name: str, gradings: Iterable[Grading], promises: Iterable[Promised]) -> Row:
    graded = [each for each in gradings if name in ("", each.grade)]
    took = sorted(each.took for each in graded if each.took is not None)
    states = [each.state for each in promises if name in ("", each.grade)]
    return Row(
        week=week,
        grade=name,
        graded=len(graded),
        timed=len(took),
        median=_middle(took),
        p90=took[ceil(0.9 * len(took)) - 1] if took else None,
        kept=states.count(KEPT),
        broken=states.count(BROKEN),
        open=states.count(OPEN),
    )
