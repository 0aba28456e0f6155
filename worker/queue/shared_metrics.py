"""The figures of all processes together: each process adds its tally to one hash in Redis every few seconds.

Trouble with Redis loses some of them, and never disturbs a look.
"""

import threading

from worker.metrics import SEPARATOR, TALLY, Figure, Tally
from worker.queue.store import Store, StoreError

HASH = "metrics"
FLUSH_SECONDS = 2.0
LAST_SECONDS = 3_600


def field(figure: Figure) -> str:
    """The name of a figure in the hash."""
    name, labels, part = figure
    return SEPARATOR.join((name, *map(str, labels), part))


def flush(store: Store, tally: Tally = TALLY) -> None:
    """Add what this process has counted to the common figures; what Redis does not take is kept for the next time."""
    taken = tally.take()
    if not taken:
        return
    pipe = store.pipeline(transaction=True)  # never half of it; if only the answer is lost, it is counted twice
    for figure, by in taken.items():
        pipe.hincrbyfloat(HASH, field(figure), by)
    for name, value in tally.take_last().items():
        pipe.set(name, value, ex=LAST_SECONDS)
    try:
        pipe.execute()
    except StoreError:
        tally.give_back(taken)


def flush_for_ever(store: Store, tally: Tally = TALLY) -> threading.Event:
    """Flush every few seconds, in a thread that ends with the process; the event given stops it, after one more."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(FLUSH_SECONDS):
            flush(store, tally)
        flush(store, tally)

    threading.Thread(target=beat, daemon=True, name="metrics").start()
    return stopped
