"""What may be done to Jira: plain values that print as a sentence, so that the dry run is the plan, printed.

An action knows what it adds to the record once it is done, and by which name its failure is remembered (`step`). It
never does anything itself: that is the business of `worker/jira/write.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from worker.escalation.facts.record import CLOSE, LABEL_STEP, PROMISE, REASONS, Heard, Record, Told, request_step
from worker.escalation.plan.alert import Alert
from worker.escalation.texts.document import Document

OPEN_STEP, TELL_STEP, REASONS_STEP = "open the evaluations", "tell the client", "tell the client the reasons"
CLOSING, CLOSING_STEP = f"{PROMISE}closing", "tell the client that it is resolved"
EDIT_STEP = "edit"  # the ticket at all, record included


@dataclass(frozen=True, slots=True)
class Asked:
    """One way to open an evaluation: assigned to this person (None: nobody), with a text that is only made when it is
    needed, since most ways are never gone. `name` is what people call them."""

    person: str | None
    text: Callable[[], Document] = field(compare=False, repr=False)
    name: str = ""

    @property
    def body(self) -> Document:
        """The text."""
        return self.text()


@dataclass(frozen=True, slots=True)
class NewEvaluation:
    """A seat's evaluation to be created; `ways` are tried in order until Jira accepts the assignee. `due` is the day by
    which it is to be answered."""

    seat: str
    title: str
    ways: tuple[Asked, ...]
    due: date | None = None


@dataclass(frozen=True, slots=True)
class OpenEvaluations:
    """Create these evaluations below the ticket, in one call; `asked` tells the request from another one, `kind`
    is the name of the sub-task type ("": the usual one)."""

    ticket: str
    project: str
    round: int
    label: str
    evaluations: tuple[NewEvaluation, ...]
    drill: bool = False
    asked: str = ""
    kind: str = ""

    step = OPEN_STEP

    def __str__(self) -> str:
        seats = ", ".join(f"{new.seat} ({new.ways[0].name or 'unassigned'})" for new in self.evaluations)
        return f"open evaluations of round {self.round}: {seats}"


@dataclass(frozen=True, slots=True)
class RemoveDuplicate:
    """Delete an evaluation that a lost answer made twice (or close it, where deleting is not allowed)."""

    evaluation: str
    key: str

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"remove the duplicate {self.key}"

    def __str__(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True)
class RemoveDouble:
    """Delete a comment of ours that says once more what another one says; `request` is the linked request that it
    stands on ("": it is the ticket's, or an evaluation's). It is left alone until it is `certain` that it is a double.
    """

    issue: str
    comment: str
    request: str = ""
    certain: bool = True

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"remove the doubled comment {self.comment}"

    def __str__(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True)
class Assign:
    """Ask somebody else for a seat, by assigning its evaluation; what it asks (`text`) and by when is theirs, then."""

    evaluation: str
    key: str
    seat: str
    person: str
    name: str
    text: Callable[[], Document] = field(compare=False, repr=False)
    due: date | None = None

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return assign_step(self.seat)

    def __str__(self) -> str:
        return f"assign {self.key} ({self.seat}) to {self.name}"


@dataclass(frozen=True, slots=True)
class CloseEvaluation:
    """Move an evaluation into a done status, by whatever transition leads there."""

    evaluation: str
    key: str
    status: str = ""

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"{CLOSE}{self.key}"

    def __str__(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True)
class ReopenEvaluation:
    """Move an evaluation that is done out of it, because somebody is asked on it again."""

    evaluation: str
    key: str
    status: str = ""

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"reopen {self.key}"

    def __str__(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True)
class EditTicket:
    """Change labels, due date and priority ("": not) of the ticket, and save the record, in one edit.

    `label_steps` are the names under which labels that are refused are remembered: those of the decision, those of the
    ticket's state, or both.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    due: date | None = None
    label_steps: tuple[str, ...] = (LABEL_STEP,)
    priority: str = ""

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return self.label_steps[0]

    def with_(self, other: "EditTicket") -> "EditTicket":
        """Both in one."""
        return EditTicket(
            _each_once(self.add, other.add),
            _each_once(self.remove, other.remove),
            self.due or other.due,
            _each_once(self.label_steps, other.label_steps),
            self.priority or other.priority,
        )

    def __str__(self) -> str:
        parts = [f"add label {label}" for label in self.add] + [f"remove label {label}" for label in self.remove]
        parts += [f"set the due date to {self.due}"] if self.due else []
        parts += [f"set the priority to {self.priority}"] if self.priority else []
        return "; ".join([*parts, "save the record"])


@dataclass(frozen=True, slots=True)
class RemoveLabel:
    """Take a label off that a person has put on, so that the changelog shows who puts it on next: we, by a decision."""

    label: str

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"remove the label {self.label}"

    def __str__(self) -> str:
        return self.step


@dataclass(frozen=True, slots=True)
class TellClient:
    """The public comment of a decision. `found` is a comment that says it already, after a lost answer; `reasons` says
    whether it has any ("answer" or "no")."""

    round: int
    document: Document
    found: str | None = None
    reasons: str = "no"

    step = TELL_STEP

    def done(self, record: Record, comment: str) -> Record:
        """The record once the client has been told."""
        return replace(record, told=Told(self.round, "auto", comment, self.reasons))

    def __str__(self) -> str:
        head = self.document.head
        return f"check that comment {self.found} is public" if self.found else f"tell the client: {head}"


@dataclass(frozen=True, slots=True)
class TellClosing:
    """The public comment that a graded ticket was resolved. `found` is one that says it already."""

    document: Document
    found: str | None = None

    step = CLOSING_STEP

    def done(self, record: Record, comment: str) -> Record:
        """The record once the client has been told."""
        return record.saying(CLOSING, comment)

    def __str__(self) -> str:
        return f"tell the client: {self.document.head}"


@dataclass(frozen=True, slots=True)
class TellReasons:
    """The public comment with the reasons that followed the answer. `found` is one that says it already."""

    document: Document
    found: str | None = None

    step = REASONS_STEP

    def done(self, record: Record, comment: str) -> Record:
        """The record once the client has been told."""
        told = replace(record.told, reasons="later") if record.told else None
        return replace(record, told=told).saying(REASONS, comment)

    def __str__(self) -> str:
        return f"tell the client: {self.document.head}"


@dataclass(frozen=True, slots=True)
class TellRequest:
    """A comment for the client of a linked request: what of the ticket concerns them, too.

    `what`: "" is the answer, else the reasons that follow it, or that the ticket is resolved. `heard` gives what the
    record says once it stands in a comment. `mark` is the property by which the comment is known again, `found` one
    that says it already. `draft`: for whoever is to send it, so that it is internal. `readable`: whether Jira shows us
    the request at all.
    """

    request: str
    key: str
    document: Document
    mark: str
    heard: Callable[[str], Heard] = field(compare=False, repr=False)
    what: str = ""
    found: str | None = None
    draft: bool = False
    readable: bool = True

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return request_step(self.key, self.what)

    def done(self, record: Record, comment: str) -> Record:
        """The record once the client has been told."""
        return record.hearing(self.heard(comment))

    def __str__(self) -> str:
        if self.found:
            return f"check that comment {self.found} on {self.key} is {'internal' if self.draft else 'public'}"
        whom = f"leave a draft on {self.key}" if self.draft else f"tell the client of {self.key}"
        return f"{whom}: {self.document.head}"


@dataclass(frozen=True, slots=True)
class Note:
    """A comment for colleagues, on the ticket or on an evaluation; `role` restricts who may read it.

    `remember`: its key goes into the record, so that it is not said again if somebody deletes it, and with it `also`,
    what else it says. `tells`: it is the draft of the client's text for that round, and `reasons` says whether that has
    any, or that this note is them (see `Told`).
    """

    key: str
    issue: str
    issue_key: str
    document: Document
    role: str = ""
    remember: bool = False
    tells: int | None = None
    reasons: str | None = None
    also: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """Its name among the failures."""
        return f"note {self.key}"

    def done(self, record: Record, comment: str) -> Record:
        """The record once it has been said."""
        told = record
        if self.tells:
            told = replace(record, told=Told(self.tells, "draft", comment, self.reasons))
        elif self.reasons and record.told:
            told = replace(record, told=replace(record.told, reasons=self.reasons))
        for key in (self.key, *self.also) if self.remember else ():
            told = told.saying(key, comment)
        return told

    def __str__(self) -> str:
        return f"note on {self.issue_key}: {self.document.head}"


ToClient = TellClient | TellReasons | TellClosing
Action = (
    OpenEvaluations
    | RemoveDuplicate
    | RemoveDouble
    | Assign
    | CloseEvaluation
    | ReopenEvaluation
    | RemoveLabel
    | EditTicket
    | ToClient
    | TellRequest
    | Note
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs between Jira and the protocol: the actions, the record as it should be, when to look again.

    `save` says that the record differs from the one in Jira even before anything is done. `alerts` are for colleagues
    outside Jira, told before anything is written. `unkept`: Jira does not keep the record, so it is not written.
    """

    actions: tuple[Action, ...]
    record: Record
    save: bool = False
    look_again_at: datetime | None = None
    alerts: tuple[Alert, ...] = ()
    unkept: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing needs to be written."""
        return not self.actions and not self.save


def assign_step(seat: str) -> str:
    """The name under which the failure to assign a seat is remembered."""
    return f"assign {seat}"


def _each_once(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
