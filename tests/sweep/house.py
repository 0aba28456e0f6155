"""A worker at work in a story: it sweeps, looks at whatever asks for it, and the story's clock says what time it is."""

import time
from dataclasses import replace
from typing import Any

import redis

from sandbox import Sandbox
from tests.storytelling import SEATS, Clock
from tests.sweep.conftest import built
from worker.errors import NotOurs
from worker.look import handler
from worker.look.reconciler import Reconciler
from worker.queue.workqueue import Pace, WorkQueue
from worker.sweep import sweep
from worker.sweep.result import SweepResult


class House:
    """`with`out webhooks: what the worker knows it has found by sweeping."""

    def __init__(self, jira: Sandbox, clock: Clock, kv: redis.Redis, *, limit: int = 25, **rules: Any) -> None:
        self.jira, self.clock = jira, clock
        queue = WorkQueue(kv, pace=Pace(gap=0, flood=10_000))
        context = built(jira, clock, kv, limit=limit, **rules)
        worked_at = Reconciler(context.site, context.protocol, queue)
        self.context = replace(context, queue=queue, reconciler=worked_at)
        queue.open(patience=0)
        self.looks: list[str] = []

    def set(self, **settings: Any) -> None:
        """From now on these settings."""
        self.context = replace(self.context, settings=self.context.settings.model_copy(update=settings))

    def sweep(self) -> SweepResult:
        """The next sweep, full or not as it is time; the looks at what it has marked are still to come."""
        return sweep.whole(self.context, self.clock())

    def searches(self) -> int:
        """How many searches the next sweep makes."""
        before = len(self.jira.calls())
        self.sweep()
        return sum("search" in call.path for call in self.jira.calls()[before:])

    def work(self) -> list[str]:
        """Looks at everything that asks for it, until nothing does; the keys of what was looked at."""
        self.looks, until = [], time.monotonic() + 20
        while (waiting := self.context.store.zrange("tickets:dirty", 0, -1)) and time.monotonic() < until:
            for id in waiting:
                self._look(str(id))
        return self.looks

    def _look(self, id: str) -> None:
        lease = self.context.queue.claim(id)
        if lease is None:
            return
        try:
            outcome = handler.look(self.context, id, lease, self.clock())
            self.looks += [next(each.key for each in self.jira.tickets() if each.id == id)] if outcome else []
        except NotOurs:
            pass
        finally:
            self.context.queue.done(lease)

    def turn(self) -> list[str]:
        """A sweep and the looks that follow."""
        self.sweep()
        return self.work()

    def rest(self) -> None:
        """Turns until nothing is left to look at."""
        for _ in range(5):
            self.clock.forward(seconds=20)
            if not self.turn():
                return
        raise AssertionError(f"still at work: {self.looks}")

    def asked(self, project: str = "OPS", label: str = "escalation-requested") -> str:
        """A ticket that somebody asks an escalation for."""
        key = self.jira.create_ticket(project, "Check-in fails for all doctors")
        self.jira.label(key, label)
        return key

    def vote(self, key: str, seat: str, text: str) -> None:
        """The holder of that seat votes."""
        child = next(
            each
            for each in self.jira.issue(key).subtasks
            if self.jira.issue(each).properties["escalation"]["seat"] == seat
        )
        self.jira.comment(child, text, by=SEATS[seat])

    def grade(self, key: str, text: str = "SEV-2: it hurts") -> None:
        """All three vote."""
        for seat in SEATS:
            self.vote(key, seat, text)
