"""What the board shows at one moment, put together from Redis and the clock, ready to be printed. Jira is not asked.

What is wrong comes first: promises broken, rounds stalled, clients not told, what could not be done.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from worker.alerts import credentials_expiry
from worker.board.known_figures import figures_of
from worker.board.release_day import Day, day_of
from worker.board.rows import Row, judged, needs_mending, promised, stands
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.formatting import zone_name
from worker.escalation.dates.timing import Window
from worker.escalation.release.hours import may_ship, openings
from worker.escalation.views.outcomes import standing
from worker.look.burst import HELD as BURST
from worker.look.failures import Failures
from worker.look.snapshot import Snapshot
from worker.look.snapshots import KEPT, Snapshots
from worker.queue.store import Store, StoreError
from worker.queue.workqueue import WorkQueue
from worker.release.overrides import Overrides
from worker.report.figures import Figures
from worker.report.phrases import span
from worker.sweep.result import HELD
from worker.web import last_delivery


@dataclass(frozen=True, slots=True)
class Sources:
    """Where everything on the board comes from. A sweep has ended within `patience` seconds; `changes` says how changes
    come in, as of what Redis knows; `expires` is the day on which the credentials end, None where nobody said so."""

    protocol: Protocol
    memory: Snapshots
    queue: WorkQueue
    failures: Failures
    patience: float
    changes: Callable[[Store], str] = lambda store: ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """What the clock lets ship under one protocol: the `projects` it rules ("" all), whether anything may, why, until
    when that holds and how long that is, the window after it; which grades ship at any hour; and the day to be drawn.
    """

    projects: str
    allowed: bool
    why: str
    until: str
    left: str
    coming: str
    always: str
    day: Day


@dataclass(frozen=True, slots=True)
class Engine:
    """How the worker itself does: words, each with whether it is well; how changes come in, and when one last did."""

    sweep: tuple[str, bool]
    queue: tuple[str, bool]
    credentials: tuple[str, bool] | None
    changes: str
    heard: str
    held: int
    failing: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """The whole board. `engine` is None while Redis does not answer; then there are no tickets either. `now` are the
    tickets that ask for somebody, the worst first; the others stand in `judged` and `promised`."""

    at: str
    zone: str
    lights: tuple[Light, ...]
    now: tuple[Row, ...] = ()
    judged: tuple[Row, ...] = ()
    promised: tuple[Row, ...] = ()
    unpromised: int = 0
    engine: Engine | None = None
    figures: Figures | None = None

    def rows(self) -> Iterator[Row]:
        """All of them."""
        yield from (*self.now, *self.judged, *self.promised)


def view(sources: Sources, now: datetime) -> BoardView:
    """The board at `now`, an aware instant."""
    protocol = sources.protocol
    at, zone = f"{now.astimezone(protocol.zone):%a %-d %b %Y, %H:%M}", zone_name(now, protocol.zone)
    shown = tuple(lights(protocol, now))
    try:
        tickets, failed, engine = sources.memory.all(), sources.failures.listed(), _engine(sources, now)
        overrides = Overrides(sources.queue.store).granted(now - KEPT)
    except (StoreError, OSError):
        return BoardView(at, zone, shown)
    known = {each.id: each for each in tickets}
    mending = [needs_mending(key, found, known.get(id), protocol, now) for id, (key, found) in failed.items()]
    rounds = [judged(each, protocol, now) for each in _by_end(tickets)]
    promises = [promised(each, protocol, now) for each in _by_breach(tickets, protocol)]
    worst = sorted((row for row in (*promises, *rounds, *mending) if row.urgent), key=lambda row: row.urgent)
    calm = [row for row in rounds if not row.urgent]
    return BoardView(
        at=at,
        zone=zone,
        lights=shown,
        now=tuple(_together(worst)),
        judged=tuple(calm),
        promised=tuple(row for row in promises if not row.urgent),
        unpromised=sum(stands(each, protocol) for each in tickets),
        engine=engine,
        figures=figures_of(tickets, overrides, protocol, now),
    )


def _together(rows: Iterable[Row]) -> Iterator[Row]:
    """What is wrong with one ticket stands in one row: the worst, with what has to be mended."""
    found: dict[str, Row] = {}
    for row in rows:
        found[row.key] = found[row.key].with_(row) if row.key in found else row
    yield from found.values()


def _by_end(tickets: Sequence[Snapshot]) -> list[Snapshot]:
    """Rounds under way, those that have least time first."""
    return sorted((each for each in tickets if each.open), key=lambda each: each.open.ends if each.open else 0)


def _by_breach(tickets: Sequence[Snapshot], protocol: Protocol) -> Iterator[Snapshot]:
    """Promises that run, those that end first first; and grades of which a client does not know."""
    graded = [(each, found) for each in tickets if not each.done and (found := standing(each.ticket(), protocol))]
    shown = [pair for pair in graded if pair[1].breaks_at or pair[0].record.untold]
    yield from (each for each, _ in sorted(shown, key=lambda pair: pair[1].breaks_at or pair[1].graded_at))


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
        left=span(elapsed(now, ends)) if ends else "",
        coming=f"{moment(ahead.start, rules.zone)} until {moment(ahead.end, rules.zone)}" if ahead else "",
        always=" and ".join(grade.name for grade in rules.grades if grade.releases_in_business_hours),
        day=day_of(now, rules),
    )


def _later(now: datetime, ends: datetime | None, rules: Protocol, *, allowed: bool) -> Iterator[Window]:
    """The windows after the one that is named already."""
    found = openings(now, rules)
    return found if allowed or ends is None else islice(found, 1, None)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Tue 24 Nov, 21:00 ET`."""
    return f"{at.astimezone(zone):%a %-d %b, %H:%M} {zone_name(at, zone)}"


# -- the worker


def _engine(sources: Sources, now: datetime) -> Engine:
    queue = sources.queue
    age, waits, sizes = queue.sweep_age(), queue.oldest_dirty_age(), queue.sizes()
    swept = "none has finished yet" if age is None else f"finished {span(timedelta(seconds=age))} ago"
    oldest = f", the oldest for {span(timedelta(seconds=waits))}" if sizes["dirty"] else ""
    words = f"{sizes['dirty']} wait for a look{oldest}; {sizes['held']} under way"
    swept_past, burst = queue.store.get(HELD), int(str(queue.store.hlen(BURST)))
    return Engine(
        sweep=(swept, age is not None and age <= sources.patience),
        queue=(words, waits < 60),
        credentials=_credentials(sources.expires, now),
        changes=sources.changes(queue.store),
        heard=_heard(queue.store),
        held=burst + (int(str(swept_past)) if str(swept_past).isdigit() else int(bool(swept_past))),
        failing=sizes["failing"],
    )


def _credentials(expires: date | None, now: datetime) -> tuple[str, bool] | None:
    if expires is None:
        return None
    return credentials_expiry.words(expires, now), credentials_expiry.stage(expires, now) is None


def _heard(store: Store) -> str:
    """When Jira told of something last, by the clock of the web process, which a sandbox's may be ahead of."""
    told = last_delivery.last(store)
    heard = max((at for at in (told.taken, told.by_rule) if at), default=None)
    return f"last delivery {span(datetime.now(UTC) - heard)} ago" if heard else ""
