"""A ticket that somebody else's rule has closed: a common one closes the parent once all its sub-tasks are done.

Closing our last evaluation sets it off, and would take the promise for kept and tell the client so (jira-facts §10). So
a ticket that was done right after our own last step, and not by somebody who has to do with it, is not counted as
resolved until somebody says so, or it has stayed so for a day. Pure; nothing is opened again here: it may be right.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from config import messages
from config.messages import Keywords
from config.protocol import Protocol
from worker.escalation.dates.calendar import elapsed
from worker.escalation.facts.history import Turn
from worker.escalation.facts.model import Comment, Escalation

RIGHT_AFTER = timedelta(minutes=10)
"""How long a rule may take: Jira works through them one after the other."""
SETTLES_AFTER = timedelta(days=1)


def doubtful(escalation: Escalation, protocol: Protocol, now: datetime) -> Turn | None:
    """The turn by which the ticket seems to have been closed by a rule, while that does not count; None otherwise."""
    turn = max((turn for turn in escalation.history.turns), key=lambda turn: turn.at, default=None)
    if not escalation.done or turn is None or not turn.done or elapsed(turn.at, now) >= SETTLES_AFTER:
        return None
    ours = max((each.closed_at for each in escalation.evaluations if each.closed_at), default=None)
    if ours is None or not timedelta(0) <= elapsed(ours, turn.at) <= RIGHT_AFTER:
        return None
    if _has_to_do_with_it(escalation, protocol, turn.by) or _is_said_to_be(escalation, protocol, turn.at):
        return None
    return turn


def as_open(escalation: Escalation, turn: Turn) -> Escalation:
    """The same facts, as if the ticket had not been closed then."""
    turns = tuple(each for each in escalation.history.turns if each != turn)
    return replace(escalation, done=False, resolved_at=None, history=replace(escalation.history, turns=turns))


def _has_to_do_with_it(escalation: Escalation, protocol: Protocol, who: str) -> bool:
    """Whether a person closed it who was seen on the ticket before, or sits on its panel: not we, whose name a rule may
    borrow, not an app, and not the stranger who once made a rule."""
    if who == escalation.us or not escalation.person(who).may_vote:
        return False
    seats = {person for seat in protocol.panel.seats for person in (seat.holder, *seat.substitutes)}
    members = frozenset[str]().union(*escalation.members.values())
    return who in seats | members | {escalation.assignee, escalation.reporter} | _seen(escalation)


def _seen(escalation: Escalation) -> set[str]:
    places = (escalation.comments, *(each.comments for each in escalation.evaluations))
    holders = frozenset[str]().union(*(each.holders for each in escalation.evaluations))
    return {
        *(comment.author for place in places for comment in place),
        *(change.by for change in escalation.history.labels),
        *holders,
    }


def _is_said_to_be(escalation: Escalation, protocol: Protocol, since: datetime) -> bool:
    """Whether a colleague has said that it is resolved, in a comment on the ticket that begins with the word for it."""
    words = {Keywords().resolved.casefold(), messages.of(protocol).keywords.resolved.casefold()}
    return any(_is_colleagues(escalation, c) and c.text.strip().casefold().startswith(tuple(words))
               for c in escalation.comments if c.created >= since)  # fmt: skip


def _is_colleagues(escalation: Escalation, comment: Comment) -> bool:
    outside = escalation.service_project and comment.author == escalation.reporter
    return comment.author != escalation.us and escalation.person(comment.author).may_vote and not outside
