"""What people said in the comments of an evaluation or a ticket: each read once, with what is known around it."""

from functools import lru_cache

from config import messages
from config.messages import Keywords
from config.protocol import Grade, Protocol
from worker.escalation.comments import authorship, own_texts, vote
from worker.escalation.comments.authorship import Written
from worker.escalation.facts.model import Comment, Evaluation, number_of
from worker.escalation.facts.passage import Passage, passages

REMEMBERED = 50
"""How many of the latest comments of others somebody may be quoting."""


def written(comment: Comment, protocol: Protocol, around: tuple[Comment, ...] = ()) -> Written:
    """Whose words a comment holds; `around` are the comments of the same evaluation."""
    begins = vote.begins(protocol.grades, messages.of(protocol).keywords)
    others = [each for each in around if each.author != comment.author and each.created < comment.updated]
    number = number_of(comment.id)
    earlier = [each for each in around if each.author == comment.author and number_of(each.id) < number]
    return authorship.read(
        _passages(comment),
        own_texts.texts(protocol),
        begins,
        tuple(text for other in others[-REMEMBERED:] for text in _unquoted(other)),
        tuple(text for mine in earlier[-REMEMBERED:] for text in _unquoted(mine)[:1]),
    )


def statement(comment: Comment, evaluation: Evaluation, protocol: Protocol) -> vote.Statement:
    """What a comment on an evaluation says, whoever wrote it."""
    return evaluation.reckon(comment.id, (comment, protocol), lambda: _made(comment, evaluation, protocol))


def _made(comment: Comment, evaluation: Evaluation, protocol: Protocol) -> vote.Statement:
    return _statement(written(comment, protocol, evaluation.comments), protocol.grades, messages.of(protocol).keywords)


@lru_cache(maxsize=2_048)
def _statement(read: Written, grades: tuple[Grade, ...], keywords: Keywords) -> vote.Statement:
    return vote.read(read, grades, keywords)


def _passages(comment: Comment) -> tuple[Passage, ...]:
    return comment.passages or passages(comment.text)


def _unquoted(comment: Comment) -> list[str]:
    return [passage.text for passage in _passages(comment) if not passage.quoted]
