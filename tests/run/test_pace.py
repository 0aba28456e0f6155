"""The promised ten seconds, at the real pace and with real processes."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from worker.queue import queues
from worker.queue.heartbeat import Heartbeat
from worker.queue.workqueue import WorkQueue
from worker.run import child_processes, embedded_redis

HANGING = Path(__file__).parent / "hanging_worker.py"


def seconds_until(true: Callable[[], object], patience: float = 12) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def queue(kv: redis.Redis) -> Iterator[WorkQueue]:
    """The tickets, with a living worker's pulse."""
    tickets = queues.tickets(kv)
    pulse = Heartbeat([tickets], lambda: None)
    pulse.start()
    seconds_until(lambda: kv.exists("tickets:opens"))
    yield tickets
    pulse.stop()


@pytest.fixture
def hanging(valkey: embedded_redis.Server, queue: WorkQueue) -> Iterator["child_processes.subprocess.Popen[bytes]"]:
    """A worker that looks at 10040 and does not come back."""
    queue.mark(["10040"])
    process = child_processes.start([sys.executable, str(HANGING), valkey.url])
    seconds_until(lambda: queue.sizes()["held"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_killed_workers_ticket_is_taken_over_within_ten_seconds(
    queue: WorkQueue, hanging: "child_processes.subprocess.Popen[bytes]"
) -> None:
    time.sleep(3)
    assert queue.claim("10040") is None
    hanging.kill()
    assert seconds_until(lambda: queue.claim("10040")) < 10


@pytest.mark.slow
def test_a_hanging_worker_ends_within_ten_seconds(hanging: "child_processes.subprocess.Popen[bytes]") -> None:
    hanging.terminate()
    assert seconds_until(lambda: hanging.poll() is not None) < 10


@pytest.mark.slow
def test_work_resumes_within_ten_seconds_of_a_wipe(queue: WorkQueue, kv: redis.Redis) -> None:
    queue.mark(["10040"])
    assert queue.claim("10040")
    kv.flushall()
    queue.mark(["10040"])
    assert queue.pace.lease - queue.pace.margin < seconds_until(lambda: queue.claim("10040")) < 10


def test_the_pulse_waits_for_a_redis_that_comes_late(tmp_path: Path) -> None:
    folder, asked = tmp_path / "late", threading.Event()
    folder.mkdir()
    client = redis.Redis(unix_socket_path=str(embedded_redis.socket_in(folder)), decode_responses=True)
    pulse = Heartbeat([queues.tickets(client)], asked.set)
    pulse.start()
    with embedded_redis.started(folder):
        assert asked.wait(10), "every start asks for a sweep"
        pulse.stop()
