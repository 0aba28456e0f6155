"""Doing what was planned: the only place that writes to Jira.

Every write is safe to repeat after a lost answer, because the next look finds what the first try did. Nothing is
retried here; before each write the caller's `alive` must agree that the ticket is still ours. What cannot be done is
remembered in the record and does not stop the rest, save that nobody is told a grade that was not recorded.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import structlog

from worker.errors import CannotDo, TryAgain
from worker.escalation.facts import record as records
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import (
    DUE_STEP,
    FAILED,
    FURTHER_STEP,
    LABEL_STEP,
    MOST_FAILED,
    PRIORITY_STEP,
    REACH,
    REQUEST_STEP,
    Failure,
    Record,
    Try,
)
from worker.escalation.plan import tries
from worker.escalation.plan.actions import (
    Action,
    Assign,
    CloseEvaluation,
    EditTicket,
    NewEvaluation,
    Note,
    OpenEvaluations,
    Plan,
    RemoveDouble,
    RemoveDuplicate,
    RemoveLabel,
    ReopenEvaluation,
    TellClient,
    TellClosing,
    TellReasons,
    TellRequest,
    ToClient,
    assign_step,
)
from worker.escalation.texts.document import Document, clean
from worker.jira import parsing
from worker.jira.answers import an_issue, with_any
from worker.jira.issue_memory import IssueMemory
from worker.jira.people import People
from worker.jira.projects import Projects
from worker.jira.read import GONE
from worker.jira.site import Refused, Site, refused
from worker.jira.text import markup
from worker.jira.text.ticket_links import linked
from worker.metrics import ACTIONS, FAILURES, TALLY

log = structlog.get_logger()

ACCOUNT = re.compile(r"\b(?:[0-9a-z]{2,12}:[0-9A-Za-z-]{8,}|(?=[a-z]*[0-9])[0-9a-z]{24})\b")
"""What only Cloud's account ids look like: 24 letters and digits, or a number, a colon and an UUID."""
HIDDEN = "hidden from the client"  # in the record's `said`: our comment that should have been public
AGENT = "SERVICEDESK_AGENT"
FIRST_RETRY, LAST_RETRY = timedelta(minutes=10), timedelta(hours=6)


COUNT_THEMSELVES = OpenEvaluations | EditTicket | ToClient | TellRequest  # of these maybe only a part is done


@dataclass(slots=True)
class Applied:
    """What came of a plan: how many writes landed, the record as saved, whether another look is due at once, and the
    actions that were done."""

    record: Record
    writes: int = 0
    failed: bool = False
    done: list[Action] = field(default_factory=list)


Memories = tuple[Mapping[str, Try], ...]


class Memory(Protocol):
    """What remembers the writes that were tried (escalation/plan/tries.py): by ticket, by the key of the write."""

    def of(self, ticket: str) -> Memories:
        """What is remembered of a ticket, the memory that outlives this process first."""

    def note(self, ticket: str, tries: Mapping[str, Try]) -> None:
        """Remembers these."""


class Writer:
    """Applies plans to a site."""

    def __init__(
        self, site: Site, projects: Projects, kin: IssueMemory, memory: Memory, people: People | None = None
    ) -> None:
        self._people = people or People(site)
        self._memory = memory
        self._site = site
        self._projects = projects
        self._kin = kin

    def apply(self, escalation: Escalation, plan: Plan, now: datetime, alive: Callable[[], None]) -> Applied:
        """Does every action of the plan, then saves the record if it changed.

        Raises:
            TryAgain, Unauthorized, LeaseLost: the rest is left to the next look; of a TryAgain `progressed` says
                whether something was written before.
            CannotDo: the ticket cannot even be edited.
        """
        known = (self._site, self._projects, self._kin, self._people, self._memory)
        work = _Work(*known, escalation, now, alive, Applied(plan.record))
        return work.do(plan)


@dataclass(slots=True)
class _Work:
    """One plan being applied."""

    site: Site
    projects: Projects
    kin: IssueMemory
    people: People
    memory: Memory
    escalation: Escalation
    now: datetime
    alive: Callable[[], None]
    applied: Applied
    saved: Record | None = None
    agent_in: dict[str, bool] = field(default_factory=dict)
    unkept: bool = False
    made: str = ""

    def do(self, plan: Plan) -> Applied:
        self.unkept = plan.unkept
        try:
            for action in plan.actions:
                self._try(action)
            if self.applied.record != (self.saved or self.escalation.record) and not self.unkept:
                self._save()
        except TryAgain as error:
            error.progressed = self.applied.writes > 0
            raise
        return self.applied

    def _try(self, action: Action) -> None:
        try:
            self.made = ""
            self._do(action)
            if not isinstance(action, COUNT_THEMSELVES):
                self._tried(tries.shown(action, self.escalation))
            TALLY.add(ACTIONS, type(action).__name__)
            self.applied.done.append(action)
            if not isinstance(action, EditTicket):
                self.applied.record = self.applied.record.without_failure(action.step)
        except Refused as error:
            self._fail(action.step, CannotDo(f"Jira refuses to {action} ({error}).", REFUSED_MEND))
        except CannotDo as error:
            if isinstance(action, EditTicket):
                raise
            self._fail(action.step, error)

    def _do(self, action: Action) -> None:
        match action:
            case OpenEvaluations():
                self._open(action)
            case EditTicket():
                self._edit(action)
            case RemoveLabel():
                self._take_label_off(action)
            case TellClient() | TellReasons() | TellClosing():
                self._tell(action)
            case TellRequest():
                self._tell_request(action)
            case Note():
                self._note(action)
            case CloseEvaluation():
                self._close(action)
            case ReopenEvaluation():
                self._reopen(action)
            case Assign():
                self._assign(action)
            case RemoveDuplicate():
                self._remove(action)
            case RemoveDouble():
                self._unsay(action)

    def _send(self, method: str, path: str, body: Any = None, *, issue: str, **query: Any) -> Any:
        self.alive()
        answer = self.site.send(method, path, body, issue=issue, **query)
        self.applied.writes += 1
        return answer

    def _tried(self, sights: Mapping[str, str]) -> None:
        """Jira said that these writes were done; whether they were, the next look will see."""
        ticket = self.escalation
        made = {key: tries.counted(key, sight, ticket, self.made) for key, sight in sights.items()}
        if made:
            self.memory.note(ticket.id, made)
        kept = {key: each for key, each in made.items() if tries.is_durable(key, each, ticket)}
        self.applied.record = self.applied.record.trying(kept) if kept else self.applied.record

    def _fail(self, step: str, error: CannotDo) -> None:
        step = self._kept_as(step)
        before = self.applied.record.failure(step)
        pause = min(FIRST_RETRY * 2 ** min(before.tries if before else 0, 10), LAST_RETRY)
        failure = Failure(step, self._readable(error.what), error.mend, retry_at=self.now + pause)
        self.applied.record = self.applied.record.with_failure(failure)
        self.applied.failed = True
        TALLY.add(FAILURES, step.partition(" ")[0])
        log.warning("cannot do", step=step, what=error.what, mend=error.mend)

    def _readable(self, text: str) -> str:
        """The same text with names in place of account ids, as Jira's own words have them."""
        named = lambda found: self.escalation.person(found[0]).name or "somebody"  # noqa: E731
        return ACCOUNT.sub(named, text) if self.site.cloud else text

    # the ticket

    def _edit(self, action: EditTicket) -> None:
        """One edit for labels, due date and record; a field that Jira refuses is left out and remembered as failed."""
        wanted = action
        for _ in range(4):
            try:
                self._put(wanted)
                return self._edited(action, wanted)
            except Refused as error:
                less = _without_refused(wanted, error)
                if less == wanted:
                    raise CannotDo(f"{self.escalation.key} cannot be edited ({error}).", EDIT_MEND) from None
                self._remember_refused(wanted, less, error)
                wanted = less
        raise CannotDo(f"{self.escalation.key} cannot be edited.", EDIT_MEND)

    def _put(self, action: EditTicket) -> None:
        labels = [{"add": label} for label in action.add] + [{"remove": label} for label in action.remove]
        value = records.dump(self.applied.record, self.escalation.id, self.site.seals)
        fields = {
            **({"duedate": action.due.isoformat()} if action.due else {}),
            **({"priority": {"name": action.priority}} if action.priority else {}),
        }
        body = {
            **({"update": {"labels": labels}} if labels else {}),
            **({"fields": fields} if fields else {}),
            **({} if self.unkept else {"properties": [{"key": parsing.PROPERTY, "value": value}]}),
        }
        self._send("PUT", f"/issue/{self.escalation.id}", body, issue=self.escalation.id)
        self.saved = self.applied.record
        self._tried({**tries.shown(action, self.escalation), tries.RECORD: tries.record_stamp(self.escalation)})

    def _edited(self, wanted: EditTicket, done: EditTicket) -> None:
        if done.due and wanted.due:
            self.applied.record = self.applied.record.without_failure(DUE_STEP)
        if done.priority and wanted.priority:
            self.applied.record = self.applied.record.without_failure(PRIORITY_STEP)
        if done.add or done.remove:
            for step in done.label_steps:
                self.applied.record = self.applied.record.without_failure(step)

    def _remember_refused(self, wanted: EditTicket, less: EditTicket, error: Refused) -> None:
        if wanted.due and not less.due:
            self._fail(DUE_STEP, CannotDo(f"The due date (field duedate) cannot be set ({error}).", DUE_MEND))
        if wanted.priority and not less.priority:
            what = f"The priority (field priority) cannot be set to {wanted.priority} ({error})."
            self._fail(PRIORITY_STEP, CannotDo(what, PRIORITY_MEND))
        if (wanted.add, wanted.remove) != (less.add, less.remove):
            for step in wanted.label_steps:
                self._fail(step, CannotDo(f"The {step} (field labels) cannot be changed ({error}).", LABEL_MEND))
            if LABEL_STEP in wanted.label_steps and self.applied.record.ended:
                # the request that stays on asks for nothing any more
                self.applied.record = replace(self.applied.record, standing=True)

    def _take_label_off(self, action: RemoveLabel) -> None:
        body = {"update": {"labels": [{"remove": action.label}]}}
        self._send("PUT", f"/issue/{self.escalation.id}", body, issue=self.escalation.id)

    def _save(self) -> None:
        path = f"/issue/{self.escalation.id}/properties/{parsing.PROPERTY}"
        try:
            value = records.dump(self.applied.record, self.escalation.id, self.site.seals)
            self._send("PUT", path, value, issue=self.escalation.id)
        except Refused as error:
            what = f"The record of {self.escalation.key} cannot be saved ({error})."
            raise CannotDo(what, EDIT_MEND) from None
        self.saved = self.applied.record
        self._tried({tries.RECORD: tries.record_stamp(self.escalation)})

    # the evaluations

    def _open(self, action: OpenEvaluations) -> None:
        """One bulk create; an element whose assignee Jira refuses is tried with the next way, the others stand."""
        kinds = self.projects.subtask_types(action.project, action.kind)
        dated = not self.projects.lacks_due_date(action.project)
        nobody = not self.projects.assigns_somebody(action.project)
        waiting = [_Attempt(new, kinds, dated=dated, nobody=nobody) for new in action.evaluations]
        try:
            while waiting:
                refusals = self._create(action, waiting)
                waiting = [self._next_way(waiting[n], error) for n, error in refusals]
        except CannotDo:
            self.projects.forget_type(action.project)  # it may be another one by the next try
            raise

    def _create(self, action: OpenEvaluations, waiting: Sequence["_Attempt"]) -> list[tuple[int, Refused]]:
        body = {"issueUpdates": [self._element(action, attempt) for attempt in waiting]}
        try:
            answer = with_any(self._send("POST", "/issue/bulk", body, issue=action.ticket), "issues", "errors")
        except Refused as error:
            if not error.elements:
                raise CannotDo(f"The evaluations cannot be opened ({error}).", OPEN_MEND) from None
            answer = {"errors": error.elements}
        made = [str(issue["id"]) for issue in answer.get("issues") or ()]
        if made:
            self.kin.remember_evaluations(action.ticket, made)
        failed = [(int(e["failedElementNumber"]), _element_error(e)) for e in answer.get("errors") or ()]
        opened = [attempt.new for n, attempt in enumerate(waiting) if n not in dict(failed)] if made else []
        self._tried(tries.shown(replace(action, evaluations=tuple(opened)), self.escalation))
        return failed

    def _next_way(self, attempt: "_Attempt", error: Refused) -> "_Attempt":
        """What is tried next, by what Jira has against this one: no due date, nobody said to be the assignee, the next
        person, the next sub-task type."""
        project, person = self.escalation.project, attempt.person
        if "duedate" in error.fields and attempt.dated:
            self.projects.learn_no_due_date(project)
            return replace(attempt, dated=False)
        if "assignee" in error.fields and person:
            self._cannot_assign(attempt.new.seat, person, error)
            return replace(attempt, way=attempt.way + 1)
        if "assignee" in error.fields and attempt.nobody:
            self.projects.learn_assigns_somebody(project)
            return replace(attempt, nobody=False)
        if len(attempt.kinds) > 1:
            return replace(attempt, kinds=attempt.kinds[1:])
        raise CannotDo(f"The evaluation for {attempt.new.seat} cannot be opened ({error}).", OPEN_MEND)

    def _cannot_assign(self, seat: str, person: str, error: Refused) -> None:
        refused_now = (*self.applied.record.unassignable, person)
        self.applied.record = replace(self.applied.record, unassignable=tuple(dict.fromkeys(refused_now)))
        name = self.escalation.person(person).name or f"Whoever is asked for {seat}"
        self._fail(assign_step(seat), CannotDo(f"{name} cannot be assigned to the seat {seat} ({error}).", ASSIGN_MEND))

    def _element(self, action: OpenEvaluations, attempt: "_Attempt") -> dict[str, Any]:
        new, asked = attempt.new, attempt.new.ways[attempt.way]
        fields = {
            "project": {"key": action.project},
            "parent": {"id": action.ticket},
            "issuetype": {"id": attempt.kinds[0]},
            "summary": clean(new.title),
            "description": self._linked(self._body(asked.body, self.escalation.key)),
            "labels": [action.label],
            **self._assignee(asked.person, attempt),
            **({"duedate": new.due.isoformat()} if new.due and attempt.dated else {}),
        }
        mark = parsing.mark(action.ticket, action.round, new.seat, drill=action.drill)
        return {"fields": fields, "properties": [{"key": parsing.PROPERTY, "value": mark}]}

    def _assignee(self, person: str | None, attempt: "_Attempt") -> dict[str, Any]:
        """Whom it is for. Nobody is said outright, since Jira would take the project's default assignee for nothing
        said; save where it insists on somebody."""
        if person:
            return {"assignee": self.site.user(person)}
        return {"assignee": None} if attempt.nobody else {}

    def _due(self, due: date | None, project: str) -> dict[str, str]:
        """The day by which it is to be answered, where the screen has a place for it."""
        return {"duedate": due.isoformat()} if due and not self.projects.lacks_due_date(project) else {}

    def _assign(self, action: Assign) -> None:
        """Together with what it asks and by when, as far as Jira takes that."""
        project = self.escalation.project
        fields = {"description": self._linked(self._body(action.text(), action.key)), **self._due(action.due, project)}
        while True:
            body = {"fields": {"assignee": self.site.user(action.person), **fields}}
            try:
                self._send("PUT", f"/issue/{action.evaluation}", body, issue=action.evaluation)
                return
            except Refused as error:
                refused_fields = error.fields.keys() & fields.keys()
                if "assignee" in error.fields or not refused_fields:
                    self._cannot_assign(action.seat, action.person, error)
                    raise CannotDo(
                        f"{action.name} cannot be assigned to {action.key} ({error}).", ASSIGN_MEND
                    ) from None
                if "duedate" in refused_fields:
                    self.projects.learn_no_due_date(project)
                fields = {name: value for name, value in fields.items() if name not in refused_fields}

    def _close(self, action: CloseEvaluation) -> None:
        """By the transition that is known for its status; once more, with care, should that be refused."""
        for attempt in (1, 2):
            try:
                body = self._closing(action, thoroughly=attempt == 2)
            except CannotDo:
                if self._is_closed(action.evaluation):
                    return  # another worker, or a person, was quicker
                raise
            try:
                self._send("POST", f"/issue/{action.evaluation}/transitions", body, issue=action.evaluation)
                return
            except Refused as error:
                self.projects.forget_closing(action.status)
                if error.status == 404:
                    return  # it is gone: nothing is left to close
                if attempt == 2:
                    raise CannotDo(f"{action.key} cannot be closed ({error}).", CLOSE_MEND) from None

    def _reopen(self, action: ReopenEvaluation) -> None:
        """By a transition out of the done status; once more, with care, should that be refused."""
        for thoroughly in (False, True):
            body = self.projects.opening(action.evaluation, action.status, thoroughly=thoroughly)
            try:
                self._send("POST", f"/issue/{action.evaluation}/transitions", body, issue=action.evaluation)
                return
            except Refused as error:
                self.projects.forget_closing(action.status)
                if error.status == 404:
                    return
                if thoroughly:
                    raise CannotDo(f"{action.key} cannot be opened again ({error}).", REOPEN_MEND) from None

    def _is_closed(self, evaluation: str) -> bool:
        try:
            fields = an_issue(self.site.get(f"/issue/{evaluation}", fields="status"))["fields"]
        except Refused:
            return False
        category = ((fields.get("status") or {}).get("statusCategory") or {}).get("key")
        return bool(category == "done")

    def _closing(self, action: CloseEvaluation, *, thoroughly: bool) -> dict[str, Any]:
        try:
            return self.projects.closing(action.evaluation, action.status, thoroughly=thoroughly)
        except CannotDo as error:
            raise CannotDo(f"{action.key} cannot be closed: {error.what}", error.mend) from None

    def _remove(self, action: RemoveDuplicate) -> None:
        try:
            self._send("DELETE", f"/issue/{action.evaluation}", issue=action.evaluation)
        except Refused as error:
            if error.status != 404:
                self._close(CloseEvaluation(action.evaluation, action.key, f"duplicate {action.evaluation}"))

    # what is said

    def _body(self, document: Document, key: str) -> Any:
        """What is said on the issue of that key, or below it, in its markup."""
        document = self._for_those_who_see(document, key)
        return markup.adf(document) if self.site.cloud else markup.wiki(document)

    def _for_those_who_see(self, document: Document, key: str) -> Document:
        """Whoever is mentioned without being able to see it is only named, and the operator hears of it."""
        for person, name in document.mentions.items():
            step = f"{REACH}{name}"
            if person in self._speakers or self.people.may_see(person, key):
                self.applied.record = self.applied.record.without_failure(step)
                continue
            document = document.without_mention(person)
            self._fail(step, CannotDo(f"{name} is asked to act on {key}, and may not see it.", REACH_MEND))
        return document

    @property
    def _speakers(self) -> frozenset[str]:
        """Who has written on the ticket or an evaluation, and so sees them."""
        places = (self.escalation.comments, *(each.comments for each in self.escalation.evaluations))
        return frozenset(comment.author for place in places for comment in place)

    def _linked(self, body: Any) -> Any:
        """What is asked leads to the ticket it is about; Data Center makes links of keys by itself."""
        base = str(self.site.server.get("baseUrl") or "").rstrip("/") if self.site.cloud else ""
        return linked(body, self.escalation.key, f"{base}/browse/{self.escalation.key}") if base else body

    def _comment(self, issue: str, body: dict[str, Any]) -> Any:
        """The comment as Jira has taken it; an answer that does not tell its id leaves it to the next look to find."""
        return with_any(self._send("POST", f"/issue/{issue}/comment", body, issue=issue), "id")

    def _note(self, action: Note) -> None:
        """For colleagues, about the work; what only tells of a failure is not worth a failure of its own."""
        try:
            self._say(action)
        except CannotDo as error:
            if not action.key.startswith(FAILED):
                raise
            log.warning("cannot note a failure", step=action.step, what=error.what, mend=error.mend)
            if action.remember:
                self.applied.record = self.applied.record.saying(action.key, "")

    def _say(self, action: Note) -> None:
        """Flagged internal in a service project, for one role where one is configured."""
        if self._is_said(action):
            return
        internal = self.escalation.service_project
        flag = [{"key": parsing.PUBLIC_PROPERTY, "value": {"internal": True}}]
        body = {
            "body": self._body(action.document, action.issue_key),
            **({"properties": flag} if internal else {}),
            **({"visibility": {"type": "role", "value": action.role}} if action.role else {}),
        }
        try:
            answer = self._comment(action.issue, body)
        except Refused as error:
            raise CannotDo(f"A note cannot be written on {action.issue_key} ({error}).", COMMENT_MEND) from None
        if internal and parsing.is_public(answer) is True:
            self._take_back(action.issue, action.issue_key, str(answer["id"]))
        self.made = str(answer["id"])
        self.applied.record = action.done(self.applied.record, self.made)

    def _is_said(self, action: Note) -> bool:
        """Whether the comment of an earlier try is there, although Jira's answer on the issue did not show it."""
        [(key, sight)] = tries.shown(action, self.escalation).items()
        self.made = self.escalation.made(key, sight)
        if not self.made:
            return False
        try:
            self.site.get(f"/issue/{action.issue}/comment/{self.made}")
        except Refused as error:
            if error.status not in GONE:
                raise
            return False
        self.applied.record = action.done(self.applied.record, self.made)
        return True

    def _unsay(self, action: RemoveDouble) -> None:
        if not action.certain:
            return
        try:
            self._send("DELETE", f"/issue/{action.issue}/comment/{action.comment}", issue=action.issue)
        except Refused as error:
            if error.status != 404:  # somebody else was quicker
                raise CannotDo(f"A doubled comment cannot be removed ({error}).", DOUBLE_MEND) from None

    def _take_back(self, issue: str, key: str, comment: str) -> None:
        """Jira says that a client can see what was meant for colleagues: it goes at once."""
        try:
            self._send("DELETE", f"/issue/{issue}/comment/{comment}", issue=issue)
            outcome = "it was deleted"
        except Refused as error:
            outcome = f"it cannot be deleted ({error})"
        raise CannotDo(
            f"A note on {key} came out public although it was flagged internal; {outcome}.",
            "Check that the project is a service project in which our account may write internal comments.",
        )

    def _kept_as(self, step: str) -> str:
        """Under which name a failure is kept: beyond some, linked requests share one, for the record's limit."""
        kept = [each for each in self.applied.record.failures if each.step.startswith(REQUEST_STEP)]
        few = len(kept) < MOST_FAILED or any(each.step == step for each in kept)
        return step if few or not step.startswith(REQUEST_STEP) else FURTHER_STEP

    def _tell(self, action: ToClient) -> None:
        """To the ticket's own client."""
        place = _Place(self.escalation.id, self.escalation.service_project)
        self._told(
            action, self._tell_at(place, {"body": self._body(action.document, self.escalation.key)}, action.found)
        )

    def _told(self, action: ToClient | TellRequest, comment: str | None) -> None:
        """A client was told, as Jira says; one who was told is not told again, even should the comment be gone."""
        self._tried(tries.shown(action, self.escalation))
        if comment is None:
            self.applied.failed = True  # it is not there: the next look says so
        else:
            self.applied.record = action.done(self.applied.record, comment)

    def _tell_request(self, action: TellRequest) -> None:
        """To the client of a linked request; or, for a person to send it, to colleagues on that request."""
        if not action.readable:
            raise CannotDo(f"The linked request {action.key} cannot be read, so its client is not told.", READ_MEND)
        mark = [{"key": parsing.PROPERTY, "value": {"answers": action.mark}}]
        body = {"body": self._body(action.document, action.key), "properties": mark}
        if action.draft:
            comment: str | None = action.found or self._leave(action, body)
        else:
            comment = self._tell_at(_Place(action.request, True, action.key), body, action.found)
        self._told(action, comment)

    def _leave(self, action: TellRequest, body: dict[str, Any]) -> str:
        """A draft on a request, internal; it goes at once should the client see it."""
        flag = {"key": parsing.PUBLIC_PROPERTY, "value": {"internal": True}}
        try:
            answer = self._comment(action.request, {**body, "properties": [*body["properties"], flag]})
        except Refused as error:
            raise CannotDo(f"A draft cannot be left on {action.key} ({error}).", COMMENT_MEND) from None
        if parsing.is_public(answer) is True:
            self._take_back(action.request, action.key, str(answer["id"]))
        return str(answer["id"])

    def _tell_at(self, place: "_Place", body: dict[str, Any], found: str | None) -> str | None:
        """Posted, then read back, because some accounts' comments turn out internal (jira-facts §3); the comment, None
        where it was taken and is not there."""
        comment, answer = found, None
        if comment is None:
            if place.hidden in self.applied.record.said and not self._is_agent(place):
                raise CannotDo(place.what(HIDDEN_WHAT), PUBLIC_MEND)
            comment, answer = self._post(place, body)
        public = self._is_public(place, comment, answer) if place.service else True
        if public is False:
            self._hidden(place, comment)
            raise CannotDo(place.what(HIDDEN_WHAT), PUBLIC_MEND)
        return comment if public else None

    def _post(self, place: "_Place", body: dict[str, Any]) -> tuple[str, Any]:
        try:
            answer = self._comment(place.issue, body)
        except Refused as error:
            raise CannotDo(place.what(f"The client cannot be told ({error})."), COMMENT_MEND) from None
        self.made = str(answer["id"])
        return self.made, answer

    def _hidden(self, place: "_Place", comment: str) -> None:
        """A comment stays as public as it was made: the first internal one is left, others are taken back."""
        if place.hidden not in self.applied.record.said:
            self.applied.record = self.applied.record.saying(place.hidden, comment)
        else:
            with suppress(Refused):
                self._send("DELETE", f"/issue/{place.issue}/comment/{comment}", issue=place.issue)

    def _is_agent(self, place: "_Place") -> bool:
        """Whether our comments can be public by now; asked once for a project."""
        if place.project not in self.agent_in:
            self.agent_in[place.project] = self._may_be_agent(place.issue)
        return self.agent_in[place.project]

    def _may_be_agent(self, issue: str) -> bool:
        """What Jira says of it; where it does not say, only trying tells."""
        only = {"permissions": AGENT} if self.site.cloud else {}
        try:
            answer = self.site.get("/mypermissions", issueId=issue, **only)
        except Refused:
            return True
        held = (answer.get("permissions") or {}).get(AGENT) or {}
        return held.get("havePermission") is not False

    def _is_public(self, place: "_Place", comment: str, answer: Any) -> bool | None:
        """Whether the client sees it, as the answer says, else as one more read says; None where it is not there."""
        public = parsing.is_public(answer) if answer else None
        return self._read_back(place.issue, comment) if public is None else public

    def _read_back(self, id: str, comment: str) -> bool | None:
        try:
            desk = with_any(self.site.call("GET", f"/rest/servicedeskapi/request/{id}/comment/{comment}"), "id")
            return parsing.is_public(desk) is not False
        except Refused as error:
            if error.status not in GONE:
                raise
        try:
            found = with_any(self.site.get(f"/issue/{id}/comment/{comment}", expand="properties"), "id")
            return parsing.is_public(found) is not False
        except Refused as error:
            if error.status not in GONE:
                raise
            return None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An evaluation to be created: of the first of these sub-task types, in that way; `dated`: with its due date,
    `nobody`: saying outright that nobody is assigned, where nobody is."""

    new: NewEvaluation
    kinds: tuple[str, ...]
    way: int = 0
    dated: bool = True
    nobody: bool = True

    @property
    def person(self) -> str | None:
        """Whom it is to be assigned to."""
        return self.new.ways[self.way].person


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a client reads: an issue, whether it is in a service project, and its key if it is a linked request."""

    issue: str
    service: bool
    request: str = ""

    @property
    def project(self) -> str:
        """Whose permissions hold there ("": the ticket's own project's)."""
        return self.request.rpartition("-")[0]

    @property
    def hidden(self) -> str:
        """The key under which the record remembers a comment there that came out internal."""
        return f"{HIDDEN} {self.project}".strip()

    def what(self, words: str) -> str:
        """What could not be done, with the request that it was about."""
        return f"{self.request}: {words}" if self.request else words


REACH_MEND = "Give them the permission Browse Projects there, or have somebody else hold that seat or that ticket."
READ_MEND = "Give our account the permissions to browse that project and to add comments there, as an agent."
EDIT_MEND = "Give our account the permission to edit issues in this project."
DUE_MEND = (
    "Put the field Due date on the project's edit screen and give our account the permission Schedule Issues, or set "
    "the date by hand."
)
PRIORITY_MEND = (
    "Put the field Priority on the project's edit screen, and give a priority that the project has in the protocol "
    "file; or set it by hand."
)
LABEL_MEND = "Put the field Labels on the project's edit screen, or change the labels by hand."
OPEN_MEND = "Check that our account may create issues and that the project's sub-task type needs no further fields."
ASSIGN_MEND = "Give this person the permission to be assigned issues here, or assign the evaluation to somebody else."
REFUSED_MEND = "Check the permissions of our account in this project."
HIDDEN_WHAT = "The client cannot see what we told them: the comment came out internal."
REOPEN_MEND = "Open it again by hand; a comment on it counts all the same."
CLOSE_MEND = "Close it by hand, or let our account make that transition."
DOUBLE_MEND = "Delete it by hand, or give our account the permission to delete its own comments."
COMMENT_MEND = "Give our account the permission to add comments in this project."
PUBLIC_MEND = "Make our account an agent of the service project; then run `escalation failures retry`."


def _without_refused(action: EditTicket, error: Refused) -> EditTicket:
    """The edit less the fields that Jira refuses by name."""
    if "duedate" in error.fields and action.due:
        action = replace(action, due=None)
    if "priority" in error.fields and action.priority:
        action = replace(action, priority="")
    if "labels" in error.fields:
        action = replace(action, add=(), remove=())
    return action


def _element_error(error: dict[str, Any]) -> Refused:
    return refused(int(error.get("status") or 400), error.get("elementErrors"))
