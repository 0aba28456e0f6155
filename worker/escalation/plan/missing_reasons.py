"""Reasons that were missing when a client was told: asked for by name, and passed on once they are written (R10, A23).

The answer never waits for them. What counts is the first paragraph for the client that whoever speaks with them writes
on their evaluation within two business days of the grade, and that is fit to be read by that client.
"""

from collections.abc import Iterator
from datetime import datetime

from config import messages
from config.protocol import Protocol
from worker.escalation.comments.statements import statement, written
from worker.escalation.comments.vote import Recusal, Vote, client_text
from worker.escalation.dates.calendar import Calendar, elapsed
from worker.escalation.facts.model import Comment, Escalation, Evaluation, Request, number_of
from worker.escalation.facts.record import Decision
from worker.escalation.panel.seats import speaks_for
from worker.escalation.plan.disclosure import unfit
from worker.escalation.texts.wording import contact_seat

DAYS = 2


def wanted_until(graded_at: datetime, protocol: Protocol) -> datetime:
    """Two business days after the grade, counted in business hours."""
    calendar = Calendar.of(protocol)
    day = calendar.first_business_day(calendar.local(graded_at).date())
    return calendar.add_business_time(graded_at, DAYS * elapsed(calendar.opens_at(day), calendar.closes_at(day)))


def later_texts(escalation: Escalation, protocol: Protocol, decision: Decision) -> Iterator[tuple[Comment, str]]:
    """What was written for the client after the grade, in time, by whoever speaks with them; the first first."""
    evaluation = escalation.seat(contact_seat(protocol).name, decision.round)
    until = wanted_until(decision.graded_at, protocol)
    comments = evaluation.comments if evaluation else ()
    for comment in sorted(comments, key=lambda comment: (comment.updated, number_of(comment.id))):
        in_time = decision.graded_at < comment.updated <= until
        if evaluation and in_time and speaks_for(escalation, protocol, evaluation, comment):
            read = written(comment, protocol, evaluation.comments)
            text = client_text(read, messages.of(protocol).keywords)
            if text and _is_about(comment, evaluation, protocol, decision):
                yield comment, text


def _is_about(comment: Comment, evaluation: Evaluation, protocol: Protocol, decision: Decision) -> bool:
    """Whether it is not said of another grade."""
    what = statement(comment, evaluation, protocol)
    return not isinstance(what, Recusal) and (not isinstance(what, Vote) or what.grade == decision.grade)


def later_text(escalation: Escalation, protocol: Protocol, decision: Decision, to: Request | None = None) -> str:
    """The first of them that this client may read; "" where there is none."""
    texts = later_texts(escalation, protocol, decision)
    fit = (text for c, text in texts if unfit(text, escalation, protocol, to, author=c.author) is None)
    return next(fit, "")
