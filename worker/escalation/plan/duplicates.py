"""What was said twice is taken back.

A worker that was frozen in the middle of a write wakes up when another one has taken over, and Jira, which knows no
conditional write, cannot keep its comment out. Only our own comments are ever touched, and only one of this round, or a
later one, that says word for word what one that we remember says.
"""

from collections.abc import Sequence
from itertools import pairwise

from worker.escalation.facts.model import Comment, Request, number_of
from worker.escalation.panel import rounds
from worker.escalation.plan.actions import RemoveDouble
from worker.escalation.plan.draft import Draft


def remove_doubles(draft: Draft) -> None:
    """Wants every double gone, once the record knows which of the comments is the one that counts."""
    if draft.record.untold:
        return
    ticket = draft.escalation
    for issue, comments in ((ticket.id, ticket.comments), *((each.id, each.comments) for each in ticket.evaluations)):
        for double in _doubles(draft, comments):
            draft.do(RemoveDouble(issue, double.id))
    for evaluation in ticket.in_round(rounds.latest(ticket)):
        for double in _echoes(draft, evaluation.comments):
            draft.do(RemoveDouble(evaluation.id, double.id))
    for request in ticket.requests:
        for double in _doubles_of_ours(draft, request):
            draft.do(RemoveDouble(request.id, double.id, request.id, certain=double.answers is not None))


def _doubles_of_ours(draft: Draft, request: Request) -> list[Comment]:
    """On a linked request another ticket's answer may read the same: only what bears the same mark is a double. Where
    no marks were read, whoever carries the plan out reads them, and asks again."""
    heard = draft.record.heard_by(request.id)
    known = {heard.comment, heard.reasons, heard.closing} if heard else set()
    marks = {each.answers for each in request.comments if each.id in known}
    return [each for each in _doubles(draft, request.comments) if each.answers is None or each.answers in marks - {""}]


def _doubles(draft: Draft, comments: Sequence[Comment]) -> list[Comment]:
    claimed = draft.record.claimed()
    ours = [each for each in comments if each.author == draft.escalation.us and not each.edited_by_another]
    known = {(each.text, each.public): number_of(each.id) for each in ours if each.id in claimed}
    unknown = [each for each in ours if each.id not in claimed and (each.text, each.public) in known]
    return [each for each in unknown if number_of(each.id) > known[each.text, each.public] or _is_new(draft, each)]


def _echoes(draft: Draft, comments: Sequence[Comment]) -> list[Comment]:
    """What no record remembers (an answer to a vote, that nothing more is asked) and stands there twice, one right
    after the other: where somebody wrote in between, the same words are another answer."""
    claimed, us = draft.record.claimed(), draft.escalation.us
    return [
        later
        for earlier, later in pairwise(comments)
        if earlier.author == later.author == us and later.text == earlier.text and not later.edited_by_another
        if not {earlier.id, later.id} & claimed
    ]


def _is_new(draft: Draft, comment: Comment) -> bool:
    """Whether it was written since the round was asked for: older rounds may have said the same."""
    return draft.record.request_at is not None and comment.created >= draft.record.request_at
