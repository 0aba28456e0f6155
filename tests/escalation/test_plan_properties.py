"""What holds for every plan, whatever Jira may hold: it never raises, converges, and never takes a decision back.

Two kinds of tickets are made up: arbitrary ones, which no story would ever lead to, and those that votes lead to.
`applied` is Jira in small: the same facts, with a plan carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from config.checking.parser import parse
from config.protocol import Protocol
from worker.escalation.facts.model import Assignment, Comment, Escalation, Evaluation, LabelPut, Person, number_of
from worker.escalation.facts.record import (
    DUE_STEP,
    LABEL_STEP,
    STATE_STEP,
    Breach,
    CountedVote,
    Decision,
    Failure,
    Kept,
    PastRound,
    Record,
    Told,
)
from worker.escalation.plan.actions import (
    Action,
    Assign,
    CloseEvaluation,
    EditTicket,
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
)
from worker.escalation.plan.plan import plan
from worker.escalation.plan.promise_tracking import BROKEN, HALF, LAST

US, REQUEST = "bot", "escalation-requested"
SEATS = {"project-manager": "petra", "client-contact": "sam", "engineering-manager": "erin"}
PEOPLE = [US, *SEATS.values(), "paul", "emma", "sue", "otto", "clara"]
GRADES = ["SEV-1", "SEV-2", "OTHER"]
TEXTS = ["SEV-1", "SEV-2: queue", "Other: nuisance", "SEV-1\n\nClient: You cannot work.", "SEV-2?", "SEV-1 or SEV-2",
         "SEV-7", "Recused: holiday", "Thanks!", "", "The panel needs the word of the chair.",
         "Half of the time for this evaluation has passed.", "SEV-2\n\nClient: write to a@b.example"]  # fmt: skip
STEPS = [DUE_STEP, LABEL_STEP, STATE_STEP, "tell the client", "open the evaluations", "assign project-manager",
         "close SUP-2"]  # fmt: skip
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
FEW = settings(max_examples=12, deadline=None, suppress_health_check=SLOW)


def protocol(substitutes: bool = True, **panel: Any) -> Protocol:
    """The three seats, with these changes to the panel."""
    standins = {"project-manager": ["paul"], "engineering-manager": ["emma", "paul"]} if substitutes else {}
    seats = [{"name": n, "title": n.title(), "holder": p, "substitutes": standins.get(n, [])} for n, p in SEATS.items()]
    seats[1] |= {"find": ["field", "last-public-comment", "reporter", "label-adder"], "members": ["sam", "sue"]}
    return parse({"panel": {"seats": seats, **panel}, "client": {"closing": True}})


RULES = ["median", "majority", "unanimous", "highest", "chair"]
PROTOCOLS = [protocol(rule=rule, quorum=quorum) for rule in RULES for quorum in (1, 2, 3)]
ALONE = [protocol(substitutes=False, rule=rule, quorum=quorum) for rule in RULES for quorum in (1, 2, 3)]

# -- arbitrary tickets

instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
people = st.sampled_from(PEOPLE)
numbers = st.integers(10_000, 10_020).map(str)


comments = st.lists(
    st.builds(
        Comment,
        id=numbers,
        author=people,
        text=st.sampled_from(TEXTS),
        created=instants,
        updated=instants,
        editor=st.sampled_from(["", *PEOPLE]),
        public=st.sampled_from([None, True, False]),
        restricted=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda comment: comment.id,
).map(tuple)
assignments = st.builds(Assignment, at=instants, before=people | st.none(), after=people | st.none())
evaluations = st.builds(
    Evaluation,
    id=numbers,
    key=st.just(""),
    round=st.integers(-1, 3),
    seat=st.sampled_from([*SEATS, "a seat of old"]),
    created=instants,
    assignee=people | st.none(),
    done=st.booleans(),
    closed_by_us=st.booleans(),
    comments=comments,
    assignments=st.lists(assignments, max_size=2).map(tuple),
).map(lambda evaluation: replace(evaluation, key=f"SUP-{evaluation.id}"))
votes = st.builds(
    CountedVote, st.sampled_from([*SEATS, "old"]), people, st.sampled_from([*GRADES, "P1"]), numbers, instants
)
decisions = st.builds(
    Decision,
    round=st.integers(1, 3),
    grade=st.sampled_from([*GRADES, "P1"]),
    graded_at=instants,
    how=st.sampled_from(["panel", "time-out", "chair", "chair-silent", "authority"]),
    split=st.booleans(),
    votes=st.lists(votes, max_size=3).map(tuple),
    previous=st.sampled_from([None, *GRADES]),
)
kept = st.builds(Kept, st.sampled_from(GRADES), instants, *[st.none() | instants] * 3, st.none() | st.dates())
records = st.builds(
    Record,
    round=st.integers(0, 3),
    ended=st.sampled_from(["", "decided", "withdrawn", "resolved", "not served"]),
    request_at=st.none() | instants,
    standing=st.booleans(),
    decision=st.none() | decisions,
    promise=st.none() | kept,
    due_before=st.none() | st.dates(),
    told=st.none() | st.builds(Told, st.integers(1, 3), st.sampled_from(["auto", "draft", "off"]), st.none() | numbers),
    said=st.dictionaries(st.sampled_from(["summary", "ended", "stalled", "hand-put sev-1"]), numbers, max_size=3),
    unassignable=st.lists(people, max_size=2).map(tuple),
    failures=st.lists(
        st.builds(
            Failure,
            st.sampled_from(STEPS),
            st.just("It failed."),
            st.just("Mend it."),
            tries=st.integers(1, 5),
            retry_at=st.none() | instants,
        ),
        max_size=2,
        unique_by=lambda failure: failure.step,
    ).map(tuple),
    rounds=st.lists(st.builds(PastRound, st.integers(1, 2), st.just("decided")), max_size=2).map(tuple),
    breaches=st.lists(st.builds(Breach, st.integers(1, 2), st.sampled_from(GRADES), instants), max_size=2).map(tuple),
    resolved_at=st.none() | instants,
)
LABELS = [
    REQUEST,
    "Escalation-Requested",
    "escalation_request",
    "sev-1",
    "SEV-2",
    "escalation-stalled",
    "sla-at-risk",
    "SLA-breached",
]
escalations = st.builds(
    Escalation,
    id=st.just("10"),
    key=st.just("SUP-1"),
    project=st.sampled_from(["SUP", "OPS"]),
    us=st.just(US),
    created=instants,
    summary=st.text(max_size=10),
    service_project=st.booleans(),
    labels=st.lists(st.sampled_from(LABELS), unique=True).map(tuple),
    done=st.booleans(),
    started=st.booleans(),
    status=st.sampled_from(["To Do", "in release"]),
    resolved_at=st.none() | instants,
    assignee=st.none() | people,
    due=st.none() | st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    reporter=st.none() | people,
    comments=comments,
    evaluations=st.lists(evaluations, max_size=5, unique_by=lambda evaluation: evaluation.id).map(tuple),
    record=st.just(Record()) | records,
    puts=st.dictionaries(
        st.sampled_from([label.lower() for label in LABELS]), st.builds(LabelPut, people, instants), max_size=3
    ),
    people=st.just({"clara": Person("clara", "Clara", customer=True), "otto": Person("otto", active=False)}),
    members=st.just({"client-contact": frozenset({"sam", "sue"}), "authority": frozenset({"otto"})}),
    contacts=st.dictionaries(st.just("client-contact"), st.lists(people, max_size=2).map(tuple), max_size=1),
)

# -- Jira in small


def applied(ticket: Escalation, planned: Plan, now: datetime) -> Escalation:
    """The facts after the plan was carried out, as `worker/jira/write.py` does it."""
    jira = _Jira(ticket, planned.record, now)
    for action in planned.actions:
        jira.do(action)
    return replace(jira.ticket, record=jira.record)


@dataclass
class _Jira:
    ticket: Escalation
    record: Record
    now: datetime

    def do(self, action: Action) -> None:
        match action:
            case OpenEvaluations():
                for new in action.evaluations:
                    self._add_evaluation(action.round, new.seat, new.ways[0].person)
            case EditTicket():
                self._edit(action)
            case RemoveLabel():
                labels = tuple(label for label in self.ticket.labels if label != action.label)
                self.ticket = replace(self.ticket, labels=labels)
            case TellClient() | TellReasons() | TellClosing():
                comment = action.found or self._say(self.ticket.id, action.document.text, public=True)
                self.record = action.done(self.record, comment)
            case Note():
                comment = self._say(action.issue, action.document.text, public=False)
                self.record = action.done(self.record, comment)
            case RemoveDuplicate():
                kept = tuple(each for each in self.ticket.evaluations if each.id != action.evaluation)
                self.ticket = replace(self.ticket, evaluations=kept)
            case RemoveDouble():
                self._unsay(action.comment)
            case CloseEvaluation():
                self._change(action.evaluation, done=True, closed_by_us=True)
            case ReopenEvaluation():
                self._change(action.evaluation, done=False, closed_by_us=False)
            case Assign():
                before = next(each for each in self.ticket.evaluations if each.id == action.evaluation)
                moved = (*before.assignments, Assignment(self.now, before.assignee, action.person))
                self._change(action.evaluation, assignee=action.person, assignments=moved)
        if not isinstance(action, EditTicket | OpenEvaluations):
            self.record = self.record.without_failure(action.step)

    def _edit(self, action: EditTicket) -> None:
        labels = tuple(label for label in self.ticket.labels if label not in action.remove)
        puts = {**self.ticket.puts, **{label.lower(): LabelPut(US, self.now) for label in action.add}}
        due = action.due or self.ticket.due
        self.ticket = replace(self.ticket, labels=(*labels, *action.add), puts=puts, due=due)
        done = [*(action.label_steps if action.add or action.remove else ()), *([DUE_STEP] if action.due else ())]
        for step in done:
            self.record = self.record.without_failure(step)

    def _add_evaluation(self, round: int, seat: str, person: str | None) -> None:
        id = self._next_id()
        new = Evaluation(id=id, key=f"SUP-{id}", round=round, seat=seat, created=self.now, assignee=person)
        self.ticket = replace(self.ticket, evaluations=(*self.ticket.evaluations, new))

    def _change(self, evaluation: str, **values: Any) -> None:
        changed = tuple(replace(e, **values) if e.id == evaluation else e for e in self.ticket.evaluations)
        self.ticket = replace(self.ticket, evaluations=changed)

    def _say(self, issue: str, text: str, *, public: bool) -> str:
        comment = Comment(self._next_id(), US, text, self.now, self.now, public=public)
        self.ticket = with_comment(self.ticket, issue, comment)
        return comment.id

    def _unsay(self, comment: str) -> None:
        left = tuple(each for each in self.ticket.comments if each.id != comment)
        below = tuple(
            replace(e, comments=tuple(c for c in e.comments if c.id != comment)) for e in self.ticket.evaluations
        )
        self.ticket = replace(self.ticket, comments=left, evaluations=below)

    def _next_id(self) -> str:
        below = [c.id for e in self.ticket.evaluations for c in e.comments] + [e.id for e in self.ticket.evaluations]
        return str(max([20_000, *(number_of(id) for id in (*below, *(c.id for c in self.ticket.comments)))]) + 1)


def with_comment(ticket: Escalation, issue: str, comment: Comment) -> Escalation:
    if issue == ticket.id:
        return replace(ticket, comments=(*ticket.comments, comment))
    changed = tuple(replace(e, comments=(*e.comments, comment)) if e.id == issue else e for e in ticket.evaluations)
    return replace(ticket, evaluations=changed)


def settled(ticket: Escalation, rules: Protocol, now: datetime) -> Escalation:
    """The ticket when there is nothing left to do; that is soon."""
    for _ in range(6):
        planned = plan(ticket, rules, now)
        if planned.empty:
            return ticket
        ticket = applied(ticket, planned, now)
    raise AssertionError(f"it does not settle: {[str(action) for action in planned.actions]}, save {planned.save}")


# -- any ticket


@FEW
@given(escalations, st.sampled_from(PROTOCOLS), instants)
def test_a_plan_can_always_be_made_and_is_always_the_same(ticket: Escalation, rules: Protocol, now: datetime) -> None:
    planned = plan(ticket, rules, now)
    assert planned == plan(ticket, rules, now)
    assert all(str(action) for action in planned.actions)


@FEW
@given(escalations, st.sampled_from(PROTOCOLS), instants, st.randoms())
def test_the_order_in_which_jira_tells_does_not_matter(
    ticket: Escalation, rules: Protocol, now: datetime, chance: Any
) -> None:
    def shuffled(each: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(chance.sample(each, len(each)))

    mixed = tuple(
        replace(e, comments=shuffled(e.comments), assignments=e.assignments) for e in shuffled(ticket.evaluations)
    )
    other = replace(ticket, comments=shuffled(ticket.comments), evaluations=mixed)
    assert plan(other, rules, now) == plan(ticket, rules, now)


@FEW
@given(escalations, st.sampled_from(PROTOCOLS), instants)
def test_what_was_done_is_not_planned_again(ticket: Escalation, rules: Protocol, now: datetime) -> None:
    """Where a note needs an evaluation to stand on, it comes one look later."""
    planned = plan(ticket, rules, now)
    after = applied(ticket, planned, now)
    again = plan(after, rules, now)
    assert not {str(action) for action in planned.actions} & {str(action) for action in again.actions}
    settled(after, rules, now)


@FEW
@given(escalations, st.sampled_from(PROTOCOLS), instants, st.floats(0, 1))
def test_nothing_is_done_before_it_is_due(ticket: Escalation, rules: Protocol, now: datetime, part: float) -> None:
    ticket = settled(ticket, rules, now)
    due = plan(ticket, rules, now).look_again_at
    later = now + (due - now) * part * 0.999 if due else now + timedelta(days=10) * part
    assume(later != due)  # where it is due in a microsecond, there is no time between
    assert plan(ticket, rules, later).empty


@FEW
@given(escalations, st.sampled_from(PROTOCOLS), instants)
def test_no_internal_word_goes_to_the_client_and_no_grade_is_told_unrecorded(
    ticket: Escalation, rules: Protocol, now: datetime
) -> None:
    planned = plan(ticket, rules, now)
    told = [action for action in planned.actions if isinstance(action, TellClient)]
    assert len(told) <= 1
    assert not (told and any(isinstance(action, TellClosing) for action in planned.actions))
    assert all(planned.record.decision and action.round == planned.record.decision.round for action in told)


# -- rounds


@dataclass(frozen=True)
class Event:
    """Somebody writes something in a seat's evaluation, that many minutes after the last event."""

    after: int
    seat: str
    text: str


SAID = ["SEV-1", "SEV-2", "Other", "SEV-1\n\nClient: You cannot work.", "Recused: holiday", "Hm.", "SEV-2?"]
events = st.lists(
    st.builds(Event, st.integers(1, 90), st.sampled_from([*SEATS]), st.sampled_from(SAID)), min_size=2, max_size=7
)
STARTS = st.datetimes(datetime(2020, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def requested(start: datetime, *, service: bool = True) -> Escalation:
    return Escalation(
        id="10", key="SUP-1", project="SUP", us=US, created=start, labels=(REQUEST,), service_project=service,
        puts={REQUEST: LabelPut("otto", start)},
    )  # fmt: skip


def played(rules: Protocol, start: datetime, story: Sequence[Event], looks: Sequence[bool]) -> Escalation:
    """The ticket a day after the story, looked at after those events where `looks` says so, and at the end."""
    ticket, now = settled(requested(start), rules, start), start
    for event, look in zip(story, looks, strict=True):
        now += timedelta(minutes=event.after)
        place = ticket.seat(event.seat, 1)
        assert place is not None
        number = str(50_000 + story.index(event) * 100 + int((now - start).total_seconds() // 60))
        said = Comment(number, SEATS[event.seat], event.text, now, now)
        ticket = with_comment(ticket, place.id, said)
        ticket = settled(ticket, rules, now) if look else ticket
    return settled(ticket, rules, now + timedelta(days=1))


def asked_the_chair(ticket: Escalation) -> bool:
    return any("word of the chair" in c.text for e in ticket.evaluations for c in e.comments if c.author == US)


@FEW
@given(st.sampled_from(ALONE), STARTS, events, st.data())
def test_the_decision_does_not_depend_on_when_we_looked(
    rules: Protocol, start: datetime, story: list[Event], data: st.DataObject
) -> None:
    """As long as nobody answers to what we say: the chair's question is asked when we look."""
    some = data.draw(st.lists(st.booleans(), min_size=len(story), max_size=len(story)))
    each = [played(rules, start, story, looks) for looks in ([False] * len(story), some, [True] * len(story))]
    assume(not any(asked_the_chair(ticket) for ticket in each))
    first, *others = (replace(t.record.decision, votes=()) if t.record.decision else None for t in each)
    assert all(other == first for other in others)


@FEW
@given(st.sampled_from(PROTOCOLS), STARTS, events, events)
def test_a_decision_is_never_taken_back_by_later_votes(
    rules: Protocol, start: datetime, story: list[Event], later: list[Event]
) -> None:
    ticket = played(rules, start, story, [True] * len(story))
    assume(ticket.record.decision)
    now = start + timedelta(days=10)
    for count, event in enumerate(later):
        place = ticket.seat(event.seat, 1)
        assert place is not None
        author = ticket.seat(event.seat, 1).assignee or "petra"  # type: ignore[union-attr]
        said = Comment(str(90_000 + count), author, event.text, now, now)
        ticket = with_comment(ticket, place.id, said)
        planned = plan(ticket, rules, now)
        assert planned.record.decision == ticket.record.decision
        assert planned.record.promise == ticket.record.promise
        edits = [action for action in planned.actions if isinstance(action, EditTicket)]
        changed = {label for edit in edits for label in (*edit.add, *edit.remove)}
        assert changed <= {rules.labels.at_risk, rules.labels.breached}
        assert not any(edit.due for edit in edits)
        assert not any(isinstance(action, TellClient) for action in planned.actions)
        ticket = settled(ticket, rules, now)
        now += timedelta(minutes=event.after)


@FEW
@given(st.sampled_from(PROTOCOLS), STARTS, events, st.data())
def test_every_round_ends_in_one_order_or_says_why_not(
    rules: Protocol, start: datetime, story: list[Event], data: st.DataObject
) -> None:
    looks = data.draw(st.lists(st.booleans(), min_size=len(story), max_size=len(story)))
    ticket = played(rules, start, story, looks)
    for _ in range(2):  # a chair who was asked at last has its quarter of an hour
        ticket = settled(ticket, rules, start + timedelta(days=30))
    public = [comment for comment in ticket.comments if comment.author == US and comment.public]
    decided = ticket.record.decision is not None
    reasons_followed = ticket.record.told is not None and ticket.record.told.reasons == "later"
    assert len(public) == decided + reasons_followed
    assert {"sev-1", "sev-2", "sev-other"} & set(ticket.labels) == (
        {rules.grade(ticket.record.decision.grade).label} if ticket.record.decision else set()
    )
    assert decided == (REQUEST not in ticket.labels)
    assert len({(e.seat, e.round) for e in ticket.evaluations}) == len(ticket.evaluations) == 3


@FEW
@given(st.sampled_from(PROTOCOLS), STARTS, events)
def test_a_grade_has_its_quorum_and_the_gravest_two_votes_or_the_chairs_word(
    rules: Protocol, start: datetime, story: list[Event]
) -> None:
    found = played(rules, start, story, [True] * len(story)).record.decision
    if found is None:
        return
    assert len(found.votes) >= rules.panel.quorum
    assert found.graded_at >= max(vote.at for vote in found.votes)
    if found.grade == "SEV-1" and rules.panel.rule not in ("highest", "chair"):
        gravest = [vote for vote in found.votes if vote.grade == "SEV-1"]
        assert len(gravest) >= 2 or found.how == "chair" or len(found.votes) == rules.panel.quorum == 1


# -- promises

gaps = st.lists(st.timedeltas(timedelta(minutes=1), timedelta(hours=30)), min_size=1, max_size=12)
GRAVE = [Event(2, seat, "SEV-1") for seat in SEATS]
USUAL = [Event(2, seat, "SEV-2") for seat in SEATS]


@FEW
@given(STARTS, st.sampled_from([GRAVE, USUAL]), gaps, st.integers(0, 12))
def test_a_promise_is_warned_about_once_and_shown_as_it_stands(
    start: datetime, story: list[Event], gaps: list[timedelta], resolved_after: int
) -> None:
    """Whenever we look, and however often: the labels say what is true, nothing is said twice, a breach stays."""
    rules = protocol()
    ticket, now = settled(requested(start), rules, start), start
    for event in story:
        now += timedelta(minutes=event.after)
        place = ticket.seat(event.seat, 1)
        assert place is not None
        ticket = with_comment(
            ticket, place.id, Comment(str(now.timestamp())[:10], SEATS[event.seat], event.text, now, now)
        )
    ticket = settled(ticket, rules, now)
    for count, gap in enumerate(gaps):
        now += gap
        if count == resolved_after:
            ticket = replace(ticket, done=True, resolved_at=now)
        ticket = settled(ticket, rules, now)
        assert shown(ticket) == should_show(ticket, now)
    ours = [comment.text for comment in ticket.comments if comment.author == US]
    assert len(set(ours)) == len(ours)
    assert len(ticket.record.breaches) <= 1
    assert [c.public for c in ticket.comments].count(True) <= 2
    assert {key for key in ticket.record.said if key.startswith("promise ")} <= {
        *(f"promise {stage}" for stage in (HALF, LAST, BROKEN, "not begun", "closing")),
        *("promise label sla-at-risk", "promise label sla-breached"),
    }  # fmt: skip


def shown(ticket: Escalation) -> set[str]:
    return {label for label in ticket.labels if label.startswith("sla-")}


def should_show(ticket: Escalation, now: datetime) -> set[str]:
    """Reckoned apart from the code: in UTC, from the promise as the client was told it."""
    promise = ticket.record.promise
    assert promise is not None
    if ticket.done:
        return set()
    if promise.grade == "SEV-1":
        local = promise.graded_at.astimezone(protocol().zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), local.tzinfo)
        return {"sla-breached"} if now >= midnight.astimezone(UTC) else set()
    assert promise.window_start and promise.window_end
    graded, begins, ends = (at.astimezone(UTC) for at in (promise.graded_at, promise.window_start, promise.window_end))
    if now >= ends:
        return {"sla-breached"}
    return {"sla-at-risk"} if now >= min(graded + (begins - graded) / 2, begins - timedelta(hours=2)) else set()
