"""A worker whose looks never come back within anybody's patience."""

import sys
import time

from worker import log
from worker.queue import queues, store
from worker.queue.heartbeat import Heartbeat
from worker.run import celery_app, tasks


def main(redis_url: str) -> None:
    log.set_up("console", "WARNING")
    client = store.connect(redis_url)
    work = tasks.Work(
        queues.tickets(client),
        queues.chores(client),
        look=lambda id, lease, now: time.sleep(60),
        sweep=lambda now: None,
    )
    celery = celery_app.build(redis_url)
    tasks.register(celery, work)
    sys.exit(celery_app.work(celery, Heartbeat([work.tickets, work.chores], work.ask_for_sweep)))


if __name__ == "__main__":
    main(sys.argv[1])
