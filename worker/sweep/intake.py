"""How changes come in, how late they may be seen, and what that costs: one sentence for board, doctor and /readyz."""

import math

from config.settings import Settings
from worker.queue.store import Store
from worker.sweep import progress
from worker.sweep.progress import FULL_EVERY

DAY = 24 * 3600


def sentence(settings: Settings, store: Store) -> str:
    """The sentence. The calls are those that the last sweeps made; while nothing is known of them, the fewest there can
    be. Raises StoreError."""
    every = settings.sweep_every
    calls = calls_a_day(every, store)
    lag = f"what Jira's search lags behind (up to {settings.index_lag_seconds} s are allowed for)"
    cost = f"about {calls:,} calls to Jira a day at rest"
    if settings.polls:
        return (
            f"Changes are asked for every {settings.poll_seconds} s (INTAKE=polling): each is seen within "
            f"{settings.poll_seconds} s plus {lag}; {cost}."
        )
    return (
        "Jira tells of changes, by webhook or by a rule of Automation: each is seen at once; one that it did not tell "
        f"of within {math.ceil(every)} s plus {lag}; {cost}."
    )


def calls_a_day(period: float, store: Store) -> int:
    """How many calls sweeps make in a day in which nothing happens."""
    last = progress.last(store)
    few, many = (last.calls, last.full_calls) if last else (progress.CALLS_AT_LEAST, progress.FULL_CALLS_AT_LEAST)
    full = DAY // int(FULL_EVERY.total_seconds())
    return (int(DAY // period) - full) * few + full * many
