"""`escalation worker` with as many threads as a bench wants: `python -m tests.bench.parts.worker THREADS`."""

import sys
from functools import partial

from config import settings
from worker.run import celery_app, worker_process

if __name__ == "__main__":
    celery_app.work = partial(celery_app.work, threads=int(sys.argv[1]))
    sys.exit(worker_process.work(settings.load()))
