"""The report's figures of what looks have left, for the board and `/report`; Jira is not asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from config.protocol import Protocol
from worker.escalation.release.override import Override
from worker.escalation.views.tickets import Facts
from worker.look.snapshot import Snapshot
from worker.look.snapshots import KEPT
from worker.report.figures import Figures, Waiting, figures


def figures_of(
    tickets: Sequence[Snapshot], overrides: Sequence[Override], protocol: Protocol, now: datetime
) -> Figures:
    """The figures of the time for which what looks have left is kept, until `now`."""
    counted = figures(Facts(tuple(each.ticket() for each in tickets)), protocol, now - KEPT, now)
    waiting = sorted((each for one in tickets for each in _waiting(one)), key=lambda each: (each.since, each.key))
    return replace(counted, waiting=tuple(waiting), overrides=tuple(overrides))


def _waiting(ticket: Snapshot) -> Iterator[Waiting]:
    """Whom its round waits for; a look does not leave on which evaluations."""
    round = ticket.open
    if round and not round.drill:
        for seat in round.awaited:
            yield Waiting(ticket.key, "", round.number, seat.title, seat.holder, round.begins)
