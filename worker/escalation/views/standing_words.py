"""How a ticket stands, in one sentence, for whoever opens its page: what it is, what is wrong, what is next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from config.protocol import Protocol
from worker.escalation.dates.calendar import elapsed
from worker.escalation.dates.formatting import zone_name
from worker.escalation.views.phrases import ENDED
from worker.escalation.views.severity import severity

Colour = Literal["red", "full", "amber", "slate", "green", "blue"]


@dataclass(frozen=True, slots=True)
class State:
    """The grade with its colour ("" before there is one), chips (a word and its colour), the sentence, what is next."""

    grade: str
    colour: str
    chips: tuple[tuple[str, Colour], ...]
    sentence: str
    next: str = ""


def state(facts: Mapping[str, Any], rules: Protocol, now: datetime, *, names: bool) -> State:
    """The state of a ticket of which these facts are kept (views/dossier.py), at `now`."""
    return _Sentence(facts, rules, now, names).state()


@dataclass(frozen=True, slots=True)
class _Sentence:
    facts: Mapping[str, Any]
    rules: Protocol
    now: datetime
    names: bool

    def state(self) -> State:
        decided = self.facts["decided"]
        grade = str(decided["grade"]) if decided else ""
        chips = tuple(self._chips())
        colour = severity(grade, self.rules) if grade else ""
        return State(grade, colour, chips, self._sentence(), self._next())

    # -- what is so

    @property
    def _open(self) -> bool:
        asked = self.facts["asked"]
        return bool(asked["round"]) and not asked["ended"] and not self.facts["done"]

    @property
    def _late_by(self) -> timedelta | None:
        """By how much a promise is broken of a ticket that is open; None where it is not."""
        breaks_at = self._instant("breaks_at")
        if breaks_at is None or self.facts["done"]:
            return None
        late = elapsed(breaks_at, self.now)
        return late if late >= timedelta(0) else None

    @property
    def _broke(self) -> bool:
        """Whether a ticket that is resolved was resolved too late."""
        breaks_at, resolved = self._instant("breaks_at"), self._instant("resolved_at")
        return bool(self.facts["done"] and breaks_at and resolved and resolved >= breaks_at)

    def _instant(self, name: str) -> datetime | None:
        return datetime.fromisoformat(self.facts[name]) if self.facts[name] else None

    # -- chips

    def _chips(self) -> list[tuple[str, Colour]]:
        found: list[tuple[str, Colour]] = []
        if self._late_by is not None:
            found.append(("broken", "full"))
        elif self._broke:
            found.append(("broken", "red"))
        elif "at_risk" in self.facts["labels"] and not self.facts["done"]:
            found.append(("at risk", "amber"))
        elif self.facts["done"] and self.facts["breaks_at"]:
            found.append(("kept", "green"))
        if self._open:
            found.append(("stalled", "full") if self._stalled else ("being judged", "blue"))
        if self.facts["untold"] and self.facts["decided"]:
            found.append(("client not told", "full"))
        if self.facts["failures"]:
            found.append(("to be mended", "red"))
        if self.facts["drill"]:
            found.append(("drill", "slate"))
        return found

    @property
    def _stalled(self) -> bool:
        return "stalled" in self.facts["labels"]

    # -- the sentence

    def _sentence(self) -> str:
        asked, decided = self.facts["asked"], self.facts["decided"]
        if self._open:
            stands = f" Until it is decided, {decided['grade']} stands." if decided else ""
            return f"{self._round()}{stands}"
        if decided is None:
            why = ENDED.get(asked["ended"] or "", asked["ended"])
            return (
                f"Round {asked['round']} ended without a grade: {why}." if asked["round"] else "Nothing is asked for."
            )
        return self._graded(decided)

    def _round(self) -> str:
        seats = self.facts["asked"]["seats"]
        voted = sum(bool(seat["voted_at"]) for seat in seats)
        count = f"{voted} of {len(seats)} {'has' if voted == 1 else 'have'} voted"
        until = self._instant("until")
        if self._stalled:
            up = f"; time was up {self._moment(until)}" if until and until <= self.now else ""
            return f"Stalled: {count}{up}. Below the quorum there is no grade."
        if until and until <= self.now:
            return f"The panel is asked: {count}; time was up {self._moment(until)}."
        return f"The panel is asked: {count}{f', until {self._moment(until)}' if until else ''}."

    def _graded(self, decided: Mapping[str, Any]) -> str:
        graded = f"Graded {decided['grade']} {self._moment(datetime.fromisoformat(decided['graded_at']))}"
        late = self._late_by
        if self.facts["done"]:
            return f"{graded}; {self._resolved()}"
        if self.facts["breaks_at"] is None:
            return f"{graded}: planned work, no date is promised."
        if late is not None:
            return f"{self._promised_was()}, and the ticket is open: {_span(late)} late."
        risk = "it is at risk" if "at_risk" in self.facts["labels"] else "nothing is at risk"
        return f"{graded}; {self._goes_out()}; {risk}."

    def _resolved(self) -> str:
        at = self._instant("resolved_at")
        resolved = f"resolved {self._moment(at)}" if at else "resolved"
        if not self.facts["breaks_at"]:
            return f"{resolved}."
        if self._broke:
            return f"{resolved}, after the promised time: the promise stays broken."
        return f"{resolved}; the promise is kept."

    def _goes_out(self) -> str:
        promised = self.facts["promised"]
        if not promised["window_start"]:
            return "worked on at once, released at any hour"
        start, end = (datetime.fromisoformat(promised[name]) for name in ("window_start", "window_end"))
        return f"the fix goes out in the night of {self._moment(start)} until {self._moment(end)}"

    def _promised_was(self) -> str:
        promised, ends = self.facts["promised"], self._instant("breaks_at")
        assert ends is not None
        if not promised["window_start"]:
            return f"{promised['grade']} was to be resolved on the day of its grade, which ended {self._moment(ends)}"
        return f"The fix was promised for the night that ended {self._moment(ends)}"

    # -- what is next

    def _next(self) -> str:
        if self._open:
            waits = [self._seat(seat) for seat in self.facts["asked"]["seats"] if seat["awaited"]]
            return f"It waits for {', '.join(waits)}." if waits else ""
        if self.facts["untold"] and self.facts["decided"]:
            return "The client has to be told: it is tried again, or done by hand."
        if self.facts["done"] or not self.facts["decided"] or self.facts["breaks_at"] is None or not self.names:
            return ""
        return f"{self.facts['assignee']} works on it." if self.facts["assignee"] else "Nobody is assigned yet."

    def _seat(self, seat: Mapping[str, Any]) -> str:
        title = next((each.title for each in self.rules.panel.seats if each.name == seat["seat"]), seat["seat"])
        return f"{title} ({seat['asked']})" if self.names and seat["asked"] else str(title)

    def _moment(self, at: datetime | None) -> str:
        if at is None:
            return ""
        local, today = at.astimezone(self.rules.zone), self.now.astimezone(self.rules.zone)
        day = "today" if local.date() == today.date() else f"{local:%a %-d %b}"
        return f"{day}, {local:%H:%M} {zone_name(at, self.rules.zone)}"


def _span(length: timedelta) -> str:
    """`7 h`, `2 d 3 h`, `12 min`."""
    minutes = int(length.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h" if hours else f"{minutes} min"
