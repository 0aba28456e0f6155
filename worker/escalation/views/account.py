"""A ticket's account, for its page and for `escalation explain KEY`.

The state in one sentence, votes, what clients were told, each date with its clause, and the audit trail. Pure: from
what was kept of the ticket, and the time at which it is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from config.protocol import Protocol
from worker.escalation.dates.clauses import named
from worker.escalation.dates.formatting import zone_name
from worker.escalation.views.phrases import ENDED
from worker.escalation.views.severity import severity
from worker.escalation.views.standing_words import State, state
from worker.escalation.views.words import Entry, Who, Words, spoken

_DATES = {"fix_by": "Fixed by", "window_start": "Released", "due_date": "Due date"}
_MISSING = {"fix_by": "fix-by", "window_start": "release night", "due_date": "due date"}
_TOLD = {
    "answer": "the answer",
    "earlier answer": "the answer of an earlier round",
    "reasons": "the reasons, which followed",
    "the reasons": "the reasons, which followed",
    "closing": "that it is resolved",
    "that it is resolved": "that it is resolved",
    "draft": "a draft, left for a person to send",
}
_HOW = {"auto": "told by comment", "draft": "left as a draft for a person to send", "off": "not told: switched off"}


@dataclass(frozen=True, slots=True)
class Date:
    """A date of the promise: what it is, when, why it is that in words, and each clause with its own sentence."""

    name: str
    value: str
    why: str
    clauses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the latest round: who is asked on which evaluation, when they voted; and for what, once it is decided
    (with the colour of that grade)."""

    title: str
    who: str
    evaluation: str
    at: str
    grade: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a client was told: on which request, what it is, when, and its words ("" where they stand in Jira only)."""

    to: str
    what: str
    at: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story: when, what was done, what was not and why; `look` says by which look it was."""

    at: datetime
    when: str
    did: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    look: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The whole page; without names where its reader may not see them."""

    key: str
    summary: str
    assignee: str
    state: State
    decided: str
    seats: tuple[Seat, ...]
    told: tuple[Told, ...]
    silent: str
    dates: tuple[Date, ...]
    no_dates: str
    moved: tuple[str, ...]
    failures: tuple[str, ...]
    story: tuple[Step, ...]


def account(
    facts: Mapping[str, Any],
    said: Sequence[Mapping[str, Any]],
    entries: Sequence[Entry],
    protocol: Protocol,
    now: datetime,
    *,
    names: bool,
) -> Account:
    """The account at `now`.

    Args:
        facts: what was kept of the ticket (views/dossier.py).
        said: what clients were told, word for word.
        entries: what looks did and left, the newest first.
        names: whether people, the summary and what clients were told may be shown.
    """
    rules = protocol.for_project(str(facts["project"]))
    teller = _Teller(facts, rules, now, names)
    return Account(
        key=str(facts["key"]),
        summary=str(facts["summary"]) if names else "",
        assignee=str(facts["assignee"]) if names else "",
        state=state(facts, rules, now, names=names),
        decided=teller.decided(),
        seats=tuple(teller.seats()),
        told=tuple(teller.told(said)),
        silent=teller.silent(),
        dates=tuple(teller.dates()),
        no_dates=teller.no_dates(),
        moved=tuple(facts["moved"]),
        failures=tuple(teller.failures()),
        story=tuple(sorted(teller.story(entries), key=lambda step: step.at, reverse=True)),
    )


def when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`Tue 24 Nov, 21:00 ET`; with the year where it is another one; `today` where it is."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    hour = f"{local:%H:%M} {zone_name(at, zone)}"
    if local.date() == today.date():
        return f"today, {hour}"
    year = "" if local.year == today.year else f"{local: %Y}"
    return f"{local:%a %-d %b}{year}, {hour}"


@dataclass(frozen=True, slots=True)
class _Teller:
    """One ticket's facts, told at one moment to one kind of reader."""

    facts: Mapping[str, Any]
    rules: Protocol
    now: datetime
    names: bool

    def at(self, text: str | None) -> str:
        return when(datetime.fromisoformat(text), self.rules.zone, self.now) if text else ""

    def decided(self) -> str:
        decided = self.facts["decided"]
        if not decided:
            return ""
        split = "; the votes differed" if decided["split"] else ""
        return f"Round {decided['round']}, {self.at(decided['graded_at'])}: {decided['words']}{split}"

    # -- seats

    def seats(self) -> Iterator[Seat]:
        """Before the decision who has voted, and never for what; afterwards what counted."""
        votes = {vote["seat"]: vote for vote in self.facts["votes"]}
        current = self.facts["decided"] and self.facts["decided"]["round"] == self.facts["asked"]["round"]
        for each in self.facts["asked"]["seats"]:
            vote = votes.get(each["seat"]) if current else None
            yield self._voted(each, vote) if vote else self._asked(each)
        if not self.facts["asked"]["seats"]:  # only the record is known
            yield from (self._voted({**vote, "evaluation": ""}, vote) for vote in votes.values())

    def _voted(self, seat: Mapping[str, Any], vote: Mapping[str, Any]) -> Seat:
        who, grade = vote["by"] if self.names else "", vote["grade"]
        at, colour = self.at(vote["at"]), severity(grade, self.rules)
        return Seat(self._title(seat), who, seat["evaluation"], at, grade if self.names else "", colour)

    def _asked(self, seat: Mapping[str, Any]) -> Seat:
        voted = f"voted {self.at(seat['voted_at'])}" if seat["voted_at"] else ""
        under_way = not self.facts["asked"]["ended"]
        waits = "waited for" if seat["awaited"] else "not waited for" if under_way else "had not voted"
        return Seat(self._title(seat), self._name(seat["asked"]), seat["evaluation"], voted or waits)

    def _title(self, seat: Mapping[str, Any]) -> str:
        found = (each.title for each in self.rules.panel.seats if each.name == seat["seat"])
        return next(found, str(seat["seat"]))

    def _name(self, name: str | None) -> str:
        return (name or "nobody") if self.names else ""

    # -- clients

    def told(self, said: Sequence[Mapping[str, Any]]) -> Iterator[Told]:
        """Word for word where the words are kept; else that it was told."""
        for each in said if self.names else ():
            paragraphs = tuple(part for part in str(each["text"]).split("\n\n") if part.strip())
            yield Told(each["to"], _TOLD.get(each["what"], each["what"]), self.at(each["at"]), paragraphs)
        worded = {each["comment"] for each in said} if self.names else set()
        own, key = self.facts["told"], self.facts["key"]
        if own and own["comment"] not in worded:
            yield Told(key, f"{_HOW.get(own['how'], own['how'])} (round {own['round']})", "")
        for each in self.facts["requests"]:
            heard = each["told"]
            if heard is None:
                yield Told(each["key"], "not told", "")
            elif heard["comment"] not in worded:
                yield Told(each["key"], f"{_HOW.get(heard['how'], heard['how'])} (round {heard['round']})", "")
        if self.facts["beyond"]:
            yield Told("", f"{self.facts['beyond']} more linked requests are not told", "")

    def silent(self) -> str:
        """Why the client was told nothing, where that is so."""
        decided, ended = self.facts["decided"], self.facts["asked"]["ended"]
        if decided is None:
            return (
                "Nothing: a round without a grade tells no client anything." if ended else "Nothing before the grade."
            )
        if self.facts["drill"]:
            return "Nothing: a drill tells no client anything."
        return "Not told yet: it is tried again, and what hinders it stands above." if self.facts["untold"] else ""

    # -- dates

    def dates(self) -> Iterator[Date]:
        """Those that were promised, each with what gave it; the two ends of the night are one."""
        rules = self._rules()
        for name, title in _DATES.items():
            rule, ends = rules.get(name), rules.get("window_end") if name == "window_start" else None
            if rule and rule["value"]:
                until = f" until {self._date(ends['value'])}" if ends and ends["value"] else ""
                numbers = f"{rule['clause']} {ends['clause'] if ends else ''}"
                yield Date(title, f"{self._date(rule['value'])}{until}", rule["words"], tuple(_clauses(numbers)))

    def no_dates(self) -> str:
        """Why there are none, for each kind of date that the grade does not give."""
        missing = [rule for name, rule in self._rules().items() if not rule["value"] and name in _MISSING]
        parts = []
        for words, rules in groupby(missing, key=lambda rule: (rule["words"], rule["clause"])):
            listed = ", ".join(_MISSING[rule["date"]] for rule in rules)
            parts.append(f"No {listed}: {words[0]} ({words[1] or 'an older rule'}).")
        return " ".join(parts)

    def _rules(self) -> dict[str, Mapping[str, Any]]:
        promised = self.facts["promised"]
        return {rule["date"]: rule for rule in (promised["rules"] if promised else ())}

    def _date(self, value: str) -> str:
        return self.at(value) if "T" in value else f"{datetime.fromisoformat(value):%a %-d %b %Y}"

    def failures(self) -> Iterator[str]:
        for each in self.facts["failures"]:
            yield f"{each['step']}: {each['what']} {each['mend']}" if self.names else str(each["step"])

    # -- the story

    def story(self, entries: Sequence[Entry]) -> Iterator[Step]:
        """What looks did and left, and of the rest what the record knows."""
        told = " ".join(spoken(words, names=False) for entry in entries for words in entry.did)
        yield from steps(entries, self.rules.zone, self.now, names=self.names)
        yield from (self._step(at, words) for at, words in self._recorded(told) if at)

    def _step(self, at: str, words: Words) -> Step:
        instant, did = datetime.fromisoformat(at), (spoken(words, names=self.names),)
        return Step(instant, when(instant, self.rules.zone, self.now), did, bad="is broken" in did[0])

    def _recorded(self, told: str) -> Iterator[tuple[str | None, Words]]:
        """What Jira's history and the record say; what a look says itself is not said twice."""
        facts, decided = self.facts, self.facts["decided"]
        yield facts["asked"]["requested_at"], ("Escalation asked for", Who(facts["asked_by"]), ".")
        for seat in facts["asked"]["seats"]:
            yield seat["voted_at"], (f"{self._title(seat)} voted", Who(seat["asked"] or ""), ".")
        for past in facts["rounds"]:
            ended = f"graded {past['grade']}" if past["grade"] else ENDED.get(past["ended"], past["ended"])
            yield past["at"], (f"Round {past['round']}: {ended}.",)
        if decided and f"Graded {decided['grade']}" not in told:
            yield decided["graded_at"], (f"Graded {decided['grade']}: {decided['words']}.",)
        for breach in facts["breaches"]:
            if f"The promise of {breach['grade']} is broken" not in told:
                yield breach["at"], (f"The promise of {breach['grade']} is broken.",)
        yield facts["resolved_at"], ("Resolved.",)


def steps(entries: Sequence[Entry], zone: ZoneInfo, now: datetime, *, names: bool) -> Iterator[Step]:
    """What looks did and left, a step for each."""
    for entry in entries:
        did = tuple(spoken(words, names=names) for words in entry.did)
        left = tuple(spoken(words, names=names) for words in entry.left)
        bad = any("is broken" in each for each in did) or any(each.startswith("Not done") for each in left)
        yield Step(entry.at, when(entry.at, zone, now), did, left, _look(entry), bad)


def _look(entry: Entry) -> str:
    calls = f"{entry.calls} call{'' if entry.calls == 1 else 's'} to Jira" if entry.calls else ""
    return " · ".join(part for part in (calls, f"trace {entry.trace}" if entry.trace else "") if part)


def _clauses(numbers: str) -> Iterator[tuple[str, str]]:
    """Each number once, with its sentence."""
    yield from dict.fromkeys(named(numbers))
