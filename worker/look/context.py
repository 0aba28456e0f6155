"""What looks, sweeps and doctor work with: one value that holds the site, the queue and the rest.

It is put together in run/ and handed down; nothing here builds anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.protocol import Protocol
from config.settings import Settings
from worker.escalation.plan.alert import Alert
from worker.escalation.plan.plan import live_round
from worker.jira.site import Site
from worker.look.burst import HELD, Burst
from worker.look.due import DueState, DueStates, after
from worker.look.failures import Failures
from worker.look.reconciler import Outcome, Reconciler
from worker.look.snapshots import Snapshots
from worker.look.trail import Trails
from worker.look.watchlist import Watchlist
from worker.queue.store import Store
from worker.queue.workqueue import WorkQueue

UNTOLD_AGAIN = timedelta(minutes=5)  # so often a look is made where nothing but a client who waits asks for one


def told_to_nobody(alerts: Sequence[Alert]) -> None:
    """Where alerts go that nobody waits for."""


def nothing_to_deliver(now: datetime) -> datetime | None:
    """There are no alerts to deliver, and none will come."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a look or a sweep needs. `tell` takes alerts in, `deliver` hands them to the notification targets."""

    settings: Settings
    protocol: Protocol
    store: Store
    queue: WorkQueue
    failures: Failures
    reconciler: Reconciler
    tell: Callable[[Sequence[Alert]], None] = told_to_nobody
    deliver: Callable[[datetime], datetime | None] = nothing_to_deliver

    @property
    def site(self) -> Site:
        """The Jira site."""
        return self.reconciler.site

    @property
    def due_states(self) -> DueStates:
        """What the last looks told the sweep."""
        return DueStates(self.store)

    @property
    def watchlist(self) -> Watchlist:
        """What sweeps between full ones go by."""
        return Watchlist(self.store)

    @property
    def burst(self) -> Burst:
        """Who asks together with too many others."""
        return Burst(self.store, self.settings.burst_limit)

    @property
    def board(self) -> Snapshots:
        """What the last looks left for the board."""
        return Snapshots(self.store)

    @property
    def trails(self) -> Trails:
        """What the looks left for each ticket's own page."""
        return Trails(self.store)

    def seen(self, outcome: Outcome, now: datetime, *, trace: str = "", calls: int = 0, rest: str = "") -> None:
        """Remembers what a look at `now` came to: failures for the operator, what the sweep has to know, what the board
        and the ticket's page show, another look at once where one is due. `trace` and `calls` (to Jira) were the
        look's; `rest` is what it leaves for the next one, where the ticket is at rest."""
        ticket = outcome.escalation
        as_planned = not (self.settings.dry_run or outcome.again)  # else the record in Jira is not yet what was planned
        spelled = ticket.spelled(self.protocol.for_project(ticket.project).labels.request)
        with self.store.pipeline(transaction=False) as pipe:  # in one step
            Failures(pipe).note(ticket.id, ticket.key, outcome.failures)
            if as_planned:
                self.queue.keep_rest(ticket.id, rest, self._leave(outcome, now, pipe), pipe)
            else:
                Watchlist(pipe).put_off(ticket.id, now + UNTOLD_AGAIN)
                self.queue.end_rest(ticket.id, pipe)
            dry = self.settings.dry_run
            Trails(pipe).looked(outcome, self.protocol, now, dry=dry, trace=trace, calls=calls)
            self.queue.remember_stranger(ticket.id, pipe)
            pipe.hdel(HELD, ticket.id)  # whoever was looked at is held back no longer
            if spelled:
                pipe.zadd(SPELLINGS, {spelled: now.timestamp()})
                pipe.zremrangebyrank(SPELLINGS, 0, -1 - MOST_SPELLINGS)
            pipe.execute()
        if outcome.again:
            self.queue.mark([ticket.id])

    def _leave(self, outcome: Outcome, now: datetime, pipe: Store) -> tuple[bool, ...]:
        """For the sweep and the board; gives which places know the ticket then, in the order of `workqueue.LEFT`."""
        ticket, glance, open = outcome.escalation, after(outcome.plan), self._open_evaluations(outcome)
        again_at = _again_at(outcome, glance, now)
        DueStates(pipe).remember(ticket.id, glance)
        Watchlist(pipe).looked(ticket.id, again_at, open)
        on_board = Snapshots(pipe).saw(ticket, outcome.plan, self.protocol, now)
        return True, on_board, bool(outcome.failures), again_at is not None, open is not None

    def rests(self, outcome: Outcome) -> bool:
        """Whether nothing is to be done as long as nothing changes, and nobody waits for anything."""
        at_work = outcome.again or self.settings.dry_run or not outcome.plan.empty
        return not at_work and not after(outcome.plan).untold

    def _open_evaluations(self, outcome: Outcome) -> list[str] | None:
        """Those of the round under way, as far as the look has seen them; None where there is no such round."""
        ticket, record = outcome.escalation, outcome.plan.record
        number = live_round(ticket, self.protocol.for_project(ticket.project))
        if not number or (record.round == number and record.ended):
            return None
        return [each.id for each in ticket.in_round(number) if not each.done]


def _again_at(outcome: Outcome, glance: DueState, now: datetime) -> datetime | None:
    wanted = [outcome.look_again_at, now + UNTOLD_AGAIN if glance.untold else None]
    return min((at for at in wanted if at), default=None)


SPELLINGS, MOST_SPELLINGS = "sweep:spelled", 20  # the latest ones: there are thousands of ways to spell a label
