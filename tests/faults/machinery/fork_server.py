"""Starts lean workers quickly: everything is imported once, then each worker is a fork of this process.

It reads orders, one a line, from standard input and answers each with the worker's process id. It opens no connection
and starts no thread, because a fork must not inherit either.
"""

import json
import os
import signal
import sys
from pathlib import Path

from tests.faults.machinery import lean_worker


def serve(protocols: list[str]) -> None:
    """Forks a worker for every order until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then buries the dead
    for path in protocols:
        lean_worker.load_protocol(Path(path))
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_a_worker(line)
        print(pid, flush=True)


def _be_a_worker(line: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        lean_worker.run(lean_worker.Order(**json.loads(line)))
    finally:
        os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1:])
