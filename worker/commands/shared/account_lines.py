"""A ticket's account for a terminal: the state, what clients were told, and the audit trail, as its page has them."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from worker.escalation.views.account import Account, Step


def state_lines(account: Account) -> Iterator[str]:
    """The state in one sentence, and what is next."""
    yield f"{account.key} {account.summary}".strip()
    state = account.state
    chips = ", ".join(part for part in (state.grade, *(word for word, _ in state.chips)) if part)
    yield f"{f'[{chips}] ' if chips else ''}{state.sentence} {state.next}".strip()


def told_lines(account: Account) -> Iterator[str]:
    """What clients were told, word for word."""
    worded = [each for each in account.told if each.paragraphs]
    yield from ["What clients were told:"] if worded else []
    for each in worded:
        yield f"  On {each.to}: {each.what}, {each.at}"
        yield from (f"  | {line}" for part in each.paragraphs for line in part.splitlines())


def story_lines(account: Account, missing: str) -> Iterator[str]:
    """What the worker did (*) and did not (-), newest first; `missing` says why looks are not among it."""
    yield "What the worker did, and did not:"
    for step in account.story:
        yield from _step(step)
    yield from [f"  ({missing})"] if missing else []


def _step(step: Step) -> Iterator[str]:
    yield f"  {step.when}{f' ({step.look})' if step.look else ''}"
    yield from (f"    * {words}" for words in step.did)
    yield from (f"    - {words}" for words in step.left)


def as_json(account: Account, zone: ZoneInfo) -> dict[str, Any]:
    """The same as plain values, instants in that zone."""
    state = account.state
    return {
        "state": {
            "sentence": state.sentence,
            "next": state.next or None,
            "marks": [word for word, _ in state.chips],
        },
        "trail": [
            {
                "at": step.at.astimezone(zone).isoformat(timespec="seconds"),
                "did": list(step.did),
                "left": list(step.left),
                "look": step.look or None,
            }
            for step in account.story
        ],
    }
