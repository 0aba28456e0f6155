"""What the worker does, told from its calls alone: each call in words, and calls that belong together as one turn.

Guesswork for people who watch, and for nobody else: nothing may depend on it. Texts of tickets are quoted with their
first words only.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.http.call_log import Record
from sandbox.state.adf import plain
from sandbox.state.model import INTERNAL_PROPERTY
from sandbox.state.state import State
from sandbox.webhooks.deliveries import Delivery

TOGETHER = timedelta(seconds=2)
SWEEP, SETTING_UP = "sweep", "set-up"


@dataclass(frozen=True, slots=True)
class Step:
    """One call, or one webhook that was heard (`kind`: heard, read, write)."""

    kind: str
    words: str
    raw: str = ""
    seconds: float = 0.0
    status: int | None = None
    fault: str | None = None


@dataclass(slots=True)
class Turn:
    """Steps that belong together: `about` is a ticket's key, SWEEP or SETTING_UP."""

    number: int
    about: str
    began: datetime
    ended: datetime
    steps: list[Step] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        """Whether it is the noise of polling: only reads, and about no ticket."""
        return self.about in (SWEEP, SETTING_UP) and all(step.kind == "read" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Tells what was done on one site."""

    state: State

    def turns(self, calls: Sequence[Record], heard: Sequence[Delivery]) -> list[Turn]:
        """All turns, oldest first."""
        turns: list[Turn] = []
        for at, about, number, step in sorted([*self._called(calls), *self._heard(heard)], key=lambda each: each[0]):
            last = next((turn for turn in reversed(turns[-4:]) if turn.about == about), None)
            if last is None or at - last.ended > TOGETHER or (step.kind == "heard" and last.steps[-1].kind != "heard"):
                last = Turn(number, about, at, at)
                turns.append(last)
            if step.kind != "heard" or all(step.words != known.words for known in last.steps):
                last.steps.append(step)
                last.ended = at
        return turns

    def _called(self, calls: Sequence[Record]) -> Iterator[tuple[datetime, str, int, Step]]:
        for call in calls:
            kind = "write" if call.write else "read"
            raw = f"{call.method} {call.path}{'?' + call.query if call.query else ''}"
            step = Step(kind, self.words(call), raw, call.seconds, call.status, call.fault)
            yield call.started, self._about(call), call.number, step

    def _heard(self, heard: Sequence[Delivery]) -> Iterator[tuple[datetime, str, int, Step]]:
        for number, each in enumerate(heard, 1):
            issue, who = each.body.get("issue") or {}, self._person(each.body)
            if who is None or not issue.get("key") or not each.event.startswith(("jira:issue", "comment")):
                continue
            key = str(issue["key"])
            step = Step("heard", f"hears that {who} did something on {key}", each.event, status=_status(each))
            yield each.at, self._ticket(key), -number, step

    def _person(self, body: dict[str, Any]) -> str | None:
        """Who did it; None for the worker itself, which does not listen to its own echo."""
        author = (body.get("comment") or {}).get("author") or body.get("user") or {}
        found = self.state.people.known_to(self.state.flavour, author.get("accountId") or author.get("name"))
        return None if found is None or found.nick == "bot" else found.display_name

    # -- whom a call is about

    def _about(self, call: Record) -> str:
        if "/search" in call.path and not re.search(r"\b(parent|id|issue)(key)?\s*(=|in)", _jql(call)):
            return SWEEP
        found = re.search(r"/(?:issue|request)/([A-Z]+-\d+|\d+)", call.path)
        named = [found[1]] if found else _named(call.body)
        return self._ticket(named[0]) if named else SETTING_UP

    def _ticket(self, ref: str) -> str:
        """The key of the ticket that this is, or is an evaluation of."""
        issue = self.state.find(ref)
        parent = self.state.issues.get(issue.parent or "") if issue else None
        return (parent or issue).key if issue else ref

    def _key(self, ref: str) -> str:
        issue = self.state.find(ref)
        return issue.key if issue else ref

    # -- a call in words

    def words(self, call: Record) -> str:
        """What a call is for."""
        for method, pattern, tell in _WORDS:
            found = re.search(pattern, call.path)
            if found and method == call.method:
                return tell(self, call, found)
        return f"{call.method} {call.path}"

    def _reads(self, call: Record, found: re.Match[str]) -> str:
        return f"reads {self._key(found[1])}"

    def _reads_many(self, call: Record, found: re.Match[str]) -> str:
        return f"reads {_listed([self._key(ref) for ref in _named(call.body)])} afresh"

    def _searches(self, call: Record, found: re.Match[str]) -> str:
        jql = _jql(call).lower()
        if "parent" in jql or self._about(call) != SWEEP:
            return "searches for evaluations of this ticket"
        for mark, what in (("evaluation", "open evaluations"), ("requested", "open requests")):
            if mark in jql:
                return f"searches for {what}"
        return "searches for graded tickets"

    def _opens(self, call: Record, found: re.Match[str]) -> str:
        each = (call.body or {}).get("issueUpdates") or [call.body or {}]
        titles = [str((one.get("fields") or {}).get("summary", "")) for one in each]
        seats = [seat[1] for title in titles if (seat := re.search(r"\((.+?)\)", title))]
        return f"opens {len(each)} evaluation{'s' if len(each) > 1 else ''}: {_listed(seats)}"

    def _edits(self, call: Record, found: re.Match[str]) -> str:
        body = call.body or {}
        labels = (body.get("update") or {}).get("labels") or []
        parts = [f"puts {one['add']} on" for one in labels if "add" in one]
        parts += [f"takes {one['remove']} off" for one in labels if "remove" in one]
        due = (body.get("fields") or {}).get("duedate")
        parts += [f"sets the due date to {due}"] if due else []
        decided = any(str(one.get("add", "")).startswith("sev-") for one in labels)
        parts += [_record_words(one.get("value"), decided) for one in body.get("properties") or []]
        return f"edits {self._key(found[1])}: {', '.join(parts) or 'fields'}"

    def _saves(self, call: Record, found: re.Match[str]) -> str:
        return f"saves the record of {self._key(found[1])}"

    def _assigns(self, call: Record, found: re.Match[str]) -> str:
        wanted = (call.body or {}).get("accountId") or (call.body or {}).get("name")
        person = self.state.people.known_to(self.state.flavour, wanted)
        return f"assigns {self._key(found[1])} to {person.display_name if person else 'nobody'}"

    def _comments(self, call: Record, found: re.Match[str]) -> str:
        body = call.body or {}
        marks = {one.get("key"): one.get("value") for one in body.get("properties") or []}
        issue = self.state.find(found[1])
        service = bool(issue and issue.project.service and issue.parent is None)
        internal = (marks.get(INTERNAL_PROPERTY) or {}).get("internal") is True or body.get("public") is False
        text = plain(body.get("body")).split("\n", 1)[0][:90]
        open_to_all = (
            issue is not None and not issue.project.service and issue.parent is None and "visibility" not in body
        )
        whom = "tells the client on" if service and not internal else "says to all on" if open_to_all else _NOTES
        return f"{whom} {self._key(found[1])}: “{text}”"

    def _closes(self, call: Record, found: re.Match[str]) -> str:
        return f"closes {self._key(found[1])}"

    def _asks_steps(self, call: Record, found: re.Match[str]) -> str:
        return f"asks which step closes {self._key(found[1])}"


_NOTES = "notes for colleagues on"


def _plainly(words: str) -> Callable[[Reasoning, Record, re.Match[str]], str]:
    return lambda reasoning, call, found: words


_ID = r"/([A-Z]+-\d+|\d+)"
_WORDS: tuple[tuple[str, str, Callable[[Reasoning, Record, re.Match[str]], str]], ...] = (
    ("POST", r"/issue/bulkfetch$", Reasoning._reads_many),
    ("POST", r"/issue(/bulk)?$", Reasoning._opens),
    ("GET", rf"/issue{_ID}/transitions$", Reasoning._asks_steps),
    ("POST", rf"/issue{_ID}/transitions$", Reasoning._closes),
    ("PUT", rf"/issue{_ID}/assignee$", Reasoning._assigns),
    ("PUT", rf"/issue{_ID}/properties/", Reasoning._saves),
    ("PUT", rf"/issue{_ID}$", Reasoning._edits),
    ("POST", rf"/(?:issue|request){_ID}/comment$", Reasoning._comments),
    ("GET", rf"/(?:issue|request){_ID}", Reasoning._reads),
    ("GET", r"/search", Reasoning._searches),
    ("POST", r"/search", Reasoning._searches),
    ("GET", r"/serverInfo$", _plainly("asks which Jira this is")),
    ("GET", r"/myself$", _plainly("asks who it is here")),
    ("GET", r"/group", _plainly("asks who belongs to Support")),
    ("GET", r"/project", _plainly("asks what the projects are like")),
    ("GET", r"/field", _plainly("asks which fields there are")),
)


def _record_words(record: Any, decided: bool) -> str:
    """What the record says that is saved, as far as it is news."""
    if not isinstance(record, dict) or not decided or record.get("ended") != "decided":
        return "saves its record"
    decision = record.get("decision") or {}
    votes = ", ".join(str(vote.get("grade")) for vote in decision.get("votes") or [])
    return f"saves its record (decided: {decision.get('grade')}{f' from {votes}' if votes else ''})"


def _named(body: Any) -> list[str]:
    """The issues that a body names: those to be read, or the parent of those to be made."""
    if not isinstance(body, dict):
        return []
    wanted = body.get("issueIdsOrKeys")
    if isinstance(wanted, list):
        return [str(one) for one in wanted]
    each = body.get("issueUpdates") or [body]
    fields = [one.get("fields") for one in each if isinstance(one, dict)]
    parents = [one.get("parent") or {} for one in fields if isinstance(one, dict)]  # of a search they are a list
    return [str(one.get("id") or one.get("key")) for one in parents if one]


def _jql(call: Record) -> str:
    return str(call.body.get("jql", "")) if isinstance(call.body, dict) else call.query


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _status(delivery: Delivery) -> int | None:
    last = delivery.attempts[-1] if delivery.attempts else None
    return last if isinstance(last, int) else None
