"""What is counted: each process adds to a tally of its own, from which the figures of all are made.

How they come together is in queue/common_figures.py, and `/metrics` shows them (web/exposition.py). No figure carries a
ticket, a person or a text.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from time import monotonic
from typing import TypeAlias

SEPARATOR = "\x1f"
REMAINING = "metrics:jira-remaining"
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure.

    Attributes:
        name: without the prefix.
        help: what it means.
        labels: their names.
        timed: whether it is a histogram of seconds, otherwise a count.
        values: what each label can hold, where that is known; a grade is one of the protocol's.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    timed: bool = False
    values: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    def known(self, grades: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The labels that can occur. They are shown from the start: what first appears as a one has not increased."""
        values = {"grade": grades, **self.values}
        if all(label in values for label in self.labels):
            yield from product(*(values[label] for label in self.labels))


OUTCOMES = ("taken", "duplicate", "stranger", "not-for-us", "signature", "json", "size", "queue", "gone")
ACTION_KINDS = (
    *(
        "OpenEvaluations",
        "RemoveDuplicate",
        "RemoveDouble",
        "Assign",
        "CloseEvaluation",
        "ReopenEvaluation",
        "RemoveLabel",
        "EditTicket",
    ),
    *("TellClient", "TellRequest", "TellReasons", "TellClosing", "Note"),
)
ALERT_KINDS = (*("graded", "reminder", "at-risk", "breach", "stalled", "chair-silent", "digest", "operator", "test"),)
DECIDED_BY = ("panel", "time-out", "chair", "chair-silent", "authority")
ENDINGS = ("decided", "withdrawn", "resolved", "not served")
STEPS = ("open", "assign", "edit", "due", "labels", "state", "tell", "close", "remove", "note")
DONE = {"result": ("done",)}

DELIVERIES = Metric(
    "deliveries", "Webhook deliveries, by what became of them.", ("outcome",), values={"outcome": OUTCOMES}
)
CONNECTIONS = Metric(
    "connections_ended",
    "Connections sent away before a request was heard whole, and why.",
    ("why",),
    values={"why": ("late", "full", "bodies", "head", "ahead", "invalid")},
)
LOOKS = Metric("look_seconds", "Looks at tickets, by how they ended.", ("result",), timed=True, values=DONE)
ACTIONS = Metric("actions", "What was done in Jira.", ("kind",), values={"kind": ACTION_KINDS})
FAILURES = Metric(
    "action_failures",
    "What could not be done in Jira, and waits for somebody to mend it.",
    ("kind",),
    values={"kind": STEPS},
)
CALLS = Metric("jira_call_seconds", "Calls to Jira; status 0 is no answer.", ("method", "status"), timed=True)
PAUSES = Metric(
    "jira_pauses",
    "Pauses that Jira asked for, by what they cover.",
    ("scope",),
    values={"scope": ("site", "endpoint", "issue")},
)
SWEEPS = Metric("sweep_seconds", "Sweeps, by how they ended.", ("result",), timed=True, values=DONE)
MISSED = Metric("sweep_missed", "What a full sweep found that the sweeps before it had missed; it should stay 0.")
VOTES = Metric("votes", "Votes that counted in a decision.", ("grade",))
DECISIONS = Metric(
    "decisions", "Decisions, by grade and how they came to be.", ("grade", "how"), values={"how": DECIDED_BY}
)
ENDED = Metric(
    "rounds_ended",
    "Rounds that ended without a grade.",
    ("reason",),
    values={"reason": ENDINGS},
)
PROMISES = Metric(
    "promises", "Promises that were kept or broken.", ("grade", "result"), values={"result": ("kept", "broken")}
)
TOLD = Metric(
    "clients_told",
    "Answers to clients: posted, left as a draft, or switched off.",
    ("how",),
    values={"how": ("auto", "draft", "off")},
)
ALERTS = Metric("alerts", "Alerts to colleagues outside Jira.", ("kind",), values={"kind": ALERT_KINDS})
ALL = (
    DELIVERIES, CONNECTIONS, LOOKS, ACTIONS, FAILURES, CALLS, PAUSES, SWEEPS, MISSED, VOTES, DECISIONS, ENDED, PROMISES,
    TOLD, ALERTS,
)  # fmt: skip


Figure: TypeAlias = tuple[str, tuple[object, ...], str]
"""A metric's name, its labels' values, and which part of it: a bucket, the sum, or "" for a plain count."""


class Tally:
    """What this process has counted since it was last taken away. Safe to use from any thread."""

    def __init__(self) -> None:
        self._counted: defaultdict[Figure, float] = defaultdict(float)
        self._last: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, metric: Metric, *labels: object, by: float = 1) -> None:
        """Count one more (or `by` more)."""
        with self._lock:
            self._counted[metric.name, labels, ""] += by

    def observe(self, metric: Metric, seconds: float, *labels: object) -> None:
        """Count one that took so long."""
        bucket = next((str(each) for each in BUCKETS if seconds <= each), "+Inf")
        with self._lock:
            self._counted[metric.name, labels, bucket] += 1
            self._counted[metric.name, labels, "sum"] += seconds

    def last(self, name: str, value: str | None) -> None:
        """Remember what was said last, if it is a number."""
        if value is not None and value.isdecimal():
            self._last[name] = value

    def take_last(self) -> dict[str, str]:
        """What was said last, which is then forgotten here."""
        taken, self._last = self._last, {}
        return taken

    def take(self) -> dict[Figure, float]:
        """What was counted, which is then forgotten here."""
        with self._lock:
            taken, self._counted = self._counted, defaultdict(float)
        return dict(taken)

    def give_back(self, taken: dict[Figure, float]) -> None:
        """Put back what could not be handed on."""
        with self._lock:
            for figure, value in taken.items():
                self._counted[figure] += value


TALLY = Tally()
"""The tally of this process: one, as there is one process."""


@contextmanager
def timed(metric: Metric) -> Iterator[None]:
    """Time what is done within; its label is "done", or the name of the exception that ended it."""
    started, result = monotonic(), "done"
    try:
        yield
    except Exception as error:
        result = type(error).__name__
        raise
    finally:
        TALLY.observe(metric, monotonic() - started, result)
