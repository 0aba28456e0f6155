"""How a ticket stands, in words for people who watch: its stages, what is next, what the client was told.

Read from what Jira shows (labels, sub-tasks, comments) and from the record that the worker keeps on the ticket, by the
names of the default protocol. Nothing may depend on it; it must never say more than is there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sandbox.jira.ticket_view import TicketView
from sandbox.page.clock_jumps import ZONE, business_time

REQUEST, STALLED, AT_RISK, BROKEN = "escalation-requested", "escalation-stalled", "sla-at-risk", "sla-breached"
WAITS_FOR_A_WORKER = timedelta(seconds=10)
_PANEL_AHEAD = (("the reminder", 1), ("a substitute is asked", 2), ("the panel's time is up", 3))
_NO_ROUND = {
    "withdrawn": "The request was taken back. The round ended without a grade, and the client is told nothing.",
    "resolved": "The ticket was closed before there was a decision. There is no grade, and the client is told nothing.",
    "unserved": "The ticket went to a project that is not served. There is no grade, and the client is told nothing.",
}
_TOLD = {
    "auto": "one public comment",
    "draft": "a draft for Support to send",
    "off": "not told: it is switched off",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way: `state` is done, now, waits, not (it will not come) or bad."""

    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How one ticket stands at `now`. `evaluations` are its sub-tasks, whole; `told_by` the key of the ticket through
    which this one's client was told, if it was."""

    ticket: TicketView
    evaluations: Sequence[TicketView]
    now: datetime
    heard_of: bool = True
    """Whether a worker has called since the request was made."""
    told_by: str = ""
    record: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        found = self.ticket.properties.get("escalation")
        object.__setattr__(self, "record", found if isinstance(found, dict) else {})

    def plain(self) -> dict[str, Any]:
        """For the page."""
        stages = [{"name": stage.name, "state": stage.state, "words": stage.words} for stage in self.stages()]
        ahead = [{"words": words, "at": at} for words, at in self.ahead() if at > self.now]
        return {"stages": stages, "tone": self.tone, "next": self.next, "ahead": ahead, "round": self.round}

    # -- facts

    @property
    def labels(self) -> set[str]:
        return {label.lower() for label in self.ticket.labels}

    @property
    def asked(self) -> bool:
        return REQUEST in self.labels and not self.ticket.done

    @property
    def decision(self) -> dict[str, Any]:
        """The one that stands; empty where there is none."""
        return self.record.get("decision") or {}

    @property
    def decided(self) -> bool:
        return bool(self.decision) and self.record.get("ended") == "decided" and not self.asked

    @property
    def round(self) -> int:
        """The latest one; 0 before any."""
        return max([int(self.record.get("round") or 0), *map(round_of, self.evaluations)])

    @property
    def seats(self) -> list[TicketView]:
        """The evaluations of the latest round, or of none where the next has not been opened yet."""
        latest = [one for one in self.evaluations if round_of(one) == self.round and self.round]
        opening = self.asked and self.record.get("ended") and self.round == self.record.get("round")
        return [] if opening else latest

    @property
    def by_hand(self) -> str:
        """A severity label that no decision put on; "" where there is none."""
        ours = f"sev-{str(self.decision.get('grade', '')).lower().removeprefix('sev-')}"
        return next((label for label in sorted(self.labels) if label.startswith("sev-") and label != ours), "")

    @property
    def broken(self) -> bool:
        """Whether the promise that stands was broken: by the label, which goes when the ticket is closed, or by the
        record, where it stays."""
        end = self._end(self.record.get("promise") or {})
        known = [datetime.fromisoformat(each["at"]) for each in self.record.get("breaches") or []]
        return BROKEN in self.labels or end in known

    @property
    def tone(self) -> str:
        """bad: a promise is broken; late: one is at risk, or a panel is stalled; done: closed; else nothing."""
        if self.broken and not self.ticket.done:
            return "bad"
        if not self.ticket.done and self.labels & {AT_RISK, STALLED}:
            return "late"
        return "done" if self.ticket.done else ""

    # -- stages

    def stages(self) -> Iterator[Stage]:
        """All of them, in order."""
        began = bool(self.asked or self.round)
        yield Stage("Requested", "done" if began else "waits", self._requested())
        yield self._panel()
        yield self._graded()
        yield self._told()
        yield self._promise()

    def _requested(self) -> str:
        if self.asked:
            return "the label is on"
        return "round " + str(self.round) if self.round > 1 else "done" if self.round else "Support puts a label on"

    def _panel(self) -> Stage:
        many = len(self.seats)
        if self.decided and self.decision.get("how") == "authority":
            return Stage("Panel", "not", "a label decided")
        if self.decided:
            votes = len(self.decision.get("votes") or [])
            early = votes < many and self.decision.get("grade") == "SEV-1" and self.decision.get("how") == "panel"
            return Stage(f"Panel: {votes} of {many}", "done", "two SEV-1 decide at once" if early else "decided")
        if self.asked and many:
            voted = sum(one.done for one in self.seats)
            return Stage(f"Panel: {voted} of {many}", "now", "stalled" if STALLED in self.labels else "people vote")
        if self.asked:
            return Stage("Panel", "now", "is being asked")
        if self.round:
            return Stage("Panel", "not", "ended without a decision")
        return Stage("Panel", "not" if self.by_hand else "waits", "not asked" if self.by_hand else "three people vote")

    def _graded(self) -> Stage:
        if self.decided:
            return Stage(f"Graded {self.decision.get('grade')}", "done", self._how())
        if self.by_hand:
            return Stage("Not graded", "not", f"{self.by_hand} is on by hand")
        standing = self.decision.get("grade")
        if self.asked and standing:
            return Stage("Graded again", "waits", f"{standing} stands until then")
        if self.round and not self.asked:
            return Stage("No grade", "not", str(self.record.get("ended") or "ended"))
        return Stage("Graded", "waits", "label and date")

    def _how(self) -> str:
        ways = {"panel": "by the panel", "time-out": "by those who voted in time", "chair": "by the chair"}
        ways |= {"chair-silent": "the chair was silent", "authority": "by label"}
        return ways.get(str(self.decision.get("how")), "label and date")

    def _told(self) -> Stage:
        told = self.record.get("told") or {}
        if not self.decided:
            if self.told_by:
                return Stage("Client told", "done", f"through {self.told_by}")
            if self.round and not self.asked:
                return Stage("Client not told", "not", "of this round")
            return Stage("Client told", "waits", "one public comment")
        if self.decision.get("drill"):
            return Stage("Client not told", "not", "this was a drill")
        if told.get("round") != self.decision.get("round"):
            return Stage("Client told", "now", "not yet")
        how, requests = str(told.get("how")), len(self.record.get("heard") or [])
        words = f"{requests} linked requests too" if requests and how == "auto" else _TOLD.get(how, how)
        return Stage("Client told" if how == "auto" else "Client", "done" if how == "auto" else "not", words)

    def _promise(self) -> Stage:
        promise = self.record.get("promise") or {}
        if self.broken:
            return Stage("Promise broken", "bad", "closed too late" if self.ticket.done else "the ticket is open")
        if not self.decided or not promise:
            over = (self.round or self.by_hand) and not self.asked
            return Stage("No promise", "not", "there is no grade") if over else Stage("Promise", "waits", "of a date")
        end = self._end(promise)
        if end is None:
            return Stage("No promise", "not", "no date for this grade")
        if self.ticket.done:
            return Stage("Promise kept", "done", "closed in time")
        return Stage("At risk" if AT_RISK in self.labels else "Promise", "now", f"until {_short(end)}")

    def _end(self, promise: dict[str, Any]) -> datetime | None:
        """When the promise is broken: the night's end; for a grade without a night, the end of its day."""
        if promise.get("window_end"):
            return datetime.fromisoformat(promise["window_end"])
        day = promise.get("due_date")
        return datetime.combine(datetime.fromisoformat(day), time(), ZONE) + timedelta(days=1) if day else None

    # -- what is next

    @property
    def next(self) -> str:
        """One sentence or two."""
        if self.ticket.done:
            return self._closed()
        if self.asked:
            return self._open_round()
        return self._after() if self.decided else self._before()

    def _before(self) -> str:
        """No decision stands, and none is being made."""
        if self.by_hand:
            return (
                f"{self.by_hand} was put on by hand, and decides nothing: no client hears of it, and nothing may be "
                "released for it. The worker notes it once for colleagues. Take it off, or request an escalation."
            )
        if self.round:
            again = " Request it again to open another round."
            return _NO_ROUND.get(str(self.record.get("ended")), "The round ended without a grade.") + again
        if self.told_by:
            return f"The client of {self.ticket.key} was told the grade of {self.told_by}, to which it is linked."
        return (
            f"A client waits on {self.ticket.key}. Press Request escalation, as Support does: the label goes on, and "
            "the worker takes over."
        )

    def _closed(self) -> str:
        if self.broken:
            return f"{self.ticket.key} is closed, after its promise was broken: the breach stays on record."
        if self.decided:
            return f"{self.ticket.key} is closed in time. Nothing more happens."
        ended = _NO_ROUND.get(str(self.record.get("ended")), "Nothing more happens.") if self.round else ""
        return f"{self.ticket.key} is closed. {ended}".strip()

    def _open_round(self) -> str:
        if not self.seats:
            if not self.heard_of:
                return "Nothing has called this Jira since. Is a worker running, and pointed at this address?"
            return "The worker is opening three evaluations …"
        left = [one for one in self.seats if not one.done]
        if not left:
            return "All have answered. The worker is deciding …"
        stalled = " The panel's time is up, and colleagues were told so." if STALLED in self.labels else ""
        voted = f"{len(self.seats) - len(left)} of {len(self.seats)} have voted."
        return f"{voted}{stalled} Press a grade below, for each of the panel. Or move the clock."

    def _after(self) -> str:
        key, grade = self.ticket.key, self.decision.get("grade")
        if self.broken:
            return f"The promise for {key} is broken, and its people were told. Close it once it is fixed."
        if AT_RISK in self.labels:
            return (
                f"The promise for {key} is at risk, and its people were told. Close the ticket, or move the clock on."
            )
        told = {"done": "the answer is below", "now": "the client is about to be told"}.get(self._told().state)
        answer = told or f"the client is not told ({self._told().words})"
        promise = self.record.get("promise") or {}
        if self._end(promise) is None:
            return f"{key} is graded {grade}: {answer}. Nothing is promised for this grade, so nothing more happens."
        then = "Close it in time, or move the clock and see what becomes of the promise."
        return f"{key} is graded {grade}: {answer}. {then}"

    # -- where the clock may go

    def ahead(self) -> Iterator[tuple[str, datetime]]:
        """The next things that will happen to this ticket."""
        if self.ticket.done:
            return
        if self.asked:
            began = [one.created for one in self.seats if not one.done]
            yield from ((words, business_time(min(began), hours)) for words, hours in _PANEL_AHEAD if began)
            return
        promise, look = self.record.get("promise") or {}, self.record.get("look_again_at")
        if self.decided and look:
            yield "the worker's next look", datetime.fromisoformat(look)
        if self.decided and promise.get("window_start"):
            yield "the promised night", datetime.fromisoformat(promise["window_start"])
        end = self._end(promise) if self.decided else None
        if end:
            yield "the end of that night" if promise.get("window_end") else "the end of that day", end


def round_of(evaluation: TicketView) -> int:
    """The round that an evaluation belongs to; 0 for a sub-task that is none."""
    mark = evaluation.properties.get("escalation")
    return int(mark.get("round") or 0) if isinstance(mark, dict) else 0


def _short(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%a %H:%M} ET"
