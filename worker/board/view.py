"""What the board shows at one moment, put together from Redis and the clock, ready to be printed. Jira is not asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.formatting import zone_name
from worker.escalation.dates.timing import Window
from worker.escalation.release.hours import may_ship, openings
from worker.escalation.views.outcomes import Standing, standing
from worker.escalation.views.tickets import Facts
from worker.look.burst import HELD as BURST
from worker.look.failures import Failed, Failures
from worker.look.snapshot import Awaited, Round, Snapshot
from worker.look.snapshots import KEPT, Snapshots
from worker.queue.store import Store, StoreError
from worker.queue.workqueue import WorkQueue
from worker.report.figures import Figures, figures
from worker.report.phrases import span
from worker.sweep.result import HELD

State = Literal["well", "late", "bad"]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where everything on the board comes from. A sweep has ended within `patience` seconds; `changes` says how changes
    come in, as of what Redis knows."""

    protocol: Protocol
    memory: Snapshots
    queue: WorkQueue
    failures: Failures
    patience: float
    changes: Callable[[Store], str] = lambda store: ""


@dataclass(frozen=True, slots=True)
class Light:
    """What the clock lets ship under one protocol: the `projects` it rules ("" all), whether anything may, why, until
    when that holds, the window after it; and which grades ship at any hour."""

    projects: str
    allowed: bool
    why: str
    until: str
    coming: str
    always: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of a time is used up, from 0 to 100, and what is left of it in words."""

    used: int
    words: str
    state: State


@dataclass(frozen=True, slots=True)
class Open:
    """A round under way."""

    key: str
    round: int
    drill: bool
    stalled: bool
    awaited: tuple[Awaited, ...]
    asked: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Promised:
    """A grade with a promise that is neither kept nor broken for good, or of which the client was not told yet;
    `answered` is how many clients were told (linked requests' among them), `without_reasons` that some got no reasons.
    """

    key: str
    grade: str
    graded: str
    due: str
    untold: bool
    answered: int
    without_reasons: bool
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Engine:
    """How the worker itself does: words, each with whether it is well."""

    sweep: tuple[str, bool]
    queue: tuple[str, bool]
    held: int
    failing: int
    changes: str = ""


@dataclass(frozen=True, slots=True)
class BoardView:
    """The whole board. `engine` is None while Redis does not answer; then there are no tickets either."""

    at: str
    zone: str
    lights: tuple[Light, ...]
    open: tuple[Open, ...] = ()
    promised: tuple[Promised, ...] = ()
    unpromised: int = 0
    failed: tuple[tuple[str, tuple[Failed, ...]], ...] = ()
    engine: Engine | None = None
    figures: Figures | None = None


def view(sources: Sources, now: datetime) -> BoardView:
    """The board at `now`, an aware instant."""
    protocol = sources.protocol
    at, zone = f"{now.astimezone(protocol.zone):%A %-d %B %Y, %H:%M:%S}", zone_name(now, protocol.zone)
    shown = tuple(lights(protocol, now))
    try:
        tickets, failed, engine = sources.memory.all(), sources.failures.listed(), _engine(sources)
    except (StoreError, OSError):
        return BoardView(at, zone, shown)
    graded = [(each, found) for each in tickets if not each.done and (found := standing(each.ticket(), protocol))]
    return BoardView(
        at=at,
        zone=zone,
        lights=shown,
        open=tuple(_rounds(tickets, protocol, now)),
        promised=tuple(_promises(graded, protocol, now)),
        unpromised=sum(found.breaks_at is None and not each.record.untold for each, found in graded),
        failed=tuple(sorted(failed.values())),
        engine=engine,
        figures=figures(Facts(tuple(each.ticket() for each in tickets)), protocol, now - KEPT, now),
    )


# -- the release window


def lights(protocol: Protocol, now: datetime) -> Iterator[Light]:
    """One for each set of hours: usually one, more where projects have their own."""
    rules = protocol.by_project or {"": protocol}
    for each in dict.fromkeys((one.timezone, one.business) for one in rules.values()):
        projects = [key for key, one in rules.items() if (one.timezone, one.business) == each]
        yield _light(", ".join(projects) if len(projects) < len(rules) else "", rules[projects[0]], now)


def _light(projects: str, rules: Protocol, now: datetime) -> Light:
    clock = may_ship(now, timedelta(0), rules)
    ends = clock.closes_at if clock.allowed else clock.next_opening
    ahead = next(_later(now, ends, rules, allowed=clock.allowed), None)
    reasons = {"business-hours": "business hours", "freeze": "a freeze", "extra-window": "an extra window"}
    return Light(
        projects=projects,
        allowed=clock.allowed,
        why=reasons.get(clock.reason_code, "outside business hours"),
        until=moment(ends, rules.zone) if ends else "",
        coming=f"{moment(ahead.start, rules.zone)} until {moment(ahead.end, rules.zone)}" if ahead else "",
        always=" and ".join(grade.name for grade in rules.grades if grade.releases_in_business_hours),
    )


def _later(now: datetime, ends: datetime | None, rules: Protocol, *, allowed: bool) -> Iterator[Window]:
    """The windows after the one that is named already."""
    found = openings(now, rules)
    return found if allowed or ends is None else islice(found, 1, None)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Tue 24 Nov, 21:00 ET`."""
    return f"{at.astimezone(zone):%a %-d %b, %H:%M} {zone_name(at, zone)}"


# -- tickets


def _rounds(tickets: Sequence[Snapshot], protocol: Protocol, now: datetime) -> Iterator[Open]:
    """Rounds under way, those that have least time first."""
    found = [(each, each.open) for each in tickets if each.open]
    for each, round in sorted(found, key=lambda pair: pair[1].ends):
        rules = protocol.for_project(each.project)
        yield Open(
            key=each.key,
            round=round.number,
            drill=round.drill,
            stalled=rules.labels.stalled.lower() in each.labels,
            awaited=round.awaited,
            asked=moment(round.begins, rules.zone),
            bar=_time_left(round, rules, now),
        )


def _time_left(round: Round, rules: Protocol, now: datetime) -> Bar:
    until = moment(round.ends, rules.zone)
    if round.ends <= now:
        return Bar(100, f"time was up {until}", "late")
    used = _share(round.begins, round.ends, now)
    return Bar(used, f"{span(elapsed(now, round.ends))} left, until {until}", "late" if used >= 75 else "well")


def _promises(graded: Sequence[tuple[Snapshot, Standing]], protocol: Protocol, now: datetime) -> Iterator[Promised]:
    """Promises that run, those that end first first; and grades of which the client does not know."""
    shown = [pair for pair in graded if pair[1].breaks_at or pair[0].record.untold]
    for each, found in sorted(shown, key=lambda pair: pair[1].breaks_at or pair[1].graded_at):
        rules = protocol.for_project(each.project)
        due = each.record.promise.due_date if each.record.promise else None
        yield Promised(
            key=each.key,
            grade=found.grade,
            graded=moment(found.graded_at, rules.zone),
            due=f"{due:%a %-d %b}" if due else "",
            untold=each.record.untold,
            answered=each.record.answered,
            without_reasons=each.record.without_reasons,
            bar=_promise_left(each, found, rules, now),
        )


def _promise_left(each: Snapshot, found: Standing, rules: Protocol, now: datetime) -> Bar | None:
    if found.breaks_at is None:
        return None
    until = moment(found.breaks_at, rules.zone)
    if found.breaks_at <= now:
        return Bar(100, f"broken since {until}", "bad")
    risk = rules.labels.at_risk.lower() in each.labels
    left = f"{span(elapsed(now, found.breaks_at))} left, until {until}"
    return Bar(_share(found.graded_at, found.breaks_at, now), left, "late" if risk else "well")


def _share(begins: datetime, ends: datetime, now: datetime) -> int:
    """How much of the time from `begins` to `ends` is over, in percent."""
    whole = elapsed(begins, ends).total_seconds()
    return max(0, min(100, round(100 * elapsed(begins, now).total_seconds() / whole))) if whole > 0 else 100


# -- the worker


def _engine(sources: Sources) -> Engine:
    queue = sources.queue
    age, waits, sizes = queue.sweep_age(), queue.oldest_dirty_age(), queue.sizes()
    swept = "none has finished yet" if age is None else f"finished {span(timedelta(seconds=age))} ago"
    oldest = f", the oldest for {span(timedelta(seconds=waits))}" if sizes["dirty"] else ""
    words = f"{sizes['dirty']} wait for a look{oldest}; {sizes['held']} under way"
    swept_past, burst = queue.store.get(HELD), int(str(queue.store.hlen(BURST)))
    return Engine(
        sweep=(swept, age is not None and age <= sources.patience),
        queue=(words, waits < 60),
        held=burst + (int(str(swept_past)) if str(swept_past).isdigit() else int(bool(swept_past))),
        failing=sizes["failing"],
        changes=sources.changes(queue.store),
    )
