"""What the panel has decided, from the votes alone.

The votes are replayed in the order of their instants, so that the answer does not depend on when we looked: the first
instant at which the rule is satisfied is when the ticket was graded (D11, D12; design §4, "Votes"). An early edit or a
late vote can therefore never move a decision that was already made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from config.protocol import Protocol
from worker.escalation.comments.vote import Vote
from worker.escalation.dates.calendar import Calendar
from worker.escalation.dates.timing import business_deadline
from worker.escalation.facts.model import Escalation
from worker.escalation.facts.record import CountedVote, Decision
from worker.escalation.panel.lost import lost
from worker.escalation.panel.seats import Said, candidates, said_in_round
from worker.escalation.texts.wording import chair_question, drill_mark, says

REMIND_AT, SUBSTITUTE_AT, DECIDE_AT = 0.5, 1.0, 1.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """The panel has not decided yet."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """Fewer have voted than the quorum, and the time is up or nobody is left to ask: there is no grade (D12)."""


@dataclass(frozen=True, slots=True)
class AskChair:
    """The chair has to decide; `since` is when that became clear."""

    since: datetime


Verdict = Waiting | Stalled | AskChair | Decision


@dataclass(frozen=True, slots=True)
class Clocks:
    """The instants of an evaluation's clock: when to remind, to ask the substitute, to decide with those present.
    `urgent` is from when on the wall clock counts (None: business hours only)."""

    remind: datetime
    substitute: datetime
    decide: datetime
    urgent: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The seats at one instant: the votes that stand, the seats given up for good, those that are still awaited."""

    votes: Mapping[str, Said]
    vacated: frozenset[str]
    pending: frozenset[str]


def clocks(escalation: Escalation, protocol: Protocol, round: int) -> Clocks | None:
    """The clock: business hours, wall clock from the first SEV-1 vote on (protocol 3.2.5); None before it runs."""
    opened = min((evaluation.created for evaluation in escalation.in_round(round)), default=None)
    if opened is None:
        return None
    urgent = _urgent_from(escalation, protocol, round)
    calendar = Calendar.of(protocol)

    def at(share: float) -> datetime:
        return business_deadline(opened, protocol.panel.evaluate_within * share, urgent, calendar)

    return Clocks(at(REMIND_AT), at(SUBSTITUTE_AT), at(DECIDE_AT), urgent)


def _urgent_from(escalation: Escalation, protocol: Protocol, round: int) -> datetime | None:
    top = protocol.grades[0].name
    votes = said_in_round(escalation, protocol, round)
    return min((said.at for said in votes if isinstance(said.what, Vote) and said.what.grade == top), default=None)


def verdict(escalation: Escalation, protocol: Protocol, round: int, now: datetime) -> Verdict:
    """What the round has come to by `now` (or by the latest vote, should Jira's clock be ahead of ours)."""
    said = said_in_round(escalation, protocol, round)
    clock = clocks(escalation, protocol, round)
    asked = chair_asked_at(escalation, protocol, round)
    until = _latest(said, now)
    instants = {s.at for s in said} | ({clock.decide} if clock and clock.decide <= until else set())
    if not instants and lost(escalation, protocol, round):
        instants = {until}  # nobody may be left who could vote
    current: Verdict = Waiting()
    while instants and not isinstance(current, Decision):
        instant = min(instants)
        instants.remove(instant)
        current = _Replay(escalation, protocol, round, said, instant, clock, asked).verdict(current)
        if isinstance(current, AskChair) and asked and instant < silent_at(current, asked, protocol) <= until:
            instants.add(silent_at(current, asked, protocol))
    return current


def silent_at(question: AskChair, asked: datetime, protocol: Protocol) -> datetime:
    """From when on the chair's silence is an answer: a while after we asked, and after it became clear."""
    return max(asked, question.since) + protocol.panel.chair_within


def chair_asked_at(escalation: Escalation, protocol: Protocol, round: int) -> datetime | None:
    """When we first asked the chair to decide: the instant of our comment on the chair's evaluation; None before."""
    chair = escalation.seat(protocol.panel.chair, round)
    if chair is None:
        return None
    question = chair_question(protocol, ())
    if escalation.is_drilled(round):
        question = question.marked(drill_mark(protocol))
    asked = (
        comment.created for comment in chair.comments if comment.author == escalation.us and says(comment, question)
    )
    return min(asked, default=None)


def state_at(
    escalation: Escalation, protocol: Protocol, round: int, said: tuple[Said, ...], instant: datetime
) -> State:
    """Who has voted, given up, or is awaited at that instant."""
    latest = {s.seat: s for s in said if s.at <= instant}
    votes = {seat: s for seat, s in latest.items() if isinstance(s.what, Vote)}
    given_up = {
        seat for seat in latest if seat not in votes and _nobody_left(escalation, protocol, round, latest[seat])
    }
    given_up |= lost(escalation, protocol, round) - votes.keys()
    seats = {seat.name for seat in protocol.panel.seats}
    return State(votes, frozenset(given_up), frozenset(seats - votes.keys() - given_up))


def awaited(escalation: Escalation, protocol: Protocol, round: int, now: datetime) -> frozenset[str]:
    """The seats a round under way waits for: only the chair's, once it has to decide; else those that have neither
    voted nor are given up for good."""
    if isinstance(verdict(escalation, protocol, round, now), AskChair):
        return frozenset({protocol.panel.chair})
    return state_now(escalation, protocol, round, said_in_round(escalation, protocol, round), now).pending


def state_now(escalation: Escalation, protocol: Protocol, round: int, said: tuple[Said, ...], now: datetime) -> State:
    """The same as far as Jira tells it: what was said has been said, though our own clock may be behind Jira's."""
    return state_at(escalation, protocol, round, said, _latest(said, now))


def _latest(said: tuple[Said, ...], now: datetime) -> datetime:
    return max(now, *(s.at for s in said)) if said else now


def _nobody_left(escalation: Escalation, protocol: Protocol, round: int, recusal: Said) -> bool:
    evaluation = escalation.seat(recusal.seat, round)
    if evaluation is None or evaluation.assignee not in (recusal.person, None):
        return False
    return next_candidate(escalation, protocol, round, recusal.seat) is None


def next_candidate(
    escalation: Escalation, protocol: Protocol, round: int, seat: str, taken: frozenset[str] = frozenset()
) -> str | None:
    """The next substitute to ask for a seat: one who has not been asked in this round, and is not `taken`."""
    asked = {person for evaluation in escalation.in_round(round) for person in evaluation.holders}
    substitutes = protocol.panel.seat(seat).substitutes
    able = (found.person for found in candidates(escalation, protocol, protocol.panel.seat(seat), taken | asked))
    return next((person for person in able if person in substitutes), None)


@dataclass(frozen=True, slots=True)
class _Replay:
    """The rule, applied at one instant of the round."""

    escalation: Escalation
    protocol: Protocol
    round: int
    said: tuple[Said, ...]
    instant: datetime
    clock: Clocks | None
    asked: datetime | None

    def verdict(self, before: Verdict) -> Verdict:
        state = state_at(self.escalation, self.protocol, self.round, self.said, self.instant)
        if isinstance(before, AskChair):
            by_chair = self._chair_answers(state, before)
            if by_chair:
                return by_chair
        if self._two_most_severe(state):
            return self._decided(self.protocol.grades[0].name, "panel", state)
        if self._is_hopeless(state):
            return Stalled()
        if state.pending and not self._time_is_up():
            return Waiting()
        if not self._is_quorate(state):
            return Stalled()
        return self._ruled(state, before)

    def _time_is_up(self) -> bool:
        return self.clock is not None and self.clock.decide <= self.instant

    def _is_quorate(self, state: State) -> bool:
        return len(state.votes) >= self.protocol.panel.quorum

    def _is_hopeless(self, state: State) -> bool:
        """So many seats have been given up that the rest cannot reach the quorum, whatever they say."""
        return len(state.votes) + len(state.pending) < self.protocol.panel.quorum

    def _two_most_severe(self, state: State) -> bool:
        """Two SEV-1 votes decide at once (D13); not where the protocol says that more have to agree."""
        if self.protocol.panel.rule in ("unanimous", "chair") or not self._is_quorate(state):
            return False
        return _grades(state).count(self.protocol.grades[0].name) >= 2

    def _ruled(self, state: State, before: Verdict) -> Verdict:
        grade = combine(self.protocol, _grades(state), self._chairs_grade(state))
        if grade is None or self._is_lone(grade, state):
            return self._chair_must_decide(state, before)
        return self._decided(grade, "time-out" if state.pending else "panel", state)

    def _is_lone(self, grade: str, state: State) -> bool:
        """A single SEV-1 of two votes would unlock production for all users: the chair's word is needed (3.2.5)."""
        top = self.protocol.grades[0].name
        votes = _grades(state)
        lone = grade == top and len(votes) > 1 and votes.count(top) == 1
        return lone and self.protocol.panel.rule not in ("highest", "chair")

    def _chair_must_decide(self, state: State, before: Verdict) -> Verdict:
        chair = state.votes.get(self.protocol.panel.chair)
        if chair and (_grade_of(chair) == self.protocol.grades[0].name or self._knew_the_question(chair)):
            return self._decided(_grade_of(chair), "chair", state)
        if self.protocol.panel.chair in state.vacated:
            return self._decided(self._without_chair(state), "chair-silent", state)
        return before if isinstance(before, AskChair) else AskChair(self.instant)

    def _knew_the_question(self, chair: Said) -> bool:
        """An edit hides when its comment was first written, so that only our question tells that there was one."""
        return self.asked is not None and chair.written > self.asked

    def _chair_answers(self, state: State, asked: AskChair) -> Decision | None:
        chair = state.votes.get(self.protocol.panel.chair)
        if chair and chair.at == self.instant and chair.written > asked.since:
            return self._decided(_grade_of(chair), "chair", state)
        if self.asked and silent_at(asked, self.asked, self.protocol) <= self.instant:
            return self._decided(self._without_chair(state), "chair-silent", state)
        return None

    def _without_chair(self, state: State) -> str:
        """SEV-2 for a lone SEV-1; else what the votes say by themselves."""
        top, *less = (grade.name for grade in self.protocol.grades)
        votes = _grades(state)
        grade = _middle(self.protocol, votes)
        return less[0] if grade == top and votes.count(top) == 1 and less else grade

    def _chairs_grade(self, state: State) -> str | None:
        chair = state.votes.get(self.protocol.panel.chair)
        return _grade_of(chair) if chair else None

    def _decided(self, grade: str, how: str, state: State) -> Decision:
        votes = _counted(self.protocol, state)
        different = len({vote.grade for vote in votes})
        return Decision(
            round=self.round,
            grade=grade,
            graded_at=self.instant,
            how=how,
            split=different == len(votes) > 2,
            votes=votes,
        )


def combine(protocol: Protocol, votes: list[str], chair: str | None) -> str | None:
    """The grade that the panel's rule makes of these votes; None where only the chair can tell."""
    match protocol.panel.rule:
        case "highest":
            return _ordered(protocol, votes)[0]
        case "majority":
            return next((vote for vote in votes if votes.count(vote) * 2 > len(votes)), _middle(protocol, votes))
        case "unanimous":
            return votes[0] if len(set(votes)) == 1 else None
        case "chair":
            return chair
        case _:
            return _middle(protocol, votes)


def _middle(protocol: Protocol, votes: list[str]) -> str:
    """The median; of an even number the more severe of the two in the middle (D12)."""
    return _ordered(protocol, votes)[(len(votes) - 1) // 2]


def _ordered(protocol: Protocol, votes: list[str]) -> list[str]:
    rank = {grade.name: place for place, grade in enumerate(protocol.grades)}
    return sorted(votes, key=lambda vote: rank[vote])


def _grades(state: State) -> list[str]:
    return [_grade_of(said) for said in state.votes.values()]


def _grade_of(said: Said) -> str:
    assert isinstance(said.what, Vote)
    return said.what.grade


def votes_at(escalation: Escalation, protocol: Protocol, round: int, instant: datetime) -> tuple[CountedVote, ...]:
    """The votes that stood at that instant, in the order of the seats."""
    said = said_in_round(escalation, protocol, round)
    return _counted(protocol, state_at(escalation, protocol, round, said, instant))


def _counted(protocol: Protocol, state: State) -> tuple[CountedVote, ...]:
    stand = [state.votes[seat.name] for seat in protocol.panel.seats if seat.name in state.votes]
    return tuple(CountedVote(said.seat, said.person, _grade_of(said), said.comment, said.written) for said in stand)


def late(escalation: Escalation, protocol: Protocol, decision: Decision) -> Iterator[Said]:
    """The votes of the decided round that came after its decision, edits included."""
    for said in said_in_round(escalation, protocol, decision.round):
        if isinstance(said.what, Vote) and said.at > decision.graded_at:
            yield said
