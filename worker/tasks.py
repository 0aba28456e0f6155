"""What Celery calls, each a line or two: every task only says which ordinary function takes the turn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from celery import Celery

from worker import turn
from worker.workqueue import Lease, WorkQueue

SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Work:
    """The queues of a worker and what is done at a turn of each."""

    tickets: WorkQueue
    chores: WorkQueue
    look: turn.Look
    sweep: Callable[[datetime], object]

    def ask_for_sweep(self) -> None:
        """Have a sweep run soon, or once more where one is under way."""
        self.chores.mark([SWEEP])

    def sweep_once(self, _: str, lease: Lease, now: datetime) -> None:
        """Sweep over Jira; what Redis had forgotten is then known again."""
        resync = self.tickets.resync_due()
        self.sweep(now)
        lease.check()
        self.tickets.sweep_finished()
        if resync:
            self.tickets.resynced(resync)


def register(app: Celery, work: Work, sweep_seconds: float = 300) -> None:
    """Give `app` its three tasks."""

    @app.task(name="escalation.look", shared=False)  # type: ignore[untyped-decorator]
    def look(id: str) -> None:
        turn.take(work.tickets, id, work.look)

    @app.task(name="escalation.sweep", shared=False)  # type: ignore[untyped-decorator]
    def sweep(id: str) -> None:
        turn.take(work.chores, id, work.sweep_once)

    @app.task(name="escalation.sweep_due", shared=False)  # type: ignore[untyped-decorator]
    def sweep_due() -> None:
        if work.chores.first(SWEEP, sweep_seconds):
            work.ask_for_sweep()
