"""A plan while it is being made: what is wanted is checked against what is there, so that nothing is done twice.

Also here: where a text for colleagues may stand at all, so that no client ever reads it (design §4 "Telling").
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from config.protocol import Protocol
from worker.escalation.facts.history import Turn
from worker.escalation.facts.model import Comment, Escalation, Evaluation, number_of
from worker.escalation.facts.record import CLOSE, FAILED, FURTHER_STEP, REACH, UNSEEN, Failure, Record
from worker.escalation.panel.lost import MOST
from worker.escalation.plan import tries
from worker.escalation.plan.actions import Action, EditTicket, Note, Plan, TellRequest
from worker.escalation.plan.alert import Alert, Kind
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note for colleagues goes: an issue, and the project role that may read it ("": all who see the issue)."""

    issue: str
    key: str
    comments: tuple[Comment, ...]
    role: str = ""


@dataclass(slots=True)
class Draft:
    """The plan in the making, for one escalation at one moment.

    `request` is the label that asks for its round, `before` the record as it stands in Jira, `trusted` whether the
    decision in it is borne out as the one that stands, `closed_by` by what a rule seems to have closed the ticket,
    which `escalation` then shows as open.
    """

    escalation: Escalation
    protocol: Protocol
    now: datetime
    record: Record
    request: str = ""
    actions: list[Action] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    alerts: list[Alert] = field(default_factory=list)
    drill: bool = False
    before: Record = field(default_factory=Record)
    trusted: bool = True
    closed_by: Turn | None = None
    given_up: list[Failure] = field(default_factory=list)

    def do(self, action: Action) -> None:
        """Wants the action, as far as it is worth another try; one that failed waits until its next try is due."""
        self.wanted.add(action.step)
        left = self._worth_trying(action)
        if left:
            self._do(left)

    def _worth_trying(self, action: Action) -> Action | None:
        """What of an action was not tried in vain as often as it may be; the rest is given up."""
        spent = tries.spent(action, self.escalation)
        for key in spent:
            self._give_up(tries.unseen(key))
        return tries.without(action, spent)

    def _give_up(self, failed: Failure | None) -> None:
        if failed and failed not in self.given_up:
            self.given_up.append(failed)

    def _do(self, action: Action) -> None:
        failure = self.record.failure(action.step)
        if failure is None and isinstance(action, TellRequest):
            self.wanted.add(FURTHER_STEP)
            failure = self.record.failure(FURTHER_STEP)
        if failure and failure.retry_at and failure.retry_at > self.now:
            self.looks.append(failure.retry_at)
        else:
            self.actions.append(action)

    def edit(self, edit: EditTicket) -> None:
        """Wants the ticket edited, together with what is changed on it anyway (C6: one write for each step)."""
        planned = next((action for action in self.actions if isinstance(action, EditTicket)), None)
        if planned is None:
            self.do(edit)
            return
        self.wanted.update(edit.label_steps)
        left = self._worth_trying(edit)
        if isinstance(left, EditTicket):
            self.actions[self.actions.index(planned)] = planned.with_(left)

    def alert(self, kind: Kind, *, grade: str = "", due: str = "", words: str = "", at: str = "") -> None:
        """Wants colleagues outside Jira to hear of it, once a round (`at` tells one of a kind from the next)."""
        key = " ".join(part for part in (self.escalation.id, str(self.record.round), kind, at) if part)
        words = f"This is a drill. {words}".strip() if self.drill else words
        self.alerts.append(Alert(kind, key, self.escalation.key, grade, due, words))

    def marked(self, document: Document) -> Document:
        """The text, which says of a drill that it is one."""
        return document.marked(wording.drill_mark(self.protocol)) if self.drill else document

    def hold(self, step: str, what: str, mend: str, until: datetime) -> bool:
        """Whether a step that is beyond a bound is held back: it is listed as failed, said once, and goes on at that
        instant, or when somebody asks for it (`failures retry`)."""
        self.wanted.add(step)
        before = self.record.failure(step)
        if before and (before.retry_at is None or before.retry_at <= self.now):
            self.record = self.record.without_failure(step)
            return False
        if not before:
            self.record = self.record.with_failure(Failure(step, what, mend, retry_at=until))
        self.looks.append(until)
        return True

    def note(self, key: str, evaluation: Evaluation, document: Document, *, after: str = "0") -> None:
        """Wants something said on an evaluation, once (after that comment)."""
        if not self.is_noted(evaluation, document, after=after):
            self.do(Note(key, evaluation.id, evaluation.key, self.marked(document)))

    def is_noted(self, evaluation: Evaluation, document: Document, *, after: str = "0") -> bool:
        """Whether that was said on an evaluation (after that comment)."""
        document = self.marked(document)
        ours = (comment for comment in evaluation.comments if comment.author == self.escalation.us)
        return any(number_of(said.id) > number_of(after) and wording.says(said, document) for said in ours)

    def tell_colleagues(
        self,
        key: str,
        document: Document,
        prefer: Evaluation | None = None,
        *,
        tells: int | None = None,
        reasons: str | None = None,
        since: datetime | None = None,
        also: tuple[str, ...] = (),
    ) -> None:
        """Wants something said to colleagues where they look, once a round (and once since that instant, whatever the
        record knows), which says `also` something else; where no place is safe, it is not said."""
        place = self.place(prefer)
        if key in self.record.said or place is None:
            return
        document = self.marked(document)
        found = self.said_at(place, document, since=since)
        note = Note(
            key, place.issue, place.key, document, place.role, remember=True, tells=tells, reasons=reasons, also=also
        )
        if found:
            self.record = note.done(self.record, found.id)
        else:
            self.do(note)

    def ask(self, key: str, evaluation: Evaluation, document: Document) -> None:
        """Wants something asked on an evaluation, once a round, whatever becomes of the comment."""
        if key in self.record.said:
            return
        document = self.marked(document)
        note = Note(key, evaluation.id, evaluation.key, document, remember=True)
        found = self.said_at(Place(evaluation.id, evaluation.key, evaluation.comments), document)
        if found:
            self.record = note.done(self.record, found.id)
        else:
            self.do(note)

    def said_at(self, place: Place, document: Document, *, since: datetime | None = None) -> Comment | None:
        """Our comment that says it already (since that instant), unless it is known to be another text's."""
        claimed = self.record.claimed()
        ours = (c for c in place.comments if self._is_ours(c) and c.id not in claimed)
        return next((c for c in ours if (since is None or c.created >= since) and wording.says(c, document)), None)

    @property
    def _asked_at(self) -> datetime | None:
        """When the latest round was asked for: what failed in an older one has been said of that one."""
        put = self.escalation.put(self.request or self.protocol.labels.request)
        return put.at if put else None

    def _is_ours(self, comment: Comment) -> bool:
        return comment.author == self.escalation.us

    def place(self, prefer: Evaluation | None = None) -> Place | None:
        """Where colleagues look and clients do not: the ticket of a service project (internally) or under the role
        that is configured; else an evaluation; None where there is none."""
        ticket, role = self.escalation, self.protocol.internal.role
        if ticket.service_project or role:
            return Place(ticket.id, ticket.key, ticket.comments, "" if ticket.service_project else role)
        evaluation = prefer or next(self._evaluations(), None)
        return Place(evaluation.id, evaluation.key, evaluation.comments) if evaluation else None

    def _evaluations(self) -> Iterator[Evaluation]:
        """The latest round's evaluations, the one of whoever speaks with the client first, then the chair's."""
        rounds = [evaluation.round for evaluation in self.escalation.evaluations]
        first = (wording.contact_seat(self.protocol).name, self.protocol.panel.chair)
        latest = self.escalation.in_round(max(rounds, default=0))
        yield from sorted(latest, key=lambda e: first.index(e.seat) if e.seat in first else len(first))

    def look_at(self, *instants: datetime | None) -> None:
        """Asks to be called again at these instants, as far as they lie ahead."""
        self.looks.extend(instant for instant in instants if instant and instant > self.now)

    def finish(self) -> Plan:
        """The plan: failures that no longer matter are forgotten, those not yet noted are noted."""
        unkept = tries.is_unkept(self.escalation)
        if unkept:
            self._give_up(tries.unseen(tries.RECORD))
        self.wanted.update(each.step for each in self.record.failures if each.step.startswith(REACH) and each.retry_at)
        self._note_failures([*self._failures_known(), *self.given_up])
        kept = (failed for failed in self.record.failures if failed.step in self.wanted)
        self.record = replace(self.record, failures=(*kept, *self.given_up), proven=self.trusted)
        if self.record.ended:  # what was tried in vain still tells why a seat was given up
            in_vain = {key: each for key, each in self.record.tries.items() if each.count >= MOST}
            self.record = replace(self.record, tries=in_vain)
        self._remember_when()
        saved = any(isinstance(action, EditTicket) for action in self.actions)
        save = not (saved or unkept) and self.record != self.before
        when = min(self.looks, default=None)
        return Plan(tuple(self.actions), self.record, save, when, tuple(self.alerts), unkept)

    def _failures_known(self) -> list[Failure]:
        """Those of before, as they are now, and those of this plan; what is not seen is found out anew each time."""
        old = {failed.step: failed for failed in self.escalation.record.failures}
        each = old | {failed.step: failed for failed in self.record.failures}
        return [failed for failed in each.values() if not failed.step.startswith(UNSEEN)]

    def _note_failures(self, failures: list[Failure]) -> None:
        """One note for each cause, however many steps it has kept from being done."""
        new = [failed for failed in failures if f"{FAILED}{failed.step}" not in self.record.said]
        new = [failed for failed in new if not self._is_one_more(failed, failures)]
        for mend in dict.fromkeys(failed.mend for failed in new):
            together = [failed for failed in new if failed.mend == mend]
            first, *others = (f"{FAILED}{failed.step}" for failed in together)
            if any(failed.step.startswith(REACH) for failed in together):
                self.alert("operator", words="Somebody who is asked to act may not see the ticket.", at="unreached")
            document = wording.failure(self.escalation, self.protocol, together)
            self.tell_colleagues(first, document, since=self._asked_at, also=tuple(others))

    def _is_one_more(self, failed: Failure, failures: list[Failure]) -> bool:
        """Whether it is one more evaluation that cannot be closed, for a reason that was noted of another one."""
        alike = [each for each in failures if each.step.startswith(CLOSE) and each.mend == failed.mend]
        noted = [self.record.said.get(f"{FAILED}{each.step}") for each in alike]
        if not failed.step.startswith(CLOSE) or not any(noted):
            return False
        self.record = self.record.saying(f"{FAILED}{failed.step}", "")
        return True

    def _remember_when(self) -> None:
        """The next look goes into the record of a ticket that has one (the sweep reads it there)."""
        if not self.record.empty:
            self.record = replace(self.record, look_again_at=min(self.looks, default=None))
