"""`escalation worker` with as many threads as a bench wants: `python -m tests.bench.worker THREADS`."""

import sys
from functools import partial

from config import settings
from worker import app, processes

if __name__ == "__main__":
    app.work = partial(app.work, threads=int(sys.argv[1]))
    sys.exit(processes.work(settings.load()))
