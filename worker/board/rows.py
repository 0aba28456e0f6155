"""A ticket's row on the board: what it is on the left, how it stands on the right, in words, colours and one bar. Pure.

A row is `urgent` where somebody is wanted now; the smaller the number, the worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from config.protocol import Protocol
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.formatting import zone_name
from worker.escalation.views.outcomes import Standing, standing
from worker.escalation.views.severity import severity
from worker.look.failures import Failed
from worker.look.snapshot import Round, Snapshot
from worker.report.phrases import span

Shade = Literal["", "late", "bad"]
BROKEN, STALLED, UNTOLD, MEND, AT_RISK, JUDGED, PROMISED = (
    "broken", "stalled", "not-told", "to-mend", "at-risk", "judged", "promised",
)  # fmt: skip
STATES = {
    BROKEN: "broken",
    STALLED: "stalled",
    UNTOLD: "client not told",
    MEND: "to be mended",
    AT_RISK: "at risk",
    JUDGED: "being judged",
    PROMISED: "promised",
}
_URGENT = {BROKEN: 1, STALLED: 2, UNTOLD: 3, MEND: 4}
_SMALL = frozenset({"or", "and", "of", "the"})


@dataclass(frozen=True, slots=True)
class Dot:
    """A seat: its title, its initials, whether it has answered, and who is asked where it has not."""

    title: str
    initials: str
    voted: bool
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket. `people` are those whose turn it is, `line` says what is so, `figure` (in a shade) until when; `used`
    is the share of the time that is over, in percent; `mend` is what has to be mended: the step, and what mends it."""

    key: str
    project: str
    states: tuple[str, ...]
    summary: str = ""
    assignee: str = ""
    grade: str = ""
    colour: str = ""
    chips: tuple[tuple[str, str], ...] = ()
    line: str = ""
    figure: str = ""
    shade: Shade = ""
    used: int | None = None
    seats: tuple[Dot, ...] = ()
    people: tuple[str, ...] = ()
    mend: tuple[tuple[str, str], ...] = ()

    @property
    def urgent(self) -> int:
        """How bad it is; 0 where nobody is wanted now."""
        return min((_URGENT[state] for state in self.states if state in _URGENT), default=0)

    def with_(self, other: "Row") -> "Row":
        """The same row with what else is wrong with the ticket."""
        states = tuple(dict.fromkeys((*self.states, *other.states)))
        chips = tuple(dict.fromkeys((*self.chips, *other.chips)))
        return replace(self, states=states, chips=chips, mend=(*self.mend, *other.mend))


def judged(each: Snapshot, protocol: Protocol, now: datetime) -> Row:
    """A round under way."""
    rules, round = protocol.for_project(each.project), each.open
    assert round is not None
    stalled = rules.labels.stalled.lower() in each.labels
    late = round.ends <= now
    chips = [("stalled", "full")] if stalled else []
    chips += [(f"round {round.number}", "slate")] if round.number > 1 else []
    chips += [("drill", "slate")] if round.drill else []
    seats = _seats(round, rules)
    return _row(
        each,
        states=(STALLED if stalled else JUDGED,),
        chips=tuple(chips),
        line=_votes(seats, stalled=stalled),
        figure=f"{span(elapsed(round.ends, now))} over" if late else f"until {moment(round.ends, rules, now)}",
        shade="bad" if stalled else "late" if late or _share(round.begins, round.ends, now) >= 75 else "",
        used=_share(round.begins, round.ends, now),
        seats=seats,
        people=tuple(seat.holder for seat in round.awaited if seat.holder),
    )


def promised(each: Snapshot, protocol: Protocol, now: datetime) -> Row:
    """A grade with a promise that runs or is broken, or of which a client does not know."""
    rules, found = protocol.for_project(each.project), standing(each.ticket(), protocol)
    assert found is not None
    broken = found.breaks_at is not None and found.breaks_at <= now
    risk = not broken and rules.labels.at_risk.lower() in each.labels
    states = [BROKEN] if broken else [AT_RISK] if risk else [PROMISED]
    chips = [("broken", "full")] if broken else [("at risk", "amber")] if risk else []
    if each.record.untold:
        states, chips = [*states, UNTOLD], [*chips, ("client not told", "full")]
    row = _row(each, states=tuple(states), chips=tuple(chips), people=(each.assignee,) if each.assignee else ())
    return replace(
        row,
        grade=found.grade,
        colour=severity(found.grade, rules),
        line=_promise_line(each, found, rules, now, broken=broken),
        figure=_figure(each, found, rules, now),
        shade="bad" if broken else "late" if risk else "",
        used=_share(found.graded_at, found.breaks_at, now) if found.breaks_at else None,
    )


def needs_mending(key: str, failed: Sequence[Failed], seen: Snapshot | None, protocol: Protocol, now: datetime) -> Row:
    """What could not be done for a ticket."""
    mend = tuple((each.step, f"{each.what} {each.mend}") for each in failed)
    row = _row(seen, states=(MEND,)) if seen else Row(key, key.rpartition("-")[0], (MEND,))
    found = standing(seen.ticket(), protocol) if seen else None
    graded = replace(row, grade=found.grade, colour=severity(found.grade, protocol)) if found else row
    return replace(graded, chips=(("to be mended", "red"),), mend=mend)


def stands(each: Snapshot, protocol: Protocol) -> bool:
    """Whether it is graded and open, with nothing promised and nothing to be told."""
    found = None if each.done else standing(each.ticket(), protocol)
    return found is not None and found.breaks_at is None and not each.record.untold


def moment(at: datetime, rules: Protocol, now: datetime) -> str:
    """`16:17 ET` today, `Wed 25 Nov, 07:00 ET` on another day."""
    local, today = at.astimezone(rules.zone), now.astimezone(rules.zone)
    day = "" if local.date() == today.date() else f"{local:%a %-d %b}, "
    return f"{day}{local:%H:%M} {zone_name(at, rules.zone)}"


def _row(each: Snapshot, *, states: tuple[str, ...], **more: Any) -> Row:
    row = Row(each.key, each.project, states, summary=each.summary, assignee=each.assignee)
    return replace(row, **more)


def _seats(round: Round, rules: Protocol) -> tuple[Dot, ...]:
    waiting = {seat.title: seat.holder for seat in round.awaited}
    titles = [seat.title for seat in rules.panel.seats]
    return tuple(Dot(title, _initials(title), title not in waiting, waiting.get(title, "")) for title in titles)


def _initials(title: str) -> str:
    return "".join(word[0].upper() for word in title.split() if word.lower() not in _SMALL)[:2]


def _votes(seats: tuple[Dot, ...], *, stalled: bool) -> str:
    voted = sum(seat.voted for seat in seats)
    few = ", too few for a grade" if stalled else ""
    return f"{voted} of {len(seats)} {'has' if voted == 1 else 'have'} answered{few}"


def _promise_line(each: Snapshot, found: Standing, rules: Protocol, now: datetime, *, broken: bool) -> str:
    graded = f"graded {moment(found.graded_at, rules, now)}"
    since = f"promise broken since {moment(found.breaks_at, rules, now)}" if broken and found.breaks_at else graded
    told = f"{each.record.answered} clients told" if each.record.answered > 1 else ""
    reasons = "no reasons told so far" if each.record.without_reasons else ""
    return "; ".join(part for part in (since, told, reasons) if part)


def _figure(each: Snapshot, found: Standing, rules: Protocol, now: datetime) -> str:
    """How late it is, or when the fix goes out."""
    promise, breaks_at = each.record.promise, found.breaks_at
    if breaks_at is None:
        return "no date promised"
    if breaks_at <= now:
        return f"{_about(elapsed(breaks_at, now))} late"
    if promise and promise.window_start and promise.window_start > now:
        return _night(promise.window_start, rules, now)
    return f"until {_end(breaks_at, rules, now)}"


def _night(start: datetime, rules: Protocol, now: datetime) -> str:
    """`Wed night, 21:00 ET`; with its date where that is more than a few days off."""
    local, days = start.astimezone(rules.zone), (start - now).days
    day = f"{local:%a}" if days < 6 else f"{local:%a %-d %b}"
    return f"{day} night, {local:%H:%M} {zone_name(start, rules.zone)}"


def _end(at: datetime, rules: Protocol, now: datetime) -> str:
    """The same as `moment`, but the end of a day is that day's."""
    local = at.astimezone(rules.zone)
    if (local.hour, local.minute) != (0, 0):
        return moment(at, rules, now)
    return moment(at - timedelta(minutes=1), rules, now).replace("23:59", "24:00")


def _about(length: timedelta) -> str:
    """`7 h`, `2 d 4 h`, `12 min`: no more than one needs to know how bad it is."""
    hours = int(length.total_seconds()) // 3_600
    return span(timedelta(hours=hours)) if hours else span(length)


def _share(begins: datetime, ends: datetime, now: datetime) -> int:
    """How much of the time from `begins` to `ends` is over, in percent."""
    whole = elapsed(begins, ends).total_seconds()
    return max(0, min(100, round(100 * elapsed(begins, now).total_seconds() / whole))) if whole > 0 else 100
