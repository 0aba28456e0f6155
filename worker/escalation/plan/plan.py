"""What should be done for one ticket: the difference between what the protocol wants and what is.

`plan` is the protocol, read aloud: a round opens when the request label is put on, ends when the panel has decided, the
request is withdrawn, the ticket is resolved or leaves the projects served; what a decision sets off is said once. It is
pure: no clock, no network, no randomness. When nothing differs, it plans nothing.
"""

import difflib
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from config.protocol import Protocol
from worker.escalation.dates.calendar import later
from worker.escalation.facts.model import Escalation, Evaluation, LabelPut
from worker.escalation.facts.record import DECIDED, RESOLVED, UNSERVED, WITHDRAWN, Decision, Record
from worker.escalation.panel import others_rules, record_trust, rounds
from worker.escalation.panel.decision import verdict, votes_at
from worker.escalation.panel.rounds import FOLLOWED
from worker.escalation.plan.actions import EditTicket, Plan
from worker.escalation.plan.decided_round import announce, decide
from worker.escalation.plan.draft import Draft
from worker.escalation.plan.duplicates import remove_doubles
from worker.escalation.plan.open_round import ask, close, unstall
from worker.escalation.plan.promise_tracking import track
from worker.escalation.texts import wording
from worker.escalation.texts.document import Document, words

LOOK_ALIKE = 0.9
ENOUGH = "Two votes for the gravest grade are enough."
ALIKE, ALIKE_HINTS = "look-alike ", 3
_REASONS = {
    WITHDRAWN: "the request was withdrawn",
    RESOLVED: "the ticket was resolved",
    UNSERVED: "the ticket was moved to a project that is not served",
}


def plan(escalation: Escalation, protocol: Protocol, now: datetime) -> Plan:
    """What should be done for this ticket now.

    Args:
        escalation: the facts, read afresh.
        protocol: the whole protocol; the ticket's project picks its own part of it.
        now: an aware instant; thresholds that have passed by then have an effect.
    """
    draft = begin(escalation.in_order(), protocol, now)
    escalation = draft.escalation
    round = live_round(escalation, protocol)
    draft.drill = is_drill(escalation, draft.protocol, round or escalation.record.round)
    if draft.drill and round and escalation.record.graded_for_real and not any(escalation.in_round(round)):
        round, draft.drill = 0, False
        draft.tell_colleagues("no drill", wording.no_drill(draft.escalation, draft.protocol))
    ending = why_ended(escalation, protocol, draft.request, round)
    before = came_to(draft, protocol, round, ending) if ending else None
    if before:
        decide(draft, before)
    elif ending:
        end(draft, round, ending)
        begin_anew(draft, protocol, ending)
    else:
        proceed(draft, round)
    notice_labels(draft, round)
    announce(draft)
    if protocol.serves(escalation.project):
        track(draft)
    close_ended(draft)
    notice_rule(draft)
    remove_doubles(draft)
    return draft.finish()


def begin(escalation: Escalation, protocol: Protocol, now: datetime) -> Draft:
    """A plan of which nothing is made yet: what the record says is believed only as far as the history bears it out."""
    rules, request = protocol.for_project(escalation.project), request_label(escalation, protocol)
    trusted = record_trust.stands(escalation, protocol, now)
    turn = others_rules.doubtful(escalation, rules, now)
    escalation = others_rules.as_open(escalation, turn) if turn else escalation
    known = replace(escalation, record=believed(escalation, protocol))
    before = escalation.record
    return Draft(known, rules, now, known.record, request, before=before, trusted=trusted, closed_by=turn)


def believed(escalation: Escalation, protocol: Protocol) -> Record:
    """The record, with its rounds as the history tells them where it is not known to be ours: whether the latest one is
    under way nobody can say by editing a property."""
    record, latest = escalation.record, rounds.latest(escalation)
    if record.proven:
        return record
    record = record.without_words()
    if not latest:
        return record
    end = rounds.end_of(escalation, protocol, latest)
    if end is None and (record.round != latest or record.ended):
        return replace(record, round=latest, ended="", standing=False)
    return replace(record, ended=end.how) if end and record.under_way and record.round > latest else record


def request_label(escalation: Escalation, protocol: Protocol) -> str:
    """The label that asks for the round: the project's, or that of the project from which the ticket was moved."""
    own = protocol.for_project(escalation.project).labels.request
    others = (each.labels.request for each in (protocol, *protocol.by_project.values()))
    return next((label for label in (own, *others) if escalation.has(label)), own)


def live_round(escalation: Escalation, protocol: Protocol) -> int:
    """The number of the round under way, or asked for; 0 if there is none."""
    record, opened = escalation.record, rounds.latest(escalation)
    if record.under_way and record.round >= opened:
        return record.round
    if opened > record.round:
        return opened
    return next_round(escalation, record, protocol)


def next_round(escalation: Escalation, record: Record, protocol: Protocol) -> int:
    """The number of the round that is asked for and has not been opened; 0 if there is none."""
    asked = is_requested(escalation, record, protocol.for_project(escalation.project))
    return max(record.round, rounds.latest(escalation)) + 1 if asked else 0


def is_requested(escalation: Escalation, record: Record, rules: Protocol) -> bool:
    """Whether the request label asks for a round: it is there, and not left over from one that ended under it."""
    put = escalation.put(rules.labels.request)
    if put is None or not escalation.has(rules.labels.request) or is_left_over(record, put):
        return False
    return not record.standing or bool(record.request_at and put.at > record.request_at)


def is_left_over(record: Record, put: LabelPut) -> bool:
    """Whether a request was answered by the decision that stands, and should be off: Jira has forgotten that."""
    decision = record.decision
    answered = decision is not None and record.ended == DECIDED and decision.round == record.round
    return answered and decision is not None and put.at < decision.graded_at


def is_drill(escalation: Escalation, protocol: Protocol, round: int) -> bool:
    """Whether a round is a drill: as it was when it was opened, whatever became of the label since."""
    decision, opened = escalation.record.decision, [evaluation.drill for evaluation in escalation.in_round(round)]
    if opened:
        return any(opened)
    decided = decision is not None and decision.round == round and escalation.record.ended == DECIDED
    return decision.drill if decision and decided else escalation.has(protocol.labels.drill)


@dataclass(frozen=True, slots=True)
class Ending:
    """What has ended a round from outside; `at` is when, as far as the history tells."""

    how: str
    at: datetime | None = None


def why_ended(escalation: Escalation, protocol: Protocol, request: str, round: int) -> Ending | None:
    """What has ended the round from outside, if anything: the first thing that ever did, else how things are now."""
    if not round:
        return None
    end = rounds.end_of(escalation, protocol, round)
    if end and end.how != FOLLOWED:
        return Ending(end.how, end.at)
    if not protocol.serves(escalation.project):
        return Ending(UNSERVED)
    if escalation.done:
        return Ending(RESOLVED)
    return None if escalation.has(request) else Ending(WITHDRAWN)


def came_to(draft: Draft, protocol: Protocol, round: int, ending: Ending) -> Decision | None:
    """What the panel had decided before the round was ended from outside, when nobody looked in time: a grade is one
    from the vote that decides (D11, A24), whenever we come to see it. What we ended ourselves was decided then."""
    at = ending.at or _ended_at(draft, ending.how)
    if at is None or ending.how not in (WITHDRAWN, RESOLVED):
        return None
    known = rounds.as_of(draft.escalation, round, at)
    found = verdict(known, draft.protocol, round, at)
    return found if isinstance(found, Decision) and found.graded_at <= at else None


def _ended_at(draft: Draft, ending: str) -> datetime | None:
    """When a person ended the round; None where nobody can say, or where it was us, so that it had ended before."""
    if ending == RESOLVED and draft.escalation.has(draft.request):
        return draft.escalation.resolved_at
    taken = draft.escalation.taken.get(draft.request.lower())
    return taken.at if ending == WITHDRAWN and taken and taken.by != draft.escalation.us else None


def proceed(draft: Draft, round: int) -> None:
    """The round goes on, or is decided; somebody with authority may also grade again afterwards."""
    graded = by_authority(draft, round)
    if graded:
        decide(draft, graded)
    elif round:
        found = verdict(draft.escalation, draft.protocol, round, draft.now)
        decide(draft, found) if isinstance(found, Decision) else ask(draft, round, found)


def end(draft: Draft, round: int, ending: Ending) -> None:
    """The round ends without a grade: that is remembered, and colleagues are told if they had been asked."""
    opened = any(draft.escalation.in_round(round))
    standing = draft.escalation.has(draft.request)
    if ending.how == UNSERVED and not opened:
        return
    put = draft.escalation.put(draft.request)
    answered = draft.escalation.history.last_put({draft.request.lower()}, ending.at) if ending.at else None
    draft.record = replace(
        draft.record.next_round(round),
        ended=ending.how,
        standing=standing and ending.how == RESOLVED,
        request_at=answered or (put.at if put else None),
    )
    unstall(draft)
    if opened and ending.how in _REASONS and not _is_told_where_asked(draft, round):
        draft.tell_colleagues("ended", wording.ended(draft.protocol, round, _REASONS[ending.how]))


def _is_told_where_asked(draft: Draft, round: int) -> bool:
    """Whether the note would stand on an evaluation, while all that are open are told it anyway."""
    place = draft.place()
    unanswered = any(not each.done and not each.closed_by_us for each in draft.escalation.in_round(round))
    return unanswered and place is not None and place.issue != draft.escalation.id


def begin_anew(draft: Draft, protocol: Protocol, ending: Ending) -> None:
    """A request that was put on again since something of the past ended the round asks for a new one."""
    again = next_round(draft.escalation, draft.record, protocol) if ending.at else 0
    if again and why_ended(draft.escalation, protocol, draft.request, again) is None:
        draft.drill = is_drill(draft.escalation, draft.protocol, again)
        proceed(draft, again)


def close_ended(draft: Draft) -> None:
    """A round that has ended closes its open evaluations; a request label that was left over is forgotten once off."""
    record = draft.record
    if record.standing and not draft.escalation.has(draft.protocol.labels.request):
        draft.record = replace(record, standing=False)
    for evaluation in draft.escalation.evaluations:
        if evaluation.round < record.round or (evaluation.round == record.round and record.ended):
            close(draft, evaluation, _why_finished(draft, evaluation))


def notice_rule(draft: Draft) -> None:
    """That a rule seems to have closed the ticket: the chair hears of it once, and says whether it is resolved."""
    turn = draft.closed_by
    if turn is None:
        return
    until = later(turn.at, others_rules.SETTLES_AFTER)
    draft.look_at(until)
    chair = draft.escalation.seat(draft.protocol.panel.chair, draft.record.round)
    document = wording.closed_by_rule(draft.escalation, draft.protocol, turn.by, until)
    draft.tell_colleagues("closed by a rule", document, chair)


def _why_finished(draft: Draft, evaluation: Evaluation) -> Document | None:
    """What the end of its round means for one evaluation."""
    ticket, rules, record = draft.escalation, draft.protocol, draft.record
    decision = record.decision
    if evaluation.round < record.round and (decision is None or decision.round != evaluation.round):
        return wording.finished(ticket, rules, evaluation, "followed")
    if decision is None or decision.round != evaluation.round:
        reason = _REASONS.get(record.ended)
        return wording.finished(ticket, rules, evaluation, "ended", reason=reason) if reason else None
    return _decided_without(draft, decision, evaluation) if draft.trusted else None


def _decided_without(draft: Draft, decision: Decision, evaluation: Evaluation) -> Document | None:
    """That the panel has decided: with the vote that stands there, or without one."""
    ticket, rules, grade = draft.escalation, draft.protocol, decision.grade
    vote = next((vote for vote in decision.votes if vote.seat == evaluation.seat), None)
    if vote:
        counted = wording.finished(ticket, rules, evaluation, "counted", grade=vote.grade, decided=grade)
        return counted if rules.panel.confirm_votes else None
    known = [seat for seat in rules.panel.seats if seat.name == evaluation.seat]
    given_up = wording.recusal_of(ticket, rules, known[0], decision.round) if known else None
    if given_up:
        return wording.finished(ticket, rules, evaluation, "given up", person=given_up[0], decided=grade)
    reason = ENOUGH if decision.how == "panel" else wording.HOW[decision.how]
    return wording.finished(ticket, rules, evaluation, "without", decided=grade, reason=reason)


def by_authority(draft: Draft, round: int) -> Decision | None:
    """The grade that somebody with authority has put on by hand, during a round or after a decision (D17)."""
    since = _gradable_since(draft, round)
    standing = draft.record.decision.grade if draft.record.decision and not round else None
    for grade in draft.protocol.grades:
        put = draft.escalation.puts.get(grade.label.lower())
        by_hand = put and draft.escalation.has(grade.label) and is_authority(draft, put)
        if put and by_hand and since and put.at >= since and grade.name != standing:
            number = round or draft.record.round + 1
            votes = votes_at(draft.escalation, draft.protocol, number, put.at)
            return Decision(number, grade.name, put.at, how="authority", votes=votes)
    return None


def _gradable_since(draft: Draft, round: int) -> datetime | None:
    """From when on a label put on by hand grades this round, or changes the decision; None where there is neither."""
    request = draft.escalation.put(draft.protocol.labels.request)
    if round:
        return request.at if request else draft.escalation.created
    return draft.record.decision.graded_at if draft.record.decision and draft.trusted else None


def is_authority(draft: Draft, put: LabelPut) -> bool:
    """Whether this person may grade by putting a label on; never ourselves, an app or a customer."""
    return put.by in draft.escalation.authority


def notice_labels(draft: Draft, round: int) -> None:
    """Severity labels put on by hand, and labels that only look like the request, are noted once, never fought."""
    if not draft.protocol.serves(draft.escalation.project):
        return
    if round or draft.record.round:
        notice_severity(draft, round)
    elif not draft.escalation.has(draft.protocol.labels.request):
        notice_look_alikes(draft)


def notice_severity(draft: Draft, round: int) -> None:
    """A severity label from somebody without authority opens nothing (design §5.5)."""
    known = draft.record.decision if draft.trusted and draft.record.ended == DECIDED else None
    decided = known.grade if known else None
    for grade in draft.protocol.grades:
        put = draft.escalation.put(grade.label)
        by_hand = put is not None and put.by != draft.escalation.us and not is_authority(draft, put)
        if put and by_hand and grade.name != decided and _stays(draft, grade.label):
            document = wording.hand_label(draft.escalation, draft.protocol, grade.label, put.by, under_way=bool(round))
            draft.tell_colleagues(f"hand-put {grade.label}", document)


def _stays(draft: Draft, label: str) -> bool:
    """Whether the label is on the ticket and this plan does not take it off."""
    removed = {label for action in draft.actions if isinstance(action, EditTicket) for label in action.remove}
    return draft.escalation.has(label) and draft.escalation.spelled(label) not in removed


def notice_look_alikes(draft: Draft) -> None:
    """A label such as `escalation_request` starts nothing; colleagues get one hint for each (C14), and no more than a
    few: who puts on two hundred of them is not misspelling. No label's text goes into the key, which others may see."""
    said = sum(key.startswith(ALIKE) for key in draft.record.said)
    for label in draft.escalation.labels:
        if looks_alike(label, draft.protocol.labels.request) and label.lower() not in draft.protocol.ours:
            key = f"{ALIKE}{hashlib.sha256(label.encode()).hexdigest()[:8]}"
            known = key in draft.record.said or f"{ALIKE}{label}" in draft.record.said
            if not known and said < ALIKE_HINTS:
                said += 1
                draft.tell_colleagues(key, wording.look_alike(draft.escalation, draft.protocol, label))


def looks_alike(label: str, wanted: str) -> bool:
    """Whether a label was probably meant to be another one: the same letters, or nearly."""
    return difflib.SequenceMatcher(None, words(label), words(wanted)).ratio() >= LOOK_ALIKE
