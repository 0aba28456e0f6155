"""Jira's JSON as our facts: people, comments, changelogs, the ticket, its evaluations.

Pure functions from what Jira answers to the values of `facts/model.py`. They take what is missing as not
there, whatever the flavour. An issue needs its id, its key and when it was created, a change its instant; instants and
dates that are there have to be some. A comment without an instant, as imports leave them, is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from config.protocol import Protocol
from worker.escalation.facts import record
from worker.escalation.facts.model import Assignment, Comment, Escalation, Evaluation, LabelPut, Person
from worker.escalation.texts.wording import DRILL, seat_in_title
from worker.jira import markup

PROPERTY = "escalation"
PUBLIC_PROPERTY = "sd.public.comment"
MANY_ROUNDS = 21


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
        app=kind == "app",
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
    text, mentions = markup.read(raw.get("body"))
    return Comment(
        id=str(raw["id"]),
        author=person_id(raw.get("author")),
        text=text,
        created=created,
        updated=instant(raw["updated"]) if raw.get("updated") else created,
        editor=person_id(raw.get("updateAuthor")),
        public=is_public(raw),
        restricted=bool(raw.get("visibility")),
        mentions=mentions,
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
    """The changelog's entries, oldest first."""
    raw = (issue.get("changelog") or {}).get("histories") or []
    return sorted(raw, key=lambda history: instant(history["created"]))


def changes(issue: Mapping[str, Any], field: str) -> Iterator[tuple[datetime, str, Mapping[str, Any]]]:
    """Every change of a field: when, by whom, and the changelog item (Data Center items have no `fieldId`)."""
    for history in histories(issue):
        for item in history.get("items") or ():
            if item.get("fieldId", item.get("field")) == field or item.get("field") == field:
                yield instant(history["created"]), person_id(history.get("author")), item


def label_puts(issue: Mapping[str, Any]) -> dict[str, LabelPut]:
    """The latest addition of each label, by its lower-case name."""
    return {label: put for put, before, after in _label_changes(issue) for label in after - before}


def labels_taken(issue: Mapping[str, Any]) -> dict[str, LabelPut]:
    """The latest removal of each label, by its lower-case name."""
    return {label: taken for taken, before, after in _label_changes(issue) for label in before - after}


def _label_changes(issue: Mapping[str, Any]) -> Iterator[tuple[LabelPut, set[str], set[str]]]:
    for at, by, item in changes(issue, "labels"):
        before, after = (set(str(item.get(side) or "").lower().split()) for side in ("fromString", "toString"))
        yield LabelPut(by, at, frozenset(after)), before, after


def people(*issues: Mapping[str, Any]) -> dict[str, Person]:
    """Everybody who appears in these issues, by id."""
    found = (person(raw) for issue in issues for raw in _people(issue))
    return {who.id: who for who in found if who.id}


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


def evaluation(
    issue: Mapping[str, Any], ticket: str, us: str, protocol: Protocol, names: Mapping[str, str]
) -> Evaluation | None:
    """The evaluation in an issue; None if it is none of ours: made by another account, or not for this ticket."""
    fields = issue.get("fields") or {}
    place = _place(issue, ticket, protocol)
    if place is None or person_id(fields.get("creator")) != us:
        return None
    return Evaluation(
        id=str(issue["id"]),
        key=str(issue["key"]),
        round=place[0],
        seat=place[1],
        created=instant(fields["created"]),
        assignee=person_id(fields.get("assignee")) or None,
        done=is_done(fields),
        closed_by_us=any(by == us for _, by, _ in changes(issue, "status")),
        status=_workflow(fields),
        drill=_is_drill(issue),
        comments=comments(fields),
        assignments=tuple(_assignments(issue, names)),
    )


def _place(issue: Mapping[str, Any], ticket: str, protocol: Protocol) -> tuple[int, str] | None:
    """Round and seat: as the title said that we gave it, else from the property. Both may be edited by hand, but of a
    title Jira keeps the history; where the property is gone, our label has to be there."""
    mark = (issue.get("properties") or {}).get(PROPERTY)
    named = _place_in_title(_first_title(issue), protocol)
    if mark is None:
        return named if _carries(issue, protocol.labels.evaluation) else None
    if not isinstance(mark, dict) or str(mark.get("ticket")) != ticket:
        return None
    round, seat = mark.get("round"), mark.get("seat")
    return named or ((round, seat) if isinstance(round, int) and isinstance(seat, str) else None)


def _first_title(issue: Mapping[str, Any]) -> str:
    """The summary that the issue was created with."""
    before = (item.get("fromString") for _, _, item in changes(issue, "summary"))
    return str(next(before, (issue.get("fields") or {}).get("summary")))


def _is_drill(issue: Mapping[str, Any]) -> bool:
    """Whether it was opened for a drill: by the title that we gave it, or by its property."""
    mark = (issue.get("properties") or {}).get(PROPERTY)
    return _first_title(issue).startswith(DRILL) or (isinstance(mark, dict) and bool(mark.get("drill")))


def _carries(issue: Mapping[str, Any], label: str) -> bool:
    return label.lower() in {str(each).lower() for each in (issue.get("fields") or {}).get("labels") or ()}


def _place_in_title(title: str, protocol: Protocol) -> tuple[int, str] | None:
    seats = ((round, seat_in_title(title, protocol, round)) for round in range(1, MANY_ROUNDS))
    return next(((round, seat) for round, seat in seats if seat), None)


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


def escalation(
    issue: Mapping[str, Any],
    evaluations: Iterable[Mapping[str, Any]],
    *,
    us: str,
    service_project: bool,
    protocol: Protocol,
    members: Mapping[str, frozenset[str]],
) -> Escalation:
    """The whole snapshot, from the ticket's JSON and that of its evaluations, none of it cut."""
    fields = issue.get("fields") or {}
    project = fields.get("project") or {}
    id = str(issue["id"])
    evaluations = list(evaluations)
    names = user_names(issue, *evaluations)
    ours = (evaluation(each, id, us, protocol, names) for each in evaluations)
    return Escalation(
        id=id,
        key=str(issue["key"]),
        project=str(project.get("key") or str(issue["key"]).rpartition("-")[0]),
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
        reporter=person_id(fields.get("reporter")) or None,
        assignee=person_id(fields.get("assignee")) or None,
        comments=comments(fields),
        evaluations=tuple(each for each in ours if each),
        record=record.load((issue.get("properties") or {}).get(PROPERTY), id),
        puts=label_puts(issue),
        taken=labels_taken(issue),
        people=people(issue, *evaluations),
        members=members,
        contacts={seat.name: tuple(_named(fields.get(seat.field))) for seat in protocol.panel.seats if seat.field},
    )


def _named(value: Any) -> Iterator[str]:
    """The people in a user field, one or several."""
    for raw in value if isinstance(value, list) else (value,):
        if person_id(raw):
            yield person_id(raw)
