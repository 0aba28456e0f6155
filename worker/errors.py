"""Whose turn it is when something cannot go on.

Every failure the worker expects is one of these; anything else is a bug and is loud. None of them carries a secret, an
answer's headers, or what people wrote, so that each may be logged. They may name a person, and quote Jira's own words
about a refusal: whoever shows them shows them to colleagues only.
"""


class EscalationError(Exception):
    """What this worker expects may go wrong."""


class NotOurs(EscalationError):
    """There is nothing to do for us: the issue is gone, unreadable, or not part of an escalation."""


class HeldBack(NotOurs):
    """It asks for its first round together with too many others, and waits for the operator (worker/burst.py).

    Attributes:
        key: the ticket's.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is held back: too many asked at once")
        self.key = key


class TryAgain(EscalationError):
    """Nobody is at fault; the same look may succeed later.

    Attributes:
        after: seconds to wait at least, where Jira said so; None leaves it to the queue's own growing pause.
        unreachable: Jira could not be reached at all (refused, reset, timed out).
        down: so it was, or Jira answered that it is broken (5xx): what an outage looks like.
        progressed: some write of this look had landed before (set by whoever knows).
    """

    def __init__(
        self, reason: str, *, after: float | None = None, unreachable: bool = False, down: bool = False
    ) -> None:
        super().__init__(reason)
        self.after = after
        self.unreachable = unreachable
        self.down = down or unreachable
        self.progressed = False


class CannotDo(EscalationError):
    """A person has to mend something before this can work.

    Attributes:
        what: what could not be done, naming the field, step or person.
        mend: what somebody can do about it.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} {mend}")
        self.what = what
        self.mend = mend


class Unauthorized(EscalationError):
    """Jira does not accept the credentials (401): an operator must act, retrying does not help."""


class LeaseLost(EscalationError):
    """Another worker has taken the ticket over: stop before the next write."""
