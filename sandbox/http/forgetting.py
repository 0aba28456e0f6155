"""A Jira that forgets: what it takes with success and drops, hides, or leaves out of its answers.

Automation rules that delete, issue security that hides, and answers with parts left out look the same from outside;
here each is a switch. Only the worker's account is served like this.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.call import Answer, Call
from sandbox.http.call_log import Record
from sandbox.http.errors import no_issue

ACCOUNT = "bot"
WRITES = {
    "issues": ("POST", r"/issue(/bulk)?$"),
    "comments": ("POST", r"/issue/[^/]+/comment$"),
    "transitions": ("POST", r"/issue/[^/]+/transitions$"),
    "properties": ("PUT", r"/issue/[^/]+/properties/[^/]+$"),
    "deletions": ("DELETE", r""),
}
"""The kinds of writes that are forgotten whole, by method and path."""
EDIT = ("PUT", r"/issue/[^/]+$")
PARTS = ("labels", "duedate", "assignee", "properties")
"""The parts of an edit that may be forgotten."""
FORGETTABLE = frozenset({*WRITES, *PARTS})
HIDEABLE = frozenset({"issues", "comments"})


@dataclass(slots=True)
class Forgetting:
    """`drops`: kinds of writes that are answered with success and leave nothing. `hides`: `issues` or `comments` that
    are made, and never shown to the worker's account. `without`: names left out of every issue that it reads
    (`creator`, `comment`, `labels`, `subtasks`, `changelog`, `properties`)."""

    drops: set[str] = field(default_factory=set)
    hides: set[str] = field(default_factory=set)
    without: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    """Ids of what was hidden so far; emptied, everything is shown again."""

    def answer(self, call: Call, record: Record, handler: Callable[[Call], Answer]) -> Answer:
        """What the handler answers, with what is forgotten forgotten."""
        if call.user.nick != ACCOUNT or not (self.drops or self.hides or self.without or self.hidden):
            return handler(call)
        if not self.hidden.isdisjoint(record.path.split("/")):
            raise no_issue()
        kind = next((name for name, how in WRITES.items() if _fits(record, how)), "")
        if kind in self.drops & {"transitions", "properties", "deletions"}:
            return Answer(200 if kind == "properties" else 204)
        if _fits(record, EDIT) and not self._remains(call):
            return Answer(204)
        answer = handler(call)
        for id in _made(answer.body) if kind in HIDEABLE else ():
            self._forget(call, kind, id)
        return answer if record.write else Answer(answer.status, self._shown(answer.body), answer.headers)

    def _remains(self, call: Call) -> bool:
        """Takes the parts that are forgotten out of an edit; whether anything is left of it."""
        given = call.object()
        kept = {name: given[name] for name in given if name not in ("update", "fields") and name not in self.drops}
        for name in ("update", "fields"):
            left = {part: value for part, value in (given.get(name) or {}).items() if part not in self.drops}
            kept |= {name: left} if left else {}
        call.body = kept
        return bool(kept)

    def _forget(self, call: Call, kind: str, id: str) -> None:
        if kind in self.hides:
            self.hidden.add(id)
        elif kind in self.drops and kind == "comments":
            issue = call.issue()
            issue.comments = tuple(comment for comment in issue.comments if comment.id != id)
        elif kind in self.drops and (made := call.state.find(id)):
            call.state.delete(made, call.state.people.get("otto"))

    def _shown(self, body: Any) -> Any:
        """An answer without what is hidden, and without the names that are left out of issues."""
        if isinstance(body, list):
            return [self._shown(each) for each in body if not self._is_hidden(each)]
        if not isinstance(body, dict):
            return body
        is_issue = "key" in body and "fields" in body
        gone = self.without if is_issue or "summary" in body or "issuetype" in body else ()
        return {name: self._shown(value) for name, value in body.items() if name not in gone}

    def _is_hidden(self, each: Any) -> bool:
        return isinstance(each, dict) and str(each.get("id")) in self.hidden


def _fits(record: Record, how: tuple[str, str]) -> bool:
    return record.method == how[0] and re.search(how[1], record.path) is not None


def _made(body: Any) -> Iterator[str]:
    """The ids of what an answer says was made."""
    made = body.get("issues", [body]) if isinstance(body, dict) else ()
    yield from (str(each["id"]) for each in made if "id" in each)
