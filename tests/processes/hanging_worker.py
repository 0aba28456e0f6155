"""A worker whose looks never come back within anybody's patience."""

import sys
import time

from worker import app, log, tasks
from worker.queue import queues, store
from worker.queue.heartbeat import Heartbeat


def main(redis_url: str) -> None:
    log.set_up("console", "WARNING")
    client = store.connect(redis_url)
    work = tasks.Work(
        queues.tickets(client),
        queues.chores(client),
        look=lambda id, lease, now: time.sleep(60),
        sweep=lambda now: None,
    )
    celery = app.build(redis_url)
    tasks.register(celery, work)
    sys.exit(app.work(celery, Heartbeat([work.tickets, work.chores], work.ask_for_sweep)))


if __name__ == "__main__":
    main(sys.argv[1])
