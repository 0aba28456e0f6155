"""An open round: three people are asked, reminded, helped when a vote was botched, replaced when they cannot answer."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from config.protocol import Seat
from worker.escalation.comments.statements import written
from worker.escalation.comments.vote import Recusal, Vote, first_line
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import business_deadline
from worker.escalation.facts.model import Comment, Evaluation, number_of
from worker.escalation.facts.record import CHAIR_NOTE, STATE_STEP, SUMMARY
from worker.escalation.panel.decision import (
    REMIND_AT,
    AskChair,
    Clocks,
    Stalled,
    Verdict,
    chair_asked_at,
    clocks,
    next_candidate,
    silent_at,
    state_now,
)
from worker.escalation.panel.lost import asked, lost
from worker.escalation.panel.seats import (
    HOLDS,
    STANDS_IN,
    Candidate,
    Said,
    botched,
    candidates,
    on_ticket,
    said_in_round,
    second_seats,
)
from worker.escalation.plan.actions import (
    OPEN_STEP,
    Asked,
    Assign,
    CloseEvaluation,
    EditTicket,
    NewEvaluation,
    Note,
    OpenEvaluations,
    RemoveDuplicate,
    ReopenEvaluation,
    assign_step,
)
from worker.escalation.plan.draft import Draft
from worker.escalation.plan.forewarning import forewarn
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document

HINTS = 5  # on one evaluation
ROUNDS_A_DAY = 50  # of one ticket
A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)


def ask(draft: Draft, round: int, verdict: Verdict) -> None:
    """Everything that an undecided round needs."""
    open_evaluations(draft, round)
    remove_duplicates(draft, round)
    said = said_in_round(draft.escalation, draft.protocol, round)
    close_voted(draft, round, said, verdict)
    close_given_up(draft, round, said)
    answer(draft, round)
    forewarn(draft, said)
    clock = clocks(draft.escalation, draft.protocol, round)
    if clock:
        keep_time(draft, round, clock, said)
    ask_chair(draft, round, verdict)
    stall(draft, round, verdict, said)


def open_evaluations(draft: Draft, round: int) -> None:
    """One evaluation for each seat that has none; one that is not there any more is opened once more, and then left."""
    missing = [seat for seat in draft.protocol.panel.seats if draft.escalation.seat(seat.name, round) is None]
    if not missing or _asked_too_often(draft, round):
        return
    new = tuple(_new(draft, seat, round, found) for seat, found in _found(draft, round, missing))
    ticket, label = draft.escalation, draft.protocol.labels.evaluation
    anew = asked(ticket, draft.protocol)
    kind = draft.protocol.panel.subtask_type
    draft.do(OpenEvaluations(ticket.id, ticket.project, round, label, new, draft.drill, anew, kind))
    draft.wanted.update(assign_step(seat.name) for seat in missing)
    opens = any(isinstance(action, OpenEvaluations) for action in draft.actions)  # else it waits for another try
    if opens and {seat.name for seat in missing} - lost(draft.escalation, draft.protocol, round):
        half = draft.protocol.panel.evaluate_within * REMIND_AT
        draft.look_at(business_deadline(draft.now, half, None, Calendar.of(draft.protocol)))


def _asked_too_often(draft: Draft, round: int) -> bool:
    """Whether so many rounds were opened within a day that the next one waits: a label that is put on and taken off
    over and over is a mistake, or an attack."""
    since = draft.now - A_DAY
    begun: dict[int, datetime] = {}
    for evaluation in draft.escalation.evaluations:
        begun[evaluation.round] = min(evaluation.created, begun.get(evaluation.round, evaluation.created))
    lately = sorted(at for number, at in begun.items() if at > since and number != round)
    if round in begun or len(lately) < ROUNDS_A_DAY:
        return False
    what = f"The request was made {len(lately) + 1} times within a day, so round {round} is not opened yet."
    mend = "If another evaluation is wanted now, run `escalation failures retry`; else take the request label off."
    return draft.hold(OPEN_STEP, what, mend, lately[0] + A_DAY)


def _found(draft: Draft, round: int, seats: list[Seat]) -> Iterator[tuple[Seat, list[Candidate]]]:
    """Who may be asked for each of these seats; nobody for two (3.2.8). They are opened together, so whoever may be
    needed for one of them is left out of the next: should there be nobody else, the next look seats who is still free.
    """
    may_be_asked: set[str] = set()
    for seat in seats:
        theirs = {_in_own_right(draft, other) for other in seats if other is not seat}
        taken = frozenset(_seated_elsewhere(draft, round, seat) | theirs | may_be_asked)
        found = list(candidates(draft.escalation, draft.protocol, seat, taken))
        may_be_asked |= {candidate.person for candidate in found}
        yield seat, found


def _in_own_right(draft: Draft, seat: Seat) -> str:
    """Who is asked first for a seat, if not as a substitute."""
    found = (candidate.person for candidate in candidates(draft.escalation, draft.protocol, seat))
    return next((person for person in found if person not in seat.substitutes), "")


def _seated_elsewhere(draft: Draft, round: int, seat: Seat) -> frozenset[str]:
    """Who sits in another seat of the round, or is put there by this plan."""
    there = {e.assignee for e in draft.escalation.in_round(round) if e.seat != seat.name and e.assignee}
    put = {action.person for action in draft.actions if isinstance(action, Assign) and action.seat != seat.name}
    return frozenset(there | put)


def _new(draft: Draft, seat: Seat, round: int, found: list[Candidate]) -> NewEvaluation:
    title = wording.evaluation_title(draft.escalation, draft.protocol, seat, round, drill=draft.drill)
    by = _by(draft)
    within = draft.protocol.panel.evaluate_within
    ways = [_way(draft, seat, candidate, by, within) for candidate in found]
    return NewEvaluation(seat.name, title, (*ways, _way(draft, seat, None, by, within)), _day(draft, by))


def _by(draft: Draft) -> datetime:
    """Until when an answer is expected of who is asked now."""
    return business_deadline(draft.now, draft.protocol.panel.evaluate_within, None, Calendar.of(draft.protocol))


def _day(draft: Draft, instant: datetime) -> date:
    return instant.astimezone(draft.protocol.zone).date()


def _way(draft: Draft, seat: Seat, candidate: Candidate | None, by: datetime, within: timedelta | None = None) -> Asked:
    """What one person is asked; without a candidate what stands there where Jira takes nobody as assignee."""
    ticket, rules = draft.escalation, draft.protocol

    def text() -> Document:
        why = wording.why(ticket, rules, candidate.person, candidate.why) if candidate else ""
        holder = "" if candidate else _may_still_vote(draft, seat)
        body = wording.evaluation(
            ticket, rules, seat, why=why, by=by, within=within, unassigned=candidate is None, holder=holder
        )
        return draft.marked(body)

    return (
        Asked(candidate.person, text, wording.named(ticket, rules, candidate.person))
        if candidate
        else Asked(None, text)
    )


def _may_still_vote(draft: Draft, seat: Seat) -> wording.Called:
    """The holder by the protocol, who votes without being assigned; "" where it is not they who can."""
    ticket = draft.escalation
    return wording.mention(ticket, draft.protocol, seat.holder) if wording.reaches(ticket, seat.holder) else ""


def remove_duplicates(draft: Draft, round: int) -> None:
    """A lost answer can leave a seat with two evaluations: the oldest counts, the others go."""
    for seat in draft.protocol.panel.seats:
        for extra in [e for e in draft.escalation.in_round(round) if e.seat == seat.name][1:]:
            if any(comment.author != draft.escalation.us for comment in extra.comments):
                first = draft.escalation.seat(seat.name, round)
                other = first.key if first else ""
                close(draft, extra, wording.finished(draft.escalation, draft.protocol, extra, "double", other=other))
            elif not extra.done and not extra.closed_by_us:  # it was closed where it may not be deleted
                draft.do(RemoveDuplicate(extra.id, extra.key))


def close_voted(draft: Draft, round: int, said: tuple[Said, ...], verdict: Verdict) -> None:
    """A recorded vote closes its evaluation, save the chair's while the chair is asked for another one. That it was
    recorded is said only where the protocol file wants it: a word each would break the budget (design.md §6)."""
    asked = {draft.protocol.panel.chair} if isinstance(verdict, AskChair) else set[str]()
    latest = {s.seat: s for s in said}
    voted = {seat: s for seat, s in latest.items() if isinstance(s.what, Vote) and seat not in asked}
    for evaluation in _awaited(draft, round, frozenset(voted)):
        vote = voted[evaluation.seat]
        grade = vote.what.grade if isinstance(vote.what, Vote) else ""
        known = {"person": vote.person, "grade": grade}
        recorded = wording.finished(draft.escalation, draft.protocol, evaluation, "recorded", **known)
        close(draft, evaluation, recorded if draft.protocol.panel.confirm_votes else None)


def close_given_up(draft: Draft, round: int, said: tuple[Said, ...]) -> None:
    """So does giving the seat up, where nobody is left to ask."""
    state = state_now(draft.escalation, draft.protocol, round, said, draft.now)
    given_up = {s.seat: s for s in said if isinstance(s.what, Recusal) and s.seat in state.vacated}
    for evaluation in _awaited(draft, round, frozenset(given_up)):
        person = given_up[evaluation.seat].person
        document = wording.finished(draft.escalation, draft.protocol, evaluation, "recused", person=person)
        close(draft, evaluation, document)


def close(draft: Draft, evaluation: Evaluation, document: Document | None = None) -> None:
    """Closes an evaluation and says before why, once; not if it is closed, or a person has opened it again after us."""
    if evaluation.done or evaluation.closed_by_us:
        return
    if document and not _is_told_otherwise(draft, evaluation):
        draft.note(f"finished {evaluation.key}", evaluation, document, after=_last_question(draft, evaluation))
    draft.do(CloseEvaluation(evaluation.id, evaluation.key, evaluation.status))


def _is_told_otherwise(draft: Draft, evaluation: Evaluation) -> bool:
    """Whether what the round came to is told on this evaluation by its summary, or by a note to the chair."""
    planned = (action for action in draft.actions if isinstance(action, Note) and action.key in (SUMMARY, CHAIR_NOTE))
    if any(note.issue == evaluation.id for note in planned):
        return True
    decision, said = draft.record.decision, draft.record.said.get(SUMMARY)
    if decision is None or decision.round != evaluation.round:
        return False
    to_chair = draft.marked(wording.chair_note(draft.escalation, draft.protocol, decision))
    return any(c.id == said or wording.says(c, to_chair) for c in _ours(draft, evaluation))


def _last_question(draft: Draft, evaluation: Evaluation) -> str:
    """Our last question on the chair's evaluation: what was said before it is another matter."""
    if evaluation.seat != draft.protocol.panel.chair:
        return "0"
    question = draft.marked(wording.chair_question(draft.protocol, ()))
    return max((c.id for c in _ours(draft, evaluation) if wording.says(c, question)), key=number_of, default="0")


def reopen(draft: Draft, evaluation: Evaluation) -> None:
    """Whoever is asked on an evaluation that we have closed finds it open."""
    if evaluation.done and evaluation.closed_by_us:
        draft.do(ReopenEvaluation(evaluation.id, evaluation.key, evaluation.status))


def answer(draft: Draft, round: int) -> None:
    """Helps those whose vote was botched, who voted twice, or who closed an evaluation without a word."""
    for seat in draft.protocol.panel.seats:
        evaluation = draft.escalation.seat(seat.name, round)
        if evaluation:
            _answer(draft, evaluation)
    for evaluation, said in second_seats(draft.escalation, draft.protocol, round):
        document = wording.second_seat(draft.escalation, draft.protocol, said.person, evaluation.key)
        draft.note(f"second seat {said.comment}", evaluation, document, after=said.comment)


def _answer(draft: Draft, evaluation: Evaluation) -> None:
    seat = draft.protocol.panel.seat(evaluation.seat)
    _hint(draft, evaluation)
    spoken = {said.seat for said in said_in_round(draft.escalation, draft.protocol, evaluation.round)}
    if evaluation.seat not in spoken and on_ticket(draft.escalation, draft.protocol, evaluation):
        person = wording.called(draft.escalation, draft.protocol, seat, evaluation.round)
        draft.note("vote on the ticket", evaluation, wording.elsewhere(draft.protocol, draft.escalation.key, person))
    if evaluation.done and not evaluation.closed_by_us and evaluation.seat not in spoken:
        draft.note("closed without a vote", evaluation, wording.closed(draft.escalation, draft.protocol, evaluation))


def _hint(draft: Draft, evaluation: Evaluation) -> None:
    """One hint for each attempt, until there are so many that somebody should look: two robots never stop."""
    any_hint = draft.marked(wording.any_hint(draft.protocol))
    room = HINTS - sum(wording.says(comment, any_hint) for comment in _ours(draft, evaluation))
    for comment, document in _hints(draft, evaluation):
        if draft.is_noted(evaluation, document, after=comment.id):
            continue
        if room <= 0 and _hints_are_enough(draft, evaluation):
            return
        room -= 1
        draft.note(f"hint {comment.id}", evaluation, document, after=comment.id)


def _hints(draft: Draft, evaluation: Evaluation) -> list[tuple[Comment, Document]]:
    """What each attempt is answered. An answer holds for all that stand before it, so that the same words written twice
    are answered where they stand last."""
    hints: dict[str, tuple[Comment, Document]] = {}
    for comment, what in botched(draft.escalation, draft.protocol, evaluation):
        found = first_line(written(comment, draft.protocol, evaluation.comments))
        document = wording.hint(draft.protocol, what, found, _whose_turn(draft, evaluation, comment))
        hints.pop(document.text, None)
        hints[document.text] = comment, document
    return list(hints.values())


def _whose_turn(draft: Draft, evaluation: Evaluation, comment: Comment) -> wording.Called:
    """Who puts an attempt right: its author; for an app or a customer whoever holds the seat."""
    if wording.reaches(draft.escalation, comment.author):
        return wording.mention(draft.escalation, draft.protocol, comment.author)
    seat = draft.protocol.panel.seat(evaluation.seat)
    return wording.called(draft.escalation, draft.protocol, seat, evaluation.round)


def _ours(draft: Draft, evaluation: Evaluation) -> list[Comment]:
    return [comment for comment in evaluation.comments if comment.author == draft.escalation.us]


def _hints_are_enough(draft: Draft, evaluation: Evaluation) -> bool:
    what = f"More than {HINTS} comments on {evaluation.key} read like attempts to vote and are none."
    mend = "Help whoever writes there; a comment that begins with a grade counts at once. More hints: `failures retry`."
    return draft.hold(f"hints on {evaluation.key}", what, mend, draft.now + A_MONTH)


def keep_time(draft: Draft, round: int, clock: Clocks, said: tuple[Said, ...]) -> None:
    """Reminds at half of the time, asks substitutes at its end or when a seat is given up (protocol 3.2.5–3.2.8)."""
    draft.look_at(clock.remind, clock.substitute, clock.decide)
    waiting = state_now(draft.escalation, draft.protocol, round, said, draft.now).pending
    given_up = {s.seat: s for s in said if isinstance(s.what, Recusal)}
    for evaluation in _awaited(draft, round, waiting):
        seat = draft.protocol.panel.seat(evaluation.seat)
        recusal = given_up.get(seat.name)
        reopen(draft, evaluation)
        if not evaluation.holders and not recusal:
            _seat_somebody(draft, evaluation, seat, clock)
        elif recusal and evaluation.assignee in (recusal.person, None):
            _substitute(draft, evaluation, seat, clock, "The seat was given up.", after=recusal.comment)
        elif clock.substitute <= draft.now and not evaluation.holders & set(seat.substitutes):
            _substitute(draft, evaluation, seat, clock, "There was no answer in time.")
        if clock.remind <= draft.now < clock.substitute and evaluation.assignee not in seat.substitutes:
            document = wording.remind(draft.escalation, draft.protocol, seat, evaluation, clock.substitute)
            draft.note("remind", evaluation, document)


def _awaited(draft: Draft, round: int, waiting: frozenset[str]) -> Iterator[Evaluation]:
    found = (draft.escalation.seat(seat.name, round) for seat in draft.protocol.panel.seats if seat.name in waiting)
    return (evaluation for evaluation in found if evaluation)


def _seat_somebody(draft: Draft, evaluation: Evaluation, seat: Seat, clock: Clocks) -> None:
    """Nobody could be assigned when it was opened: tries again, those first who were not refused."""
    taken = _seated_elsewhere(draft, evaluation.round, seat)
    found = next(candidates(draft.escalation, draft.protocol, seat, taken), None)
    if found:  # it was somebody else who was refused
        draft.record = draft.record.without_failure(assign_step(seat.name))
    candidate = found or Candidate(seat.holder, HOLDS)
    by = _own_deadline(draft, clock)
    if candidate.person in seat.substitutes:  # its description says that there was nobody
        why = "Whoever holds the seat cannot be assigned issues."
        _say_substitute(draft, evaluation, candidate.person, why, by)
    _assign(draft, evaluation, seat, candidate, by)


def _substitute(draft: Draft, evaluation: Evaluation, seat: Seat, clock: Clocks, why: str, *, after: str = "0") -> None:
    taken = _seated_elsewhere(draft, evaluation.round, seat)
    person = next_candidate(draft.escalation, draft.protocol, evaluation.round, seat.name, taken)
    if person:
        by = _own_deadline(draft, clock)
        _say_substitute(draft, evaluation, person, why, by, after=after)  # first: assigned, it would not be missed
        _assign(draft, evaluation, seat, Candidate(person, STANDS_IN), by)


def _say_substitute(
    draft: Draft, evaluation: Evaluation, person: str, why: str, by: datetime, *, after: str = "0"
) -> None:
    document = wording.substitute(draft.escalation, draft.protocol, evaluation.key, person, why=why, by=by)
    name = wording.named(draft.escalation, draft.protocol, person)
    draft.note(f"substitute {name}", evaluation, document, after=after)


def _assign(draft: Draft, evaluation: Evaluation, seat: Seat, candidate: Candidate, by: datetime) -> None:
    asked = _way(draft, seat, candidate, by)
    place = (evaluation.id, evaluation.key, seat.name)
    draft.do(Assign(*place, candidate.person, asked.name, asked.text, _day(draft, by)))


def _own_deadline(draft: Draft, clock: Clocks) -> datetime:
    """Until when somebody is to answer who is asked now, while others' time runs already: as long as everybody has, or
    until those present decide; half as long where that has passed."""
    within, calendar = draft.protocol.panel.evaluate_within, Calendar.of(draft.protocol)
    if clock.decide <= draft.now:
        return business_deadline(draft.now, within * REMIND_AT, clock.urgent, calendar)
    return min(business_deadline(draft.now, within, clock.urgent, calendar), clock.decide)


def ask_chair(draft: Draft, round: int, verdict: Verdict) -> None:
    """A lone SEV-1 needs the chair's word; silence for a quarter of an hour is an answer too."""
    chair = draft.escalation.seat(draft.protocol.panel.chair, round)
    if isinstance(verdict, AskChair) and chair:
        said = said_in_round(draft.escalation, draft.protocol, round)
        asked = chair_asked_at(draft.escalation, draft.protocol, round)
        if chair.done and not asked:  # whoever closed it
            draft.do(ReopenEvaluation(chair.id, chair.key, chair.status))
        else:
            reopen(draft, chair)
        until = silent_at(verdict, draft.now, draft.protocol)
        called, given = wording.chair(draft.escalation, draft.protocol, round), _given(said)
        question = wording.chair_question(draft.protocol, given, chair=called, evaluation=chair.key, until=until)
        draft.note("chair", chair, question)
        if asked or any(isinstance(action, Note) and action.key == "chair" for action in draft.actions):
            draft.look_at(silent_at(verdict, asked or draft.now, draft.protocol))


def _given(said: tuple[Said, ...]) -> tuple[tuple[str, str], ...]:
    latest = {s.seat: s.what for s in said}
    return tuple((seat, what.grade) for seat, what in latest.items() if isinstance(what, Vote))


def stall(draft: Draft, round: int, verdict: Verdict, said: tuple[Said, ...]) -> None:
    """Below the quorum there is no grade, ever: the ticket says so, and its people hear of it (D12)."""
    label = draft.protocol.labels.stalled
    present = draft.escalation.spelled(label)
    if isinstance(verdict, Stalled):
        draft.record = draft.record.next_round(round)
        if not present and ("stalled" not in draft.record.said or draft.record.failure(STATE_STEP)):
            draft.edit(EditTicket(add=(label,), label_steps=(STATE_STEP,)))
        _say_stalled(draft, round, said)
    else:
        unstall(draft)


def unstall(draft: Draft) -> None:
    """Takes our sign off again that the round is stalled (a person's stays)."""
    present = draft.escalation.spelled(draft.protocol.labels.stalled)
    put = draft.escalation.put(draft.protocol.labels.stalled)
    if present and put and put.by == draft.escalation.us:
        draft.record = draft.record.unsaying("stalled")
        draft.edit(EditTicket(remove=(present,), label_steps=(STATE_STEP,)))


def _say_stalled(draft: Draft, round: int, said: tuple[Said, ...]) -> None:
    voted = {seat for seat, _ in _given(said)}
    missing = [seat.name for seat in draft.protocol.panel.seats if seat.name not in voted]
    vacated = state_now(draft.escalation, draft.protocol, round, said, draft.now).vacated
    vacant = [seat for seat in missing if seat in vacated]
    document = wording.stalled(draft.escalation, draft.protocol, round, missing, len(voted), vacant=vacant)
    if "stalled" not in draft.record.said:
        draft.alert("stalled", words=Document(document.blocks[:2]).text)  # names stay in Jira
    if lost(draft.escalation, draft.protocol, round):  # the note on that says what there is to mend
        draft.record = draft.record.saying("stalled", draft.record.said.get("stalled", ""))
        return
    draft.tell_colleagues("stalled", document, draft.escalation.seat(draft.protocol.panel.chair, round))
