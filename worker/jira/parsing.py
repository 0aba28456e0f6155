"""Jira's JSON as our facts: people, comments, changelogs, the ticket, its evaluations.

Pure functions from what Jira answers to the values of `facts/model.py`. They take what is missing as not
there, whatever the flavour. An issue needs its id, its key and when it was created, a change its instant; instants and
dates that are there have to be some. A comment without an instant, as imports leave them, is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from config.protocol import Protocol, request_labels
from worker.escalation.facts import record
from worker.escalation.facts.history import History, LabelChange, Move, Turn
from worker.escalation.facts.model import (
    Assignment,
    Comment,
    Escalation,
    Evaluation,
    LabelPut,
    Person,
    Request,
    number_of,
)
from worker.escalation.facts.seal import Seals
from worker.escalation.texts.wording import DRILL, place_in_title
from worker.jira.text import reading

PROPERTY = "escalation"
PUBLIC_PROPERTY = "sd.public.comment"
PARENT_FIELDS = ("issueparentassociation", "parent", "parent issue")  # as Jira's history calls the parent


def person_id(raw: Any) -> str:
    """The id of a person in an answer: accountId (Cloud) or name (Data Center); "" for nobody."""
    raw = raw if isinstance(raw, dict) else {}
    return str(raw.get("accountId") or raw.get("name") or "")


def person(raw: Mapping[str, Any]) -> Person:
    """What Jira says of a person."""
    kind = raw.get("accountType")
    return Person(
        id=person_id(raw),
        name=str(raw.get("displayName") or ""),
        active=raw.get("active") is not False,
        customer=kind == "customer",
        app=kind not in (None, "atlassian", "customer"),
    )


def instant(text: Any) -> datetime:
    """An instant as Jira writes it: `2026-11-23T10:00:00.000-0500`, or with a colon, or with Z.

    Raises:
        ValueError: it is none, or has no offset.
    """
    parsed = datetime.fromisoformat(str(text))
    if parsed.tzinfo is None:
        raise ValueError(f"Jira gave the instant {text!r} without an offset")
    return parsed


def comment(raw: Mapping[str, Any]) -> Comment:
    """One comment, its body as plain text."""
    created = instant(raw["created"])
    body = reading.read(raw.get("body"))
    return Comment(
        id=str(raw["id"]),
        author=person_id(raw.get("author")),
        text=body.text,
        passages=body.passages,
        created=created,
        updated=instant(raw["updated"]) if raw.get("updated") else created,
        editor=person_id(raw.get("updateAuthor")),
        public=is_public(raw),
        restricted=bool(raw.get("visibility")),
        mentions=body.mentions,
        answers=_answers(raw.get("properties")),
    )


def is_public(raw: Mapping[str, Any]) -> bool | None:
    """Whether a client of a service project sees the comment; None where the answer does not say."""
    for name in ("jsdPublic", "public"):
        if isinstance(raw.get(name), bool):
            return bool(raw[name])
    properties = raw.get("properties")
    if not isinstance(properties, list):
        return None
    flags = [p.get("value") for p in properties if isinstance(p, dict) and p.get("key") == PUBLIC_PROPERTY]
    return not any(isinstance(flag, dict) and flag.get("internal") in (True, "true") for flag in flags)


def _answers(properties: Any) -> str | None:
    """What our mark on a comment says; None where the answer does not show properties."""
    if not isinstance(properties, list):
        return None
    marks = [p.get("value") for p in properties if isinstance(p, dict) and p.get("key") == PROPERTY]
    return next((str(mark.get("answers") or "") for mark in marks if isinstance(mark, dict)), "")


def comments(fields: Mapping[str, Any]) -> tuple[Comment, ...]:
    """The comments in an issue's fields."""
    return dated(_comments(fields))


def dated(raw: Iterable[Mapping[str, Any]]) -> tuple[Comment, ...]:
    """Those of the comments that have an instant: another one is neither a vote nor ours."""
    return tuple(comment(each) for each in raw if each.get("created"))


def lacks_comments(fields: Mapping[str, Any]) -> bool:
    """Whether the issue has more comments than Jira's answer holds."""
    raw = fields.get("comment")
    return isinstance(raw, dict) and int(raw.get("total") or 0) > len(_comments(fields))


def _comments(fields: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    raw = fields.get("comment")
    return raw.get("comments") or () if isinstance(raw, dict) else ()


def histories(issue: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The changelog's entries, oldest first; of one instant in the order of their ids."""
    raw = (issue.get("changelog") or {}).get("histories") or []
    return sorted(raw, key=lambda history: (instant(history["created"]), number_of(str(history.get("id") or ""))))


def changes(issue: Mapping[str, Any], field: str) -> Iterator[tuple[datetime, str, Mapping[str, Any]]]:
    """Every change of a field: when, by whom, and the changelog item (Data Center items have no `fieldId`)."""
    for history in histories(issue):
        for item in history.get("items") or ():
            if item.get("fieldId", item.get("field")) == field or item.get("field") == field:
                yield instant(history["created"]), person_id(history.get("author")), item


def label_puts(issue: Mapping[str, Any]) -> dict[str, LabelPut]:
    """The latest addition of each label, by its lower-case name."""
    return {label: _put(each) for each in label_changes(issue) for label in each.added}


def labels_taken(issue: Mapping[str, Any]) -> dict[str, LabelPut]:
    """The latest removal of each label, by its lower-case name."""
    return {label: _put(each) for each in label_changes(issue) for label in each.before - each.after}


def _put(change: LabelChange) -> LabelPut:
    return LabelPut(change.by, change.at, change.after)


def label_changes(issue: Mapping[str, Any]) -> Iterator[LabelChange]:
    """Every change of the labels, oldest first."""
    for at, by, item in changes(issue, "labels"):
        before, after = (frozenset(str(item.get(side) or "").lower().split()) for side in ("fromString", "toString"))
        yield LabelChange(by, at, before, after)


def history(issue: Mapping[str, Any], is_done_status: Callable[[str], bool | None]) -> History:
    """What the changelog tells of labels, of being done and of projects. `is_done_status` says whether the status of
    that id is of the done category, None where it is not known; it is asked only if the status was ever changed."""
    return History(tuple(label_changes(issue)), tuple(_turns(issue, is_done_status)), tuple(_moves(issue)))


def _turns(issue: Mapping[str, Any], is_done_status: Callable[[str], bool | None]) -> Iterator[Turn]:
    fields = issue.get("fields") or {}
    present = str((fields.get("status") or {}).get("id") or "")
    resolutions = {at: bool(item.get("to")) for at, _, item in changes(issue, "resolution")}
    for at, by, item in changes(issue, "status"):
        status = str(item.get("to") or "")
        known = is_done(fields) if status and status == present else is_done_status(status)
        done = resolutions.get(at) if known is None else known
        if done is not None:
            yield Turn(at, done, by)


def _moves(issue: Mapping[str, Any]) -> Iterator[Move]:
    for at, _, item in changes(issue, "Key"):
        yield Move(at, str(item.get("fromString") or ""), str(item.get("toString") or ""))


def people(*issues: Mapping[str, Any]) -> dict[str, Person]:
    """Everybody who appears in these issues, by id."""
    found = {person_id(raw): raw for issue in issues for raw in _people(issue)}
    return {id: person(raw) for id, raw in found.items() if id}


def user_names(*issues: Mapping[str, Any]) -> dict[str, str]:
    """User names by user key: Data Center's changelog has keys where everything else has names."""
    return {
        str(raw["key"]): str(raw["name"]) for issue in issues for raw in _people(issue) if {"key", "name"} <= raw.keys()
    }


def _people(issue: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in (issue.get("fields") or {}).values():
        for raw in value if isinstance(value, list) else (value,):
            if isinstance(raw, dict) and ("accountId" in raw or "displayName" in raw):
                yield raw
    for raw in _comments(issue.get("fields") or {}):
        yield from (raw[role] for role in ("author", "updateAuthor") if isinstance(raw.get(role), dict))
    for history in (issue.get("changelog") or {}).get("histories") or ():
        if isinstance(history.get("author"), dict):
            yield history["author"]


def is_evaluation_mark(issue: Mapping[str, Any], us: str) -> bool:
    """Whether an issue is an evaluation, as far as it tells by itself: our account created it, and its property has a
    seat. Anybody may set a property; nobody can say of an issue that we created it."""
    mark = (issue.get("properties") or {}).get(PROPERTY)
    return _creator(issue) == us and isinstance(mark, dict) and "seat" in mark


def _creator(issue: Mapping[str, Any]) -> str:
    return person_id((issue.get("fields") or {}).get("creator"))


@dataclass(frozen=True, slots=True)
class Home:
    """The ticket of which evaluations are looked for: its id and every key it has had, our account, its protocol, and
    since when it has been asked for without a break (None: all along)."""

    id: str
    keys: frozenset[str]
    us: str
    protocol: Protocol
    asked_since: datetime | None = None
    is_done_status: Callable[[str], bool | None] = lambda status: None


def evaluation(issue: Mapping[str, Any], home: Home, names: Mapping[str, str]) -> Evaluation | None:
    """The evaluation in an issue; None if it is none of ours: made by another account, or not for this ticket."""
    fields = issue.get("fields") or {}
    if _creator(issue) != home.us or not _is_born_below(issue, home):
        return None
    place = _place(issue, home)
    if place is None:
        return None
    return Evaluation(
        id=str(issue["id"]),
        key=str(issue["key"]),
        round=place[0],
        seat=place[1],
        created=instant(fields["created"]),
        assignee=person_id(fields.get("assignee")) or None,
        done=is_done(fields),
        closed_by_us=_is_closed_by(home, issue),
        closed_at=max((at for at, by, _ in changes(issue, "status") if by == home.us), default=None),
        status=_workflow(fields),
        drill=_first_title(issue).startswith(DRILL),
        comments=comments(fields),
        assignments=tuple(_assignments(issue, names)),
    )


def _is_closed_by(home: Home, issue: Mapping[str, Any]) -> bool:
    """Whether the last change of status that we made closed it: another one opened it again, to ask once more."""
    ours = [str(item.get("to") or "") for _, by, item in changes(issue, "status") if by == home.us]
    if not ours:
        return False
    present = (issue.get("fields") or {}).get("status") or {}
    known = is_done(issue.get("fields") or {}) if ours[-1] == str(present.get("id")) else home.is_done_status(ours[-1])
    return known is not False


def _is_born_below(issue: Mapping[str, Any], home: Home) -> bool:
    """Whether the issue was created below the ticket: one that was hung there later was made for another one."""
    first = next((item for field in PARENT_FIELDS for _, _, item in _changes_in_any_case(issue, field)), None)
    if first is None:
        return True
    return bool({str(first.get("from") or ""), str(first.get("fromString") or "")} & (home.keys | {home.id}))


def _changes_in_any_case(issue: Mapping[str, Any], field: str) -> Iterator[tuple[datetime, str, Mapping[str, Any]]]:
    spellings = {
        str(item.get("field")) for history in histories(issue) for item in history.get("items") or ()
        if str(item.get("field")).lower() == field
    }  # fmt: skip
    for spelling in sorted(spellings):
        yield from changes(issue, spelling)


def _place(issue: Mapping[str, Any], home: Home) -> tuple[int, str] | None:
    """Round and seat, as the title said that we gave it: of a title Jira keeps the history, of a property none. The
    property tells only what the title leaves open, and its round only while that round may still be under way."""
    mark = (issue.get("properties") or {}).get(PROPERTY)
    named = place_in_title(_first_title(issue), home.protocol)
    if mark is None:
        labelled = _carries(issue, home.protocol.labels.evaluation)
        return (named[0], named[1]) if named and named[1] and labelled else None
    if not isinstance(mark, dict) or str(mark.get("ticket")) != home.id:
        return None
    if named and named[1]:
        return named[0], named[1]
    round, seat = mark.get("round"), mark.get("seat")
    if not (isinstance(round, int) and 0 < round <= record.LAST_ROUND and isinstance(seat, str)):
        return None
    return (round, seat) if (named[0] == round if named else _is_since_asked(issue, home)) else None


def _is_since_asked(issue: Mapping[str, Any], home: Home) -> bool:
    return home.asked_since is None or instant((issue.get("fields") or {})["created"]) >= home.asked_since


def _first_title(issue: Mapping[str, Any]) -> str:
    """The summary that the issue was created with."""
    before = (item.get("fromString") for _, _, item in changes(issue, "summary"))
    return str(next(before, (issue.get("fields") or {}).get("summary")))


def _carries(issue: Mapping[str, Any], label: str) -> bool:
    return label.lower() in {str(each).lower() for each in (issue.get("fields") or {}).get("labels") or ()}


def _workflow(fields: Mapping[str, Any]) -> str:
    """Which workflow status it is in: the same project, type and status have the same transitions."""
    parts = (fields.get(name) or {} for name in ("project", "issuetype", "status"))
    return "/".join(str(part.get("id")) for part in parts)


def mark(ticket: str, round: int, seat: str, *, drill: bool = False) -> dict[str, Any]:
    """What an evaluation's property says: whose it is, bound to its ticket by id; and that it is a drill's."""
    return {"v": record.VERSION, "ticket": ticket, "round": round, "seat": seat} | ({"drill": True} if drill else {})


def _assignments(issue: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Assignment]:
    for at, _, item in changes(issue, "assignee"):
        before = str(item.get("tmpFromAccountId") or item.get("from") or "")
        after = str(item.get("tmpToAccountId") or item.get("to") or "")
        yield Assignment(at, names.get(before, before) or None, names.get(after, after) or None)


def is_done(fields: Mapping[str, Any]) -> bool:
    """Whether the issue's status is of the done category."""
    return _category(fields) == "done"


def _category(fields: Mapping[str, Any]) -> str:
    """Its status category: "new", "indeterminate" (in progress) or "done", the same on every site."""
    return str(((fields.get("status") or {}).get("statusCategory") or {}).get("key") or "")


def resolved_at(issue: Mapping[str, Any]) -> datetime | None:
    """When a done issue was resolved: Jira's own word, else its last change of status; None where nobody can say."""
    said = (issue.get("fields") or {}).get("resolutiondate")
    return instant(said) if said else max((at for at, _, _ in changes(issue, "status")), default=None)


@dataclass(frozen=True, slots=True)
class Linked:
    """The other end of one of a ticket's links: its id and key, the project as far as it is known, and since when it
    is linked (None: the changelog does not say)."""

    id: str
    key: str
    project: Mapping[str, Any]
    linked_at: datetime | None = None


def linked(issue: Mapping[str, Any], protocol: Protocol) -> tuple[Linked, ...]:
    """What is linked by a type through which clients are told, whichever way round; each once, in the order of ids."""
    since = _links_made(issue)
    found: dict[str, Linked] = {}
    for link in (issue.get("fields") or {}).get("issuelinks") or ():
        other = link.get("inwardIssue") or link.get("outwardIssue") or {}
        kind, fields = link.get("type") or {}, other.get("fields") or {}
        if {"id", "key"} <= other.keys() and protocol.client.tells_through(str(kind.get("name") or "")):
            id, key = str(other["id"]), str(other["key"])
            if not (fields.get("issuetype") or {}).get("subtask"):
                found[id] = Linked(id, key, {"key": key.rpartition("-")[0]}, since.get(key))
    return tuple(sorted(found.values(), key=lambda each: number_of(each.id)))


def _links_made(issue: Mapping[str, Any]) -> dict[str, datetime]:
    """When each issue was linked last, by its key of then."""
    return {str(item["to"]): at for at, _, item in changes(issue, "Link") if item.get("to")}


def request(link: Linked, issue: Mapping[str, Any] | None, *, fresh: bool, organisations: str) -> Request:
    """A linked request as its own JSON shows it, if it could be read.

    `fresh`: the answer is no search's; `organisations`: the id of the field that holds the client's ("": not known).
    """
    if issue is None:
        return Request(link.id, link.key, linked_at=link.linked_at, readable=False)
    fields = issue.get("fields") or {}
    names = (each.get("name") if isinstance(each, dict) else each for each in fields.get(organisations) or ())
    return Request(
        id=link.id,
        key=str(issue.get("key") or link.key),
        since=instant(fields["created"]) if fields.get("created") else None,
        linked_at=link.linked_at,
        reporter=person_id(fields.get("reporter")) or None,
        organisations=tuple(str(name) for name in names if name),
        comments=comments(fields),
        whole=fresh and "comment" in fields and not lacks_comments(fields),
    )


def escalation(
    issue: Mapping[str, Any],
    evaluations: Iterable[Mapping[str, Any]],
    *,
    us: str,
    service_project: bool,
    protocol: Protocol,
    members: Mapping[str, frozenset[str]],
    is_done_status: Callable[[str], bool | None] = lambda status: None,
    seals: Seals | None = None,
    requests: Sequence[Request] = (),
    more_requests: int = 0,
    clients: Iterable[Mapping[str, Any]] = (),
) -> Escalation:
    """The whole snapshot, from the ticket's JSON and that of its evaluations, none of it cut. `protocol` is the whole
    one; the ticket's project picks its own part of it. `clients` is the JSON of the requests, for the people in it."""
    fields = issue.get("fields") or {}
    id, key = str(issue["id"]), str(issue["key"])
    project = project_key(issue)
    rules = protocol.for_project(project)
    evaluations = list(evaluations)
    names = user_names(issue, *evaluations)
    past = history(issue, is_done_status)
    keys = frozenset({key, *(move.before for move in past.moves)})
    home = Home(id, keys, us, rules, _asked_since(past, protocol), is_done_status)
    ours = (evaluation(each, home, names) for each in evaluations)
    return Escalation(
        id=id,
        key=key,
        project=project,
        us=us,
        created=instant(fields["created"]),
        summary=str(fields.get("summary") or ""),
        service_project=service_project,
        subtask=bool((fields.get("issuetype") or {}).get("subtask")),
        labels=tuple(str(label) for label in fields.get("labels") or ()),
        done=is_done(fields),
        started=_category(fields) in ("indeterminate", "done"),
        status=str((fields.get("status") or {}).get("name") or ""),
        resolved_at=resolved_at(issue) if is_done(fields) else None,
        due=date.fromisoformat(fields["duedate"]) if fields.get("duedate") else None,
        due_changed_at=max((at for at, _, _ in changes(issue, "duedate")), default=None),
        priority=str((fields.get("priority") or {}).get("name") or ""),
        priority_changed_at=max((at for at, _, _ in changes(issue, "priority")), default=None),
        reporter=person_id(fields.get("reporter")) or None,
        assignee=person_id(fields.get("assignee")) or None,
        comments=comments(fields),
        evaluations=tuple(each for each in ours if each),
        record=record.load((issue.get("properties") or {}).get(PROPERTY), id, seals),
        puts=label_puts(issue),
        taken=labels_taken(issue),
        history=past,
        people=people(issue, *evaluations, *clients),
        members=members,
        contacts={seat.name: tuple(_named(fields.get(seat.field))) for seat in rules.panel.seats if seat.field},
        requests=tuple(requests),
        more_requests=more_requests,
    )


def project_key(issue: Mapping[str, Any]) -> str:
    """The key of the project in which the issue is."""
    return str(((issue.get("fields") or {}).get("project") or {}).get("key") or str(issue["key"]).rpartition("-")[0])


def _asked_since(past: History, protocol: Protocol) -> datetime | None:
    """When the request was taken off last, by whomever; None where it never was."""
    return max((change.at for change in past.labels if change.ends(request_labels(protocol))), default=None)


def _named(value: Any) -> Iterator[str]:
    """The people in a user field, one or several."""
    for raw in value if isinstance(value, list) else (value,):
        if person_id(raw):
            yield person_id(raw)
