"""Children made of this process by fork, which share what it has loaded (copy on write) and start at once (Linux only).

Whoever forks must have one thread and no open connection. The child has nothing of the parent's life: signals,
standard streams and session are its own, what must not stay open is closed, and it never returns into the parent's
code. It ends when the parent does, however that ends.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from worker.run import child_processes

POSSIBLE = sys.platform.startswith("linux")  # elsewhere a fork is not safe (macOS), or there is none
OURS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
STEP = 0.02
WORDS: list[str] = []
"""The command line that this process was forked for; empty in one that was started by itself."""

Life = Callable[[], object]
"""What a child does: it ends with SystemExit, or gives its exit code (or None)."""


class Forked:
    """A forked child, with as much of `subprocess.Popen` as its keepers use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None as long as it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end. Raises subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("a forked child", timeout or 0.0)
            time.sleep(STEP)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """Sends SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Sends SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def fork(words: Sequence[str], live: Life, env: Mapping[str, str], close: Callable[[], None]) -> Forked:
    """A child that does what the command line `words` would do, by `live`, with `env` beside our environment; it calls
    `close` first."""
    gc.freeze()  # what is here is shared: looking for garbage in it would copy it
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OURS)  # or a signal meant for us would be the child's
    try:
        us = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_born(words, live, env, close, us)
        return Forked(pid)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Question:
    """Something that a child finds out beside us, in lines; what it needed in memory is gone with it."""

    def __init__(self, find: Callable[[], Sequence[str]]) -> None:
        self._find = find
        self._reading, writing = os.pipe()
        self._child = fork(["check"], lambda: self._tell(writing), {}, lambda: os.close(self._reading))
        os.close(writing)

    def _tell(self, writing: int) -> None:
        with os.fdopen(writing, "w", encoding="utf-8") as answer:
            json.dump(list(self._find()), answer)

    def answer(self) -> Sequence[str]:
        """The lines; found out here where the child did not come to its end."""
        with os.fdopen(self._reading, encoding="utf-8") as answer:
            text = answer.read()
        lines: list[str] | None = json.loads(text) if self._child.wait() == 0 else None
        return self._find() if lines is None else lines


def _be_born(words: Sequence[str], live: Life, env: Mapping[str, str], close: Callable[[], None], us: int) -> None:
    code: object = 1
    try:
        _begin(words, env, close, us)
        code = live() or 0
    except SystemExit as end:
        code = 0 if end.code is None else end.code
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _begin(words: Sequence[str], env: Mapping[str, str], close: Callable[[], None], parent: int) -> None:
    os.setsid()
    for number in OURS:
        signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
    child_processes.die_with(parent)
    close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # standard output is for the one line of whoever started us
    os.environ.update(env)
    WORDS[:] = words
    _be_called(["python", "-m", "worker.commands.main", *words])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, OURS)


def _be_called(words: Sequence[str]) -> None:
    """What lists of processes show: the command line that would start such a process by itself, in the place of ours,
    as far as it fits. A convenience; nothing depends on it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])  # arg_start, arg_end: proc(5)
        line = "\0".join(words).encode()[: end - start - 1]
        ctypes.memmove(start, line.ljust(end - start, b"\0"), end - start)
