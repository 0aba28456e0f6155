"""The Celery message that says "look at this one", made ahead so that Redis itself can ring.

The queue's scripts put the ticket's id into this text and push it to Celery's list in the same step that remembers
the ticket, so no process can die between the two. A doorbell carries no truth: it may be lost or heard twice. This is
the one place that knows Celery's message protocol (version 2, "Message Protocol" in Celery's documentation) and
kombu's envelope on Redis; it must never be needed to know which tickets want a look.
"""

import json
import re
from collections.abc import Sequence

ID, TAG = "@ID@", "@TAG@"


def template(task: str, queue: str) -> list[str]:
    """Give the message that calls `task` with one id, for Celery's `queue`, in parts: @ID@ and @TAG@ are replaced."""
    envelope = {
        "body": json.dumps([[ID], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": _headers(task),
        "properties": _properties(queue),
    }
    return re.split(f"({ID}|{TAG})", json.dumps(envelope, separators=(",", ":")))


def id_of(message: str, template: Sequence[str]) -> str | None:
    """The id that such a message names; None where it is none of ours."""
    head, _, rest = template[:3]
    id, found, _ = message.removeprefix(head).partition(rest)
    return id if found and message.startswith(head) else None


def _headers(task: str) -> dict[str, object]:
    nothing = dict.fromkeys(("shadow", "eta", "expires", "group", "group_index", "parent_id", "stamped_headers"))
    return nothing | {
        "lang": "py",
        "task": task,
        "id": TAG,
        "root_id": TAG,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": f"('{ID}',)",
        "kwargsrepr": "{}",
        "origin": "doorbell",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamps": {},
    }


def _properties(queue: str) -> dict[str, object]:
    return {
        "correlation_id": TAG,
        "reply_to": "",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": queue},
        "priority": 0,
        "body_encoding": "utf-8",
        "delivery_tag": TAG,
    }
