"""One look at one ticket: read it, plan, apply. The heart of the worker; everything else only decides when it beats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

import structlog

from config.protocol import Protocol
from worker.errors import CannotDo, EscalationError, HeldBack, NotOurs
from worker.escalation.facts.model import Escalation, Request, number_of
from worker.escalation.facts.record import UNSEEN, Failure, Record
from worker.escalation.plan.actions import EDIT_STEP, Action, Note, OpenEvaluations, Plan, RemoveDouble, TellRequest
from worker.escalation.plan.alert import Alert
from worker.escalation.plan.decided_round import complaint
from worker.escalation.plan.disclosure import possible_projects, texts_for_client
from worker.escalation.plan.plan import plan
from worker.escalation.plan.tries import once_more
from worker.escalation.views.changes import news
from worker.jira.groups import Groups
from worker.jira.issue_memory import IssueMemory, Relatives
from worker.jira.people import People
from worker.jira.projects import Projects
from worker.jira.read import Elsewhere, Reader, Shown
from worker.jira.site import Refused, Site
from worker.jira.write import Memory, Writer
from worker.look.at_rest import Prints
from worker.look.tries import Own
from worker.metrics import DECISIONS, ENDED, FAILURES, PROMISES, TALLY, TOLD, VOTES

MOST_ASKED = 8  # words like keys, in texts for the client; of more than that all are taken for keys

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look came to: what was planned, how much was written, and what must happen next.

    `again` asks for another look at once (something failed and has to be noted); `failures` are what a person has to
    mend; `done` are the actions that landed, and `saved` is the record as it was saved (None: as it was).
    """

    escalation: Escalation
    plan: Plan
    writes: int = 0
    again: bool = False
    failures: tuple[Failure, ...] = ()
    done: tuple[Action, ...] = ()
    saved: Record | None = None

    @property
    def look_again_at(self) -> datetime | None:
        """When the plan wants to be made again."""
        return self.plan.look_again_at


class Reconciler:
    """Everything a look needs, for one site: reading, writing, the protocol, and how alerts leave it."""

    def __init__(
        self,
        site: Site,
        protocol: Protocol,
        kin: IssueMemory,
        *,
        tell: Callable[[Sequence[Alert]], None] = lambda alerts: None,
        tries: Memory | None = None,
        dry_run: bool = False,
    ) -> None:
        self.site = site
        self._tell = tell
        self.protocol = protocol
        self.projects = Projects(site)
        self.prints = Prints(protocol, site)
        self._dry_run = dry_run
        self._groups = Groups(site)
        self._tries = tries or Own()
        self._people = People(site)
        self._reader = Reader(site, kin, self._groups, self.projects, people=self._people)
        self._writer = Writer(site, self.projects, kin, self._tries, self._people)

    def look(
        self,
        issue: str,
        now: datetime,
        alive: Callable[[], None],
        *,
        retry: bool = False,
        may_open: Callable[[Escalation], bool] = lambda ticket: True,
        shown: Shown | None = None,
    ) -> Outcome:
        """Look at a ticket: bring Jira to what the protocol says it should be at `now`.

        Args:
            issue: the ticket's id or key.
            now: an aware instant.
            alive: raises LeaseLost once the ticket is another worker's; asked before every write.
            retry: try at once what failed before.
            may_open: asked before the first round of a ticket is opened.
            shown: what `show` has just given of it.

        Raises:
            NotOurs: there is nothing to look at.
            HeldBack: its first round may not be opened.
            Elsewhere: this is an evaluation; its ticket is the one to look at.
            TryAgain, Unauthorized, CannotDo, LeaseLost: see worker/errors.py.
        """
        escalation, planned = self._planned(issue, now, retry, shown)
        if self._dry_run or planned.empty:
            _log_dry(escalation, planned, self._dry_run)
            return Outcome(escalation, planned, failures=planned.record.failures)
        if _opens_first_round(escalation, planned) and not may_open(escalation):
            raise HeldBack(escalation.key)
        self._tell(planned.alerts)  # before the record says that it was told: an alert may come twice, but never not
        try:
            applied = self._writer.apply(escalation, planned, now, alive)
        except CannotDo as error:
            failed = Failure(EDIT_STEP, error.what, error.mend)
            self._writer.apply(escalation, complaint(escalation, self.protocol, now, failed), now, alive)
            raise
        _count_given_up(escalation, planned)
        log.info("applied", ticket=escalation.key, writes=applied.writes, steps=len(applied.done))
        _publish(escalation, applied.record)
        failures, done = applied.record.failures, tuple(applied.done)
        return Outcome(escalation, planned, applied.writes, applied.failed, failures, done, applied.record)

    def show(self, issue: str, relatives: Relatives) -> Shown:
        """The first step of a look, with these relatives known: what Jira shows; raises what `look` raises."""
        return self._reader.show(issue, self.protocol, relatives)

    def _planned(self, issue: str, now: datetime, retry: bool, shown: Shown | None) -> tuple[Escalation, Plan]:
        escalation = self._with_tries(self._reader.escalation(issue, self.protocol, shown))
        planned = plan(with_failures_due(escalation) if retry else escalation, self.protocol, now)
        known = self._better_known(escalation, planned)
        if known == escalation:
            return escalation, planned
        planned = plan(with_failures_due(known) if retry else known, self.protocol, now)
        return known, planned

    def _with_tries(self, escalation: Escalation) -> Escalation:
        """The same facts, with what was tried before; what somebody else may have written into a record counts for
        nothing, lest a seat be taken for lost that was never asked."""
        kept = escalation.record.tries if escalation.record.proven else {}
        return replace(escalation, tries=(*self._tries.of(escalation.id), kept))

    def _better_known(self, escalation: Escalation, planned: Plan) -> Escalation:
        """The same facts, with those that are only worth a call where they decide what the client may read."""
        if _withholds_on_suspicion(escalation, planned):
            escalation = self._reader.with_visibility(escalation)
        if unsure := _unsure(escalation, planned) or _finds_nobody(escalation, planned):
            escalation = self._reader.with_clients_comments(escalation, unsure)
        return escalation if planned.empty else self._with_projects(escalation)

    def _with_projects(self, escalation: Escalation) -> Escalation:
        """The same facts, with whether what looks like a ticket's key in texts for the client is one."""
        rules = self.protocol.for_project(escalation.project)
        asked = possible_projects(escalation, rules, texts_for_client(escalation, rules))
        found = asked if len(asked) > MOST_ASKED else frozenset(filter(self.projects.exists, sorted(asked)))
        return replace(escalation, projects=found, no_projects=asked - found)

    def ticket_id(self, issue: str) -> str:
        """The id of a ticket, by its key or by the key of one of its evaluations.

        Raises:
            NotOurs: it is gone, or may not be read.
        """
        try:
            return self._reader.escalation(issue, self.protocol).id
        except Elsewhere as error:
            return error.ticket

    def id_of(self, key: str) -> str:
        """The id of an issue by its key, whatever kind of issue it is.

        Raises:
            NotOurs: it is gone, or may not be read.
        """
        try:
            return str(self.site.get(f"/issue/{quote(key, safe='')}", fields="issuetype")["id"])
        except Refused as error:
            raise NotOurs(f"{key} cannot be read ({error.status})") from None

    def warm(self) -> None:
        """Learn what every look needs before the first one needs it; what fails is learned later."""
        try:
            _ = self.prints.key
            _ = self.site.account
            self._groups.members(self.protocol)
            self.projects.warm(tuple(self.protocol.by_project))
            self.projects.organisations()
            for rules in (self.protocol, *self.protocol.by_project.values()):
                self._people.of_panel(rules, ())
        except EscalationError as error:
            log.info("not warm yet", reason=str(error))


def _opens_first_round(escalation: Escalation, planned: Plan) -> bool:
    opens = any(isinstance(action, OpenEvaluations) for action in planned.actions)
    return opens and escalation.record.empty and not escalation.evaluations


def _withholds_on_suspicion(escalation: Escalation, planned: Plan) -> bool:
    """Whether a text for the client is held back although Jira did not say which comments are internal."""
    withheld = any(isinstance(action, Note) and action.key.startswith("withheld") for action in planned.actions)
    unknown = any(comment.public is None and comment.author != escalation.us for comment in escalation.comments)
    return withheld and unknown and escalation.service_project


def _unsure(escalation: Escalation, planned: Plan) -> frozenset[str]:
    """The linked requests of which it is not certain whether we have said there what is to be said: their comments were
    not read whole and afresh, or one that reads the same may answer another ticket."""
    known = {request.id: request for request in escalation.requests}
    wanted = [action for action in planned.actions if isinstance(action, TellRequest)]
    doubles = [action for action in planned.actions if isinstance(action, RemoveDouble) and not action.certain]
    told = {each.request for each in wanted if not known[each.request].whole or _is_unmarked(each, known[each.request])}
    return frozenset(told | {each.request for each in doubles})


def _is_unmarked(action: TellRequest, request: Request) -> bool:
    return any(comment.id == action.found and comment.answers is None for comment in request.comments)


def _finds_nobody(escalation: Escalation, planned: Plan) -> frozenset[str]:
    """The newest linked request on which somebody of the panel's wrote, where Jira did not say what of it the client
    sees, and whoever did so may be the one who is to be asked."""
    if not any(isinstance(action, OpenEvaluations) for action in planned.actions):
        return frozenset()
    members = frozenset[str]().union(*escalation.members.values())
    newest = sorted(escalation.requests, key=lambda request: number_of(request.id), reverse=True)
    unclear = (r.id for r in newest if any(c.author in members and c.public is None for c in r.comments))
    return frozenset(list(unclear)[:1])


def with_failures_due(escalation: Escalation) -> Escalation:
    """The same facts, with every failed step due for another try, and what was given up for one more."""
    return replace(escalation, record=escalation.record.all_due(), tries=tuple(map(once_more, escalation.tries)))


def _publish(escalation: Escalation, after: Record) -> None:
    """What has happened, for the log and the figures: grades, never a text or a person."""
    for each in news(escalation.record, after):
        log.info(each.kind, ticket=escalation.key, round=each.round, grade=each.grade, how=each.how)
        match each.kind:
            case "vote":
                TALLY.add(VOTES, each.grade)
            case "decided":
                TALLY.add(DECISIONS, each.grade, each.how)
            case "ended":
                TALLY.add(ENDED, each.how)
            case "told":
                TALLY.add(TOLD, each.how)
            case "kept" | "broken":
                TALLY.add(PROMISES, each.grade, each.kind)


def _count_given_up(escalation: Escalation, planned: Plan) -> None:
    """What was done as often as it may be and is not seen is a failure, too, once."""
    for failed in planned.record.failures:
        if failed.step.startswith(UNSEEN) and escalation.record.failure(failed.step) is None:
            TALLY.add(FAILURES, "unseen")
            log.warning("not seen", ticket=escalation.key, what=failed.what, mend=failed.mend)


def _log_dry(escalation: Escalation, planned: Plan, dry_run: bool) -> None:
    for action in planned.actions if dry_run else ():
        log.info("dry run", ticket=escalation.key, would=str(action))
