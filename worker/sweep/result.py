"""What a sweep found: plain counts and the tickets that are due, for the log, for operators and for the heartbeat."""

from collections import Counter
from dataclasses import dataclass, field

from worker.errors import EscalationError, TryAgain

HELD = "sweep:held"  # the Redis key that says, for as long as it lasts, how many first contacts are held back
RESTS, NOT_DUE, NOT_OURS = "nothing asked for", "nothing due yet", "no record of ours"
UNREAD = "its record is read by one of the next sweeps"
TOGETHER = "asked together with too many others"
NO_TICKET = "an evaluation without a ticket"


@dataclass(slots=True)
class SweepResult:
    """How many issues a sweep looked at; what is due and which first contacts it held back (id to key; of these no
    more than are shown, `held_back` counts them all), and which asked together with too many; what it skipped and why;
    its calls to Jira; what a full one found that those between had missed (id to how); which searches did not end."""

    looked_at: int = 0
    due: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    held_back: int = 0
    together: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    missed: dict[str, str] = field(default_factory=dict)
    incomplete: dict[str, EscalationError] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """Why tickets were skipped, and how many for that."""
        return {why: count for why, count in self.skipped.most_common() if count}

    def ensure_finished(self) -> None:
        """A sweep counts only if all of its searches came to their end.

        Raises:
            TryAgain: one did not; it names the first one that failed.
        """
        for name, error in self.incomplete.items():
            after, down = getattr(error, "after", None), getattr(error, "down", False)
            raise TryAgain(f"the search for {name} did not end ({error})", after=after, down=down)

    def summary(self, would_change: int | None = None) -> str:
        """One line for people; `would_change` on a dry run."""
        skipped = ", ".join(f"{count} {why}" for why, count in self.reasons.items())
        parts = [
            f"{self.looked_at} looked at",
            f"{len(self.due)} due",
            *([] if would_change is None else [f"{would_change} would change"]),
            f"{self.skipped.total()} skipped{f' ({skipped})' if skipped else ''}",
            f"{self.held_back + len(self.together)} held back",
        ]
        return ", ".join(parts)
