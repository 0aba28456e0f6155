"""Celery's own log lines about Redis, of which only what is news is kept.

Those that come again with every try are dropped, since redis_watch.py says it once; the one that ends a worker is told
in our words, without a stack trace.
"""

import logging

from worker.queue.redis_trouble import trouble
from worker.queue.store import StoreError

LOGGERS = ("celery.worker", "celery.worker.consumer.consumer")
AGAIN_AND_AGAIN = (
    "consumer: Cannot connect to ",
    "consumer: Connection to broker lost",
    "Message Error: Couldn't apply scheduled task",
)


def tidy() -> None:
    """From now on."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_tidied)


def _tidied(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, StoreError):
        met = trouble(error)
        record.msg, record.args, record.exc_info = f"celery cannot go on: {met.found}. {met.mend}", (), None
    return not record.getMessage().startswith(AGAIN_AND_AGAIN)
