"""Children by fork: they are processes of their own in every way that others see, and end with their parent."""

import fcntl
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run.test_supervisor import LINUX, Running, eventually, exists, running
from worker import running_system
from worker.run import celery_app, forked

__all__ = ["running"]
pytestmark = LINUX


def alone(body: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a script in a process with one thread: pytest's has more, and must not be forked."""
    script = f"import os, sys, signal, time\nfrom worker.run import forked\n{textwrap.dedent(body)}"
    command = [sys.executable, "-c", script, *["to have room for another command line"] * 3]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    ("life", "code"),
    [("lambda: None", 0), ("lambda: 3", 3), ("lambda: sys.exit(4)", 4), ("lambda: sys.exit()", 0), ("lambda: 1 / 0", 1),
     ("lambda: sys.exit('words')", 1), ("lambda: os.kill(os.getpid(), signal.SIGKILL)", -9)],
)  # fmt: skip
def test_its_end_is_told_as_of_any_process(life: str, code: int, tmp_path: Path) -> None:
    ran = alone(f"print(forked.fork(['x'], {life}, {{}}, lambda: None).wait(10))", tmp_path)
    assert ran.stdout == f"{code}\n"
    assert ("ZeroDivisionError" in ran.stderr) == ("1 / 0" in life)


def test_it_never_comes_back_into_the_parents_code(tmp_path: Path) -> None:
    ran = alone(
        """
        try:
            child = forked.fork(["x"], lambda: sys.exit(0), {}, lambda: None)
            child.wait()
        finally:
            print("the parent's end", flush=True)
        """,
        tmp_path,
    )
    assert ran.stdout == "the parent's end\n"


def test_what_it_has_of_its_own(tmp_path: Path) -> None:
    ran = alone(
        """
        def told(*_): print("a signal for the parent", flush=True)
        for number in forked.OURS: signal.signal(number, told)
        def life():
            line = open("/proc/self/cmdline").read().split("\\0")
            print("print goes to stderr")
            own = os.getsid(0) == os.getpid() and sys.stdin.read() == ""
            print(line[1:5], os.environ["REDIS_URL"], own, forked.WORDS, flush=True)
            time.sleep(30)
        child = forked.fork(["worker", "--schedule"], life, {"REDIS_URL": "x"}, lambda: None)
        time.sleep(0.5)
        child.terminate()
        print(child.wait(5), "REDIS_URL" in os.environ, forked.WORDS)
        """,
        tmp_path,
    )
    assert ran.stdout == "-15 False []\n", ran.stderr
    assert ran.stderr.splitlines() == [
        "print goes to stderr",
        "['-m', 'worker.commands.main', 'worker', '--schedule'] x True ['worker', '--schedule']",
    ]


def test_one_that_does_not_end_in_time(tmp_path: Path) -> None:
    ran = alone(
        """
        import subprocess
        child = forked.fork(["x"], lambda: time.sleep(30), {}, lambda: None)
        try:
            child.wait(0.2)
        except subprocess.TimeoutExpired:
            child.kill()
            print(child.wait(), child.poll())
            child.kill()
        """,
        tmp_path,
    )
    assert ran.stdout == "-9 -9\n", ran.stderr


@pytest.mark.parametrize(
    ("find", "said"), [("lambda: ['a', 'ü']", "['a', 'ü']"), ("lambda: ()", "[]"),
                       ("lambda: ['here'] if not forked.WORDS else os._exit(1)", "['here']")]
)  # fmt: skip
def test_a_question_is_answered_beside_us_and_here_where_that_fails(find: str, said: str, tmp_path: Path) -> None:
    assert alone(f"print(forked.Question({find}).answer())", tmp_path).stdout == f"{said}\n"


def test_who_starts_over_in_a_forked_process_does_not_start_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert celery_app._our_own() == sys.orig_argv
    monkeypatch.setattr(forked, "WORDS", ["worker", "--schedule"])
    assert celery_app._our_own()[1:] == ["-m", "worker.commands.main", "worker", "--schedule"]


@pytest.mark.slow
def test_a_killed_supervisor_is_no_running_system_although_a_child_hangs(running: Running) -> None:
    assert running.ready_line().startswith("ready ")
    everybody = running.children()
    os.kill(everybody["web"], signal.SIGSTOP)
    try:
        running.process.kill()
        running.process.wait(5)
        assert _is_free(running.log.parent / running_system.LOCK)
        eventually(lambda: not exists(everybody["worker"]) and not exists(everybody["redis"]))
    finally:
        os.kill(everybody["web"], signal.SIGCONT)
    eventually(lambda: not exists(everybody["web"]))


@pytest.mark.slow
def test_a_child_shares_what_its_parent_has_loaded_and_one_that_died_is_forked_again(running: Running) -> None:
    assert running.ready_line().startswith("ready ")
    for name in ("worker", "web"):
        before = running.children()[name]
        _share_most(before)
        os.kill(before, signal.SIGKILL)
        _until(lambda: running.children().get(name, before) != before)  # noqa: B023
        time.sleep(1)
        _share_most(running.children()[name])
    supervisor = Path(f"/proc/{running.process.pid}")
    assert len(list((supervisor / "task").iterdir())) == 1, "whoever forks must have one thread"
    open_files = [str(link.readlink()) for link in (supervisor / "fd").iterdir()]
    assert not [file for file in open_files if file.startswith("socket:")], "nor a connection that a child could spoil"


def _share_most(pid: int) -> None:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    held = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    own = held["Private_Dirty"] + held["Private_Clean"]
    assert own < held["Rss"] / 2, held


def _until(true: Callable[[], bool]) -> None:
    eventually(true, 20)


def _is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
