"""A real worker process for the stress: real Celery, real queue, but a second Redis plays Jira."""

import random
import sys
import time
from datetime import datetime

from worker import log
from worker.errors import TryAgain
from worker.queue import store
from worker.queue.heartbeat import Heartbeat
from worker.queue.workqueue import Lease, Pace, WorkQueue
from worker.run import celery_app, tasks

BRISK = Pace(lease=2, renew=0.5, margin=0.5, cooldown=1.6, tick=0.1, lost=1, gap=0.02, flood=10, flood_gap=0.3, calm=2)

APPLY = """
if redis.call('HGET', 'runner', ARGV[1]) ~= ARGV[2] then redis.call('INCR', 'late') end
redis.call('HSET', 'applied', ARGV[1], ARGV[3])
"""


class Jira:
    """What the looks read and write, and a log of when they did."""

    def __init__(self, url: str) -> None:
        self.kv = store.connect(url)
        self.write = self.kv.register_script(APPLY)

    def look(self, id: str, lease: Lease, now: datetime) -> None:
        began = time.monotonic()
        self.kv.hset("runner", id, lease.token)
        version = self.kv.hget("version", id)
        time.sleep(random.uniform(0.005, 0.04))
        if random.random() < 0.02:
            raise TryAgain("the test says so", after=0.05)
        lease.check()
        self.write(args=[id, lease.token, version])
        self.kv.rpush("runs", f"{id} {began} {time.monotonic()}")


def main(redis_url: str, jira_url: str) -> None:
    log.set_up("console", "WARNING")
    client, jira = store.connect(redis_url), Jira(jira_url)
    tickets = WorkQueue(client, pace=BRISK)
    chores = WorkQueue(client, prefix="chores:", task="escalation.sweep", queue="maintenance", pace=BRISK)
    work = tasks.Work(tickets, chores, jira.look, lambda now: tickets.mark(list(jira.kv.hkeys("version"))))
    celery = celery_app.build(redis_url)
    tasks.register(celery, work)
    sys.exit(celery_app.work(celery, Heartbeat([tickets, chores], work.ask_for_sweep), threads=8))


if __name__ == "__main__":
    main(*sys.argv[1:])
