"""Child processes that cannot outlive us: started in their own session, told by the kernel when we die.

On Linux a child gets SIGTERM when the thread that started it ends (prctl PR_SET_PDEATHSIG), so `start` must be called
from a thread that lives as long as the process. Elsewhere only an orderly end stops them.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, output: int | IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches us alone and we end it in order."""
    environment = {**os.environ, **(env or {})}
    # The commands are our own and the interpreter's; nothing of them comes from outside.
    return subprocess.Popen(  # noqa: S603
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        start_new_session=True,
        preexec_fn=_die_with_us(),  # noqa: PLW1509 - it makes two system calls and nothing else
    )


def _die_with_us() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    return _asking_the_kernel(os.getpid())


def die_with_parent() -> None:
    """End this process too when the one that started it dies; only Linux can promise that."""
    if sys.platform.startswith("linux"):
        _asking_the_kernel(os.getppid())()


def die_with(parent: int) -> None:
    """End this process too when `parent`, which has just forked it, dies."""
    _asking_the_kernel(parent)()


def parent_takes_interrupts() -> bool | None:
    """Whether the process that started this one handles SIGINT itself; None where that cannot be seen."""
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return None
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)
    return bool(int(caught[1], 16) >> (signal.SIGINT - 1) & 1) if caught else None


def _asking_the_kernel(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # loaded before a fork: after it, little is safe to do

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask_the_kernel


class Stoppable(Protocol):
    """What can be ended: as much of `subprocess.Popen` as that takes."""

    def terminate(self) -> None:
        """Sends SIGTERM."""

    def kill(self) -> None:
        """Sends SIGKILL."""

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end. Raises subprocess.TimeoutExpired."""


def stop(child: Stoppable, patience: float) -> None:
    """End `child`: kindly, and after `patience` seconds by force."""
    child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
