"""Whoever writes a text for the client hears at once if it would not be told, and why: not after the decision only."""

from collections.abc import Iterable

from worker.escalation.comments.vote import Vote
from worker.escalation.panel.seats import Said
from worker.escalation.plan.disclosure import unfit
from worker.escalation.plan.draft import Draft
from worker.escalation.texts import wording


def forewarn(draft: Draft, said: Iterable[Said], *, decided: bool = False) -> None:
    """Notes it on the evaluation, once for each vote and reason. Of a decided round only what was not read as a text
    for the client: what was held back then is told to whoever speaks with the client."""
    if draft.protocol.client.comment == "off":
        return
    for vote in {each.seat: each for each in said}.values():
        place = next((e for e in draft.escalation.evaluations if any(c.id == vote.comment for c in e.comments)), None)
        reason = _not_told(draft, vote, decided=decided)
        if place and reason:
            person = wording.mention(draft.escalation, draft.protocol, vote.person)
            document = wording.not_for_client(draft.protocol, reason, person)
            draft.note(f"not for the client {vote.comment}", place, document, after=vote.comment)


def _not_told(draft: Draft, said: Said, *, decided: bool) -> str | None:
    if not isinstance(said.what, Vote):
        return None
    text = "" if decided else said.what.client
    reason = unfit(text, draft.escalation, draft.protocol, author=said.person) if text else None
    return reason or said.what.untold or None
