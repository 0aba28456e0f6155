"""First contacts: open requests with neither record nor evaluation of ours that no webhook has named.

Beyond SWEEP_LIMIT none of them is touched and the operator is told, once, for as long as it lasts (design §5.6):
nobody wants a first start to write to every old ticket. What settles it is `escalation adopt`, or a higher limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from worker.escalation.plan.alert import Alert
from worker.jira.search import Candidate
from worker.look.context import Context
from worker.sweep.result import HELD

SHOWN = 100
ASKED = "sweep:held:asked"  # the Redis key that says when it was last found out how many are held back
AGAIN = timedelta(minutes=5)
MEND = (
    "None of them was touched. See them with `escalation sweep --dry-run`, take on those you want with "
    "`escalation adopt --since DATE` (it sets the older ones aside), or raise SWEEP_LIMIT."
)

log = structlog.get_logger()


@dataclass(slots=True)
class FirstContacts:
    """Those that a sweep has met: how many, and as many of them (id to key) as may be touched or shown.

    `unread` are requests of which only the record can tell whether they are some (Data Center), `unknown` how many.
    """

    limit: int
    kept: dict[str, str] = field(default_factory=dict)
    count: int = 0
    unread: list[Candidate] = field(default_factory=list)
    unknown: int = 0

    @property
    def room(self) -> int:
        """How many are worth remembering at most."""
        return max(self.limit, SHOWN)

    def add(self, found: Sequence[Candidate]) -> None:
        """These are some."""
        self.count += len(found)
        self.kept |= {each.id: each.key for each in found[: max(0, self.room - len(self.kept))]}

    def put_off(self, found: Sequence[Candidate]) -> None:
        """These may be some."""
        self.unknown += len(found)
        self.unread += found[: max(0, self.room - len(self.unread))]


def is_time_to_ask(context: Context, now: datetime, *, news: bool) -> bool:
    """Whether a sweep between full ones asks how many are held back by now: where something was changed, and every five
    minutes, because a label that was taken off is no news. To ask costs a search for every hundred of them."""
    if not context.store.exists(HELD):
        return False
    last = _instant(context.store.get(ASKED))
    return news or last is None or abs(now - last) >= AGAIN


def _instant(kept: object) -> datetime | None:
    """What Redis holds as one; None where it is none, which is as good as forgotten."""
    try:
        found = datetime.fromisoformat(str(kept))
    except ValueError:
        return None
    return found if found.tzinfo else None


def say_held(context: Context, held: int, now: datetime) -> None:
    """Tells the operator once that so many are held back, and `/readyz` as long as it lasts; 0 settles it."""
    context.store.set(ASKED, now.isoformat())
    if not held:
        context.store.delete(HELD)
        return
    if not context.store.exists(HELD):
        limit = context.settings.sweep_limit
        log.error("too many first contacts", held=held, limit=limit, mend=MEND)
        words = f"{held} tickets ask for an escalation and were never seen before, the limit is {limit}. {MEND}"
        context.tell([Alert("operator", f"held {now.isoformat()}", words=words)])
    context.store.set(HELD, held)
