"""`escalation worker` with one thread, of this build or of an older one: whichever PYTHONPATH leads to. As
sweep_apart.py, it imports nothing of tests/."""

import sys
from functools import partial

from config import settings

try:
    from worker.run import celery_app, worker_process
except ImportError:  # before the parts had folders
    from worker import app as celery_app  # type: ignore[attr-defined, no-redef]
    from worker import processes as worker_process  # type: ignore[attr-defined, no-redef]

if __name__ == "__main__":
    celery_app.work = partial(celery_app.work, threads=1)
    sys.exit(worker_process.work(settings.load()))
