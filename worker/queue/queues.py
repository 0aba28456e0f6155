"""The two queues every process shares: the tickets that need a look, and the chores (sweep, alerts)."""

from redis import Redis

from worker.queue.workqueue import Pace, WorkQueue

SWEEP = "sweep"
"""The chore that is a sweep."""
NOTIFY = "notify"
"""The chore that hands alerts to the notification targets."""


def tickets(client: Redis) -> WorkQueue:
    """The tickets that need a look."""
    return WorkQueue(client)


def chores(client: Redis, sweep_seconds: float = 300) -> WorkQueue:
    """The sweep, kept like a ticket: one at a time, tried again when it fails, taken over when its worker dies."""
    # Nothing is written to Jira by it, so that there is nothing to cool down from; one sweep may take a while. However
    # often it is asked for, it must not come later than once a period.
    pace = Pace(cooldown=0, longest=900, gap=min(5, sweep_seconds / 2), flood_gap=min(30, sweep_seconds))
    return WorkQueue(client, prefix="chores:", task="escalation.sweep", queue="maintenance", pace=pace)
