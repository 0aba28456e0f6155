"""What the children of `escalation run` need, loaded once before they are forked, so that they share it.

Modules only: no connection, no thread, nothing that is read from a file that may change. What is missing here is
loaded by each child for itself, which costs memory and time and nothing else.
"""

import ctypes
from importlib import import_module

MODULES = (
    "worker.run.web_process",
    "worker.run.worker_process",
    "billiard.pool",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.concurrency.thread",
    "celery.events.dispatcher",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "kombu.pidbox",
    "kombu.transport.redis",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "httptools",
    "uvloop",
)


ARENAS, FEW = -8, 2  # M_ARENA_MAX of mallopt(3): threads of Python do not run side by side, so few are enough


def load() -> None:
    """Loads them."""
    for name in MODULES:
        import_module(name)
    ctypes.CDLL(None).mallopt(ARENAS, FEW)
