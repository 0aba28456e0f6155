"""A worker whose looks never come back within anybody's patience."""

import sys
import time

from worker import app, log, store, tasks
from worker.pulse import Pulse


def main(redis_url: str) -> None:
    log.set_up("console", "WARNING")
    client = store.connect(redis_url)
    work = tasks.Work(
        app.tickets(client), app.chores(client), look=lambda id, lease, now: time.sleep(60), sweep=lambda now: None
    )
    celery = app.build(redis_url)
    tasks.register(celery, work)
    sys.exit(app.work(celery, Pulse([work.tickets, work.chores], work.ask_for_sweep)))


if __name__ == "__main__":
    main(sys.argv[1])
