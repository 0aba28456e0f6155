"""Looks of one worker with one thread, on this build or on an older one: `looks_apart.py IDS ROUNDS [whole]` prints
the milliseconds of processor time that a look takes; `whole` forgets each time which tickets are at rest, and of one
round alone it is the first that counts. As sweep_apart.py, it imports nothing of the build but what both have.
"""

import gc
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
import sweep_apart

PAUSE = 0.3  # whatever was put off to the end of a look is over then


def main(ids: list[str], rounds: int, how: str = "") -> float:
    """The least of so many rounds over these tickets; of more than one, when everything is warm."""
    built, _, take = sweep_apart.parts()
    gc.freeze()
    gc.set_threshold(70_000)  # as a worker does
    built.queue.open(patience=0)
    cold = 2 if rounds > 1 else 0
    took = [_round(built, take, ids, how) for _ in range(rounds + cold)]
    return min(took[cold:]) * 1000


def _round(built: object, take: object, ids: list[str], how: str) -> float:
    forgotten = [f"tickets:rest:{id}" for id in ids] if how else []
    built.queue.store.delete("tickets:hints", "tickets:began", *forgotten)  # type: ignore[attr-defined]  # no flood
    built.queue.mark(ids)  # type: ignore[attr-defined]
    before = time.process_time()
    looked = sum(bool(take(built.queue, id, datetime.now(UTC))) for id in ids)  # type: ignore[attr-defined, operator]
    spent = time.process_time() - before
    assert looked == len(ids)
    time.sleep(PAUSE)
    return spent / looked


if __name__ == "__main__":
    from worker import log

    log.set_up("console", "CRITICAL")
    print(main(sys.argv[1].split(","), int(sys.argv[2]), *sys.argv[3:]))
