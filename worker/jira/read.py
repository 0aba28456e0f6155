"""Reading one ticket with its evaluations, fresh, in as few calls as the platform allows.

On Cloud one bulk fetch brings the ticket and the evaluations that are known; on Data Center each is one call, made
together. Search results are never used here: they are stale (jira-facts §2.5). This module writes nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from config.protocol import Protocol as Rules
from worker.errors import CannotDo, EscalationError, NotOurs
from worker.escalation.facts.model import Comment, Escalation, Person, Request
from worker.jira import parsing
from worker.jira.answers import an_issue, listed
from worker.jira.groups import Groups
from worker.jira.issue_memory import IssueMemory, Relatives
from worker.jira.people import People
from worker.jira.projects import Projects
from worker.jira.site import Refused, Site

FIELDS = (
    "summary", "status", "labels", "duedate", "project", "issuetype", "parent", "subtasks", "assignee", "reporter",
    "creator", "created", "comment", "resolutiondate", "issuelinks", "priority",
)  # fmt: skip
PAGE = 100
MOST_REQUESTS = 50  # so many linked requests are told, and kept in the record
MOST_LINKED = 2 * MOST_REQUESTS  # so many links are followed: some may lead elsewhere than to a request
GONE = frozenset({403, 404, 410})
NO_BULK = frozenset({404, 405, 410})
READ_MEND = "Check that JIRA_URL is right and that our account may browse the project."


class Elsewhere(EscalationError):
    """The issue is one of our evaluations: the ticket to look at is another one."""

    def __init__(self, ticket: str) -> None:
        super().__init__(f"an evaluation of {ticket}")
        self.ticket = ticket


@dataclass(frozen=True, slots=True)
class Shown:
    """What one step has shown of a ticket: the issues by id, as Jira gave them, and the relatives it was asked by."""

    found: Mapping[str, Any]
    relatives: Relatives

    @property
    def bytes(self) -> bytes:
        """The same for the same, and for nothing else."""
        return msgspec.json.encode((self.found, *map(sorted, (self.relatives.evaluations, self.relatives.requests))))


class Reader:
    """Reads escalations from a site."""

    def __init__(
        self,
        site: Site,
        kin: IssueMemory,
        groups: Groups,
        projects: Projects,
        *,
        clients: bool = True,
        people: People | None = None,
    ) -> None:
        """`clients`: whether linked requests are read, too; who asks for a grade only does not need them. `people`: who
        tells the names of those whom the ticket does not show."""
        self._people = people
        self._clients = clients
        self._site = site
        self._kin = kin
        self._groups = groups
        self._projects = projects

    def escalation(self, issue: str, rules: Rules, shown: Shown | None = None) -> Escalation:
        """The facts about a ticket, by id or key; `shown` is what was read of it just now.

        Raises:
            NotOurs: the ticket is gone or may not be read.
            Elsewhere: the issue is an evaluation.
            CannotDo: Jira refuses to be read at all.
            TryAgain, Unauthorized: see Site.call.
        """
        try:
            return self._read(issue, rules, shown or self._show(issue, rules, self._kin.relatives(issue)))
        except Refused as error:
            raise CannotDo(f"The ticket cannot be read ({error}).", READ_MEND) from None

    def show(self, issue: str, rules: Rules, relatives: Relatives) -> Shown:
        """The first step of reading a ticket of which these relatives are known; raises what `escalation` raises."""
        try:
            return self._show(issue, rules, relatives)
        except Refused as error:
            raise CannotDo(f"The ticket cannot be read ({error}).", READ_MEND) from None

    def _show(self, issue: str, rules: Rules, relatives: Relatives) -> Shown:
        beside = relatives.requests if self._site.cloud else frozenset[str]()
        asked = [issue, *sorted(relatives.evaluations | beside)]
        return Shown(self._fetch(asked, rules, first=not relatives.evaluations), relatives)

    def _read(self, issue: str, rules: Rules, shown: Shown) -> Escalation:
        known, found = shown.relatives.evaluations, dict(shown.found)
        ticket = _pick(found, issue)
        self._refuse_evaluation(ticket)
        ticket = self._whole(ticket)
        unread, linked = self._unread(ticket, found), self._linked(ticket, rules)
        clients = [link.id for link in linked[:MOST_LINKED] if link.id not in found]
        found |= self._fetch([*unread, *clients] if self._site.cloud else unread, rules)
        read = found if self._site.cloud else self._search(clients, rules)
        escalation = self._assemble(ticket, found, rules, linked, read)
        self._remember(escalation, {*known, *unread} & found.keys(), shown.relatives)
        return escalation

    def _assemble(
        self,
        ticket: Mapping[str, Any],
        issues: Mapping[str, Any],
        rules: Rules,
        linked: Sequence[parsing.Linked],
        beside: Mapping[str, Any],
    ) -> Escalation:
        """The snapshot; `beside` holds what was read of the linked issues."""
        id = str(ticket["id"])
        if _concerns_us(ticket, rules):
            self._projects.require_known_kind(ticket["fields"].get("project") or {})
        children = [self._whole(issue) for issue in issues.values() if _parent(issue) == id]
        clients = [link for link in linked if self._is_client(link, beside.get(link.id))]
        told = [link for link in clients if link in linked[:MOST_LINKED]][:MOST_REQUESTS]
        field, fresh = self._projects.known_organisations(), self._site.cloud
        found = parsing.escalation(
            ticket,
            children,
            us=self._site.account,
            service_project=self._projects.is_service(ticket["fields"].get("project") or {}),
            protocol=rules,
            members=self._groups.members(rules.for_project(parsing.project_key(ticket))),
            is_done_status=self._projects.is_done_status,
            seals=self._site.seals,
            requests=[parsing.request(link, beside.get(link.id), fresh=fresh, organisations=field) for link in told],
            more_requests=len(clients) - len(told),
            clients=[beside[link.id] for link in told if link.id in beside],
        )
        return self._with_names(found, rules) if _concerns_us(ticket, rules) else found

    def _with_names(self, escalation: Escalation, rules: Rules) -> Escalation:
        """The same facts, with the names of everybody who may be asked."""
        if self._people is None:
            return escalation
        named = self._people.of_panel(rules.for_project(escalation.project), escalation.people)
        people = {id: Person(id, name) for id, name in named.items()}
        return replace(escalation, people={**people, **escalation.people})

    # -- linked requests

    def _linked(self, ticket: Mapping[str, Any], rules: Rules) -> Sequence[parsing.Linked]:
        """What is linked so that its client may have to be told: of a ticket that concerns us, and not what is known
        to lie in other than service projects."""
        if not self._clients or not _concerns_us(ticket, rules):
            return ()
        linked = parsing.linked(ticket, rules.for_project(parsing.project_key(ticket)))
        found = [link for link in linked if not self._is_elsewhere(link)]
        if found:
            self._projects.organisations()  # so that the calls to come ask for the field
        return found

    def _is_elsewhere(self, link: parsing.Linked) -> bool:
        return self._projects.is_known_as_other(str(link.project["key"]))

    def _is_client(self, link: parsing.Linked, issue: Mapping[str, Any] | None) -> bool:
        """Whether it is a request of a service project; what cannot be seen at all may be one."""
        if issue is not None and _parent(issue):
            return False
        project = (issue or {}).get("fields", {}).get("project") or link.project
        try:
            return self._projects.is_service(project)
        except Refused:
            return True

    def _search(self, ids: Sequence[str], rules: Rules) -> dict[str, Any]:
        """The linked issues, all in one call, where there is no bulk read (Data Center): what a search says of them is
        good enough to show, and to find people by, while what we said there is read afresh before anything is said."""
        if not ids:
            return {}
        fields = _fields(rules, self._projects.known_organisations())
        body: dict[str, Any] = {"jql": f"id in ({', '.join(ids)})", "fields": fields}
        body |= {"maxResults": len(ids), "validateQuery": False}
        try:
            found = listed(self._site.ask("/search", body), "issues")
        except Refused:
            return {str(issue["id"]): issue for issue in self._each(list(ids), rules, first=False)}
        return {str(issue["id"]): issue for issue in map(an_issue, found)}

    def with_clients_comments(self, escalation: Escalation, requests: Collection[str]) -> Escalation:
        """The same facts, in which the comments on these linked requests are read afresh, to the last one, and with the
        marks that say what they answer."""
        wanted = [each.id for each in escalation.requests if each.id in requests]
        read = dict(zip(wanted, self._site.together(self._comments_of, wanted), strict=True))
        known = (self._better(each, read[each.id]) if each.id in read else each for each in escalation.requests)
        return replace(escalation, requests=tuple(known))

    def _comments_of(self, request: str) -> tuple[Comment, ...] | None:
        try:
            return parsing.dated(self._all_comments(request))
        except Refused as error:
            if error.status not in GONE:
                raise
            return None

    def _better(self, request: Request, comments: tuple[Comment, ...] | None) -> Request:
        if comments is None:
            return replace(request, readable=False)
        return replace(request, comments=comments, whole=True)

    def _refuse_evaluation(self, issue: Mapping[str, Any]) -> None:
        """An evaluation is only a hint at its ticket."""
        parent = _parent(issue)
        if parent and parsing.is_evaluation_mark(issue, self._site.account):
            self._kin.remember_evaluations(parent, [str(issue["id"])])
            raise Elsewhere(parent)

    def _unread(self, ticket: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
        """Sub-tasks that were not read yet and are not known to be somebody else's."""
        children = [str(child["id"]) for child in ticket["fields"].get("subtasks") or ()]
        unread = [id for id in children if id not in found]
        strangers = self._kin.strangers(unread) if unread else ()
        return [id for id in unread if id not in strangers]

    def _remember(self, escalation: Escalation, read: Collection[str], known: Relatives) -> None:
        """Which of the issues read are its relatives, where that is not known, and which are none."""
        ours, clients = [each.id for each in escalation.evaluations], [each.id for each in escalation.requests]
        if not known.evaluations >= set(ours):
            self._kin.remember_evaluations(escalation.id, ours)
        if known.requests != set(clients):
            self._kin.remember_requests(escalation.id, clients)
        for id in set(read) - {escalation.id, *ours}:
            self._kin.remember_stranger(id)

    def _fetch(self, issues: list[str], rules: Rules, *, first: bool = False) -> dict[str, Any]:
        """These issues by id; the unreadable are left out."""
        if not issues:
            return {}
        fetched = self._bulk(issues, rules) if self._site.cloud else self._each(issues, rules, first=first)
        return {str(issue["id"]): issue for issue in fetched}

    def _bulk(self, issues: list[str], rules: Rules) -> Iterator[Any]:
        for start in range(0, len(issues), PAGE):
            body = {
                "issueIdsOrKeys": issues[start : start + PAGE],
                "fields": _fields(rules, self._projects.known_organisations()),
                "properties": [parsing.PROPERTY],
                "expand": ["changelog"],
            }
            try:
                answer = self._site.ask("/issue/bulkfetch", body)
            except Refused as error:
                if error.status not in NO_BULK:
                    raise
                yield from self._each(body["issueIdsOrKeys"], rules, first=False)
                continue
            yield from map(an_issue, listed(answer, "issues"))
            alone = (self._one(issue, False, rules) for issue in _left_out(answer))
            yield from (issue for issue in alone if issue)

    def _each(self, issues: list[str], rules: Rules, *, first: bool) -> list[Any]:
        """One call an issue, all at once; with a new ticket also its comments' visibility, where a finder needs it."""
        needs_visibility = first and any("last-public-comment" in seat.find for seat in rules.panel.seats)
        parts = [(issue, False) for issue in issues] + [(issues[0], True)] * needs_visibility
        answers = self._site.together(lambda part: self._one(*part, rules), parts)
        found = [answer for answer in answers[: len(issues)] if answer]
        if needs_visibility and found and answers[-1]:
            found[0]["fields"]["comment"] = answers[-1]
        return found

    def _one(self, issue: str, visibility: bool, rules: Rules) -> Any:
        try:
            if visibility:
                return self._page(issue, expand="properties", maxResults=5_000)
            fields = ",".join(_fields(rules, self._projects.known_organisations()))
            query = {"fields": fields, "properties": parsing.PROPERTY, "expand": "changelog"}
            return an_issue(self._site.get(f"/issue/{issue}", **query))
        except Refused as error:
            if error.status in GONE:
                return None
            raise

    def with_visibility(self, escalation: Escalation) -> Escalation:
        """The same facts, with what a client sees of the ticket's comments, where reading the ticket did not tell."""
        found = parsing.dated(self._all_comments(escalation.id))
        public = {comment.id: comment.public for comment in found}
        known = (replace(comment, public=public.get(comment.id, comment.public)) for comment in escalation.comments)
        return replace(escalation, comments=tuple(known))

    def _whole(self, issue: Mapping[str, Any]) -> Mapping[str, Any]:
        """The issue with all its comments and its whole changelog: an answer that holds several issues cuts both."""
        if parsing.lacks_comments(issue["fields"]):
            every = list(self._all_comments(str(issue["id"])))
            issue = {**issue, "fields": {**issue["fields"], "comment": {"comments": every, "total": len(every)}}}
        log = issue.get("changelog") or {}
        if not self._site.cloud or int(log.get("total") or 0) <= len(log.get("histories") or ()):
            return issue
        return {**issue, "changelog": {"histories": list(self._all_histories(str(issue["id"])))}}

    def _all_comments(self, issue: str) -> Iterator[Any]:
        start, total = 0, 1
        while start < total:
            query = {"startAt": start, "maxResults": PAGE, "orderBy": "created", "expand": "properties"}
            page = self._page(issue, **query)
            yield from page["comments"]
            start, total = start + (len(page["comments"]) or total), int(page.get("total") or 0)

    def _page(self, issue: str, **query: Any) -> dict[str, Any]:
        page: dict[str, Any] = self._site.get(f"/issue/{issue}/comment", **query)
        return {**page, "comments": listed(page, "comments")}

    def _all_histories(self, issue: str) -> Iterator[Any]:
        start, last = 0, False
        while not last:
            page = self._site.get(f"/issue/{issue}/changelog", startAt=start, maxResults=PAGE)
            values = listed(page, "values")
            yield from values
            start += len(values)
            last = not values or page.get("isLast", start >= int(page.get("total") or 0))


def _left_out(answer: Mapping[str, Any]) -> list[str]:
    """What Jira could not fetch together with the others: it is there, so it must not be taken for deleted."""
    return [
        str(error["id"]) for error in answer.get("issueErrors") or () if isinstance(error, dict) and error.get("id")
    ]


def _fields(rules: Rules, organisations: str) -> list[str]:
    parts = (rules, *(part for _, part in rules.projects))
    own = {seat.field for part in parts for seat in part.panel.seats if seat.field}
    return [*FIELDS, *sorted({*own, organisations} - {""})]


def _concerns_us(ticket: Mapping[str, Any], rules: Rules) -> bool:
    """Whether it has a record, or carries a label of ours: of any other ticket nobody is told anything."""
    ours = rules.ours.union(*(part.ours for part in rules.by_project.values()))
    labels = {str(label).lower() for label in ticket["fields"].get("labels") or ()}
    return parsing.PROPERTY in (ticket.get("properties") or {}) or bool(labels & ours)


def _pick(found: Mapping[str, Any], issue: str) -> Any:
    """The ticket among the issues found; a key may be an old one, after a move."""
    by_key = {str(each["key"]).upper(): each for each in found.values()}
    ticket = found.get(issue) or by_key.get(issue.upper()) or (next(iter(found.values())) if len(found) == 1 else None)
    if ticket is None or (issue.isdecimal() and str(ticket["id"]) != issue):
        raise NotOurs(f"issue {issue} is gone, or may not be read")
    return ticket


def _parent(issue: Mapping[str, Any]) -> str:
    return str((issue["fields"].get("parent") or {}).get("id") or "")
