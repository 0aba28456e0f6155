"""When Jira is away for all: one alarm, one line when it is back, and then the oldest first (design §5.7).

Whether Jira answers is known from what looks and sweeps come to, shared by all workers in Redis. A blip is no outage:
the alarm is given after about a minute, and only if Jira does not answer a question of our own either. It is never
needed for correctness; without it every ticket would come back after its own pause.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
import structlog
from redis.exceptions import RedisError

from worker.errors import CannotDo, EscalationError, NotOurs, TryAgain, Unauthorized
from worker.escalation.plan.alert import Alert
from worker.queue.workqueue import WorkQueue

ALARM_AFTER = 60.0
ASK_EVERY = 15.0
CALM_SECONDS = 1.0  # an outage of which another worker knows is ended by a look that much later
FORGOTTEN_SECONDS = 7 * 24 * 3600

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trouble:
    """A way for Jira to be away: what the log says when it begins and ends, and what the operator may do."""

    name: str
    begins: str
    ends: str
    mend: str


UNREACHABLE = Trouble(
    "unreachable",
    "jira unreachable",
    "jira is back",
    "Check JIRA_URL and the network, and Jira's own status page. Nothing is lost: it is caught up with by itself.",
)
REFUSED = Trouble(
    "refused",
    "jira refuses the credentials",
    "jira accepts the credentials again",
    "Check JIRA_USER and JIRA_TOKEN, and restart with new ones. Nothing is lost: it is caught up with by itself.",
)
TROUBLES = (UNREACHABLE, REFUSED)


def is_jiras(failure: object) -> bool:
    """Whether a look failed because Jira is away, so that the alarm says all there is to say."""
    return isinstance(failure, Unauthorized) or (isinstance(failure, TryAgain) and failure.down)


class Outage:
    """The outage under way, if any, at one Jira site.

    Args:
        store: Redis.
        queues: where tickets wait that are released when Jira is back.
        tell: where the operator's alert goes.
        ask: asks Jira for anything; raises an EscalationError while it is away.
        clock: what time it is.
    """

    def __init__(
        self,
        store: redis.Redis,
        queues: Sequence[WorkQueue],
        tell: Callable[[Sequence[Alert]], None],
        ask: Callable[[], object],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        prefix: str = "outage:",
    ) -> None:
        self._store = store
        self._queues = queues
        self._tell = tell
        self._ask = ask
        self._clock = clock
        self._prefix = prefix
        self._calm_until = 0.0

    def heed(self, result: object) -> None:
        """Learns from what a look or a sweep came to: an outcome, None, or the exception that ended it."""
        self._heed(result, self._answer)

    def _heed(self, result: object, ask: Callable[[], Exception | None]) -> None:
        try:
            if isinstance(result, Unauthorized):
                self._over(UNREACHABLE)
                self._met(REFUSED, ask)
            elif is_jiras(result):
                self._met(UNREACHABLE, ask)
            elif not isinstance(result, Exception) or isinstance(result, NotOurs | CannotDo):
                self._all_over()
        except RedisError as error:
            log.debug("an outage is not noted", reason=type(error).__name__)

    def ask_if_due(self) -> None:
        """Asks Jira now and then during an outage that is told, so that nobody has to wait for a long pause's end; and,
        as soon as Jira's pause lets it, about one that is not proven."""
        if self._is_due():
            answer = self._answer()
            self._heed(answer, lambda: answer)

    def _is_due(self) -> bool:
        if any(self._is_told(trouble) for trouble in TROUBLES):
            return self._queues[0].first("outage", ASK_EVERY)
        return any(self._has_lasted(self._began(trouble)) for trouble in TROUBLES)

    def _answer(self) -> Exception | None:
        try:
            self._ask()
        except EscalationError as failure:
            return failure
        return None

    def _met(self, trouble: Trouble, ask: Callable[[], Exception | None]) -> None:
        self._calm_until = 0.0
        self._store.set(self._name(trouble), self._clock().timestamp(), nx=True, ex=FORGOTTEN_SECONDS)
        began = self._began(trouble)
        if began and self._has_lasted(began) and not self._is_told(trouble):
            self._alarm(trouble, began, ask)

    def _began(self, trouble: Trouble) -> datetime | None:
        began = self._store.get(self._name(trouble))
        return datetime.fromtimestamp(float(began), UTC) if began else None

    def _has_lasted(self, began: datetime | None) -> bool:
        return began is not None and self._clock().timestamp() - began.timestamp() >= ALARM_AFTER

    def _alarm(self, trouble: Trouble, began: datetime, ask: Callable[[], Exception | None]) -> None:
        """By one worker of all; not for a single ticket that Jira stumbles over, nor for a pause that it asked for."""
        if not self._store.set(self._told(trouble), 1, nx=True, ex=FORGOTTEN_SECONDS):
            return
        answer = ask()
        if is_jiras(answer):
            log.error(trouble.begins, since=began.isoformat(timespec="seconds"), mend=trouble.mend)
            words = f"{trouble.begins.capitalize()} since {began:%Y-%m-%d %H:%M} UTC. {trouble.mend}"
            self._tell([Alert("operator", f"outage {trouble.name} {began.isoformat()}", words=words)])
        elif answer is None:
            self._all_over(said=False)
        else:  # nothing was asked at all: not before the pause is over
            self._store.delete(self._told(trouble))

    def _all_over(self, *, said: bool = True) -> None:
        if time.monotonic() < self._calm_until:
            return
        if any(self._store.mget([self._name(trouble) for trouble in TROUBLES])):
            for trouble in TROUBLES:
                self._over(trouble, said=said)
        else:
            self._calm_until = time.monotonic() + CALM_SECONDS

    def _over(self, trouble: Trouble, *, said: bool = True) -> None:
        """Ends it, by one worker of all."""
        pipe = self._store.pipeline()
        pipe.get(self._name(trouble))
        pipe.delete(self._name(trouble))
        pipe.delete(self._told(trouble))
        began, ended, told = pipe.execute()
        if not ended:
            return
        lasted = timedelta(seconds=round(self._clock().timestamp() - float(began)))
        released = sum(queue.release() for queue in self._queues)
        if told and said:
            log.info(trouble.ends, after=str(lasted), caught_up_with=released)

    def _is_told(self, trouble: Trouble) -> bool:
        return bool(self._store.exists(self._told(trouble)))

    def _name(self, trouble: Trouble) -> str:
        return f"{self._prefix}{trouble.name}"

    def _told(self, trouble: Trouble) -> str:
        return f"{self._prefix}{trouble.name}:told"
