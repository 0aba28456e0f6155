"""What Celery calls, each a line or two: every task only says which ordinary function takes the turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from celery import Celery

from worker.queue import consumer, queues
from worker.queue.outage import Outage
from worker.queue.workqueue import Lease, WorkQueue
from worker.run import schedule

SWEEP = queues.SWEEP
LATE = 1.5  # periods after which a sweep has not come from beat


@dataclass(frozen=True, slots=True)
class Again:
    """A chore that wants to be done again at an instant, or not (None)."""

    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """The queues of a worker and what is done at a turn of each.

    `sweep` raises where it did not come to its end; `swept` is called after one that did; `deliver` hands alerts to
    the notification targets and gives when it wants to be called again.
    """

    tickets: WorkQueue
    chores: WorkQueue
    look: consumer.Look
    sweep: Callable[[datetime], object]
    swept: Callable[[datetime], None] = field(default=lambda now: None)
    deliver: Callable[[datetime], datetime | None] = field(default=lambda now: None)
    outage: Outage | None = None

    def ask_for_sweep(self) -> None:
        """Have a sweep run soon, or once more where one is under way."""
        schedule.ask(self.chores)

    def ask_if_late(self, sweep_seconds: float) -> None:
        """Have a sweep run although beat did not ask for it, because beat is down; several workers ask once."""
        age = self.tickets.sweep_age()
        if age is not None and age > LATE * sweep_seconds and self.chores.first(SWEEP, sweep_seconds):
            self.ask_for_sweep()

    def chore(self, id: str, lease: Lease, now: datetime) -> Again | None:
        """The sweep, or the delivery of alerts."""
        if id == queues.NOTIFY:
            return Again(self.deliver(now))
        self.sweep_once(id, lease, now)
        return None

    def sweep_once(self, _: str, lease: Lease, now: datetime) -> None:
        """Sweep over Jira; what Redis had forgotten is then known again."""
        resync = self.tickets.resync_due()
        self.sweep(now)
        lease.check()
        self.tickets.sweep_finished()
        if resync:
            self.tickets.resynced(resync)
        self.swept(now)


def register(app: Celery, work: Work, every: float = 300) -> None:
    """Give `app` its tasks; `every`: the seconds of a sweep's period."""

    @app.task(name="escalation.look", shared=False)  # type: ignore[untyped-decorator]
    def look(id: str) -> None:
        consumer.answer(work.tickets, id, work.look, work.outage)

    @app.task(name="escalation.sweep", shared=False)  # type: ignore[untyped-decorator]
    def chore(id: str) -> None:
        consumer.take(work.chores, id, work.chore, work.outage if id == SWEEP else None)

    @app.task(name="escalation.sweep_due", shared=False)  # type: ignore[untyped-decorator]
    def sweep_due() -> None:
        """What the beat of an older version sends, during an upgrade."""
        schedule.ask_if_due(work.chores, every)
