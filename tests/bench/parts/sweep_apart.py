"""A worker's sweeps in a process of its own, on this build or on an older one; told what to do line by line.

Each line is an instant; it sweeps as of then, looks at everything that asks for it, and answers in JSON. It must not
import anything of tests/: the build that is measured is whatever PYTHONPATH leads to.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from config.settings import load

THREADS = 24  # as a worker has


def parts() -> tuple[Any, Callable[[datetime], Any], Callable[[Any, str, Any], Any]]:
    """The context, a sweep, a turn at one ticket."""
    settings = load(None)
    try:
        from worker.look import handler
        from worker.queue import consumer
        from worker.run import assembly
        from worker.sweep import sweep
    except ImportError:  # before the parts had folders
        from worker import context as assembly  # type: ignore[attr-defined, no-redef]
        from worker import reconcile as handler  # type: ignore[attr-defined, no-redef]
        from worker import sweep  # type: ignore[attr-defined, no-redef]
        from worker import turn as consumer  # type: ignore[attr-defined, no-redef]
    built = assembly.build(settings)
    take: Callable[..., Any] = consumer.take
    return (
        built,
        lambda now: sweep.whole(built, now),
        lambda queue, id, now: take(queue, id, lambda id, lease, _: handler.look(built, id, lease, now)),
    )


def main() -> None:
    """Serves until its input ends."""
    from worker import log

    log.set_up("console", "CRITICAL")
    built, sweep, take = parts()
    built.queue.open(patience=0)
    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            now, looks, began = datetime.fromisoformat(line.strip()), 0, time.monotonic()
            sweep(now)
            until = time.monotonic() + 60
            first = 0.0
            while (waiting := built.queue.store.zrange("tickets:dirty", 0, -1)) and time.monotonic() < until:
                looks += sum(pool.map(lambda id: bool(take(built.queue, str(id), now)), waiting))  # noqa: B023
                first = first or time.monotonic() - began
            print(json.dumps({"looks": looks, "seconds": first or time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    main()
